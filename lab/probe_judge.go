package lab

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// ProbeVerdict is what a probe comes to.
type ProbeVerdict string

const (
	ProbeNone      ProbeVerdict = "none"      // no Mailguard stands before the server
	ProbeMailguard ProbeVerdict = "mailguard" // one does
	ProbeOther     ProbeVerdict = "other"     // something else speaks, or changes what is said
	ProbeUndecided ProbeVerdict = "undecided" // the server did not say enough
	ProbeNoSMTP    ProbeVerdict = "no-smtp"   // it is no SMTP server, or says nothing
)

// Evidence is one thing that speaks for a Mailguard or against it.
type Evidence struct {
	Step   string `json:"step"`
	Quote  string `json:"quote"`  // of the dialogue, unprintable octets escaped
	Says   string `json:"says"`   // what it means
	Weight int    `json:"weight"` // for a Mailguard; negative: against
}

// ProbeReport is what a Probe found.
type ProbeReport struct {
	Verdict    ProbeVerdict
	Confidence string       // high, medium, low
	Summary    string       // one sentence
	Fits       []ReleaseFit // the releases that explain what was seen best, oldest first; none unless a Mailguard is found
	Also       []ReleaseFit // those that explain it nearly as well
	Evidence   []Evidence
	Remarks    []string // what else a person should know
	Steps      []ProbeStep

	edited bool // what was sent did not arrive as it was sent
}

// What evidence weighs: the sum decides.
const (
	weighsProof  = 6 // nothing else is known to do this
	weighsMuch   = 4
	weighsSome   = 2
	weighsLittle = 1

	sumHigh = 5 // from here on the confidence is high
	sumFind = 4 // a Mailguard is found
	sumNone = 0 // down from here none is
	sumSure = -4
)

// judge reads a dialogue.
func judge(all steps) *ProbeReport {
	r := &ProbeReport{Steps: all, Evidence: []Evidence{}, Remarks: []string{}}
	g := all.of(stepGreeting)
	switch {
	case !isReply(g.Reply) || g.Fault == faultEndless:
		r.noSMTP(all)
		return r
	case g.Fault != "" || g.code() != 220:
		r.turnedAway(g)
		return r
	}
	r.weigh(all)
	fits := fitReleases(all)
	sum := 0
	for _, e := range r.Evidence {
		sum += e.Weight
	}
	if fits[0].cost >= tooFar {
		sum -= weighsMuch
	}
	r.remark(all)
	switch front, sure := frontOf(all); {
	case sum >= sumFind:
		r.found(fits, sum)
	case front != nil:
		r.Verdict, r.Confidence = ProbeOther, "medium"
		if sure {
			r.Confidence = "high"
		}
		r.Summary = "no Mailguard, but something else speaks for the server: " + front.name
		r.Remarks = append(r.Remarks, front.cure)
	case sum > sumNone || r.edited || all.of(stepEHLO).code() == 0 || all.of(stepUnknown).code() == 0 && sum > sumSure:
		r.Verdict, r.Confidence = ProbeUndecided, "low"
		r.Summary = "what was seen speaks neither clearly for a Mailguard nor against it"
	default:
		r.Verdict, r.Confidence = ProbeNone, "medium"
		if sum <= sumSure {
			r.Confidence = "high"
		}
		r.Summary = "no Mailguard stands before this server"
	}
	return r
}

func (r *ProbeReport) found(fits []ReleaseFit, sum int) {
	r.Verdict, r.Confidence = ProbeMailguard, "medium"
	if sum >= sumHigh {
		r.Confidence = "high"
	}
	r.Summary = "a Mailguard stands before this server"
	best := fits[0].cost
	if best >= tooFar {
		r.Remarks = append(r.Remarks, "no release that pixsim knows explains all of this: those named come nearest")
	}
	for _, f := range fits {
		switch {
		case f.cost == best:
			r.Fits = append(r.Fits, f)
		case f.cost <= best+costOption && f.cost < tooFar:
			r.Also = append(r.Also, f)
		}
	}
	byAge(r.Fits)
	byAge(r.Also)
}

// byAge sorts as candidates does, so that neighbours stand together.
func byAge(fits []ReleaseFit) {
	at := map[string]int{}
	for i, r := range candidates() {
		at[r.Name] = i
	}
	slices.SortFunc(fits, func(a, b ReleaseFit) int { return at[a.Release.Name] - at[b.Release.Name] })
}

func (r *ProbeReport) add(weight int, s *ProbeStep, says string) {
	quote := s.Sent
	if len(s.Reply) > 0 {
		quote = s.Reply[0]
	}
	r.Evidence = append(r.Evidence, Evidence{s.Name, quoted(quote), says, weight})
}

