package command_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli/command"
	g "pixsim/cli/grammar"
)

// box is a configuration with a console of one mode: enough to type the configuration commands of the PIX at it.
type box struct {
	t    *testing.T
	rel  *release.Release
	edit *config.Edit
	set  *g.Set
	cmds []run
	load bool
	said []string
}

type run struct {
	cmd *command.Command
	do  func(*command.Ctx, *config.Edit, *g.Match) error
}

func newBox(t *testing.T, rel *release.Release) *box {
	b := &box{t: t, rel: rel, edit: config.New(rel)}
	var syns []g.Syntax
	add := func(c *command.Command, s g.Syntax, do func(*command.Ctx, *config.Edit, *g.Match) error) {
		syns, b.cmds = append(syns, s), append(b.cmds, run{c, do})
	}
	for c := range command.Of(rel) {
		if c.Run != nil || c.Mode != command.Configure {
			continue
		}
		if c.Set != nil {
			add(c, c.Syntax, c.Set)
		}
		if c.No != nil {
			no := c.NoSyntax
			if no == nil {
				no = c.Syntax
			}
			add(c, g.Seq(g.Word("no", ""), no), c.No)
		}
		if c.Clear != nil {
			clr := c.ClearSyntax
			if clr == nil {
				clr = g.Word(strings.Fields(c.Name)[0], "")
			}
			add(c, g.Seq(g.Word("clear", ""), clr), c.Clear)
		}
	}
	b.set = g.NewSet(rel, syns...)
	return b
}

func (b *box) Release() *release.Release { return b.rel }
func (b *box) NamedAddr(w string) (netip.Addr, bool) {
	return b.edit.View().Names.Addr(w)
}
func (b *box) Interfaces() []string {
	var out []string
	for _, f := range b.edit.View().Interfaces {
		if f.Name != "" {
			out = append(out, f.Name)
		}
	}
	return out
}
func (b *box) ObjectGroup(name string) string {
	if o, ok := b.edit.View().ObjectGroup(name); ok {
		return o.Kind.String()
	}
	return ""
}
func (b *box) ObjectGroups() []string {
	var out []string
	for o := range b.edit.View().ObjectGroups() {
		out = append(out, o.Name)
	}
	return out
}
func (b *box) Hardware() []string {
	var out []string
	for _, f := range b.edit.View().Interfaces {
		out = append(out, f.Hardware)
	}
	return out
}

// try types a line; it reports whether it was a command and was taken, and keeps what was said.
func (b *box) try(line string) bool {
	m, i, fail := b.set.Match(b, line)
	if fail != nil {
		b.said = append(b.said, "syntax: "+line)
		return false
	}
	next := config.From(b.edit.Config())
	b.edit = config.From(b.edit.Config())
	c := &command.Ctx{Release: b.rel, Loading: b.load}
	err := b.cmds[i].do(c, next, m)
	for _, n := range c.Notes {
		b.said = append(b.said, b.rel.Say(n.Key, n.Args...))
	}
	if err != nil {
		if e, ok := err.(*command.Error); ok {
			b.said = append(b.said, b.rel.Say(e.Key, e.Args...))
		} else {
			b.said = append(b.said, err.Error())
		}
		return false
	}
	b.edit = next
	return true
}

func (b *box) must(lines ...string) {
	b.t.Helper()
	for _, l := range lines {
		if !b.try(l) {
			b.t.Fatalf("%s: %q refused: %q", b.rel.Name, l, b.said[len(b.said)-1])
		}
	}
}

func (b *box) view() command.View { return command.View{Release: b.rel, Secrets: true, Names: true} }

func (b *box) lines() []string {
	c := *b.edit.View()
	return slices.Collect(command.Render(&c, b.view()))
}

func (b *box) has(line string) bool { return slices.Contains(b.lines(), line) }

