package cli

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli/command"
	g "pixsim/cli/grammar"
)

// unconverted are lines that a later release says in another way, which it does not make of them yet: it refuses them, as it
// does any line that it does not know.
var unconverted = []string{"tacacs-server", "radius-server", "aaa ", "floodguard", "url-server"}

// pixes are the releases of the PIX up to 6.3, in their order.
func pixes() []*release.Release {
	var out []*release.Release
	for _, r := range release.All() {
		if !r.Console.Caret {
			out = append(out, r)
		}
	}
	return out
}

// written is the text of a configuration of random lines on rel, as write memory stores it.
func written(rel *release.Release, r *rand.Rand) string {
	c, _ := Load(rel, rel.Factory)
	e := config.From(c)
	l := loader{table: newTable(rel, command.All()), edit: e, mode: command.Configure}
	for range 3 {
		for _, cmd := range l.table.cmds {
			if cmd.Set == nil || cmd.Mode != command.Configure || cmd.Name == "nameif" || cmd.Name == "hostname" {
				continue
			}
			l.line(g.Generate(cmd.Syntax, newEnv(e.View()), r))
			l.mode, l.path = command.Configure, nil
		}
	}
	c = e.Config()
	return command.Document(c, command.View{Release: rel, Secrets: true, Names: true}, command.Header{Sum: command.Checksum(c)})
}

// What a release has written, the next one loads: it converts what it says otherwise.
func TestUpgradeChain(t *testing.T) {
	all := pixes()
	for i, rel := range all[:len(all)-1] {
		next := *all[i+1]
		next.Model.Interfaces = rel.Model.Interfaces // the same machine
		r := rand.New(rand.NewPCG(uint64(i), 5))
		lines := 0
		for range 15 {
			text := written(rel, r)
			lines += strings.Count(text, "\n")
			_, refused := Load(&next, text)
			for _, f := range refused {
				late := slices.ContainsFunc(unconverted, func(words string) bool { return strings.HasPrefix(strings.TrimPrefix(f.Text, "no "), words) })
				if !f.Taken && !late {
					t.Errorf("%s does not load a line of %s: %q: %q", next.Name, rel.Name, f.Text, f.Messages)
				}
			}
		}
		if lines < 800 {
			t.Errorf("%s wrote %d lines", rel.Name, lines)
		}
	}
}
