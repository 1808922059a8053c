package appliance_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli"
	"pixsim/cli/command"
	g "pixsim/cli/grammar"
)

// author writes configurations of random lines that a release takes without a word: they name what others have defined.
type author struct {
	rel    *release.Release
	reader *cli.Reader
	c      *config.Config
	r      *rand.Rand
}

// generated is a startup-config of random lines on top of the lab's.
func generated(t *testing.T, rel *release.Release, r *rand.Rand) string {
	t.Helper()
	body, _, _ := strings.Cut(startupOf(t, rel.Name), "Cryptochecksum")
	a := &author{rel: rel, reader: cli.NewReader(rel), r: r}
	a.c, _ = a.reader.Load(body)
	for range 3 {
		a.chapter()
	}
	a.baptize()
	return document(a.c)
}

// chapter is a line of each command: in its sub-mode, if it has one, and now and then its clear.
func (a *author) chapter() {
	for c := range command.Of(a.rel) {
		if c.Set == nil || locksOut(c.Name) || c.Mode > command.Configure && ways[c.Mode] == nil {
			continue
		}
		rounds := 1
		if slices.Contains(often, c.First()) {
			rounds = 4
		}
		for range rounds {
			a.add(a.way(c.Mode) + a.settled(g.Generate(c.Syntax, vocabulary{a.rel, a.c}, a.r)))
		}
		if c.Clear != nil && c.ClearSyntax == nil && a.r.IntN(24) == 0 && !slices.Contains(vital, c.First()) {
			a.add("clear " + c.First())
		}
	}
}

// often are commands whose lines hang together.
var often = []string{
	"access-list", "conduit", "network-object", "port-object", "protocol-object", "icmp-object", "group-object", "static", "outbound",
}

// vital are commands without whose lines there is no console, or no box.
var vital = []string{"interface", "nameif", "ip", "hostname", "terminal", "pager", "enable", "passwd"}

// way are the lines that lead into a sub-mode, of one of a few objects of its kind.
func (a *author) way(m command.Mode) string {
	if m <= command.Configure {
		return ""
	}
	lines := strings.Join(ways[m], "\n") + "\n"
	lines = strings.ReplaceAll(lines, "{if}", a.rel.Model.Interfaces[1])
	lines = strings.ReplaceAll(lines, "{name}", a.c.Inside())
	if slices.Contains(groupKinds, m) {
		i := a.r.IntN(3)
		kind := ""
		if m == command.ConfigServiceGroup {
			kind = []string{" tcp", " udp", " tcp-udp"}[i]
			lines = strings.ReplaceAll(lines, " tcp\n", "\n")
		}
		lines = strings.TrimSuffix(lines, "\n") + fmt.Sprint(i) + kind + "\n"
	}
	return lines
}

var groupKinds = []command.Mode{command.ConfigNetworkGroup, command.ConfigProtocolGroup, command.ConfigICMPGroup, command.ConfigServiceGroup}

// settled is a line whose access-list is one of a few, so that lists have several entries, remarks and line numbers.
func (a *author) settled(line string) string {
	words := strings.Fields(line)
	for i := range len(words) - 1 {
		if words[i] == "access-list" && !slices.Contains([]string{"compiled", "deny-flow-max", "alert-interval"}, words[i+1]) {
			words[i+1] = []string{"101", "outside_in", "l"}[a.r.IntN(3)]
			return strings.Join(words, " ")
		}
	}
	return line
}

// add adds a line, with those that lead to its mode, unless the box has something to say.
func (a *author) add(line string) {
	c, said := a.reader.Extend(a.c, line)
	if len(said) == 0 && c.Logging.Console == config.LevelOff && fitsScreen(a.rel, c) {
		a.c = c
	}
}

// baptize gives names to some of the addresses that are in use.
func (a *author) baptize() {
	seen := map[string]bool{}
	for w := range strings.FieldsSeq(document(a.c)) {
		if addr, err := netip.ParseAddr(w); err != nil || !addr.Is4() || seen[w] || a.r.IntN(4) > 0 {
			continue
		}
		seen[w] = true
		a.add(fmt.Sprintf("name %s n%d-%c", w, len(seen), 'a'+rune(a.r.IntN(26))))
	}
}

// fitsScreen reports whether the lines of c are not broken on a screen that is as wide as rel allows.
func fitsScreen(rel *release.Release, c *config.Config) bool {
	width := 511
	if !strings.Contains(rel.Factory, "\nterminal width ") {
		width = 80
	}
	for l := range command.Render(c, command.View{Release: rel, Secrets: true, Names: true}) {
		if len(l) > width {
			return false
		}
	}
	return true
}

// locksOut are commands whose random lines would keep the person of these tests from the console.
func locksOut(name string) bool {
	return slices.ContainsFunc([]string{"enable password", "passwd", "aaa a", "privilege", "username"},
		func(p string) bool { return strings.HasPrefix(name, p) })
}

func document(c *config.Config) string {
	return command.Document(c, command.View{Release: c.Release, Secrets: true, Names: true}, command.Header{Sum: command.Checksum(c)})
}

// The author knows the whole language: what he writes has each of the things that hang on others.
func TestGeneratedHasEverything(t *testing.T) {
	for _, rel := range usageEra() {
		t.Run(rel.Name, func(t *testing.T) {
			t.Parallel()
			var text strings.Builder
			for seed := range uint64(4) {
				text.WriteString(generated(t, rel, rand.New(rand.NewPCG(seed, 63))))
			}
			for c := range command.Of(rel) {
				for _, want := range has[c.Name] {
					if !strings.Contains(text.String(), want) {
						t.Errorf("nowhere %q", want)
					}
				}
			}
		})
	}
}

// has are texts that generated configurations of a release with the command hold.
var has = map[string][]string{
	"name":         {"\nname "},
	"static":       {"\nstatic "},
	"conduit":      {"\nconduit "},
	"outbound":     {"\noutbound "},
	"object-group": {"\nobject-group network gn", "\nobject-group service gs", "\n  group-object ", "access-list 101 "},
	"access-list":  {"\naccess-list 101 permit "},
}
