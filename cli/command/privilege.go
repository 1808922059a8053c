package command

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

const helpPrivilege = "Configure/Display privilege levels for commands"

// privilegeWords are the commands that a privilege line can name: the first words of 6.3.
var privilegeWords = strings.Fields(`aaa aaa-server access-group access-list activation-key age alias apply arp auth-prompt
	auto-update banner blocks ca capture checksum clock conduit configure conn console copy cpu crashinfo crypto curpriv debug
	dhcpd dhcprelay disable domain-name dynamic-map eeprom enable established exit failover filter fixup flashfs floodguard
	fragment global h225 help history hostname http icmp igmp interface ip ipsec isakmp kill local-host logging login logout
	mac-list management-access map memory mgcp mroute mtu multicast name nameif names nat ntp object-group ospf outbound pager
	passwd pdm perfmon ping prefix-list privilege processes quit reload rip route route-map router routing running-config
	service session setup shun sip skinny snmp-server ssh startup-config static sysopt tcpstat tech-support telnet terminal
	tftp-server timeout traffic uauth url-block url-cache url-server username version virtual vpdn vpnclient vpngroup who write
	xlate`)

var (
	privilegeForm    = &g.Param[string]{Name: "form", Help: "form of the command", Type: g.Enum(privilegeForms...)}
	privilegeLevel   = &g.Param[int]{Name: "level", Help: "privilege level", Type: g.Int(0, top)}
	privilegeMode    = &g.Param[string]{Name: "mode", Help: "mode of the command", Type: g.Enum("enable", "configure")}
	privilegeCommand = &g.Param[string]{Name: "command", Help: "the command", Type: g.Enum(privilegeWords...)}
	privilegeSyntax  = g.Seq(g.Word("privilege", helpPrivilege), g.Opt(privilegeForm), kw("level"), privilegeLevel,
		g.Opt(kw("mode"), privilegeMode), kw("command"), privilegeCommand)

	privilege = &Command{
		Name: "privilege", Help: helpPrivilege, Mode: Configure, Span: from62,
		Syntax: privilegeSyntax,
		Set: func(_ *Ctx, e *config.Edit, m *g.Match) error {
			for _, p := range privilegesOf(m) {
				e.SetPrivilege(p)
			}
			return nil
		},
		No: func(_ *Ctx, e *config.Edit, m *g.Match) error {
			any := false
			for _, p := range privilegesOf(m) {
				any = e.RemovePrivilege(p) || any
			}
			return found(any, "privilege")
		},
		Clear: func(_ *Ctx, e *config.Edit, _ *g.Match) error { e.ClearPrivileges(); return nil },
		Lines: each(release.SectionPrivilege, func(c *config.Config) iter.Seq[config.Privilege] { return slices.Values(c.Privileges) },
			func(_ printer, p config.Privilege) string { return privilegeText(p) }),
		Usage: []string{
			"[no] privilege [show|clear|configure] level <level>",
			"        [mode enable|configure] command <command>",
		},
	}
)

var privilegeForms = []string{"show", "clear", "configure"}

// privilegesOf are the lines that one typed line stands for: without a form it means all three.
func privilegesOf(m *g.Match) []config.Privilege {
	forms := privilegeForms
	if f, typed := privilegeForm.Lookup(m); typed {
		forms = []string{f}
	}
	var out []config.Privilege
	for _, f := range forms {
		out = append(out, config.Privilege{Form: f, Mode: privilegeMode.Get(m), Command: privilegeCommand.Get(m), Level: privilegeLevel.Get(m)})
	}
	return out
}

func privilegeText(p config.Privilege) string {
	mode := ""
	if p.Mode != "" {
		mode = " mode " + p.Mode
	}
	return fmt.Sprintf("privilege %s level %d%s command %s", p.Form, p.Level, mode, p.Command)
}

// Right is what a privilege line can give a level: one form of a command in one mode.
type Right struct{ Form, Mode, Command string }

