package lab

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"pixsim/appliance/release"
	"pixsim/dataplane/inspect/smtp"
)

// lineFate is what a release makes of a command line.
type lineFate uint8

const (
	fatePass   lineFate = iota
	fateVerbX           // the verb becomes X
	fateLineX           // the line becomes X
	fateNoop            // the verb becomes NOOP and blanks
	fateAnswer          // it never reaches the server: the firewall says 250 OK
)

// firewallOK is the firewall's own answer.
const firewallOK = "250 OK"

// fateOf asks the engine of a release.
func fateOf(p *smtp.Profile, line string) lineFate {
	s := smtp.New(p, nil)
	s.Segment(time.Time{}, smtp.ToClient, []byte("220 mail\r\n"))
	b := []byte(line + "\r\n")
	if v := s.Segment(time.Time{}, smtp.ToServer, b); v.Swallow > 0 {
		return fateAnswer
	}
	now := strings.TrimSuffix(string(b), "\r\n")
	switch {
	case now == line:
		return fatePass
	case strings.HasPrefix(now, "NOOP"):
		return fateNoop
	case now == masked(line):
		return fateLineX
	}
	return fateVerbX
}

// masked is a line of which every octet is X.
func masked(line string) string { return strings.Repeat("X", len(line)) }

// maskedVerb is a line of which the first word is X.
func maskedVerb(line string) string {
	verb, rest, _ := strings.Cut(line, " ")
	return strings.TrimSpace(masked(verb) + " " + rest)
}

// withholds says whether a release keeps the first part of a line back, or else overwrites it.
func withholds(p *smtp.Profile) bool {
	s := smtp.New(p, nil)
	s.Segment(time.Time{}, smtp.ToClient, []byte("220 mail\r\n"))
	return s.Segment(time.Time{}, smtp.ToServer, []byte(probeLines[stepSplit][:2])).Take == 0
}

// candidates are the releases that a probe can name, oldest first.
func candidates() []*release.Release { return release.All() }

// ReleaseFit is a release that could stand before the server, and what speaks against it.
type ReleaseFit struct {
	Release *release.Release // with Option
	Option  string           // how it differs from the release as pixsim boots it, as in Release.With; "": it does not
	Misfits []string         // what the release does not explain
	cost    int
}

// What a misfit costs, and what a release does that it does only by an option. The article and its like settle the
// greeting by release; of what becomes of a refused verb they disagree.
const (
	costContradicts  = 4
	costHard         = 3
	costInferred     = 2
	costUnlikely     = 1
	costOption       = 2
	costBannerOption = 3
	tooFar           = 6 // no release explains what was seen
)

// fitReleases judges every release, with one option or none: the best fit of each, best first.
func fitReleases(all steps) []ReleaseFit {
	var fits []ReleaseFit
	for _, r := range candidates() {
		best := fit(r, "", 0, all)
		for _, o := range smtp.Options() {
			for _, v := range o.Values {
				name := o.Name + "=" + v
				if other, err := r.With([]string{name}); err == nil && behaves(other) != behaves(r) {
					if f := fit(other, name, costOf(r, other), all); f.cost < best.cost {
						best = f
					}
				}
			}
		}
		fits = append(fits, best)
	}
	slices.SortStableFunc(fits, func(a, b ReleaseFit) int { return cmp.Compare(a.cost, b.cost) })
	return fits
}

// behaves is all of a release that a probe can see, to compare.
func behaves(r *release.Release) string {
	p := r.SMTP
	p.Name, p.Flaws = "", 0
	return fmt.Sprintf("%v", p)
}

// costOf is what it costs that r is taken for other, which an option has made of it.
func costOf(r, other *release.Release) int {
	if maskOf(&r.SMTP) != maskOf(&other.SMTP) {
		return costBannerOption
	}
	return costOption
}

