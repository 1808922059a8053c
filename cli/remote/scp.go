package remote

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/google/shlex"
)

// Files are what scp may fetch and store, by the names that the far side types. An error's text is what it is told.
type Files interface {
	Fetch(name string) ([]byte, error)
	// Accepts is asked before so many octets are taken, Store once they are there.
	Accepts(name string, size int) error
	Store(name string, data []byte) error
}

// scpLineMax is the longest line of the protocol: a name and three numbers.
const scpLineMax = 4 << 10

// scpCommand is a command line of scp's far half: "scp -t NAME" stores, "scp -f NAME" fetches.
type scpCommand struct {
	store, fetch bool
	many         bool // -r or -d: the name is that of a directory
	name         string
}

// parseSCP reads a command line; false: it is none of scp's.
func parseSCP(line string) (c scpCommand, ok bool) {
	words, err := shlex.Split(line)
	if err != nil || len(words) < 2 || words[0] != "scp" {
		return c, false
	}
	words = words[1:]
	for len(words) > 0 && strings.HasPrefix(words[0], "-") && len(words[0]) > 1 {
		flags := words[0][1:]
		words = words[1:]
		if flags == "-" {
			break
		}
		c.store = c.store || strings.Contains(flags, "t")
		c.fetch = c.fetch || strings.Contains(flags, "f")
		c.many = c.many || strings.ContainsAny(flags, "rd")
	}
	if len(words) != 1 || c.store == c.fetch {
		return c, false
	}
	c.name = words[0]
	return c, true
}

// scp is the far half of the protocol of scp up to OpenSSH 8 (scp -O later), which RFCs do not have: each side answers a
// line or a file with an octet 0, or with 1 or 2 and a line of text.
type scp struct {
	in    *bufio.Reader
	out   io.Writer
	files Files
}

// serveSCP runs c and returns the status of the exec channel.
func serveSCP(rw io.ReadWriter, files Files, c scpCommand) int {
	s := scp{bufio.NewReaderSize(rw, scpLineMax), rw, files}
	do := s.fetch
	if c.store {
		do = s.store
	}
	if err := do(c); err != nil {
		return 1
	}
	return 0
}

// fails tells the far side, and returns, what is wrong.
func (s scp) fails(err error) error {
	text := strings.NewReplacer("\n", " ", "\r", " ").Replace(err.Error())
	fmt.Fprintf(s.out, "\x01scp: %s\n", text)
	return err
}

// agreed reads the far side's octet.
func (s scp) agreed() error {
	b, err := s.in.ReadByte()
	if err == nil && b != 0 {
		err = errors.New("the far side gave up")
	}
	return err
}

// fetch sends one file.
func (s scp) fetch(c scpCommand) error {
	if err := s.agreed(); err != nil {
		return err
	}
	data, err := s.files.Fetch(c.name)
	if err != nil {
		return s.fails(err)
	}
	// The last part of the name as it was typed: OpenSSH takes no other.
	if _, err := fmt.Fprintf(s.out, "C0644 %d %s\n", len(data), path.Base(c.name)); err != nil {
		return err
	}
	if err := s.agreed(); err != nil {
		return err
	}
	if _, err := s.out.Write(append(data, 0)); err != nil {
		return err
	}
	return s.agreed()
}

// store takes files until the far side ends.
func (s scp) store(c scpCommand) error {
	failed := s.agree()
	for failed == nil {
		line, err := s.in.ReadSlice('\n')
		if err != nil {
			if err == io.EOF && len(line) == 0 {
				return nil
			}
			return err
		}
		switch line[0] {
		case 'C':
			failed = s.take(c, string(line[1:len(line)-1]))
		case 'T': // times: the box has its own
			failed = s.agree()
		case 1, 2:
			failed = errors.New("the far side gave up")
		default:
			failed = s.fails(errors.New("no directories here"))
		}
	}
	return failed
}

func (s scp) agree() error {
	_, err := s.out.Write([]byte{0})
	return err
}

// take stores the one file that head announces: mode, length and name.
func (s scp) take(c scpCommand, head string) error {
	_, rest, _ := strings.Cut(head, " ")
	length, base, _ := strings.Cut(rest, " ")
	size, err := strconv.Atoi(length)
	if err != nil || size < 0 || base == "" || strings.Contains(base, "/") {
		return s.fails(errors.New("protocol error"))
	}
	name := c.name
	if c.many || strings.HasSuffix(name, "/") || strings.HasSuffix(name, ":") {
		name = strings.TrimSuffix(name, "/") + "/" + base
	}
	if err := s.files.Accepts(name, size); err != nil {
		return s.fails(err)
	}
	if err := s.agree(); err != nil {
		return err
	}
	var data bytes.Buffer // as long as what has come, whatever was announced
	if _, err := io.CopyN(&data, s.in, int64(size)); err != nil {
		return err
	}
	if err := s.agreed(); err != nil {
		return err
	}
	if err := s.files.Store(name, data.Bytes()); err != nil {
		return s.fails(err)
	}
	return s.agree()
}
