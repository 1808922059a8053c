package appliance_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"pixsim/dataplane"
	"pixsim/lab"
)

var update = flag.Bool("update", false, "write the screens of testdata anew; read the difference before committing it")

// A transcript is testdata/RELEASE/NAME.txtar: a sentence that says why, then the file "keys" and one file for each
// screen with what a person saw on it. The box boots from the lab's configuration, from the file "startup-config" of the
// archive, or from flash that was never used if that file is empty.
//
// The lines of "keys":
//
//	> TEXT              typed at the serial console, and Enter
//	>> KEYS             typed without Enter; keys that no echo shows are shown where they were pressed
//	NAME> TEXT          typed at the screen NAME; NAME>> KEYS likewise
//	boot                the console's screen begins with the boot text (else with the first prompt)
//	telnet NAME PORT    a telnet session from the desk's source port PORT
//	smtp NAME PORT      a connection from the Internet to the mail server's global address
//	mail PORT [helo]    a mail from there, from that source port; "! mail PORT" must be refused
//	dial HOST A:P PORT  a connection that is reset once a server has greeted; "! dial" gets no answer
//	ping HOST ADDR      one echo; "! ping" gets no reply
//	expect NAME TEXT    waits until the screen shows TEXT; " ... " stands between parts that come in that order
//	closed NAME         waits until the far side has hung up
//	advance DURATION    sets the clock of box and servers ahead
//	reached TEXT        a line that the mail server got; "! reached TEXT" is one that it did not
//	mask REGEXP         what matches is different every time and shown as <...>
//	drop REGEXP         lines that are there or not, as the segments of a connection's end happen to come
//
// In KEYS and TEXT ^Z is a control key, <tab>, <enter>, <space>, <esc>, <up>, <down>, <left>, <right>, <bs> and <lf> are
// keys, <xHH> is an octet. On screens <cr> is a carriage return without a line end, ⇥ a tab, ␠ a blank at the end of a
// line, <will 1> a telnet command. A line that was longer than the screen is shown as it stands there in the end.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d transcripts, %v", len(files), err)
	}
	for _, file := range files {
		rel := filepath.Base(filepath.Dir(file))
		t.Run(rel+"/"+strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			transcript(t, rel, file)
		})
	}
}

