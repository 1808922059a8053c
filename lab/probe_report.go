package lab

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"pixsim/appliance/release"
)

// Expected is a symptom of KB 320027 that users of the server may have.
type Expected struct {
	N        int      `json:"n"`
	Title    string   `json:"title"`
	Why      string   `json:"why"`
	Releases []string `json:"releases"` // of those that fit, the ones that have it; or some of their builds
	all      bool     // every release that fits has it
}

// Symptoms are those to expect behind the releases that fit.
func (r *ProbeReport) Symptoms() []Expected {
	list := []Expected{}
	for _, s := range Symptoms() {
		e := Expected{N: s.N, Title: s.Title}
		for _, f := range r.Fits {
			if why, ok := s.Mechanism(f.Release); ok {
				e.has(f.Release.Name, why)
			}
		}
		e.all = len(e.Releases) == len(r.Fits)
		if e.Releases == nil {
			for _, f := range r.Fits {
				for _, b := range flawedBuilds(f.Release) {
					if why, ok := s.Mechanism(b.one); ok {
						e.has(b.name, why)
					}
				}
			}
		}
		if e.Releases != nil {
			list = append(list, e)
		}
	}
	return list
}

func (e *Expected) has(name, why string) {
	e.Releases = append(e.Releases, name)
	if e.Why == "" {
		e.Why = why
	}
}

// builds are maintenance versions of a release that have the same flaws.
type builds struct {
	name string // "pix-5.2(1) to (3)"
	one  *release.Release
}

// flawedBuilds are those of a release that have flaws of their own.
func flawedBuilds(r *release.Release) (list []builds) {
	for _, b := range r.Builds() {
		if one := *r; b.Flaws != 0 {
			one.SMTP.Flaws = b.Flaws
			list = append(list, builds{r.Name + b.String(), &one})
		}
	}
	return list
}

// CureFor is what to type on these releases, from the enable prompt.
type CureFor struct {
	Releases []string `json:"releases"`
	Commands []string `json:"commands"`
}

// Cures are the article's resolution in the words of the releases that fit.
func (r *ProbeReport) Cures() []CureFor { return r.cures(Cure) }

// CuresTLS let STARTTLS pass and keep the rest, where that can be.
func (r *ProbeReport) CuresTLS() []CureFor { return r.cures(CureTLS) }

func (r *ProbeReport) cures(of func(*release.Release) []string) []CureFor {
	list := []CureFor{}
	for _, f := range r.Fits {
		commands := of(f.Release)
		same := func(c CureFor) bool { return slices.Equal(c.Commands, commands) }
		switch i := slices.IndexFunc(list, same); {
		case commands == nil:
		case i < 0:
			list = append(list, CureFor{[]string{f.Release.Name}, commands})
		default:
			list[i].Releases = append(list[i].Releases, f.Release.Name)
		}
	}
	return list
}

// releaseJSON is a ReleaseFit in JSON.
type releaseJSON struct {
	Release string   `json:"release"`
	Option  string   `json:"option,omitempty"`
	Misfits []string `json:"misfits,omitempty"`
}

func fitsJSON(fits []ReleaseFit) []releaseJSON {
	list := []releaseJSON{}
	for _, f := range fits {
		list = append(list, releaseJSON{f.Release.Name, f.Option, f.Misfits})
	}
	return list
}

// MarshalJSON has everything that Text has, and the whole dialogue. Octets that are not UTF-8 become U+FFFD; no character
// that a terminal obeys stands unescaped.
func (r *ProbeReport) MarshalJSON() ([]byte, error) {
	type step struct {
		ProbeStep
		MS int64 `json:"ms"`
	}
	dialogue := []step{}
	for _, s := range r.Steps {
		dialogue = append(dialogue, step{s, s.Took.Milliseconds()})
	}
	b, err := json.Marshal(struct {
		Verdict    ProbeVerdict  `json:"verdict"`
		Confidence string        `json:"confidence"`
		Summary    string        `json:"summary"`
		Releases   []releaseJSON `json:"releases"`
		Also       []releaseJSON `json:"also"`
		Evidence   []Evidence    `json:"evidence"`
		Symptoms   []Expected    `json:"symptoms"`
		Cures      []CureFor     `json:"cures"`
		CuresTLS   []CureFor     `json:"cures_tls"`
		Remarks    []string      `json:"remarks"`
		Dialogue   []step        `json:"dialogue"`
	}{r.Verdict, r.Confidence, r.Summary, fitsJSON(r.Fits), fitsJSON(r.Also), r.Evidence, r.Symptoms(), r.Cures(), r.CuresTLS(), r.Remarks, dialogue})
	return plainJSON(b), err
}

