package appliance_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pixsim/appliance"
	"pixsim/appliance/release"
	"pixsim/cli/term"
	"pixsim/lab"
)

// The tour of the README is done here, on a box and a lab of this process, and what was said is what the README shows.

const tourWait = 30 * time.Second

// tourDate is what every clock shows, and it stands still: the stars of a greeting depend on the date, and so does what the
// box says of how long it took.
var tourDate = time.Date(2026, time.November, 22, 9, 30, 15, 0, time.UTC)

func tourNow() time.Time { return tourDate }

// tourist is a person in front of a box with its lab.
type tourist struct {
	*testing.T
	rel    *release.Release
	lab    *lab.Lab
	screen *tourScreen
	boot   string // what the screen shows up to the first prompt
}

// tour is the generated parts that show a session: those of the README, and the cure of each release.
func tour(t *testing.T) map[string]string {
	parts := map[string]string{}
	p := newTourist(t, "pix-6.3")
	parts["tour-before"] = p.mail("goodmorning", "EHLO client.example.net", "QUIT")
	parts["tour-cure"] = p.cure("no fixup protocol smtp 25")
	parts["tour-after"] = p.mail("goodmorning", "EHLO client.example.net", "QUIT")
	p.console("> ", "enable", "cisco", "configure terminal")
	parts["tour-access-list"] = p.console("(config)# ",
		"no conduit permit tcp host 203.0.113.10 eq smtp any",
		"no conduit permit tcp host 203.0.113.10 eq pop3 any",
		"access-list outside_in permit tcp any host 203.0.113.10 eq smtp",
		"access-list outside_in permit tcp any host 203.0.113.10 eq pop3",
		"access-group outside_in in interface outside")
	p.mail("QUIT")
	for part, c := range map[string]struct {
		release string
		lines   []string
	}{
		"cure-mailhost": {"pix-4.1", []string{
			"no mailhost (inside,outside) 203.0.113.10 10.1.1.10",
			"static (inside,outside) 203.0.113.10 10.1.1.10",
			"conduit (inside,outside) 203.0.113.10 25 tcp 0.0.0.0 0.0.0.0",
		}},
		"cure-fixup":     {"pix-4.4", []string{"no fixup protocol smtp 25"}},
		"cure-converted": {"asa-8.2", []string{"no fixup protocol smtp 25"}},
		"cure-inspect": {"asa-8.2", []string{
			"policy-map global_policy", "class inspection_default", "no inspect esmtp", "exit", "exit",
		}},
	} {
		p := newTourist(t, c.release)
		before := p.mail("QUIT")
		parts[part] = p.cure(c.lines...)
		if after := p.mail("QUIT"); !strings.Contains(after, "Microsoft") || strings.Contains(before, "Microsoft") {
			t.Errorf("%s: %q, then %q", part, before, after)
		}
	}
	return parts
}

// cure is the resolution of the article: from the prompt of a session to the reload.
func (p *tourist) cure(lines ...string) string {
	text := p.console("> ", slices.Concat([]string{"enable", "cisco", "configure terminal"}, lines, []string{"write memory", "reload", ""})...)
	p.screen.await(p.rel.Console.Prompt + "> ")
	return text
}

func newTourist(t *testing.T, name string) *tourist {
	rel, err := release.Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	startup, err := lab.StartupConfig(name)
	if err != nil {
		t.Fatal(err)
	}
	flash := appliance.MemoryFlash(tourNow)
	if _, err := appliance.Seed(flash, startup); err != nil {
		t.Fatal(err)
	}
	l, err := lab.New(lab.Options{Now: tourNow})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p := &tourist{T: t, rel: rel, lab: l, screen: newTourScreen(t)}
	console := term.New(p.screen.far, term.Options{})
	box, err := appliance.New(appliance.Options{Release: rel, Flash: flash, Links: l.Links(), Console: console,
		Now: tourNow, Rand: rand.New(rand.NewPCG(1, 2)), Diag: t.Output(), QuickBoot: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- box.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		console.Close()
	})
	p.boot = p.screen.await(rel.Console.Prompt + "> ")
	return p
}

// mail is a session with port 25 of the mail server's global address, from the Internet, as a terminal shows it.
func (p *tourist) mail(commands ...string) string {
	ctx, cancel := context.WithTimeout(context.Background(), tourWait)
	defer cancel()
	c, err := p.lab.Host("client").Dial(ctx, netip.AddrPort{}, netip.AddrPortFrom(lab.MailGlobal, 25))
	if err != nil {
		p.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(tourWait))
	r := bufio.NewReader(c)
	text := "```text\n$ telnet 127.0.0.1 2525\n" + p.reply(r)
	for _, line := range commands {
		fmt.Fprintf(c, "%s\r\n", line)
		text += line + "\n" + p.reply(r)
	}
	return text + "```\n"
}

// reply is one reply, all its lines.
func (p *tourist) reply(r *bufio.Reader) string {
	text := ""
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			p.Fatalf("%q, then %v", text+line, err)
		}
		text += line
		if len(line) < 4 || line[3] != '-' {
			return strings.ReplaceAll(text, "\r\n", "\n")
		}
	}
}

// console types lines at the serial line, which shows the host name and prompt, and is what the screen shows until the
// last of them was typed. A line is typed when the screen waits for it: behind a prompt or a question.
func (p *tourist) console(prompt string, lines ...string) string {
	text := "```text\n" + p.rel.Console.Prompt + prompt
	for i, line := range lines {
		p.screen.take()
		fmt.Fprintf(p.screen.near, "%s\r", line)
		if i == len(lines)-1 && line == "" {
			return text + "\n```\n" // the answer to a question, after which the box goes down
		}
		text += p.screen.await("> ", "# ", "Password: ", "[confirm] ")
	}
	return text[:strings.LastIndexByte(text, '\n')+1] + "```\n"
}

// tourScreen is the terminal at the serial line.
type tourScreen struct {
	t         *testing.T
	near, far net.Conn
	mu        sync.Mutex
	text      string
	more      chan struct{}
}

func newTourScreen(t *testing.T) *tourScreen {
	s := &tourScreen{t: t, more: make(chan struct{}, 1)}
	s.near, s.far = net.Pipe()
	read := make(chan struct{})
	go func() { s.read(); close(read) }()
	t.Cleanup(func() { s.near.Close(); <-read })
	return s
}

func (s *tourScreen) read() {
	b := make([]byte, 4096)
	for {
		n, err := s.near.Read(b)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.text += string(b[:n])
		s.mu.Unlock()
		select {
		case s.more <- struct{}{}:
		default:
		}
	}
}

// take is what has been shown since it was last taken.
func (s *tourScreen) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := s.text
	s.text = ""
	return strings.ReplaceAll(text, "\r", "")
}

// await is what is shown until the screen ends with one of ends.
func (s *tourScreen) await(ends ...string) string {
	s.t.Helper()
	limit := time.After(tourWait)
	text := ""
	for {
		text += s.take()
		for _, end := range ends {
			if strings.HasSuffix(text, end) {
				return text
			}
		}
		select {
		case <-s.more:
		case <-limit:
			s.t.Fatalf("the screen does not end with one of %q: %q", ends, text)
		}
	}
}
