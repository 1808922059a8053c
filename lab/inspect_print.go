package lab

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"pixsim/dataplane/inspect/smtp"
)

// InspectStyle says how inspections are printed.
type InspectStyle struct {
	Width  int  // columns; 0: 100
	Colour bool // changed octets in colour; else with carets below
	Body   bool // all lines of a message; else only the first three that pass unchanged in a row
}

const (
	defaultWidth = 100
	minWidth     = 40
	bodyShown    = 3
)

// octetRow is a run of octets of a step: a line, or what of it lies in the step.
type octetRow struct{ from, to int }

// rows cuts In into lines.
func (s *Step) rows() []octetRow {
	var all []octetRow
	for at := 0; at < len(s.In); {
		n := bytes.IndexByte(s.In[at:], '\n') + 1
		if n == 0 {
			n = len(s.In) - at
		}
		all = append(all, octetRow{at, at + n})
		at += n
	}
	return all
}

// printer writes one inspection.
type printer struct {
	w     io.Writer
	x     *Inspection
	style InspectStyle
	err   error
	width int // of the column of the references
	last  int // the reference that was written last

	body    int    // lines of a message that passed unchanged in a row
	skipped int    // of those, not shown
	octets  int    // in them
	lone    func() // shows the first of them
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

// Print writes an inspection as text: every line as it came, below it what became of it where that differs, and a summary.
func (x *Inspection) Print(w io.Writer, style InspectStyle) error {
	if style.Width == 0 {
		style.Width = defaultWidth
	}
	style.Width = max(style.Width, minWidth)
	p := &printer{w: w, x: x, style: style}
	p.heading()
	for i := range x.Steps {
		p.step(&x.Steps[i])
	}
	p.flushBody()
	p.summary()
	return p.err
}

// Legend explains the marks of Print.
const Legend = `C> the client sends, >S the server gets, <S the server sends,
<C the client gets; one line alone passed unchanged. ^ changed,
? another reply is to be expected, - not sent,
| a segment ends in the midst of a line.`

func (p *printer) heading() {
	d := p.x.Dialogue
	p.printf("%s\n", d.Heading())
	for _, n := range d.Notes {
		p.wrap("note: ", n)
	}
	p.printf("under %s%s:\n\n", p.x.Release.Name, flawed(&p.x.Release.SMTP))
	p.width = 4
	for i := range p.x.Steps {
		p.width = max(p.width, len(strconv.Itoa(p.x.Steps[i].Ref)))
	}
}

// flawed names the flaws of a profile.
func flawed(p *smtp.Profile) string {
	names := smtp.FlawNames(p.Flaws)
	if len(names) == 0 {
		return ""
	}
	return ", with the flaws " + strings.Join(names, ", ")
}

// Heading is the line that names a dialogue.
func (d *Dialogue) Heading() string {
	if !d.Capture {
		return "the session of a text"
	}
	return fmt.Sprintf("%s -> %s, %s", d.Client, d.Server, d.Start.UTC().Format("2006-01-02 15:04:05.000"))
}

// ref is the beginning of a row: the line of the text, or the frame of the capture and its time.
func (p *printer) ref(s *Step) string {
	text := ""
	if s.Ref != p.last {
		text = strconv.Itoa(s.Ref)
	}
	p.last = s.Ref
	text = fmt.Sprintf("%*s", p.width, text)
	if p.x.Dialogue.Capture {
		at := ""
		if strings.TrimSpace(text) != "" {
			at = seconds(s.At)
		}
		text += fmt.Sprintf(" %9s", at)
	}
	return text + "  "
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

func (p *printer) indent() string {
	n := p.width + 2
	if p.x.Dialogue.Capture {
		n += 10
	}
	return strings.Repeat(" ", n)
}

var marks = [...]struct{ from, to string }{smtp.ToServer: {"C>", ">S"}, smtp.ToClient: {"<S", "<C"}}

func (p *printer) step(s *Step) {
	who := [...]string{smtp.ToServer: "client", smtp.ToClient: "server"}[s.Dir]
	switch {
	case s.Missing > 0:
		p.remark(s, fmt.Sprintf("%s of the %s missing in the capture: what follows may be judged wrongly", count(s.Missing, "octet"), who))
	case s.End != "":
		p.remark(s, "the "+who+" "+s.End)
	case s.Stop != "":
		p.remark(s, s.Stop+"; the rest of the recording is left out")
	}
	still := s.Joined > 0 && s.Withheld == len(s.In) && s.Act == smtp.Pass // as key by key: only the new octets are shown
	if s.Joined > 0 && !still {
		p.remark(s, count(s.Joined, "octet")+" withheld before: sent again in one segment with what follows")
	}
	if s.Resent && s.Withheld < len(s.In) {
		p.remark(s, "sent again, as a whole")
	}
	for _, l := range s.rows() {
		if still {
			l.from = max(l.from, min(l.to, s.Joined))
		}
		if l.from < l.to {
			p.row(s, l)
		}
	}
	if len(s.Answers) > 0 {
		p.flushBody()
		for line := range bytes.Lines(s.Answers) {
			p.printf("%s<C %s   (the firewall's own answer)\n", p.indent(), p.paint(octets(bytes.TrimRight(line, "\r\n"))))
		}
	}
	switch s.Act {
	case smtp.DropConn:
		p.remark(s, "the firewall drops the connection without a word, and this segment with it")
	case smtp.Reset:
		p.remark(s, "the firewall resets the connection; this segment does not go on")
	case smtp.Detach:
		if len(s.In) > 0 && s.Dir == smtp.ToClient && bytes.HasPrefix(s.In, []byte("220")) {
			p.remark(s, "TLS begins: the firewall reads no further")
		}
	}
}

func (p *printer) remark(s *Step, text string) {
	p.flushBody()
	p.printf("%s-- %s\n", p.ref(s), text)
}

// row writes one line of a step, and what became of it.
func (p *printer) row(s *Step, l octetRow) {
	in := s.In[l.from:l.to]
	changed := make([]bool, len(in))
	any := false
	for _, c := range touched(s.Changes, l.from, l.to) {
		for i := max(c.From, l.from); i < min(c.To, l.to); i++ {
			changed[i-l.from], any = true, true
		}
	}
	held := max(0, l.to-max(l.from, len(s.In)-s.Withheld))
	swallowed := 0
	for _, c := range touched(s.Swallows, l.from, l.to) {
		swallowed += overlap(c, 0, l.from, l.to)
	}
	if !any && held == 0 && swallowed == 0 && p.skipBody(s, l) {
		return
	}
	p.flushBody()
	m := marks[s.Dir]
	from := m.from
	end := ""
	if in[len(in)-1] != '\n' {
		end = " |"
	}
	switch {
	case s.Unsaid != "":
		if from = "-"; l.from == 0 {
			end += "   (" + s.Unsaid + ")"
		}
	case s.Doubtful != "":
		if from += "?"; l.from == 0 {
			end += "   (" + s.Doubtful + ")"
		}
	case held == len(in):
		end += "   (withheld)"
		if text := strings.TrimRight(string(in), "\r\n"); text == "" {
			end = octets(in) + end // nothing else would show
		}
	case held > 0:
		end += "   (" + count(held, "octet") + " at its end withheld)"
	case swallowed > 0:
		end += "   (kept by the firewall, which answers itself)"
	}
	p.pair(p.ref(s), from, in, nil, end)
	if any {
		out := s.wire[l.from:min(l.to, len(s.wire))]
		p.pair(p.indent(), m.to, out, changed, "")
	}
}

// skipBody leaves out the lines of a message beyond the first that pass unchanged.
func (p *printer) skipBody(s *Step, l octetRow) bool {
	if s.Dir != smtp.ToServer || p.style.Body {
		return false
	}
	off := s.Off + l.from
	i := p.x.Dialogue.unitAt(off)
	if i == len(p.x.Dialogue.units) {
		return false
	}
	u := &p.x.Dialogue.units[i]
	if u.kind != unitMessage || off < u.from || u.whole && s.Off+l.to >= u.to {
		p.body = 0
		return false
	}
	if p.body++; p.body <= bodyShown || s.In[l.to-1] != '\n' {
		return false
	}
	if p.skipped++; p.skipped == 1 {
		b := s.In[l.from:l.to]
		p.lone = func() { p.pair(p.ref(s), marks[s.Dir].from, b, nil, "") }
	}
	p.octets += l.to - l.from
	return true
}

func (p *printer) flushBody() {
	switch {
	case p.skipped == 1: // the line itself takes no more room
		p.lone()
	case p.skipped > 1:
		p.printf("%s-- %s more of the message, %s, unchanged\n", p.indent(), count(p.skipped, "line"), count(p.octets, "octet"))
	}
	p.skipped, p.octets = 0, 0
}

// pair writes octets in as many lines as they need. marked are those to be marked.
func (p *printer) pair(head, mark string, b []byte, marked []bool, end string) {
	b = bytes.TrimSuffix(b, []byte("\n"))
	b = bytes.TrimSuffix(b, []byte("\r"))
	head += fmt.Sprintf("%-3s ", mark)
	blank := strings.Repeat(" ", len(head))
	room := max(p.style.Width-len(head), 16)
	for first := true; first || len(b) > 0; first = false {
		n, width := 0, 0
		var text, below strings.Builder
		for n < len(b) {
			o := visible(b[n])
			if width+len(o) > room {
				break
			}
			m := marked != nil && marked[n]
			switch {
			case m && p.style.Colour:
				text.WriteString(paintOn + o + paintOff)
			default:
				text.WriteString(o)
			}
			c := " "
			if m {
				c = "^"
			}
			below.WriteString(strings.Repeat(c, len(o)))
			width += len(o)
			n++
		}
		if b = b[n:]; marked != nil {
			marked = marked[n:]
		}
		line := head + text.String()
		if len(b) == 0 {
			line += end
		}
		p.printf("%s\n", strings.TrimRight(line, " "))
		if carets := strings.TrimRight(below.String(), " "); carets != "" && !p.style.Colour {
			p.printf("%s%s\n", blank, carets)
		}
		head = blank
	}
}

const paintOn, paintOff = "\x1b[7m", "\x1b[0m"

func (p *printer) paint(text string) string {
	if p.style.Colour {
		return paintOn + text + paintOff
	}
	return text
}

// count is n of something.
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// octets are octets as ASCII.
func octets(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		s.WriteString(visible(c))
	}
	return s.String()
}

// wrap writes text behind a head, in lines of the width.
func (p *printer) wrap(head, text string) {
	p.printf("%s\n", strings.TrimRight(head+filled(text, len(head), p.style.Width), " "))
}
