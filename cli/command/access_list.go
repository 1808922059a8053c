package command

import (
	"cmp"
	"fmt"
	"iter"
	"slices"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// access-list: from 5.0 on; the source comes first. `extended` may be typed and is always printed from 7.0 on.
var (
	aclWord      = g.Word("access-list", "Add an access list")
	aclName      = &g.Param[string]{Name: "id", Help: "name or number of the access list", Type: g.Ident(241)}
	aclLineWord  = g.Word("line", "Place the entry before a line")
	aclLine      = &g.Param[int]{Name: "line-num", Help: "line number", Type: g.Int(1, 16777215)}
	aclExtended  = g.Word("extended", "Configure access policy for IP traffic through the system")
	aclRemark    = g.Word("remark", "Specify a comment (remark) for the access-list after this keyword")
	aclText      = &g.Param[string]{Name: "text", Help: "comment", Type: g.Text()}
	aclRule      = newRule(newEndpoint("src", "source address"), newEndpoint("dest", "destination address"))
	aclLog       = g.Word("log", "Keyword for enabling log option on this ACL element")
	aclLogOff    = g.Word("disable", "Disable log option on this ACL element")
	aclLogUsual  = g.Word("default", "Enable default log behavior")
	aclLogKept   = g.Word("default", "Enable default log behavior") // shown as typed (documentation of Ansible's asa_acls, of a 9.x)
	aclLevel     = &g.Param[int]{Name: "level", Help: "syslog level", Type: g.Level()}
	aclInterval  = &g.Param[int]{Name: "secs", Help: "log interval in seconds", Type: g.Int(1, 600)}
	aclIntWord   = g.Word("interval", "Log interval")
	aclTimeWord  = g.Word("time-range", "Keyword for attaching time-range option to this ACL element")
	aclTimeRange = &g.Param[string]{Name: "time_range_name", Help: "name of the time range", Type: g.Ident(63)}
	aclInactive  = g.Word("inactive", "Disable the element")
	aclStandard  = g.Word("standard", "Use this to configure policy having destination host or network only")
	aclStdPermit = g.Word("permit", "Packets to forward")
	aclStdDeny   = g.Word("deny", "Packets to reject")
	aclStdEnd    = newEndpoint("dest", "destination address")

	aclTail = g.Seq(
		g.In(since63, g.Opt(aclLog, g.Opt(g.Alt(aclLogOff, g.In(since63.Through(release.V(6, 3)), aclLogUsual), g.In(inASA, aclLogKept), aclLevel)), g.Opt(aclIntWord, aclInterval))),
		g.In(inASA, g.Opt(aclTimeWord, aclTimeRange), g.Opt(aclInactive)),
	)
	aclEntry = g.Seq(g.In(since63, g.Opt(aclLineWord, aclLine)), g.Alt(
		g.In(since63, aclRemark, aclText),
		g.Seq(g.In(inASA, g.Opt(aclExtended)), aclRule.syntax((*endpoint).identified), aclTail),
		g.In(inASA, aclStandard, g.Alt(aclStdPermit, aclStdDeny), g.Alt(aclStdEnd.net(), g.In(since90, aclStdEnd.any4))),
	))

	// Words in the place of a list's name, or behind it alone.
	aclCompiled  = exactly("compiled", "Compile access lists for a faster lookup (TurboACL)")
	aclTurbo     = g.Word("compiled", "Compile the access list for a faster lookup (TurboACL)")
	aclDenyFlows = exactly("deny-flow-max", "The most denied flows that are kept for logging")
	aclAlert     = exactly("alert-interval", "Seconds between the messages that deny-flow-max is reached")
	aclFlows     = &g.Param[int]{Name: "n", Help: "number of flows", Type: g.Int(1, maxDenyFlows)}
	aclSeconds   = &g.Param[int]{Name: "secs", Help: "seconds", Type: g.Int(1, 3600)}

	accessList = &Command{
		Name: "access-list", Help: "Add an access list", Mode: Configure, Adds: true, Span: release.Since(release.V(5, 0)),
		Syntax: g.Seq(aclWord, g.Alt(
			g.Seq(aclName, aclEntry),
			g.Alt(
				g.In(inTurbo, aclCompiled), g.In(since63, aclDenyFlows, aclFlows), g.In(since63, aclAlert, aclSeconds),
				g.In(inTurbo, aclName, aclTurbo),
			),
		)),
		NoSyntax: g.Seq(aclWord, g.Alt(
			g.In(inTurbo, aclCompiled), g.In(since63, aclDenyFlows, g.Opt(aclFlows)), g.In(since63, aclAlert, g.Opt(aclSeconds)),
			g.Seq(aclName, g.Alt(aclEntry, g.In(inTurbo, aclTurbo), g.In(inPIX))),
		)),
		ClearSyntax: g.Seq(aclWord, g.Opt(aclName)),
		Set:         setACE,
		No:          noACE,
		Clear: func(c *Ctx, e *config.Edit, m *g.Match) error {
			if name, ok := aclName.Lookup(m); ok {
				if other := e.RemoveStoredUnder(listASA.name, "access-list "+name); !e.RemoveACL(name) && !other {
					return Errorf(release.ConfNoACL, name)
				}
				return nil
			}
			e.ClearACLs()
			e.ClearStored(listASA.name)
			return nil
		},
		Lines: accessListLines, Section: release.SectionAccessList,
		Usage: []string{
			"[no] access-list compiled",
			"[no] access-list deny-flow-max <n>",
			"[no] access-list alert-interval <secs>",
			"[no] access-list <id> compiled",
			"[no] access-list <id> [line <line-num>] remark <text>",
			"[no] access-list <id> [line <line-num>] deny|permit",
			"        <protocol>|object-group <protocol_obj_grp_id>",
			"        <sip> <smask>|interface <if_name>|object-group <network_obj_grp_id>",
			"        [<operator> <port> [<port>]|object-group <service_obj_grp_id>]",
			"        <dip> <dmask>|interface <if_name>|object-group <network_obj_grp_id>",
			"        [<operator> <port> [<port>]|object-group <service_obj_grp_id>]",
			"        [log [disable|default] | [<level>] [interval <secs>]]",
			"[no] access-list <id> [line <line-num>] deny|permit icmp",
			"        <sip> <smask>|interface <if_name>|object-group <network_obj_grp_id>",
			"        <dip> <dmask>|interface <if_name>|object-group <network_obj_grp_id>",
			"        [<icmp_type>|object-group <icmp_type_obj_grp_id>]",
			"        [log [disable|default] | [<level>] [interval <secs>]]",
		},
	}

	// A list of networks is for the route-maps of OSPF (6.3 command reference).
	aclOfNets = g.Seq(aclWord, aclName, g.Opt(aclLineWord, aclLine), g.Alt(aclStdPermit, aclStdDeny), aclStdEnd.net())

	accessListNets = &Command{
		Name: "access-list", Help: "Add an access list", Mode: Configure, Adds: true, Span: from63, Syntax: aclOfNets, Set: setACE, No: noACE,
		Usage: []string{"[no] access-list <id> [line <line-num>] deny|permit any|host <address>|<prefix> <mask>"},
	}
)

// maxDenyFlows bounds deny-flow-max.
const maxDenyFlows = 4096

// inTurbo is where access lists can be compiled.
var inTurbo = pixFrom(6, 2)

// exactly is a keyword at a place where a name may stand too.
func exactly(text, help string) *g.Keyword { return &g.Keyword{Text: text, Help: help, Exact: true} }

// Of a log option without more words.
const (
	usualLogLevel    = 6
	usualLogInterval = 300
)

func aceOf(m *g.Match) (config.ACE, error) {
	// "The remark is added to the end of the access list unless you specify the line number" (Firewall Services Module
	// configuration guide, Adding Remarks to Access Lists). unverified: that one which is there already is no exception, so that
	// a configuration which is pasted onto itself doubles its remarks, while its rules are there already.
	if aclRemark.Seen(m) {
		return config.ACE{Kind: config.ACERemark, Remark: aclText.Get(m)}, nil
	}
	if aclStdEnd.typed(m) {
		end, _ := aclStdEnd.get(m, 0)
		return config.ACE{Standard: true, Permit: aclStdPermit.Seen(m), Src: end, ICMPType: -1, ICMPCode: -1}, nil
	}
	a, err := aclRule.ace(m)
	a.Inactive, a.TimeRange = aclInactive.Seen(m), aclTimeRange.Get(m)
	switch {
	case aclLogOff.Seen(m):
		a.Log = config.LogDisable
	case aclLogKept.Seen(m):
		a.Log = config.LogUsual
	case aclLog.Seen(m) && !aclLogUsual.Seen(m):
		a.Log, a.LogLevel, a.Interval = config.LogOn, usualLogLevel, usualLogInterval
		if l, ok := aclLevel.Lookup(m); ok {
			a.LogLevel = l
		}
		if s, ok := aclInterval.Lookup(m); ok {
			a.Interval = s
		}
	}
	return a, err
}

func setACE(c *Ctx, e *config.Edit, m *g.Match) error {
	if setACLOption(e, m, true) {
		return nil
	}
	name := aclName.Get(m)
	if aclTurbo.Seen(m) {
		if !e.CompileACL(name, true) {
			return Errorf(release.ConfNoACL, name)
		}
		return nil
	}
	a, err := aceOf(m)
	if err != nil {
		return err
	}
	if err := cmp.Or(aclRule.checkObjects(e.View(), m), checkGroups(c.Release, e.View(), &a, name)); err != nil {
		return err
	}
	if !e.AddACE(name, aclLine.Get(m), a) {
		c.Note(release.ConfACEDuplicate)
	}
	return nil
}

// setACLOption sets what holds for all lists, or sets it back; false when the line is about one list.
func setACLOption(e *config.Edit, m *g.Match, on bool) bool {
	switch {
	case aclCompiled.Seen(m):
		e.CompileACLs(on)
	case aclDenyFlows.Seen(m):
		n := 0
		if on {
			n = aclFlows.Get(m)
		}
		e.SetDenyFlowMax(n)
	case aclAlert.Seen(m):
		n := 0
		if on {
			n = aclSeconds.Get(m)
		}
		e.SetAlertInterval(n)
	default:
		return false
	}
	return true
}

func noACE(c *Ctx, e *config.Edit, m *g.Match) error {
	if setACLOption(e, m, false) {
		return nil
	}
	name := aclName.Get(m)
	if _, ok := e.View().ACL(name); !ok {
		return Errorf(release.ConfNoACL, name)
	}
	switch {
	case aclTurbo.Seen(m):
		e.CompileACL(name, false)
		return nil
	case !aclRemark.Seen(m) && !aclStdEnd.typed(m) && !aclRule.permit.Seen(m) && !aclRule.deny.Seen(m):
		e.RemoveACL(name)
		return nil
	}
	a, err := aceOf(m)
	if err != nil {
		return err
	}
	return found(e.RemoveACE(name, a), "access-list "+name)
}

func accessListLines(c *config.Config, v View) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		p := printerFor(c, v)
		put := func(text string) bool { return yield(Line{Section: release.SectionAccessList, Text: text}) }
		for text := range aclOptions(c) {
			if !put(text) {
				return
			}
		}
		for _, l := range c.ACLs.All() {
			for _, a := range l.Entries.All() {
				if !put(aceText(p, l.Name, a)) {
					return
				}
			}
			if l.Compiled && !put("access-list "+l.Name+" compiled") {
				return
			}
		}
	}
}

