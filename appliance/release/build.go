package release

import (
	"fmt"
	"strconv"
	"strings"

	"pixsim/dataplane/inspect/smtp"
)

// A build is a release with a maintenance number of one's own choice, "pix-5.2(3)". It is the release in everything but
// the number that it prints and the flaws that the number has; a bare release has none.

// lastBuild is the highest maintenance number that a build may have: no release came near it.
const lastBuild = 99

// Base is the name of the release that a name of a release, of a build or of either on a machine is about.
func Base(name string) string {
	base, _, _, _ := parts(name)
	return base
}

// parts of a name: "pix-6.3(4)-501" is of pix-6.3, "4)", 501. numbered: it has a "(".
func parts(name string) (base, number, machine string, numbered bool) {
	platform, rest, _ := strings.Cut(name, "-")
	base, machine, _ = strings.Cut(rest, "-")
	base, number, numbered = strings.Cut(base, "(")
	if rest != "" {
		base = platform + "-" + base
	} else {
		base = platform
	}
	return base, number, machine, numbered
}

// parseBuild is the build of r with a number as it stands behind the "(".
func (r *Release) parseBuild(text string) (*Release, error) {
	number, closed := strings.CutSuffix(text, ")")
	n, err := strconv.Atoi(number)
	if !closed || err != nil || n < 1 || n > lastBuild || strconv.Itoa(n) != number {
		return nil, fmt.Errorf("%s(%s is no build of %s: those are %[1]s(1) to %[1]s(%[4]d)", r.Name, text, r.Name, lastBuild)
	}
	return r.build(uint8(n)), nil
}

func (r *Release) build(maint uint8) *Release {
	b := *r
	b.Of, b.Parent, b.Text = r, r, nil
	b.Version.Maint, b.Version.Interim = maint, 0
	b.Name = fmt.Sprintf("%s(%d)", r.Name, maint)
	b.Factory = b.Stamped(r.Factory)
	b.SMTP.Flaws = flawsOf(&b)
	return &b
}

// Stamped is a configuration that was written for r's release, with r's own version in its header.
func (r *Release) Stamped(text string) string {
	of := r
	for of.Of != nil {
		of = of.Of
	}
	return strings.Replace(text, of.Say(VersionLine, of.Version), r.Say(VersionLine, r.Version), 1)
}

// Remarks are what the simulator itself adds to show version: a line for each flaw of the inspection.
func (r *Release) Remarks() string {
	text := ""
	for _, o := range smtp.FlawOptions(r.SMTP.Flaws) {
		text += "pixsim: flaw " + strings.Join(append([]string{o.Name}, o.Aliases...), " ") + "\n"
	}
	return text
}

// Builds are the builds of one release from First to Last that have the same flaws.
type Builds struct {
	First, Last uint8
	Flaws       smtp.Flaws
}

// String is the builds as a list shows them behind the name of the release: "(1) to (3)", "(4) and later".
func (b Builds) String() string {
	switch b.Last {
	case lastBuild:
		return fmt.Sprintf("(%d) and later", b.First)
	case b.First:
		return fmt.Sprintf("(%d)", b.First)
	}
	return fmt.Sprintf("(%d) to (%d)", b.First, b.Last)
}

// FlawNames are the names of the flaws, as SMTPOptions has them.
func (b Builds) FlawNames() []string { return smtp.FlawNames(b.Flaws) }

// SMTPOptions are the options that With takes, in the order of the documentation.
func SMTPOptions() []smtp.Option { return smtp.Options() }

// SMTPFlaws are those that switch a flaw.
func SMTPFlaws() []smtp.Option { return smtp.FlawOptions(^smtp.Flaws(0)) }

// Builds are all builds of r, in order, those without flaws too.
func (r *Release) Builds() []Builds {
	var all []Builds
	for n := uint8(1); n <= lastBuild; n++ {
		flaws := r.build(n).SMTP.Flaws
		if i := len(all) - 1; i >= 0 && all[i].Flaws == flaws {
			all[i].Last = n
			continue
		}
		all = append(all, Builds{n, n, flaws})
	}
	return all
}
