package lab

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"time"
)

// hostTerminal is the far end of a console: what a person at a screen would see of it.
type hostTerminal struct {
	side   string // for the transcript
	rw     io.ReadWriteCloser
	reader sync.WaitGroup

	mu      sync.Mutex
	screen  []byte // everything since the last Enter, and the line it was typed on
	typed   int    // where in screen the output of what was typed last begins
	closed  bool
	changed chan struct{}
	told    int // octets of screen that events has reported
	partial string
}

const maxScreen = 1 << 20 // octets

func newHostTerminal(side string, rw io.ReadWriteCloser) *hostTerminal {
	t := &hostTerminal{side: side, rw: rw, changed: make(chan struct{})}
	t.reader.Go(t.read)
	return t
}

func (t *hostTerminal) read() {
	b := make([]byte, 4<<10)
	for {
		n, err := t.rw.Read(b)
		t.mu.Lock()
		if len(t.screen)+n <= maxScreen {
			t.screen = append(t.screen, b[:n]...)
		}
		t.closed = err != nil
		close(t.changed)
		t.changed = make(chan struct{})
		t.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Close hangs up and waits for the reader.
func (t *hostTerminal) Close() error {
	err := t.rw.Close()
	t.reader.Wait()
	return err
}

// send types keys; what comes from now on is their output.
func (t *hostTerminal) send(keys string) error {
	t.mu.Lock()
	t.typed = len(t.screen)
	t.mu.Unlock()
	_, err := io.WriteString(t.rw, keys)
	return err
}

// output is what came since something was typed, as it looks, and whether the console has closed.
func (t *hostTerminal) output() (text string, closed bool, changed <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return onScreen(t.screen[t.typed:]), t.closed, t.changed
}

// row is the line that the cursor is in.
func (t *hostTerminal) row() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := onScreen(t.screen)
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// settled waits until the box waits for input again, or has closed the console.
func (t *hostTerminal) settled(ctx context.Context, ready prompt) error {
	for {
		text, closed, changed := t.output()
		if closed || ready(text) {
			return nil
		}
		select {
		case <-ctx.Done():
			return &unmet{"a prompt on the " + t.side, fmt.Sprintf("%q", text[max(0, len(text)-200):])}
		case <-changed:
		}
	}
}

// events are the whole lines that have come since the last call; the one that the cursor is in waits.
func (t *hostTerminal) events() (out []event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := strings.Split(onScreen(append([]byte(t.partial), t.screen[t.told:]...)), "\n")
	t.told, t.partial = len(t.screen), lines[len(lines)-1]
	now := time.Now()
	for _, line := range lines[:len(lines)-1] {
		out = append(out, event{now, t.side, atConsole, printable(line)})
	}
	return out
}

// onScreen is what octets look like on a screen: CR and BS move the cursor, what comes then overwrites.
func onScreen(b []byte) string {
	var text, row []byte
	at := 0
	for _, c := range b {
		switch {
		case c == '\n':
			text = append(append(text, strings.TrimRight(string(row), " ")...), '\n')
			row, at = row[:0], 0
		case c == '\r':
			at = 0
		case c == '\b':
			at = max(0, at-1)
		case c < ' ':
		case at < len(row):
			row[at] = c
			at++
		default:
			row = append(row, c)
			at++
		}
	}
	return string(append(text, row...))
}

// prompt says whether output ends with something that waits for input.
type prompt func(output string) bool

// Prompts: what the box says last when it waits for input. They are sought in the row of the cursor.
var (
	execPrompt = prompting(`^[A-Za-z0-9._/-]+(\([a-z0-9-]+\))?[>#] ?$`)
	userPrompt = prompting(`^[A-Za-z0-9._/-]+> ?$`)
	askPrompt  = prompting(`(?i)(passwd|password): ?$`)
	anyPrompt  = prompting(`^[A-Za-z0-9._/-]+(\([a-z0-9-]+\))?[>#] ?$|(?i)(passwd|password|username): *$|\[confirm\] *$|\[N\]o: *$|\[[^\]]*\][?:] *$|<--- More ---> *$`)
)

func prompting(re string) prompt {
	row := regexp.MustCompile(re)
	return func(output string) bool { return row.MatchString(output[strings.LastIndexByte(output, '\n')+1:]) }
}

// afterEnter is anyPrompt below the line that was typed.
func afterEnter(output string) bool { return strings.Contains(output, "\n") && anyPrompt(output) }

// newSerialLine is a serial cable: what one end writes the other reads.
func newSerialLine() (near, far net.Conn) { return net.Pipe() }

const telnetPort = 23

// telnet opens a session from a host of the lab. While the box boots it is not there yet: that is tried again.
func (l *Lab) telnet(ctx context.Context, host string, box netip.Addr) (*hostTerminal, error) {
	for {
		attempt, cancel := context.WithTimeout(ctx, time.Second)
		c, err := l.Host(host).Dial(attempt, netip.AddrPort{}, netip.AddrPortFrom(box, telnetPort))
		cancel()
		if err == nil {
			return newHostTerminal("telnet", &nvt{Conn: c}), nil
		}
		select {
		case <-ctx.Done():
			return nil, &unmet{"a telnet session", err.Error()}
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// nvt is a small telnet client (RFC 854): it lets the box echo and suppress go-ahead, and refuses every other option.
type nvt struct {
	net.Conn
	state  byte    // the octet of a command that was read last; 0: none
	sub    bool    // within a subnegotiation, which is skipped
	agreed [2]bool // WILL ECHO and WILL SGA were answered
}

const (
	telnetSE   = 240
	telnetSB   = 250
	telnetWILL = 251
	telnetWONT = 252
	telnetDO   = 253
	telnetDONT = 254
	telnetIAC  = 255

	telnetEcho    = 1
	telnetGoAhead = 3
)

// Read implements io.Reader without the commands; answers are sent before it returns.
func (n *nvt) Read(b []byte) (int, error) {
	for {
		k, err := n.Conn.Read(b)
		text := b[:0]
		var answer []byte
		for _, c := range b[:k] {
			keep, say := n.octet(c)
			if keep {
				text = append(text, c)
			}
			answer = append(answer, say...)
		}
		if len(answer) > 0 {
			if _, werr := n.Conn.Write(answer); err == nil {
				err = werr
			}
		}
		if len(text) > 0 || err != nil {
			return len(text), err
		}
	}
}

func (n *nvt) octet(c byte) (keep bool, answer []byte) {
	command := n.state
	n.state = 0
	switch {
	case command == 0 && c == telnetIAC:
		n.state = telnetIAC
	case command == 0:
		return !n.sub && c != 0, nil
	case command != telnetIAC:
		return false, n.option(command, c)
	case c == telnetIAC:
		return !n.sub, nil
	case c == telnetSB:
		n.sub = true
	case c == telnetSE:
		n.sub = false
	case c >= telnetWILL:
		n.state = c
	}
	return false, nil
}

// option answers an offer or a demand once: no answer follows an answer (RFC 1143).
func (n *nvt) option(command, option byte) []byte {
	switch {
	case command == telnetWILL && (option == telnetEcho || option == telnetGoAhead):
		seen := &n.agreed[option/2]
		if *seen {
			return nil
		}
		*seen = true
		return []byte{telnetIAC, telnetDO, option}
	case command == telnetWILL:
		return []byte{telnetIAC, telnetDONT, option}
	case command == telnetDO:
		return []byte{telnetIAC, telnetWONT, option}
	}
	return nil
}