func (r *ProbeReport) addLine(weight int, s *ProbeStep, line, says string) {
	r.Evidence = append(r.Evidence, Evidence{s.Name, quoted(line), says, weight})
}

// weigh gathers the evidence, in the order of the dialogue.
func (r *ProbeReport) weigh(all steps) {
	r.weighGreeting(all.of(stepGreeting))
	r.weighHello(all.of(stepEHLO), all)
	r.weighVerbs(all.of(stepUnknown), all)
	for _, name := range []string{stepEHLO, stepUnknown, stepShort, stepHELP, stepTLS} {
		r.weighEcho(all.of(name))
	}
	r.weighParts(all.of(stepSplit), all.of(stepNOOP))
}

func (r *ProbeReport) weighGreeting(s *ProbeStep) {
	stars := strings.Count(s.text(), "*")
	switch ReadMask(s.Reply) {
	case MaskCmap:
		r.add(weighsProof, s, "the greeting of PIX 4.x in place of the server's")
	case MaskKeep20:
		if stars >= fewStars {
			r.add(weighsMuch, s, "the greeting is stars but for 2, 0 and the blank behind a 0, the rule of PIX 5.1 and later")
		} else {
			r.add(weighsLittle, s, "a short greeting of stars, 2 and 0")
		}
	case MaskStars:
		if stars >= fewStars {
			r.add(weighsSome, s, "the greeting is stars")
		} else {
			r.add(weighsLittle, s, "a short greeting of stars, as somebody may have written himself")
		}
	case MaskNone:
		r.add(-weighsSome, s, "the greeting can be read")
	}
}

func (r *ProbeReport) weighHello(s *ProbeStep, all steps) {
	switch masked := maskedExtensions(s.Reply); {
	case masked != nil:
		weight := weighsMuch
		if len(masked) > 1 {
			weight = weighsProof
		}
		r.addLine(weight, s, masked[0], fmt.Sprintf("%s overwritten with X and a letter that counts, as inspect esmtp does", plural(len(masked), "keyword")))
	case s.code() == 250 && len(s.Reply) > 1:
		if line := neverShown(s.Reply); line != "" {
			r.addLine(-weighsMuch, s, line, "a keyword that every release which lets EHLO pass would have hidden")
		}
	case answersAsNOOP(s, all):
		r.add(weighsSome, s, "EHLO is answered in other words than HELO: the server has not seen it")
	case s.refused() && all.of(stepHELO).ok():
		if likeUnknown(s, all) {
			r.add(weighsLittle, s, "EHLO is refused like any unknown verb, HELO is not")
		}
	}
}

// neverShown is a line of an EHLO reply whose keyword no release shows that reads such replies; "" without one.
func neverShown(lines []string) string {
	for _, l := range lines[1:] {
		hidden := true
		for _, r := range candidates() {
			if fateOf(&r.SMTP, "EHLO client") == fatePass && masksExtensions(&r.SMTP, []string{"250-mail", "250 " + l[min(4, len(l)):]}) {
				hidden = false
			}
		}
		if hidden {
			return l
		}
	}
	return ""
}

func (r *ProbeReport) weighVerbs(long *ProbeStep, all steps) {
	short, noop := all.of(stepShort), all.of(stepNOOP)
	switch {
	case becameNOOP(long, all):
		r.add(weighsMuch, long, "an unknown verb is answered like NOOP, one that is too short to become NOOP is refused")
	case long.code() != 250:
	case strings.Join(long.Reply, "\n") == firewallOK && strings.Join(short.Reply, "\n") == firewallOK && noop.ok() && !sameReply(long, noop):
		r.add(weighsMuch, long, "unknown verbs are answered OK in words that are not the server's")
	case short.ok():
		r.add(-weighsLittle, long, "this server is content with anything")
	}
}

func (r *ProbeReport) weighEcho(s *ProbeStep) {
	switch echoOf(s) {
	case echoVerbX, echoLineX:
		r.edited = true
		r.add(weighsProof, s, "the server was sent X where the probe said "+s.Sent)
	case echoSent:
		if s.Name == stepUnknown {
			r.add(-weighsProof, s, "the unknown verb has reached the server as it was sent")
		}
	}
}

func (r *ProbeReport) weighParts(s, noop *ProbeStep) {
	switch {
	case len(s.Reply) == 0 && s.Fault == "":
	case s.Fault == faultSilent:
		r.add(weighsSome, s, "a command in two segments is not answered: the first of them was withheld")
	case s.refused():
		r.edited = true
		r.add(weighsSome+weighsLittle, s, "a command in two segments is refused, in one it is not: its first part was overwritten")
	case s.ok() && s.Took < noop.Took+late:
		r.add(-weighsLittle, s, "a command in two segments is understood: nothing edits packets, or something joined them before")
	case s.ok():
		r.add(weighsLittle, s, "a command in two segments is answered late, as if only once it was sent again in one")
	}
}

