package appliance_test

import (
	"bytes"
	"flag"
	"fmt"
	"iter"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/release"
	"pixsim/cli/command"
	g "pixsim/cli/grammar"
	"pixsim/lab"
)

// The pages of the manual hold parts that come from the program itself. They stand between two comments,
//
//	<!-- generated: NAME -->
//	<!-- end -->
//
// and TestDocs compares them with what the program says now; with -update-docs it writes them.
var updateDocs = flag.Bool("update-docs", false, "write the generated parts of README.md and docs/")

var generatedPart = regexp.MustCompile(`(?s)<!-- generated: ([a-z0-9-]+) -->\n(.*?)<!-- end -->\n`)

// docsPages are the pages with generated parts, from this directory.
var docsPages = []string{"../README.md", "../docs/releases.md", "../docs/factory.md", "../docs/unverified.md", "../docs/commands.md"}

func TestDocs(t *testing.T) {
	parts := map[string]string{
		"releases":   docsReleases(),
		"commands":   docsCommands(),
		"hardware":   docsHardware(),
		"builds":     docsBuilds(),
		"options":    docsOptions(),
		"mailguard":  docsTable(mailguardRows),
		"wire":       docsWire(),
		"console":    docsTable(consoleRows),
		"config":     docsTable(configRows),
		"nat":        docsTable(natRows),
		"timers":     docsTable(timerRows),
		"limits":     docsTable(limitRows),
		"factory":    docsFactory(),
		"machines":   docsMachines(),
		"shows":      docsShows(t),
		"unverified": docsUnverified(t),
	}
	for name, text := range tour(t) {
		parts[name] = text
	}
	used := map[string]bool{}
	for _, page := range docsPages {
		have, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		want := generatedPart.ReplaceAllFunc(have, func(whole []byte) []byte {
			name := string(generatedPart.FindSubmatch(whole)[1])
			text, ok := parts[name]
			if !ok {
				t.Errorf("%s: nothing generates %q", page, name)
				return whole
			}
			used[name] = true
			return fmt.Appendf(nil, "<!-- generated: %s -->\n%s<!-- end -->\n", name, trimLines(text))
		})
		if n := bytes.Count(have, []byte("<!-- generated: ")); n != len(generatedPart.FindAll(have, -1)) {
			t.Errorf("%s: one of %d generated parts has no end", page, n)
		}
		switch {
		case bytes.Equal(have, want):
		case *updateDocs:
			if err := os.WriteFile(page, want, 0o644); err != nil {
				t.Fatal(err)
			}
		default:
			t.Errorf("%s is not what the program says (make docs writes it again): %s", page, firstDifference(have, want))
		}
	}
	for name := range parts {
		if !used[name] {
			t.Errorf("no page has the generated part %q", name)
		}
	}
}

// trimLines takes the blanks off the ends of lines: the device prints some, a page cannot show them.
func trimLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t\r")
	}
	return strings.Join(lines, "\n")
}