// maskOf is the mask that a release puts over greetings, whatever its spelling.
func maskOf(p *smtp.Profile) Mask {
	text := []byte("220 mail.example.com ESMTP Service ready at 2002 0 hours\r\n")
	smtp.New(p, nil).Segment(time.Time{}, smtp.ToClient, text)
	return ReadMask([]string{strings.TrimSuffix(string(text), "\r\n")})
}

// fit judges one; cost is that of the option.
func fit(r *release.Release, option string, cost int, all steps) ReleaseFit {
	f := ReleaseFit{Release: r, Option: option, cost: cost}
	p := &r.SMTP
	f.greeting(p, all.of(stepGreeting))
	f.extensions(p, all.of(stepEHLO))
	for _, c := range []struct {
		step string
		cost int
	}{{stepEHLO, costContradicts}, {stepUnknown, costContradicts}, {stepShort, costInferred}, {stepHELP, costHard}, {stepTLS, costHard}} {
		if s := all.of(c.step); s.code() != 0 {
			f.command(fateOf(p, s.Sent), s, all, c.cost)
		}
	}
	f.parts(p, all.of(stepSplit))
	return f
}

func (f *ReleaseFit) misfit(cost int, format string, args ...any) {
	f.cost += cost
	f.Misfits = append(f.Misfits, fmt.Sprintf(format, args...))
}

// longGreeting is one that hardly ever has neither a 2 nor a 0: it has a date or a version.
const longGreeting = 60

func (f *ReleaseFit) greeting(p *smtp.Profile, s *ProbeStep) {
	if s.code() != 220 {
		return
	}
	switch {
	case !masksGreeting(p, unwrapped(s.Reply)):
		f.misfit(costContradicts, "the greeting is not masked as this release does it")
	case ReadMask(s.Reply) == MaskStars && len(s.text()) >= longGreeting && masksGreeting(p, []string{"220 ****20"}):
		f.misfit(costUnlikely, "so long a greeting hardly ever has neither a 2 nor a 0, which this release leaves")
	}
}

func (f *ReleaseFit) extensions(p *smtp.Profile, s *ProbeStep) {
	if s.code() == 250 && len(s.Reply) > 1 && fateOf(p, s.Sent) == fatePass && !masksExtensions(p, s.Reply) {
		f.misfit(costContradicts, "the reply to EHLO shows keywords that this release masks")
	}
}

// command compares what the server said to a line with what it would say if the line met this fate.
func (f *ReleaseFit) command(is lineFate, s *ProbeStep, all steps, cost int) {
	said := echoOf(s)
	switch is {
	case fatePass:
		switch {
		case said == echoVerbX || said == echoLineX:
			f.misfit(cost, "%s passes in this release, but became X", s.Name)
		case s.Name == stepEHLO && answersAsNOOP(s, all):
			f.misfit(cost, "EHLO passes in this release, but was answered as something else")
		case s.Name == stepEHLO && likeUnknown(s, all):
			f.misfit(costHard, "EHLO passes in this release, but the server does not know it")
		case s.Name == stepTLS && likeUnknown(s, all):
			f.misfit(costUnlikely, "STARTTLS passes in this release, but the server does not know it")
		}
	case fateVerbX, fateLineX:
		other := echoVerbX
		if is == fateVerbX {
			other = echoLineX
		}
		if !s.refused() || said == echoSent || said == other || becameNOOP(s, all) || s.Name == stepHELP && !likeUnknown(s, all) {
			f.misfit(cost, "%s becomes X in this release, which the reply does not show", s.Name)
		}
	case fateNoop:
		if !likeNOOP(s, all) {
			f.misfit(cost, "%s becomes NOOP in this release, but was not answered as that", s.Name)
		}
	case fateAnswer:
		if strings.Join(s.Reply, "\n") != firewallOK {
			f.misfit(cost, "%s is answered %s by this release", s.Name, firewallOK)
		}
	}
}