// late is how much longer than the answer to a whole NOOP the one to a NOOP in two segments may take. Later, the kernel of
// this machine has had to send it again, and may have joined it, which every release reads; or a packet was lost.
const late = 150 * time.Millisecond

// noSMTP is the verdict about what does not greet.
func (r *ProbeReport) noSMTP(all steps) {
	g := all.of(stepGreeting)
	r.Verdict, r.Confidence = ProbeNoSMTP, "high"
	first := ""
	for _, s := range []*ProbeStep{g, all.of(stepQUIT)} {
		if first == "" && len(s.Reply) > 0 {
			first = s.Reply[0]
		}
	}
	switch tls := all.of(stepTLSFirst); {
	case first != "":
		r.Summary = "this is no SMTP server: it said " + quoted(first)
		if is := strangerOf(first); is != "" {
			r.Summary = "this is no SMTP server but " + is
		}
	case tls.Took > 0 && tls.Fault == "":
		r.Summary = "the server waits for TLS before it speaks, as on port 465: no Mailguard reads that; probe port 25"
	case g.Fault == faultClosed:
		r.Verdict, r.Confidence = ProbeUndecided, "low"
		r.Summary = "the connection was closed before a greeting came: a block list, a limit, or a firewall before the server"
	default:
		r.Confidence = "low"
		r.Summary = "nothing was said: a slow server, one that asks this host back by IDENT first, or no SMTP server"
	}
}

// strangers are what else a port may hold.
var strangers = []struct {
	says *regexp.Regexp
	is   string
}{
	{regexp.MustCompile(`^SSH-`), "SSH"},
	{regexp.MustCompile(`^HTTP/|(?i)^<(!doctype|html)`), "HTTP"},
	{regexp.MustCompile(`^\+OK`), "POP3"},
	{regexp.MustCompile(`^\* (OK|PREAUTH|BYE)`), "IMAP"},
	{regexp.MustCompile(`^\x15\x03|^\x16\x03`), "TLS"},
}

// strangerOf is what a first line belongs to that is no reply of SMTP; "" when that is not known.
func strangerOf(line string) string {
	for _, k := range strangers {
		if k.says.MatchString(line) {
			return k.is
		}
	}
	return ""
}

// turnedAway is the verdict about a server that does not let the probe speak.
func (r *ProbeReport) turnedAway(g *ProbeStep) {
	r.Verdict, r.Confidence = ProbeUndecided, "low"
	r.Summary = "the server let nobody speak: " + quoted(g.Reply[len(g.Reply)-1])
	if g.Fault != "" {
		r.Summary += ", then " + g.Fault
	}
	if ReadMask(g.Reply) == MaskNone {
		return
	}
	if r.weighGreeting(g); len(r.Evidence) > 0 && r.Evidence[0].Weight >= weighsSome {
		r.Remarks = append(r.Remarks, "the greeting looks masked: try again")
	}
}

// remark adds what the dialogue shows beside.
func (r *ProbeReport) remark(all steps) {
	for _, s := range all {
		switch {
		case s.Name == stepSplit || s.Name == stepQUIT || s.Fault == "":
		default:
			r.Remarks = append(r.Remarks, fmt.Sprintf("%s: %s", s.Name, s.Fault))
		}
	}
	ehlo, helo := all.of(stepEHLO), all.of(stepHELO)
	switch {
	case ehlo.code()/100 == 4:
		r.Remarks = append(r.Remarks, "EHLO is put off with 4xx: there are senders that do not fall back to HELO then but wait for ever")
	case ehlo.refused() && helo.ok() && strings.Contains(strings.ToUpper(all.of(stepGreeting).text()), "ESMTP"):
		r.Remarks = append(r.Remarks, "the greeting promises ESMTP but EHLO is refused: something between may take it away")
	case ehlo.ok() && len(ehlo.Reply) == 1 && sameReply(ehlo, helo) && strings.Contains(strings.ToUpper(all.of(stepGreeting).text()), "ESMTP"):
		r.Remarks = append(r.Remarks, "EHLO is answered as HELO is, though the greeting promises ESMTP: there are gateways that turn EHLO into HELO")
	case ehlo.refused() && helo.refused():
		r.Remarks = append(r.Remarks, "the server refuses every greeting of this host")
	}
}

func plural(n int, thing string) string {
	if n == 1 {
		return count(n, thing) + " is"
	}
	return count(n, thing) + " are"
}

const maxQuote = 160 // octets

// quoted is a line of a server as it may be shown on a terminal.
func quoted(line string) string {
	if len(line) > maxQuote {
		return printable(line[:maxQuote]) + "..."
	}
	return printable(line)
}