func transcript(t *testing.T, rel, file string) {
	ar, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(string(ar.Comment)) == "" {
		t.Error("the archive does not say what it is for")
	}
	parts := map[string]string{}
	for _, f := range ar.Files {
		parts[f.Name] = string(f.Data)
	}
	o := worldOptions{}
	if text, ok := parts["startup-config"]; ok {
		o.startup, o.factory = text, text == ""
	}
	w := newWorld(t, rel, o)
	p := &player{world: w, screens: map[string]*screen{"": w.console}, order: []*screen{w.console}}
	p.play(parts["keys"])
	got := &txtar.Archive{Comment: ar.Comment}
	for _, f := range ar.Files {
		if f.Name == "keys" || f.Name == "startup-config" {
			got.Files = append(got.Files, f)
		}
	}
	for _, s := range p.order {
		text := p.show(s)
		got.Files = append(got.Files, txtar.File{Name: s.name, Data: []byte(text)})
		if want := parts[s.name]; text != want && !*update {
			t.Errorf("the screen of %s:\n%s", s.name, difference(want, text))
		}
	}
	if *update {
		if err := os.WriteFile(file, txtar.Format(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// difference shows the first lines that differ, with those around them.
func difference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	part := func(l []string) string { return strings.Join(l[max(0, i-3):min(len(l), i+6)], "\n") }
	return fmt.Sprintf("line %d, want\n%s\n--- but it is\n%s", i+1, part(a), part(b))
}

// player runs the lines of a transcript.
type player struct {
	*world
	screens map[string]*screen
	order   []*screen
	marks   map[*screen][]mark
	masks   []mask
	booting bool
}

// mask takes away what no two runs have in common.
type mask struct {
	*regexp.Regexp
	by string
}

// mark is a key that was pressed when the screen had shown so much.
type mark struct {
	at   int
	keys string
}

func (p *player) play(script string) {
	p.t.Helper()
	p.marks = map[*screen][]mark{}
	p.settle(p.console, 0, "") // the first prompt
	for n, line := range strings.Split(script, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		if name, keys, ok := typing.cut(line); ok {
			s := p.screens[name]
			if s == nil {
				p.t.Fatalf("line %d: no screen %q", n+1, name)
			}
			p.press(s, keys, strings.HasPrefix(line[len(name):], ">>"))
			continue
		}
		if err := p.do(strings.Fields(line), line); err != nil {
			p.t.Fatalf("line %d: %s: %v", n+1, line, err)
		}
	}
	p.settle(p.console, 0, "") // it may be booting
}

// typing finds lines that press keys.
var typing = keyLine{regexp.MustCompile(`^([a-z0-9]*)>(>?) ?(.*)$`)}

type keyLine struct{ *regexp.Regexp }

// cut returns who types what; Enter is a part of the keys.
func (k keyLine) cut(line string) (name, keys string, ok bool) {
	m := k.FindStringSubmatch(line)
	if m == nil {
		return "", "", false
	}
	if m[2] == "" {
		m[3] += "<enter>"
	}
	return m[1], m[3], true
}

// press types keys at a screen, and waits until it is the person's turn again.
func (p *player) press(s *screen, keys string, shown bool) {
	p.t.Helper()
	begin := s.len()
	end := "\r"
	if s.conn != nil && s.name[0] == 's' { // SMTP
		end = "\r\n"
	}
	if shown && unseen.MatchString(keys) {
		p.marks[s] = append(p.marks[s], mark{begin, keys})
	}
	if err := s.typeKeys(octetsOf(keys, end)); err != nil {
		p.t.Fatalf("%s: %v\n%s", s.name, err, s)
	}
	p.settle(s, begin, keys)
}

// interrupted is a prompt behind which the log has written.
var interrupted = regexp.MustCompile(`(?m)^[\w.-]+(\([\w-]+\))?[>#] `)

// unseen are keys that are not echoed.
var unseen = regexp.MustCompile(`^((\^[@-_]|<[a-z]+>)+|[^?])$`)

var prompted = regexp.MustCompile(`^[\w.-]+(\([\w-]+\))?[>#] `)

var replied = regexp.MustCompile(`(?m)^\d{3}( .*)?\r\n$`)

// settle waits for the answer to keys.
func (p *player) settle(s *screen, begin int, keys string) {
	p.t.Helper()
	lines := strings.Count(keys, "<enter>")
	quiet := lines == 0 && !strings.ContainsAny(keys, "^<?") && len(keys) > 1
	_, err := s.await(func(text string, over bool) bool {
		text = text[begin:]
		switch {
		case over, quiet:
			return true
		case s.name[0] == 's':
			return replied.MatchString(text)
		case lines > 0 && strings.Count(text, "\n") < lines:
			return false
		case strings.HasSuffix(keys, "?"): // the line is painted again behind the prompt
			return strings.Count(text, "\n") > 0 && prompted.MatchString(text[strings.LastIndexByte(text, '\n')+1:])
		case strings.HasSuffix(keys, "<up>"), strings.HasSuffix(keys, "<down>"), keys == "^P":
			return text != ""
		case strings.HasSuffix(keys, "<tab>"):
			return len(text) > len(keys)-len("<tab>")
		}
		return turn(text) || lines > 0 && interrupted.MatchString(text)
	})
	if err != nil {
		p.t.Fatalf("after %q: %v", keys, err)
	}
	if keys != "" {
		time.Sleep(2 * time.Millisecond) // what looks like a prompt may be the beginning of more
	}
}

var names = map[string]string{
	"tab": "\t", "space": " ", "esc": "\x1b", "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D",
	"bs": "\x7f", "lf": "\n",
}

var special = regexp.MustCompile(`\^[@-_]|<[a-z]+>|<x[0-9a-f]{2}>`)

// octetsOf is what a keyboard sends.
func octetsOf(keys, enter string) string {
	return special.ReplaceAllStringFunc(keys, func(k string) string {
		if k[0] == '^' {
			return string(rune(k[1] & 0x1f))
		}
		name := k[1 : len(k)-1]
		if name == "enter" {
			return enter
		}
		if text, ok := names[name]; ok {
			return text
		}
		if b, err := strconv.ParseUint(name[1:], 16, 8); err == nil && name[0] == 'x' {
			return string([]byte{byte(b)})
		}
		return k
	})
}

func (p *player) do(words []string, line string) error {
	not := words[0] == "!"
	if not {
		words = words[1:]
	}
	arg := func(i int) string {
		if i < len(words) {
			return words[i]
		}
		return ""
	}
	port := func(i int) uint16 {
		n, _ := strconv.ParseUint(arg(i), 10, 16)
		return uint16(n)
	}
	rest := strings.TrimSpace(line[strings.Index(line, words[0])+len(words[0]):])
	switch words[0] {
	case "boot":
		p.booting = true
	case "telnet":
		p.open(arg(1), p.telnet(arg(1), port(2)))
	case "smtp":
		c, err := p.dial(soon(p.t), "client", port(2), netip.AddrPortFrom(lab.MailGlobal, 25))
		if err != nil {
			return err
		}
		p.open("s"+arg(1), p.attach("s"+arg(1), c))
	case "mail":
		return expected(not, p.mail(port(1), arg(2) == "helo"))
	case "dial":
		return expected(not, p.knock(arg(1), arg(2), port(3), not))
	case "ping":
		return expected(not, p.ping(arg(1), arg(2), not))
	case "expect":
		_, text, _ := strings.Cut(rest, " ")
		s := p.screens[strings.TrimPrefix(arg(1), "console")]
		_, err := s.await(func(shown string, _ bool) bool { return inOrder(shown, strings.Split(text, " ... ")) })
		return err
	case "closed":
		return p.closed(p.screens[arg(1)])
	case "advance":
		d, err := time.ParseDuration(arg(1))
		p.clock.advance(d)
		return err
	case "reached":
		if slices.Contains(p.lab.Mail().Log().Lines(), rest) == not {
			return fmt.Errorf("the server got %q", p.lab.Mail().Log().Lines())
		}
	case "mask":
		p.masks = append(p.masks, mask{regexp.MustCompile(rest), "<...>"})
	case "drop":
		p.masks = append(p.masks, mask{regexp.MustCompile("(?m)" + rest + "\n"), ""})
	default:
		return fmt.Errorf("no such verb")
	}
	return nil
}

// inOrder says that text has these parts, one behind the other.
func inOrder(text string, parts []string) bool {
	for _, part := range parts {
		_, rest, ok := strings.Cut(text, part)
		if !ok {
			return false
		}
		text = rest
	}
	return true
}

// closed waits for the end of a connection. A box that went down at once may have forgotten it; the next key is then
// answered by a reset.
func (p *player) closed(s *screen) error {
	stop := make(chan struct{})
	var poking sync.WaitGroup
	poking.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Second):
				s.typeKeys("\r")
			}
		}
	})
	_, err := s.await(func(_ string, over bool) bool { return over })
	close(stop)
	poking.Wait()
	return err
}

