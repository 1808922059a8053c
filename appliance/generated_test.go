package appliance_test

import (
	"context"
	"hash/crc32"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli"
	"pixsim/cli/command"
	g "pixsim/cli/grammar"
	"pixsim/cli/term"
)

// vocabulary is what words mean to the generator: a box like the lab's, with the names and groups of c, if there is one.
type vocabulary struct {
	rel *release.Release
	c   *config.Config
}

func (v vocabulary) Release() *release.Release { return v.rel }
func (v vocabulary) NamedAddr(word string) (a netip.Addr, ok bool) {
	if v.c != nil {
		a, ok = v.c.Names.Addr(word)
	}
	return a, ok
}
func (v vocabulary) Interfaces() []string { return []string{"outside", "inside"} }
func (v vocabulary) ObjectGroup(name string) string {
	if v.c != nil {
		if o, ok := v.c.ObjectGroup(name); ok {
			return o.Kind.String()
		}
	}
	return ""
}
func (v vocabulary) ObjectGroups() (names []string) {
	if v.c != nil {
		for o := range v.c.ObjectGroups() {
			names = append(names, o.Name)
		}
	}
	return names
}
func (v vocabulary) Hardware() []string { return v.rel.Model.Interfaces[:2] }

// home is a release that has c: the one asked for, if it does.
func home(c *command.Command, first *release.Release) *release.Release {
	if c.Span.Holds(first) {
		return first
	}
	for _, r := range release.All() {
		if c.Span.Holds(r) {
			return r
		}
	}
	return nil
}

// ways are lines that lead into the mode of a sub-mode's command; {if} is an interface, {name} its name.
var ways = map[command.Mode][]string{
	command.ConfigRouter:      {"router ospf 1"},
	command.ConfigRouting:     {"routing interface {name}"},
	command.ConfigRouteMap:    {"route-map m permit 10"},
	command.ConfigMulticast:   {"multicast interface {name}"},
	command.ConfigInterface:   {"interface {if}"},
	command.ConfigClassMap:    {"class-map c"},
	command.ConfigPolicyMap:   {"policy-map global_policy"},
	command.ConfigPolicyClass: {"policy-map global_policy", "class inspection_default"},
	command.ConfigPolicyParam: {"policy-map type inspect dns preset_dns_map", "parameters"},
	command.ConfigRegexClass:  {"class-map type regex match-any r"},
	command.ConfigESMTPMap:    {"policy-map type inspect esmtp m"},
	command.ConfigESMTPParam:  {"policy-map type inspect esmtp m", "parameters"},

	command.ConfigNetworkGroup:  {"object-group network gn"},
	command.ConfigProtocolGroup: {"object-group protocol gp"},
	command.ConfigICMPGroup:     {"object-group icmp-type gi"},
	command.ConfigServiceGroup:  {"object-group service gs tcp"},
}

// clerk types lines that nobody reads along.
type clerk struct {
	t     *testing.T
	s     *cli.Session
	glass *screen
}

func newClerk(t *testing.T, w *world) clerk {
	glass := newScreen(t, "clerk")
	glass.Close() // no keys: whatever asks is hung up on
	terminal := term.New(glass, term.Options{BareLF: true})
	t.Cleanup(func() { terminal.Close() })
	s := cli.New(cli.Options{Terminal: terminal, Box: w.box, Kind: cli.Console})
	s.SetPrivilege(15, "enable_15")
	return clerk{t, s, glass}
}