// configLines is the part of a document between version line and checksum.
func configLines(doc string) []string {
	var out []string
	for l := range strings.Lines(doc) {
		l = strings.TrimSuffix(l, "\n")
		if strings.HasPrefix(l, ":") || strings.HasPrefix(l, "PIX Version") || strings.HasPrefix(l, "Cryptochecksum") {
			continue
		}
		out = append(out, l)
	}
	return out
}

// pixReleases are those of the PIX up to 6.3.
func pixReleases() []*release.Release {
	return slices.DeleteFunc(release.All(), func(r *release.Release) bool { return r.Console.Caret })
}

// pixMachines are pixReleases on all their machines.
func pixMachines() []*release.Release {
	all := pixReleases()
	for _, rel := range pixReleases() {
		all = slices.AppendSeq(all, rel.OnMachines())
	}
	return all
}

// The factory configuration, loaded line by line, renders to itself, byte for byte.
func TestFactoryRendersToItself(t *testing.T) {
	for _, rel := range pixMachines() {
		t.Run(rel.Name, func(t *testing.T) {
			b := newBox(t, rel)
			b.load = true
			b.must(configLines(rel.Factory)...)
			c := *b.edit.View()
			got := command.Document(&c, b.view(), command.Header{Sum: command.EmptySum})
			if got != rel.Factory {
				t.Errorf("got\n%s", diff(strings.Split(rel.Factory, "\n"), strings.Split(got, "\n")))
			}
		})
	}
}

// testdata has the factory configurations as the captures show them, as wide as their terminal, and a configuration in the
// order of a 4.2(3) capture. Each loads, and prints as it stands there.
func TestCapturedConfigurations(t *testing.T) {
	files, err := filepath.Glob("testdata/*.conf")
	if err != nil || len(files) < 4 {
		t.Fatalf("%q, %v", files, err)
	}
	for _, rel := range pixMachines() {
		if rel.Captured && !slices.Contains(files, "testdata/"+rel.Name+".conf") {
			t.Errorf("no capture of %s", rel.Name)
		}
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".conf")
		b := newBox(t, parse(t, name))
		b.load = true
		want := string(text)
		if b.rel.Captured && wrapped(b.rel.Factory, 80) != want && wrapped(b.rel.Factory, 200) != want {
			t.Errorf("%s: the factory configuration is not the captured one", name)
		}
		lines := configLines(strings.ReplaceAll(want, " si\np 0:", " sip 0:")) // 80 columns
		b.must(lines...)
		c := *b.edit.View()
		got := command.Document(&c, b.view(), command.Header{Sum: command.EmptySum})
		if got = wrapped(got, 80); b.rel.Console.Wrap && got != want {
			t.Errorf("%s: got\n%s", name, diff(strings.Split(want, "\n"), strings.Split(got, "\n")))
		}
	}
}

// wrapped is text as a terminal of so many columns gets it. Captures of 6.3 are wider ones'.
func wrapped(text string, columns int) string {
	var out strings.Builder
	for l := range strings.Lines(text) {
		for len(strings.TrimSuffix(l, "\n")) > columns {
			out.WriteString(l[:columns] + "\n")
			l = l[columns:]
		}
		out.WriteString(l)
	}
	return out.String()
}

// diff marks the lines that only one side has.
func diff(want, got []string) string {
	var b strings.Builder
	for _, l := range want {
		if !slices.Contains(got, l) {
			b.WriteString("- " + l + "|\n")
		}
	}
	for _, l := range got {
		if !slices.Contains(want, l) {
			b.WriteString("+ " + l + "|\n")
		}
	}
	if b.Len() == 0 {
		i := 0
		for i < len(want) && i < len(got) && want[i] == got[i] {
			i++
		}
		return fmt.Sprintf("(order only) from %d of %d on: %q, but it is %q", i, len(want), want[i:min(i+6, len(want))], got[i:min(i+6, len(got))])
	}
	return b.String()
}

