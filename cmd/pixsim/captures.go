package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"pixsim/dataplane/link"
)

// captures writes what the box catches to pcap files, one a capture, in a directory; with none it does nothing.
type captures struct {
	dir  string
	diag io.Writer // what cannot be written is said here, once a capture
	mu   sync.Mutex
	open map[string]*link.Pcap
}

func newCaptures(dir string, diag io.Writer) (*captures, error) {
	c := &captures{dir: dir, diag: diag, open: map[string]*link.Pcap{}}
	if dir == "" {
		return c, nil
	}
	return c, os.MkdirAll(dir, 0o700)
}

// sink is where a capture of that name goes; nil: nowhere. A capture that starts again begins its file anew.
func (c *captures) sink(name string) func(at time.Time, frame []byte, length int) {
	if c.dir == "" {
		return nil
	}
	file := strings.Map(func(r rune) rune {
		if strings.ContainsRune("/\\\x00", r) {
			return '_'
		}
		return r
	}, name)
	p, err := link.CreatePcap(filepath.Join(c.dir, strings.TrimLeft(file, ".")+".pcap"))
	if err != nil {
		c.complain(name, err)
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.open[name]; old != nil {
		old.Close() // what it lacked was said when it was written
	}
	c.open[name] = p
	said := false
	return func(at time.Time, frame []byte, length int) {
		err := p.WriteFrame(at, frame, length)
		if err == nil {
			err = p.Flush()
		}
		if err != nil && !said && !errors.Is(err, os.ErrClosed) {
			said = true
			c.complain(name, err)
		}
	}
}

func (c *captures) complain(name string, err error) {
	fmt.Fprintf(c.diag, "pixsim: capture %s: %v\n", name, err)
}

func (c *captures) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var errs []error
	for _, p := range c.open {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}