// typed is what a line typed in mode m is answered by.
func (k clerk) typed(m command.Mode, line string) string {
	k.t.Helper()
	s, glass := k.s, k.glass
	s.SetMode(min(m, command.Configure))
	limit := patience
	if strings.HasPrefix(line, "ping") || strings.Contains(line, " real-time") { // they wait long for what is not there
		limit = 100 * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if m > command.Configure {
		for _, way := range ways[m] {
			way = strings.ReplaceAll(way, "{if}", s.Release().Model.Interfaces[1])
			way = strings.ReplaceAll(way, "{name}", s.Box().Config().Inside())
			if s.Exec(ctx, way) != 0 {
				k.t.Fatalf("%q: %s", way, glass)
			}
		}
	}
	begin := glass.len()
	s.Exec(ctx, line)
	return glass.String()[begin:]
}

// unknown reports whether a reply is the one to a command that does not exist.
func unknown(rel *release.Release, reply string) bool {
	if !rel.Console.Caret {
		return reply == rel.Say(release.UnknownCommand)+"\n"
	}
	return caretReply.MatchString(reply)
}

var caretReply = regexp.MustCompile(`^ *\^\nERROR: % Invalid input detected at '\^' marker\.\n$`)

// leads are the first words of all that rel has: two of them where the first is shared by commands that do not know
// each other.
func leads(rel *release.Release) map[string]bool {
	all := map[string]bool{}
	for c := range command.Of(rel) {
		all[lead(c.Name)] = true
		if rest, ok := strings.CutPrefix(c.Name, "crypto "); ok && !rel.Console.Caret { // which need not be typed
			all[lead(rest)] = true
		}
		if rest, ok := strings.CutPrefix(c.Name, "show crypto "); ok && rel.Console.Caret { // likewise
			all[lead("show "+rest)] = true
		}
		if c.No != nil || c.NoSyntax != nil {
			all["no "+lead(c.Name)] = true
		}
	}
	if all["passwd"] { // which may be spelled out
		all["password"] = true
	}
	return all
}

func lead(name string) string {
	words := strings.Fields(name)
	switch words[0] {
	case "show", "clear", "undebug", "more", "ssh", "inspect", "match":
		if len(words) > 1 {
			return words[0] + " " + words[1]
		}
	}
	return words[0]
}

// Every command of every release is typed on each release: those that the release has are understood, those that it has
// not are answered as any other unknown word.
func TestEveryCommandOnEveryRelease(t *testing.T) {
	for _, name := range releases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, name, worldOptions{})
			k := newClerk(t, w)
			has, accepted, refused := leads(w.rel), 0, 0
			for _, c := range command.All() {
				from := home(c, w.rel)
				if from == nil || c.Syntax == nil || slices.Contains(elsewhere, c.Name) || c.Mode > command.Configure && ways[c.Mode] == nil {
					continue
				}
				// Each command has its own lines, whatever commands there are besides.
				rng := rand.New(rand.NewPCG(7, uint64(crc32.ChecksumIEEE([]byte(c.Name)))))
				for _, line := range linesOf(c, from, rng) {
					mode := c.Mode
					if c.Mode > command.Configure && !c.Span.Holds(w.rel) { // there may be no such mode
						mode = command.Configure
					}
					first := strings.TrimPrefix(line, "no ")
					switch known := c.Span.Holds(w.rel); {
					case known:
						accepted++
						understood(t, w.rel, line, k.typed(max(mode, command.Privileged), line))
					case !has[lead(c.Name)] && !clashes(has, first):
						refused++
						if reply := k.typed(max(mode, command.Privileged), line); !unknown(w.rel, reply) {
							t.Errorf("%q, which %s has not, is answered %q", line, name, reply)
						}
					}
				}
			}
			if accepted < 100 || refused < 20 {
				t.Errorf("%d lines of its own, %d of others", accepted, refused)
			}
			if got := k.typed(command.Privileged, "show version"); !strings.Contains(got, " up ") {
				t.Errorf("afterwards the box says %q", got)
			}
		})
	}
}

// elsewhere are commands that other tests have: the box reboots, the words of help are not its own, a server is asked
// that is not there, or nothing is left for the lines behind.
var elsewhere = []string{"reload", "help", "aaa authorization command", "write net", "configure net", "copy tftp", "copy to tftp", "copy from tftp", "clear configure all"}

// linesOf are generated lines of a command, with and without no.
func linesOf(c *command.Command, from *release.Release, rng *rand.Rand) []string {
	var out []string
	v := vocabulary{rel: from}
	for range 2 {
		out = append(out, g.Generate(c.Syntax, v, rng))
		switch {
		case c.NoSyntax != nil:
			out = append(out, "no "+g.Generate(c.NoSyntax, v, rng))
		case c.No != nil:
			out = append(out, "no "+g.Generate(c.Syntax, v, rng))
		}
	}
	return out
}

// clashes reports whether the line's first word abbreviates, or is abbreviated by, something that the release has.
func clashes(has map[string]bool, line string) bool {
	word := strings.Fields(line)
	for l := range has {
		h := strings.Fields(l)
		if strings.HasPrefix(h[0], word[0]) && (len(h) == 1 || len(word) == 1 || strings.HasPrefix(h[1], word[1])) {
			return true
		}
	}
	return false
}

// understood complains of a reply that no command gives to a line that it knows.
func understood(t *testing.T, rel *release.Release, line, reply string) {
	t.Helper()
	switch {
	case !rel.Console.Caret && unknown(rel, reply),
		strings.HasPrefix(reply, "^\n"),
		strings.Contains(reply, "Ambiguous command"):
		t.Errorf("%q is answered %q", line, reply)
	}
	for _, bad := range []string{"%!", "(MISSING)", "<nil>", "[]\n"} {
		if strings.Contains(reply, bad) {
			t.Errorf("%q is answered %q", line, reply)
		}
	}
}
