package cli

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli/command"
	g "pixsim/cli/grammar"
)

// modesOf are the modes in which the release has commands of its own.
func modesOf(t *table) []command.Mode {
	own := map[command.Mode]bool{}
	for _, c := range t.cmds {
		own[c.Mode] = true
	}
	var ms []command.Mode
	for _, m := range command.Modes {
		if own[m.Mode] {
			ms = append(ms, m.Mode)
		}
	}
	return ms
}

// Every line that a command can be is read as that command: no two commands of a release and mode claim the same words.
// Where commands of two modes do (pager), the configuration command wins in configuration mode.
func TestRealTableHasNoCollisions(t *testing.T) {
	for _, rel := range release.All() {
		tab := newTable(rel, command.All())
		e := newEnv(config.New(rel).Config())
		r := rand.New(rand.NewPCG(1, 2))
		reported := map[string]bool{}
		lines := 0
		for _, mode := range modesOf(tab) {
			l := tab.legal(mode)[0]
			for _, own := range l.entries {
				for range 20 {
					line := g.Generate(own.syntax, e, r)
					if strings.Contains(line, "\"") {
						continue
					}
					lines++
					_, got, fail := l.set.Match(e, line)
					switch {
					case fail != nil && len(e.Interfaces()) == 0 && needsInterface(line):
					case strings.Contains(line, "?"):
						t.Logf("%s: a parameter of %q has no Sample", rel.Name, line)
					case fail != nil:
						report(t, reported, fmt.Sprintf("%s, mode %d: %s does not match its own line: %q (%+v)", rel.Name, mode, own.cmd.Name, line, fail), own.cmd.Name)
					case l.entries[got].cmd != own.cmd && l.entries[got].cmd.Mode == own.cmd.Mode:
						report(t, reported, fmt.Sprintf("%s, mode %d: %q of %s is read as %s", rel.Name, mode, line, own.cmd.Name, l.entries[got].cmd.Name), own.cmd.Name)
					}
				}
			}
		}
		if lines < 500 {
			t.Errorf("%s: only %d lines", rel.Name, lines)
		}
	}
}

// needsInterface: the release's default has no named interface, and the line wants one.
func needsInterface(line string) bool {
	return strings.Contains(line, "inside") || strings.Contains(line, "outside")
}

func report(t *testing.T, seen map[string]bool, text, name string) {
	t.Helper()
	if !seen[name] {
		seen[name] = true
		t.Error(text)
	}
}

// Every command, on every release, is answered at once: accepted, or refused in the words of that release.
func TestEveryCommandOnEveryRelease(t *testing.T) {
	for _, rel := range release.All() {
		tab := newTable(rel, command.All())
		e := newEnv(config.New(rel).Config())
		r := rand.New(rand.NewPCG(3, 4))
		for _, c := range command.All() {
			if c.Syntax == nil {
				continue
			}
			other := anyReleaseOf(c)
			if other == nil {
				continue
			}
			line := g.Generate(c.Syntax, g.Plain(other), r)
			_, miss := tab.find(e, command.Configure, line)
			if miss == nil {
				continue
			}
			words := tab.explain(miss, line, 0)
			if len(words) == 0 && rel.Say(release.UnknownCommand) != "" {
				t.Errorf("%s: nothing is said to %q", rel.Name, line)
			}
		}
	}
}

func anyReleaseOf(c *command.Command) *release.Release {
	for _, r := range release.All() {
		if c.Span.Holds(r) {
			return r
		}
	}
	return nil
}