// Text writes the report for a person. Nothing that a server said reaches a terminal unescaped.
func (r *ProbeReport) Text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", filled(fmt.Sprintf("%s (confidence: %s)", capital(r.Summary), r.Confidence), 0, reportWidth))
	r.textFits(&b)
	if len(r.Evidence) > 0 {
		b.WriteString("\nEvidence (+ for a Mailguard, - against):\n")
	}
	for _, e := range r.Evidence {
		fmt.Fprintf(&b, "  %+d  %s\n      %s\n", e.Weight, filled(e.Step+": "+e.Says, 6, reportWidth), e.Quote)
	}
	for i, m := range r.Remarks {
		if i == 0 {
			b.WriteString("\nNote:\n")
		}
		fmt.Fprintf(&b, "  %s\n", filled(m, 2, reportWidth))
	}
	r.textSymptoms(&b)
	for _, c := range r.Cures() {
		fmt.Fprintf(&b, "\nThe cure on %s, at the prompt of enable:\n  %s\n", releaseSpan(c.Releases), strings.Join(c.Commands, "\n  "))
	}
	for _, c := range r.CuresTLS() {
		fmt.Fprintf(&b, "\nOr, on %s, to let only STARTTLS pass:\n  %s\n", releaseSpan(c.Releases), strings.Join(c.Commands, "\n  "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *ProbeReport) textFits(b *strings.Builder) {
	for i, fits := range [][]ReleaseFit{r.Fits, r.Also} {
		for _, g := range groups(fits) {
			fmt.Fprintf(b, "%s %s", [...]string{"Release:", "Perhaps:"}[i], releaseSpan(g.names))
			if g.option != "" {
				fmt.Fprintf(b, ", with %s", g.option)
			}
			fmt.Fprintf(b, " (%s)\n", feature(g.first))
			for _, m := range g.misfits {
				fmt.Fprintf(b, "         but: %s\n", m)
			}
		}
	}
}

// group is a run of releases that fit in the same way.
type group struct {
	first   *release.Release
	names   []string
	option  string
	misfits []string
}

func groups(fits []ReleaseFit) (list []group) {
	for _, f := range fits {
		if n := len(list); n > 0 && list[n-1].option == f.Option && feature(list[n-1].first) == feature(f.Release) && slices.Equal(list[n-1].misfits, f.Misfits) {
			list[n-1].names = append(list[n-1].names, f.Release.Name)
			continue
		}
		list = append(list, group{f.Release, []string{f.Release.Name}, f.Option, f.Misfits})
	}
	return list
}

// feature is what switches Mailguard on in a release.
func feature(r *release.Release) string {
	off := Cure(r)
	for _, line := range off {
		if words := strings.Fields(line); words[0] == "no" {
			if words[1] == "mailhost" {
				return words[1]
			}
			return strings.Join(words[1:], " ")
		}
	}
	return "inspection of SMTP"
}

// releaseSpan names releases that stand together: "pix-5.1 to pix-6.3" when they are neighbours.
func releaseSpan(names []string) string {
	all := candidates()
	at := func(name string) int {
		return slices.IndexFunc(all, func(r *release.Release) bool { return r.Name == name })
	}
	for i := 1; i < len(names); i++ {
		if at(names[i]) != at(names[i-1])+1 {
			return strings.Join(names, ", ")
		}
	}
	if len(names) > 2 {
		return names[0] + " to " + names[len(names)-1]
	}
	return strings.Join(names, ", ")
}

func (r *ProbeReport) textSymptoms(b *strings.Builder) {
	expected := r.Symptoms()
	if len(expected) > 0 {
		b.WriteString("\nSymptoms of KB 320027 to expect:\n")
	}
	for _, e := range expected {
		fmt.Fprintf(b, "  %2d. %s\n", e.N, e.Title)
		if !e.all {
			fmt.Fprintf(b, "      %s\n", filled("Only in "+strings.Join(e.Releases, ", ")+":", 6, reportWidth))
		}
		fmt.Fprintf(b, "      %s\n", filled(e.Why, 6, reportWidth))
	}
}

// reportWidth is for terminals of 80 columns.
const reportWidth = 79

// filled is text in lines of the width, each but the first indented; the first stands behind as much already.
func filled(text string, indent, width int) string {
	var b strings.Builder
	column := indent
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case column+1+len(word) > width:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