// expected turns a failure that had to be into none.
func expected(not bool, err error) error {
	if not && err == nil {
		return fmt.Errorf("it worked")
	}
	if not {
		return nil
	}
	return err
}

func (p *player) open(name string, s *screen) {
	p.screens[name] = s
	p.order = append(p.order, s)
	p.settle(s, 0, "")
}

var letter = lab.Mail{From: "a@example.net", To: []string{"user@example.com"}, Data: []byte("Subject: hello\r\n\r\nHello.\r\n")}

func (p *player) mail(port uint16, helo bool) error {
	ctx := soon(p.t)
	c, err := p.dial(ctx, "client", port, netip.AddrPortFrom(lab.MailGlobal, 25))
	if err != nil {
		return err
	}
	_, err = greeter(helo).Send(ctx, c, letter)
	p.quiet(port)
	return err
}

// quiet waits until the box has forgotten the connection from a port of the client: the last segments may be on their way
// when the client is done.
func (p *player) quiet(port uint16) {
	there := true
	for deadline := time.Now().Add(patience); there && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		there = false
		for c := range dataplane.Conns(p.box.Do) {
			there = there || c.Lower.Real.Port() == port
		}
	}
}

// briefly is how long something is given that must not happen.
const briefly = 300 * time.Millisecond