func firstDifference(have, want []byte) string {
	h, w := strings.Split(string(have), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(h), len(w)) {
		if h[i] != w[i] {
			return fmt.Sprintf("line %d has\n%s\nand should have\n%s", i+1, h[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, not %d", len(h), len(w))
}

var docsLink = regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)

// TestDocsLinks: what a page points to within the project is there.
func TestDocsLinks(t *testing.T) {
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil || len(pages) < 4 {
		t.Fatalf("pages: %q, %v", pages, err)
	}
	found := 0
	for _, page := range append(pages, "../README.md", "../docs/sources/README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range docsLink.FindAllSubmatch(text, -1) {
			to := string(m[1])
			if strings.Contains(to, "://") {
				continue
			}
			found++
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), to)); err != nil {
				t.Errorf("%s: %v", page, err)
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d links: the pattern does not find them", found)
	}
}

// TestDocsLab: docs/lab.md names every host with its address, and the networks.
func TestDocsLab(t *testing.T) {
	text, err := os.ReadFile("../docs/lab.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	for _, h := range lab.HostNames() {
		row := regexp.MustCompile("(?m)^\\| `" + h + "` \\|.*" + regexp.QuoteMeta(lab.HostAddr(h).String()))
		if !row.MatchString(page) {
			t.Errorf("no row says that %s is %s", h, lab.HostAddr(h))
		}
	}
	for _, a := range []netip.Addr{lab.BoxOutside, lab.BoxInside, lab.MailGlobal, lab.NextHop} {
		if !strings.Contains(page, a.String()) {
			t.Errorf("%s is not there", a)
		}
	}
	for _, n := range []netip.Prefix{lab.OutsideNet, lab.InsideNet} {
		if !strings.Contains(page, n.String()) {
			t.Errorf("%s is not there", n)
		}
	}
}

// docsReleases is the table of releases of the README, a row for those with the same Mailguard.
func docsReleases() string {
	b := &strings.Builder{}
	b.WriteString("| releases | Mailguard is | a refused command | the greeting | SSH |\n|---|---|---|---|---|\n")
	for names, cells := range shared(func(r *release.Release) string {
		return fmt.Sprintf("`%s` | %s | %s | %s", mailguardCommand(r), rejectText(&r.SMTP), bannerText(r.SMTP.Banner), yesNo(r.Console.SSHVersion != ""))
	}) {
		fmt.Fprintf(b, "| %s | %s |\n", names, cells)
	}
	return b.String()
}

// mailguardCommand is the line of the lab's configuration that is Mailguard.
func mailguardCommand(r *release.Release) string {
	for _, c := range []string{"inspect esmtp", "fixup protocol smtp 25", "mailhost"} {
		text, err := lab.StartupConfig(r.Name)
		if err == nil && regexp.MustCompile(`(?m)^ *`+c).MatchString(text) {
			return c
		}
	}
	return "none"
}

// topic is the commands of one name, a section of docs/commands.md.
type topic struct {
	name string
	cmds []*command.Command
}

func topics() []topic {
	byName := map[string][]*command.Command{}
	for _, r := range release.All() {
		for c := range command.Of(r) {
			if !slices.Contains(byName[c.Name], c) {
				byName[c.Name] = append(byName[c.Name], c)
			}
		}
	}
	var ts []topic
	for name, cs := range byName {
		ts = append(ts, topic{name, cs})
	}
	slices.SortFunc(ts, func(a, b topic) int { return strings.Compare(a.name, b.name) })
	return ts
}

// in is what of the topic exists in a release.
func (t topic) in(r *release.Release) topic {
	return topic{t.name, slices.DeleteFunc(slices.Clone(t.cmds), func(c *command.Command) bool { return !c.Span.Holds(r) })}
}

// prompts are where the commands can be typed, as the ends of prompts.
func (t topic) prompts() string {
	var ps []string
	for _, c := range t.cmds {
		p := "`" + strings.TrimSpace(command.Modes[c.Mode].Suffix) + "`"
		if c.Mode > command.Configure {
			p += " (" + command.Modes[c.Mode].Title + ")"
		}
		if !slices.Contains(ps, p) {
			ps = append(ps, p)
		}
	}
	return strings.Join(ps, ", ")
}

// does is acts or stored, for a topic that exists in a release.
func (t topic) does() string {
	stored, partly := 0, false
	for _, c := range t.cmds {
		if c.Stored {
			stored++
		}
		partly = partly || c.Partly
	}
	switch {
	case partly:
		return "acts in part"
	case stored == 0:
		return "acts"
	case stored == len(t.cmds):
		return "stored"
	}
	return "acts in part"
}

// lines are the forms of the commands in a release: as they stand, and with no.
func (t topic) lines(r *release.Release) []string {
	var out []string
	add := func(prefix string, s g.Syntax) {
		for f := range g.Enumerate(s, r) {
			if l := prefix + f; !slices.Contains(out, l) {
				out = append(out, l)
			}
		}
	}
	for _, c := range t.cmds {
		if c.Run != nil || c.Set != nil {
			add("", c.Syntax)
		}
		switch {
		case c.NoSyntax != nil:
			add("no ", c.NoSyntax)
		case c.No != nil:
			add("no ", c.Syntax)
		}
	}
	return out
}

func (t topic) help() string {
	for _, c := range slices.Backward(t.cmds) {
		if c.Help != "" {
			return c.Help + ".\n\n"
		}
	}
	return ""
}

// params are the values that the topic's syntax asks for, as far as there is more to say than their names.
func (t topic) params() []string {
	var out []string
	for _, r := range release.All() {
		for _, c := range t.in(r).cmds {
			for d := range g.Words(c.Syntax, r) {
				if l := paramText(d); l != "" && !slices.Contains(out, l) {
					out = append(out, l)
				}
			}
		}
	}
	return out
}

func paramText(d g.Doc) string {
	if !strings.HasPrefix(d.Text, "<") || d.Help == "" {
		return ""
	}
	l := fmt.Sprintf("- `%s`: %s", d.Text, d.Help)
	if d.Values != "" {
		l += fmt.Sprintf(" (`%s`)", d.Values)
	}
	return l
}

// docsCommands is an index and a section for each name.
func docsCommands() string {
	b := &strings.Builder{}
	ts := topics()
	b.WriteString("| command | in |\n|---|---|\n")
	for _, t := range ts {
		var where []string
		for names, does := range shared(func(r *release.Release) string {
			if in := t.in(r); len(in.cmds) > 0 {
				return in.does()
			}
			return ""
		}) {
			where = append(where, does+": "+names)
		}
		fmt.Fprintf(b, "| [`%s`](#%s) | %s |\n", t.name, anchor(t.name), strings.Join(where, "; "))
	}
	for _, t := range ts {
		b.WriteString("\n" + t.section())
	}
	return b.String()
}

// anchor is how the usual readers of Markdown name a heading.
func anchor(heading string) string {
	return strings.ReplaceAll(strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(heading)), " ", "-")
}