// Random valid lines, some taken back -> apply -> render -> apply to a new box -> render: equal.
func TestRoundTrip(t *testing.T) {
	for _, rel := range pixReleases() {
		t.Run(rel.Name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 3))
			taken := map[string]int{}
			missing := func() string {
				for c := range command.Of(rel) {
					if c.Set != nil && c.Mode == command.Configure && taken[c.Name] == 0 {
						return c.Name
					}
				}
				return ""
			}
			// Some lines need what another one has made by chance.
			for round := 0; round < 25 || round < 1000 && missing() != ""; round++ {
				b := newBox(t, rel)
				for range 10 {
					for c := range command.Of(rel) {
						if c.Set == nil || c.Mode != command.Configure {
							continue
						}
						line := g.Generate(c.Syntax, b, r)
						if b.try(line) {
							taken[c.Name]++
						} else if strings.HasPrefix(b.said[len(b.said)-1], "syntax: ") {
							t.Fatalf("generated line is no command: %q", line)
						}
						if c.No != nil && r.IntN(8) == 0 {
							no := c.NoSyntax
							if no == nil {
								no = c.Syntax
							}
							b.try("no " + g.Generate(no, b, r))
						}
						if c.Clear != nil && r.IntN(100) == 0 {
							b.try("clear " + strings.Fields(c.Name)[0])
						}
					}
				}
				placed(t, b)
				fixedPoint(t, b)
			}
			if name := missing(); name != "" {
				t.Errorf("no generated line of %q was ever taken", name)
			}
		})
	}
}

// placed checks that every line has a section that the release prints.
func placed(t *testing.T, b *box) {
	t.Helper()
	for c := range command.Of(b.rel) {
		if c.Lines == nil {
			continue
		}
		for l := range c.Lines(b.edit.View(), b.view()) {
			if !slices.Contains(b.rel.Order, l.Section) {
				t.Fatalf("%s: section %q of %q has no place", b.rel.Name, l.Section, l.Text)
			}
		}
	}
}

func fixedPoint(t *testing.T, b *box) {
	t.Helper()
	want := b.lines()
	again := newBox(t, b.rel)
	again.load = true
	for _, l := range want {
		if !strings.HasPrefix(l, "!") && !again.try(l) {
			t.Fatalf("%s: rendered line %q refused: %v", b.rel.Name, l, again.said[len(again.said)-1])
		}
	}
	if got := again.lines(); !slices.Equal(got, want) {
		t.Fatalf("%s: not a fixed point\n%s", b.rel.Name, diff(want, got))
	}
}

// "no" of a rendered line that does not start with it makes the line go, or says why not.
func TestNoRemoves(t *testing.T) {
	for _, rel := range pixReleases() {
		t.Run(rel.Name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(3, 4))
			for range 20 {
				b := newBox(t, rel)
				for range 6 {
					for c := range command.Of(rel) {
						if c.Set != nil && c.Mode == command.Configure {
							b.try(g.Generate(c.Syntax, b, r))
						}
					}
				}
				defaults := defaultsUnder(b)
				for _, l := range b.lines() {
					if strings.HasPrefix(l, "no ") || strings.HasPrefix(l, "!") || slices.Contains(defaults, l) || !removable(l) {
						continue
					}
					if !b.has(l) { // went with another line
						continue
					}
					if !b.try("no " + l) {
						t.Fatalf("no %q refused: %v", l, b.said[len(b.said)-1])
					}
					if b.has(l) {
						t.Fatalf("no %q left it", l)
					}
				}
			}
		})
	}
}

// defaultsUnder are the lines of a box that has only b's interfaces and their names.
func defaultsUnder(b *box) []string {
	d := newBox(b.t, b.rel)
	d.load = true
	for _, l := range b.lines() {
		if strings.HasPrefix(l, "nameif ") || strings.Contains(l, " logical") {
			d.must(l)
		}
	}
	return d.lines()
}

// removable is whether "no" of the line takes it away: a few lines always stand, with another value.
func removable(l string) bool {
	for _, p := range []string{"telnet timeout", "ssh timeout", "interface", "nameif", "isakmp policy"} {
		if strings.HasPrefix(l, p) {
			return false
		}
	}
	return true
}
