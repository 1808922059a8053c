package lab

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/renameio/v2"
)

// Message is a mail that the server took. It is not changed any more; Data belongs to the Store.
type Message struct {
	ID       string // what the server called it in its answer
	At       time.Time
	Peer     string
	Helo     string
	User     string // "": nobody had authenticated
	TLS      bool
	Body     string // the BODY parameter: "", "7BIT", "8BITMIME", "BINARYMIME"
	From     string // "": the null path
	To       []string
	Received string // the header that the server adds, CR LF at its end
	Data     []byte // as it came, dots unstuffed

	boxes map[string]bool // users who have not deleted it; under Store.mu
}

// Octets is the message as the mailbox shows it.
func (m *Message) Octets() []byte { return append([]byte(m.Received), m.Data...) }

const (
	maxStoredMessages = 5000
	maxStoredOctets   = 128 << 20
)

// Store keeps messages in memory, and as files too when it has a spool directory. Beyond 5,000 messages or 128 MiB the
// oldest leave memory; files stay.
type Store struct {
	spool  string
	users  []string
	mu     sync.Mutex
	all    []*Message
	octets int
	files  int
}

// NewStore makes the spool directory if it is missing; "" is none. Mail at home goes to the user of its local part, or
// to the first of users if there is none of that name: the server takes any local part.
func NewStore(spool string, users []string) (*Store, error) {
	if spool != "" {
		if err := os.MkdirAll(spool, 0o755); err != nil {
			return nil, fmt.Errorf("spool: %w", err)
		}
	}
	return &Store{spool: spool, users: slices.Clone(users)}, nil
}

// add keeps m; local are its recipients at home. Nothing is kept when the file cannot be written.
func (s *Store) add(m *Message, local []string) error {
	m.boxes = map[string]bool{}
	m.Data = bytes.Clone(m.Data) // what it was collected in has up to twice the room, which octets would not know of
	for _, rcpt := range local {
		if u := s.owner(rcpt); u != "" {
			m.boxes[u] = true
		}
	}
	if err := s.write(m); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, m)
	s.octets += len(m.Data)
	for len(s.all) > maxStoredMessages || s.octets > maxStoredOctets && len(s.all) > 1 {
		s.octets -= len(s.all[0].Data)
		s.all = slices.Delete(s.all, 0, 1)
	}
	return nil
}

func (s *Store) owner(rcpt string) string {
	local, _, _ := strings.Cut(strings.ToLower(rcpt), "@")
	for _, u := range s.users {
		if strings.ToLower(u) == local {
			return u
		}
	}
	if len(s.users) == 0 {
		return ""
	}
	return s.users[0]
}

// write puts the message into a file of its own, whole or not at all. The first lines are those of the service's own
// drop directory: x-sender and x-receiver.
func (s *Store) write(m *Message) error {
	if s.spool == "" {
		return nil
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "x-sender: %s\r\n", m.From)
	for _, to := range m.To {
		fmt.Fprintf(&b, "x-receiver: %s\r\n", to)
	}
	b.WriteString(m.Received)
	b.Write(m.Data)
	path, err := s.path(m.At)
	if err != nil {
		return err
	}
	return renameio.WriteFile(path, b.Bytes(), 0o644)
}

// path is a name that no file has yet, and that sorts by time.
func (s *Store) path(at time.Time) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range 1000 {
		s.files++
		path := filepath.Join(s.spool, fmt.Sprintf("%s-%05d.eml", at.UTC().Format("20060102T150405"), s.files))
		if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
			return path, nil
		} else if err != nil {
			return "", err
		}
	}
	return "", fmt.Errorf("spool: no free name in %s", s.spool)
}

// Messages are all that are kept, oldest first.
func (s *Store) Messages() []*Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.all)
}

// Mailbox is what a user has not deleted, oldest first.
func (s *Store) Mailbox(user string) []*Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var box []*Message
	for _, m := range s.all {
		if m.boxes[user] {
			box = append(box, m)
		}
	}
	return box
}

func (s *Store) remove(user string, m *Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(m.boxes, user)
}