// section is a heading, the forms of each group of releases that share them, and what clears them.
func (t topic) section() string {
	b := &strings.Builder{}
	fmt.Fprintf(b, "## %s\n\n%s", t.name, t.help())
	for names, text := range shared(t.formsIn) {
		fmt.Fprintf(b, "%s: %s", names, text)
	}
	for names, text := range shared(t.clearIn) {
		fmt.Fprintf(b, "%s: cleared by %s.\n\n", names, text)
	}
	if ps := t.params(); len(ps) > 0 {
		b.WriteString(strings.Join(ps, "\n") + "\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// shared is what is said of each run of releases that have the same to say; those with nothing to say are left out.
func shared(of func(*release.Release) string) iter.Seq2[string, string] {
	return func(yield func(names, text string) bool) {
		all := release.All()
		for i := 0; i < len(all); {
			begin, text := i, of(all[i])
			for ; i < len(all) && of(all[i]) == text; i++ {
			}
			if text != "" && !yield(runNames(all[begin:i]), text) {
				return
			}
		}
	}
}

// runNames are the names of releases that follow one another, those of each platform by the first and the last.
func runNames(run []*release.Release) string {
	var parts []string
	for len(run) > 0 {
		n := 1
		for n < len(run) && run[n].Platform == run[0].Platform {
			n++
		}
		first, last := "`"+run[0].Name+"`", "`"+run[n-1].Name+"`"
		switch n {
		case 1:
			parts = append(parts, first)
		case 2:
			parts = append(parts, first, last)
		default:
			parts = append(parts, first+" to "+last)
		}
		run = run[n:]
	}
	return strings.Join(parts, ", ")
}

func (t topic) formsIn(r *release.Release) string {
	in := t.in(r)
	if len(in.cmds) == 0 {
		return ""
	}
	var lines []string
	for _, l := range in.lines(r) {
		lines = append(lines, folded(l))
	}
	return fmt.Sprintf("%s, at %s\n\n```text\n%s\n```\n\n", in.does(), in.prompts(), strings.Join(lines, "\n"))
}

// folded breaks a long form at blanks.
func folded(line string) string {
	const columns = 110
	out, now := "", ""
	for w := range strings.FieldsSeq(line) {
		switch {
		case now == "":
			now = w
		case len(now)+1+len(w) > columns:
			out, now = out+now+"\n", "    "+w
		default:
			now += " " + w
		}
	}
	return out + now
}

// clearIn is what forgets all lines of the topic in a release.
func (t topic) clearIn(r *release.Release) string {
	var out []string
	for _, c := range t.in(r).cmds {
		if c.Clear == nil {
			continue
		}
		what := c.ClearSyntax
		if what == nil {
			what = g.Word(strings.Fields(c.Name)[0], "")
		}
		for f := range g.Enumerate(what, r) {
			if l := "`" + clearWord(r) + f + "`"; !slices.Contains(out, l) {
				out = append(out, l)
			}
		}
	}
	return strings.Join(out, ", ")
}

// clearWord is how a release clears configuration.
func clearWord(r *release.Release) string {
	if release.Since(release.V(7, 0)).Holds(r) {
		return "clear configure "
	}
	return "clear "
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
