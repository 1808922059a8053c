package appliance_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/release"
	"pixsim/cli/command"
)

// docsShows is, for each release up to 6.3, what its console shows while it boots the lab's configuration, and behind that
// what each of its show commands says, as far as that is the same every time and not a whole configuration.
func docsShows(t *testing.T) string {
	b := &strings.Builder{}
	for _, r := range release.All() {
		if r.Console.Caret {
			continue
		}
		p := newTourist(t, r.Name)
		fmt.Fprintf(b, "<details><summary>%s %s</summary>\n\n```text\n%s", r.Name, r.Version, p.boot)
		b.WriteString(p.shows())
		b.WriteString("```\n\n</details>\n")
	}
	return b.String()
}

// unsteady are the show commands that are left out: what they say is never the same twice, or is a configuration.
var unsteady = []string{
	"show blocks", "show configure", "show counters", "show cpu", "show flashfs", "show history", "show interface", "show memory",
	"show perfmon", "show processes", "show running-config", "show startup-config", "show tech-support", "show traffic", "show who",
}

// shows types every show command that needs no more words.
func (p *tourist) shows() string {
	text := p.typed("enable") + p.typed("cisco") + p.typed("configure terminal")
	if p.rel.Console.FixedPager == 0 {
		text += p.typed("no pager")
	}
	var names []string
	for c := range command.Of(p.rel) {
		steady := !slices.ContainsFunc(unsteady, func(u string) bool { return c.Name == u || strings.HasPrefix(c.Name, u+" ") })
		if strings.HasPrefix(c.Name, "show ") && c.Run != nil && steady && !slices.Contains(names, c.Name) {
			names = append(names, c.Name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		shown := p.typed(name)
		_, reply, _ := strings.Cut(shown, "\n")
		if answer, _, _ := strings.Cut(reply, "\n"); reply == p.prompt() || refusedBy(p.rel, answer) {
			continue
		}
		text += shown
	}
	return strings.TrimSuffix(text[:strings.LastIndexByte(text, '\n')+1], "\n") + "\n"
}

func (p *tourist) prompt() string { return p.rel.Console.Prompt + "(config)# " }

// refusedBy reports whether an answer begins as those do that a command without its words gets.
func refusedBy(rel *release.Release, answer string) bool {
	for _, words := range []string{rel.Say(release.UsageFirst), rel.Say(release.Incomplete), rel.Say(release.UnknownCommand), "ERROR"} {
		if words != "" && strings.HasPrefix(answer, words) {
			return true
		}
	}
	return false
}

// typed types a line and is what the screen shows from there to the next prompt, pages and all.
func (p *tourist) typed(line string) string {
	p.screen.take()
	fmt.Fprintf(p.screen.near, "%s\r", line)
	text := ""
	for {
		text += p.screen.await("> ", "# ", "Password: ", p.rel.Say(release.More))
		if !strings.HasSuffix(text, p.rel.Say(release.More)) {
			return text
		}
		text = strings.TrimSuffix(text, p.rel.Say(release.More))
		fmt.Fprint(p.screen.near, " ")
	}
}

// docsMachines is a row a further model of a release.
func docsMachines() string {
	b := &strings.Builder{}
	b.WriteString("| | hardware | CPU | memory | flash | inside hosts |\n|---|---|---|---|---|---|\n")
	for _, r := range release.All() {
		for v := range r.OnMachines() {
			hosts := ""
			for _, f := range v.Model.Licence {
				if strings.HasPrefix(f.Name, "Inside Hosts:") {
					hosts = f.Value
				}
			}
			m := &v.Model
			fmt.Fprintf(b, "| `%s` | %s | %s | %d MB | %s | %s |\n", v.Name, m.Name, m.CPU, m.MemoryMB, m.Flash, hosts)
		}
	}
	return b.String()
}
