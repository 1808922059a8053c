package lab

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// POP3Client is the mail program's side of POP3. It is used by one goroutine.
type POP3Client struct {
	c *SMTPClient // for its lines and its record
}

// ErrPOP3 is an answer that is not +OK.
type ErrPOP3 string

func (e ErrPOP3) Error() string { return string(e) }

// NewPOP3Client speaks over conn, which belongs to it, and reads the greeting. wait bounds every single wait.
func NewPOP3Client(conn net.Conn, wait time.Duration) (*POP3Client, string, error) {
	p := &POP3Client{NewSMTPClient(conn, wait)}
	text, err := p.answer()
	return p, text, err
}

func (p *POP3Client) answer() (string, error) {
	p.c.conn.SetReadDeadline(time.Now().Add(p.c.timeout))
	line, err := p.c.readLine()
	if err == nil && line != "+OK" && !strings.HasPrefix(line, "+OK ") {
		err = ErrPOP3(line)
	}
	return line, err
}

// Cmd sends a line and returns its answer.
func (p *POP3Client) Cmd(line string) (string, error) {
	if err := p.c.Raw([]byte(line + "\r\n")); err != nil {
		return "", err
	}
	return p.answer()
}

// maxPOP3Answer bounds an answer, in octets; a line counts for some even if it is empty.
const (
	maxPOP3Answer = maxMessage + 1<<20
	pop3LineCost  = 16
)

// Lines sends a line whose answer has more than one, and returns those behind the first with their dots as they were.
func (p *POP3Client) Lines(line string) (lines []string, err error) {
	if _, err := p.Cmd(line); err != nil {
		return nil, err
	}
	for left := maxPOP3Answer; left > 0; {
		text, err := p.c.readLine()
		if err != nil || text == "." {
			return lines, err
		}
		lines = append(lines, strings.TrimPrefix(text, "."))
		left -= len(text) + pop3LineCost
	}
	return nil, errors.New("endless answer")
}

// Login logs on with a password.
func (p *POP3Client) Login(user, password string) error {
	_, err := p.Cmd("USER " + user)
	if err == nil {
		_, err = p.Cmd("PASS " + password)
	}
	return err
}

// Retrieve is a message, its lines ended by CR LF.
func (p *POP3Client) Retrieve(n int) ([]byte, error) {
	lines, err := p.Lines(fmt.Sprintf("RETR %d", n))
	if err != nil {
		return nil, err
	}
	return []byte(strings.Join(append(lines, ""), "\r\n")), nil
}

// Close hangs up without QUIT.
func (p *POP3Client) Close() error { return p.c.Close() }