func (p *player) knock(host, to string, port uint16, not bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if not {
		ctx, cancel = context.WithTimeout(ctx, briefly)
		defer cancel()
	}
	c, err := p.dial(ctx, host, port, netip.MustParseAddrPort(to))
	if err != nil {
		return err
	}
	c.SetReadDeadline(time.Now().Add(patience))
	_, err = bufio.NewReader(c).ReadString('\n')
	c.(interface{ SetLinger(int) error }).SetLinger(0)
	return errors.Join(err, c.Close())
}

func (p *player) ping(host, to string, not bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if not {
		ctx, cancel = context.WithTimeout(ctx, briefly)
		defer cancel()
	}
	_, err := p.lab.Host(host).Ping(ctx, netip.Addr{}, netip.MustParseAddr(to), 32)
	return err
}

// show is what a person saw, as the archives have it.
func (p *player) show(s *screen) string {
	raw := s.String()
	var b strings.Builder
	at := 0
	for _, m := range p.marks[s] {
		b.WriteString(visible(scrolled(raw[at:m.at])))
		b.WriteString(m.keys)
		at = m.at
	}
	b.WriteString(visible(scrolled(raw[at:])))
	text := b.String()
	if s == p.console && !p.booting {
		if i := strings.Index(text, "> "); i >= 0 {
			text = text[strings.LastIndexByte(text[:i], '\n')+1:]
		}
	}
	for _, m := range p.masks {
		text = m.ReplaceAllString(text, m.by)
	}
	text = trailing.ReplaceAllStringFunc(text, func(s string) string { return strings.Repeat("␠", len(s)) })
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text
}

// scrolls is a line that went back further than anybody who edits a line does.
var scrolls = regexp.MustCompile(`(?m)^[^\r\n\t]*\x08{40,}[^\r\n\t]*`)

// scrolled shows a line that was longer than the screen as it stands there in the end: how it got there depends on the cuts
// in which it was typed.
func scrolled(raw string) string {
	return scrolls.ReplaceAllStringFunc(raw, func(line string) string {
		var cells []byte
		at := 0
		for _, c := range []byte(line) {
			if c == '\b' {
				at = max(0, at-1)
				continue
			}
			cells = append(cells[:min(at, len(cells))], append([]byte{c}, cells[min(at+1, len(cells)):]...)...)
			at++
		}
		return strings.TrimRight(string(cells), " ")
	})
}

var trailing = regexp.MustCompile(`(?m) +$`)

var telnetVerbs = map[byte]string{251: "will", 252: "wont", 253: "do", 254: "dont"}

// visible writes control characters out. CR LF is a line end.
func visible(raw string) string {
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case c == '\r' && i+1 < len(raw) && raw[i+1] == '\n':
			b.WriteByte('\n')
			i++
		case c == '\r':
			b.WriteString("<cr>")
		case c == '\n':
			b.WriteString("<lf>")
		case c == '\t':
			b.WriteString("⇥")
		case c == '\b':
			b.WriteString("<bs>")
		case c == 255 && i+2 < len(raw) && telnetVerbs[raw[i+1]] != "":
			fmt.Fprintf(&b, "<%s %d>", telnetVerbs[raw[i+1]], raw[i+2])
			i += 2
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, "<x%02x>", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