func (f *ReleaseFit) parts(p *smtp.Profile, s *ProbeStep) {
	switch {
	case len(s.Reply) == 0 && s.Fault == "":
	case s.Fault == faultSilent && !withholds(p):
		f.misfit(costHard, "a command in two segments becomes X in this release, and is answered")
	case s.refused() && withholds(p):
		f.misfit(costHard, "a command in two segments is withheld by this release, and not answered")
	}
}

// echo says in which form a reply gives the command back.
type echo uint8

const (
	echoNone echo = iota
	echoSent
	echoVerbX
	echoLineX
)

// echoOf looks for the command in the reply to it. What a server logs or says in lower case (IIS does) counts too.
func echoOf(s *ProbeStep) echo {
	if !s.refused() {
		return echoNone // a reply to HELP has words of its own, one to EHLO masked keywords
	}
	said := strings.ToUpper(s.text())
	sent := strings.ToUpper(s.Sent)
	verb, arg, _ := strings.Cut(sent, " ")
	switch {
	case arg != "" && hasWord(said, masked(sent)):
		return echoLineX
	case len(verb) >= 4 && hasWord(said, masked(verb)), arg != "" && hasWord(said, maskedVerb(sent)):
		return echoVerbX
	case hasWord(said, sent), len(verb) >= 4 && (s.Name == stepUnknown || s.Name == stepShort) && hasWord(said, verb):
		return echoSent
	}
	return echoNone
}

// hasWord says whether word stands in text, and no letter or digit goes on before or behind it.
func hasWord(text, word string) bool {
	for at := 0; ; at++ {
		i := strings.Index(text[at:], word)
		if i < 0 {
			return false
		}
		at += i
		end := at + len(word)
		if (at == 0 || !wordChar(text[at-1])) && (end == len(text) || !wordChar(text[end])) {
			return true
		}
	}
}

func wordChar(c byte) bool { return 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' }

// sameReply says whether two replies are the same but for the command that they give back.
func sameReply(a, b *ProbeStep) bool {
	return a.code() != 0 && a.code() == b.code() && bare(a) == bare(b)
}

// bare is a reply without the command that it gives back, in the form that it was sent in or in another.
func bare(s *ProbeStep) string {
	text := strings.ToUpper(s.text())
	sent := strings.ToUpper(s.Sent)
	verb, _, _ := strings.Cut(sent, " ")
	for _, word := range []string{sent, masked(sent), maskedVerb(sent), verb, masked(verb), "NOOP"} {
		if len(word) >= 4 { // a shorter one stands in many other words
			text = strings.ReplaceAll(text, word, "?")
		}
	}
	return text
}

// likeNOOP says that a line was answered as a NOOP was, with blanks behind it or without.
func likeNOOP(s *ProbeStep, all steps) bool {
	return sameReply(s, all.of(stepNOOP)) || sameReply(s, all.of(stepBlanks))
}

// becameNOOP says that a line was answered as a NOOP was, and as the verb that is too short for that was not.
func becameNOOP(s *ProbeStep, all steps) bool {
	short := all.of(stepShort)
	return s.Name != stepShort && likeNOOP(s, all) && short.refused() && !sameReply(s, short)
}

// likeUnknown says that a line was answered as the unknown verb was.
func likeUnknown(s *ProbeStep, all steps) bool {
	return s.refused() && sameReply(s, all.of(stepUnknown))
}

// answersAsNOOP says that a line was answered in the words for NOOP, which are not those for HELO, or in the firewall's,
// which are neither.
func answersAsNOOP(s *ProbeStep, all steps) bool {
	if !s.ok() || len(s.Reply) > 1 {
		return false
	}
	noop, helo := all.of(stepNOOP), all.of(stepHELO)
	if sameReply(s, noop) {
		return helo.code() == 0 || !sameReply(s, helo)
	}
	return s.Reply[0] == firewallOK && !sameReply(s, helo) && noop.code() != 0
}