// aclOptions are the lines that hold for all lists.
// unverified: that they stand before the lists, and that of one list behind it.
func aclOptions(c *config.Config) iter.Seq[string] {
	return func(yield func(string) bool) {
		_ = (!c.ACLCompiled || yield("access-list compiled")) &&
			(c.DenyFlowMax == 0 || yield(fmt.Sprint("access-list deny-flow-max ", c.DenyFlowMax))) &&
			(c.AlertInterval == 0 || yield(fmt.Sprint("access-list alert-interval ", c.AlertInterval)))
	}
}

// aceText ends in a blank behind a port or log (captures of 8.2), and in releases with that trailing blank always.
// unverified: that a group has the blank behind it too.
func aceText(p printer, list string, a *config.ACE) string {
	head := "access-list " + list + " "
	switch {
	case a.Kind == config.ACERemark:
		return head + "remark " + a.Remark
	case a.Standard && !p.rel.Config.ExtendedACL: // a 6.3(5) capture
		return p.tail(release.SectionAccessList, head+permitWord(a.Permit)+" "+p.short(a.Src.Net))
	case a.Standard:
		return p.blank(head + "standard " + permitWord(a.Permit) + p.end(0, a.Src, "", ""))
	case p.rel.Config.ExtendedACL:
		head += "extended "
	}
	text := head + permitWord(a.Permit) + p.rule(a)
	log := p.log(a)
	if a.TimeRange != "" {
		log += " time-range " + a.TimeRange
	}
	if a.Inactive {
		log += " inactive"
	}
	if log == "" && !a.Ported() && a.Groups == nil {
		return p.tail(release.SectionAccessList, text)
	}
	return p.blank(text + log)
}