// everybody is what everybody may do without a privilege line (7.0 configuration guide, which lists what 6.2 began with).
// unverified: exit and disable, without which a level below 15 could not be left.
var everybody = []Right{
	{"configure", "enable", "disable"}, {"configure", "enable", "enable"}, {"configure", "enable", "exit"},
	{"configure", "enable", "help"}, {"configure", "enable", "login"}, {"configure", "enable", "logout"},
	{"configure", "enable", "pager"}, {"configure", "configure", "pager"}, {"configure", "enable", "quit"}, {"clear", "enable", "pager"}, {"clear", "configure", "pager"},
	{"show", "enable", "checksum"}, {"show", "enable", "curpriv"}, {"show", "enable", "history"},
	{"show", "enable", "pager"}, {"show", "enable", "version"},
}

// Right is what a line of command c needs; cleared says that the line clears what c configures.
func (c *Command) Right(cleared bool) Right {
	words := strings.Fields(c.Name)
	r := Right{Form: "configure", Mode: "configure", Command: words[0]}
	if c.Run != nil {
		r.Mode = "enable"
	}
	switch {
	case cleared:
		r.Form = "clear"
	case len(words) > 1 && (words[0] == "show" || words[0] == "clear"):
		r.Form, r.Command = words[0], words[1]
	case len(words) > 1 && words[0] == "no":
		r.Command = words[1]
	}
	return r
}

// Level is the least privilege level that r asks for in configuration c.
func (r Right) Level(c *config.Config) int {
	if level, ok := c.PrivilegeOf(r.Form, r.Mode, r.Command); ok {
		return level
	}
	if slices.Contains(everybody, r) {
		return 0
	}
	return top
}

// rights are those that commands ask for, by command.
func rights(commands iter.Seq[*Command]) []Right {
	var out []Right
	for c := range commands {
		if c.Run != nil || c.Set != nil || c.No != nil {
			out = append(out, c.Right(false))
		}
		if c.Clear != nil {
			out = append(out, c.Right(true))
		}
	}
	slices.SortFunc(out, func(a, b Right) int {
		return cmp.Or(cmp.Compare(a.Command, b.Command),
			cmp.Compare(slices.Index(privilegeForms, a.Form), slices.Index(privilegeForms, b.Form)), cmp.Compare(b.Mode, a.Mode))
	})
	return slices.Compact(out)
}

var (
	shownPrivilege = &g.Param[string]{Name: "command", Help: "the command", Type: g.Ident(63)}
	shownLevel     = &g.Param[int]{Name: "level", Help: "privilege level", Type: g.Int(0, top)}

	showPrivilege = &Command{
		Name: "show privilege", Help: "Show privilege levels for commands", Mode: Privileged, Span: from62,
		Syntax: show(g.Word("privilege", helpPrivilege), g.Alt(
			g.Word("all", "All commands"),
			g.Seq(g.Word("command", "One command"), shownPrivilege),
			g.Seq(g.Word("level", "The commands of one level"), shownLevel),
		)),
		Run:   runShowPrivilege,
		Usage: []string{"show privilege all|command <command>|level <level>"},
	}
)

// runShowPrivilege lists the levels of all forms of commands. The mode is named where a form is known in two.
func runShowPrivilege(_ context.Context, s Session, m *g.Match) error {
	c := s.Box().Config()
	name, one := shownPrivilege.Lookup(m)
	at, byLevel := shownLevel.Lookup(m)
	all := rights(s.Commands(Configure))
	for i, r := range all {
		p := config.Privilege{Form: r.Form, Mode: r.Mode, Command: r.Command, Level: r.Level(c)}
		if one && p.Command != name || byLevel && p.Level != at {
			continue
		}
		if !twoModes(all, i) {
			p.Mode = ""
		}
		if err := emit(s, privilegeText(p)+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// twoModes reports whether right i of all, which are sorted, has a neighbour that differs in the mode alone.
func twoModes(all []Right, i int) bool {
	same := func(k int) bool {
		return k >= 0 && k < len(all) && all[k].Command == all[i].Command && all[k].Form == all[i].Form
	}
	return same(i-1) || same(i+1)
}
