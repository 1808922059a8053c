package lab

import (
	"fmt"
	"strings"

	"pixsim/dataplane/inspect/smtp"
)

// how a refused command is refused, in words.
var howRefused = [...]string{
	smtp.RejectMask:   "overwritten with X",
	smtp.RejectNoop:   "overwritten with NOOP",
	smtp.RejectAnswer: "kept, and answered by the firewall",
}

// at names a line of the text or a frame of the capture.
func (d *Dialogue) at(ref int) string {
	if d.Capture {
		return fmt.Sprintf("frame %d", ref)
	}
	return fmt.Sprintf("line %d", ref)
}

// Findings are what a release did to a dialogue and why, a sentence each; none when nothing was changed.
func (x *Inspection) Findings(s *Summary) []string {
	var all []string
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	d := x.Dialogue
	if s.Greeting > 0 {
		say("the greeting is masked: %s", count(s.Greeting, "octet"))
	}
	for _, r := range s.Refused {
		why := ""
		if r.Why != "" {
			why = ", " + r.Why
		}
		say("%s (%s) is refused%s: %s", r.Verb, d.at(r.Ref), why, howRefused[r.How])
	}
	if len(s.Hidden) > 0 {
		var words []string
		for _, h := range s.Hidden {
			words = append(words, h.Keyword)
		}
		say("hidden from the reply to EHLO (%s): %s", d.at(s.Hidden[0].Ref), strings.Join(words, ", "))
	}
	for _, b := range s.Blanked {
		say("blanks in place of %s of an address (%s): %s", count(b.Octets, "octet"), d.at(b.Ref), b.Line)
	}
	if s.Garbled > 0 {
		say("overwritten within messages: %s", count(s.Garbled, "octet"))
	}
	for _, h := range s.Held {
		who := "the client"
		if h.Dir == smtp.ToClient {
			who = "the server"
		}
		then := "which go on when they come again"
		if !h.Later {
			then = "for good"
		}
		say("withheld from %s (%s): %s, %s", who, d.at(h.Ref), count(h.Octets, "octet"), then)
	}
	if s.Ended != "" {
		by := ""
		if s.EndedBy != "" {
			by = ": " + s.EndedBy
		}
		say("the firewall %s the connection (%s)%s", s.Ended, d.at(s.EndedRef), by)
	}
	if s.TLS {
		say("STARTTLS passes: what follows it is not inspected")
	}
	if s.Answers > 0 {
		say("the firewall itself answers: %s", count(s.Answers, "time"))
	}
	if s.More > 0 {
		say("and %d more of the same", s.More)
	}
	return all
}

// Caveat says how far the recorded replies can be believed; "" when all of them can.
func (x *Inspection) Caveat(s *Summary) string {
	if s.Unsaid == 0 && len(s.Doubtful) == 0 {
		return ""
	}
	text := "The recorded replies are those to what the client sent. "
	if s.Unsaid > 0 {
		text += fmt.Sprintf("Of them %d would not have been sent (-). ", s.Unsaid)
	}
	if n := len(s.Doubtful); n > 0 {
		text += fmt.Sprintf("Of them %d would hardly be the same (?), the first at %s: %s. ", n, x.Dialogue.at(s.Doubtful[0].Ref), s.Doubtful[0].Why)
	}
	return text + "What the client would have done then is not in the recording."
}

func (p *printer) summary() {
	s := p.x.Summary()
	findings := p.x.Findings(s)
	p.printf("\nWhat %s did:\n", p.x.Release.Name)
	if len(findings) == 0 {
		p.printf("  nothing: every octet passes unchanged\n")
	}
	for _, f := range findings {
		p.wrap("  ", f)
	}
	if c := p.x.Caveat(s); c != "" {
		p.printf("\n")
		p.wrap("", c)
	}
	if len(s.Log) > 0 {
		p.printf("\nIts log:\n")
		for _, l := range s.Log {
			p.printf("  %s\n", l)
		}
	}
	if len(s.Symptoms) == 0 {
		return
	}
	p.printf("\nSymptoms of KB 320027 that this leads to:\n")
	for _, y := range s.Symptoms {
		p.wrap(fmt.Sprintf("  %2d  ", y.N), fmt.Sprintf("%s (%s)", y.Title, y.Why))
	}
	p.cure(s)
}

// cure prints what to type, a cure a line.
func (p *printer) cure(s *Summary) {
	p.printf("\nThe cure, from the enable prompt of %s:\n", p.x.Release.Name)
	p.commands(Cure(p.x.Release))
	for _, y := range s.Symptoms {
		if tls := CureTLS(p.x.Release); y.N == 5 && tls != nil {
			p.printf("For STARTTLS alone, with inspection left on:\n")
			p.commands(tls)
		}
	}
}

func (p *printer) commands(lines []string) {
	for _, c := range lines {
		p.printf("  %s\n", c)
	}
}