// blank is an entry with what stands at its end.
func (p printer) blank(text string) string {
	if p.rel.Config.PlainACEs {
		return text
	}
	return text + " "
}

// log is the log option: the level is a number in 6.3 (a capture of 6.3(5)) and a word from 7.0 on.
func (p printer) log(a *config.ACE) string {
	switch a.Log {
	case config.LogDefault:
		return ""
	case config.LogDisable:
		return " log disable"
	case config.LogUsual:
		return " log default"
	}
	text := " log"
	if a.LogLevel != usualLogLevel || a.Interval != usualLogInterval {
		level := fmt.Sprint(a.LogLevel)
		if p.rel.Config.LogLevelWords {
			level = g.LevelName(a.LogLevel)
		}
		text += " " + level
	}
	if a.Interval != usualLogInterval {
		text += fmt.Sprintf(" interval %d", a.Interval)
	}
	return text
}

var (
	groupACL      = &g.Param[string]{Name: "access-list", Help: "name of the access list", Type: g.Ident(241)}
	groupIn       = g.Word("in", "Filter packets that come in")
	groupOut      = g.Word("out", "Filter packets that go out")
	groupIf       = &g.Param[string]{Name: "if_name", Help: "name of the interface", Type: g.IfName()}
	groupOverride = g.Word("per-user-override", "Lists of a user go before")
	groupControl  = g.Word("control-plane", "For traffic to the box itself") // unverified: that 8.0 is the first
	groupGlobal   = g.Word("global", "For traffic on all the interfaces")

	accessGroup = &Command{
		Name: "access-group", Help: "Bind an access-list to an interface to filter inbound traffic", Mode: Configure, Span: release.Since(release.V(5, 0)),
		Syntax: g.Seq(g.Word("access-group", "Bind an access-list to an interface"), groupACL, g.Alt(
			g.Seq(g.Alt(groupIn, g.In(inASA, groupOut)), kw("interface"), groupIf, g.In(inASA, g.Opt(g.Alt(groupOverride, g.In(since80, groupControl))))),
			g.In(since83, groupGlobal))),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			b := groupOf(m)
			if _, ok := e.View().ACL(b.ACL); !ok {
				return Errorf(release.ConfNoACL, b.ACL)
			}
			e.SetGroup(b)
			return nil
		},
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			return found(e.RemoveGroup(groupOf(m)), "access-group")
		},
		Clear: func(c *Ctx, e *config.Edit, m *g.Match) error { e.ClearGroups(); return nil },
		Lines: each(release.SectionAccessGroup, func(c *config.Config) iter.Seq[config.AccessGroup] { return slices.Values(c.Groups) }, groupText),
		Usage: []string{"[no] access-group <access-list> in interface <if_name>"},
	}
)

func groupOf(m *g.Match) config.AccessGroup {
	return config.AccessGroup{ACL: groupACL.Get(m), If: groupIf.Get(m), Out: groupOut.Seen(m), Override: groupOverride.Seen(m), Global: groupGlobal.Seen(m), Control: groupControl.Seen(m)}
}

func groupText(_ printer, b config.AccessGroup) string {
	dir := " in "
	if b.Global {
		return "access-group " + b.ACL + " global"
	}
	if b.Out {
		dir = " out "
	}
	text := "access-group " + b.ACL + dir + "interface " + b.If
	if b.Override {
		text += " per-user-override"
	}
	if b.Control {
		text += " control-plane"
	}
	return text
}
