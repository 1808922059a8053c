package command

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

const helpRunning = "Show current operating configuration"

var (
	runningAll = g.Word("all", "Current operating configuration including defaults")

	runningPorts  = g.Word("interface", "Show interface configuration")
	runningPort   = &g.Param[string]{Name: "hardware_id", Help: "Hardware name of the interface", Type: portType()}
	runningIf     = &g.Param[string]{Name: "if_name", Help: "Name of interface", Type: g.IfName()}
	runningGroups = g.Word("object-group", "Show object groups")
	// A kind of group takes no name behind it; one group is asked for by id.
	runningGroupID   = &g.Param[string]{Name: "grp_id", Help: "Name of the object group", Type: g.Ident(64)}
	runningGroupKind = &g.Param[string]{Name: "kind", Type: g.EnumHelp(
		"icmp-type", "Show ICMP type groups", "network", "Show network groups",
		"protocol", "Show protocol groups", "service", "Show service groups",
	)}

	runningObjects    = exactly("object", "Show objects")
	runningObjectKind = &g.Param[string]{Name: "kind", Type: g.EnumHelp("network", "Show network objects", "service", "Show service objects")}
	runningObjectID   = &g.Param[string]{Name: "name", Help: "Name of the object", Type: g.Ident(64)}
	runningNAT        = exactly("nat", "Show nat configuration")

	showStartup = &Command{
		Name: "show startup-config", Help: "Show the saved configuration", Mode: Privileged, Span: since60,
		Syntax: show(g.Word("startup-config", "Show the saved configuration"), g.In(inASA, g.Opt(bootFaults))), Run: runShowStartup,
	}
	bootFaults      = g.Word("errors", "Show the errors of the startup configuration")
	clearBootFaults = &Command{
		Name: "clear startup-config errors", Help: "Clear the saved configuration's errors", Mode: Privileged, Span: inASA,
		Syntax: clearing(g.Word("startup-config", "Clear the saved configuration's errors"), g.Word("errors", "Clear the errors of the startup configuration")),
		Run:    func(_ context.Context, s Session, _ *g.Match) error { s.Box().ClearBootFaults(); return nil },
	}
	showConfigure = &Command{
		Name: "show configure", Help: "Show the saved configuration", Mode: Privileged,
		Syntax: show(&g.Keyword{Text: "configure", Aliases: []string{"configuration"}, Help: "Show the saved configuration"}),
		Run:    runShowStartup,
	}
)

// showRunning takes the beginnings of the lines of every command.
var showRunning = sync.OnceValue(func() *Command {
	return &Command{
		Name: "show running-config", Help: helpRunning, Mode: Privileged, Span: since60,
		Syntax: show(g.Word("running-config", helpRunning),
			g.In(inASA, g.Opt(runningAll), g.Opt(g.Alt(
				g.Seq(runningPorts, g.Opt(g.Alt(runningPort, runningIf))),
				g.Seq(runningGroups, g.Opt(g.Alt(runningGroupKind, runningIdentity.syntax(), g.Seq(g.Word("id", "Show one object group"), runningGroupID)))),
				g.In(since83, runningObjects, g.Opt(g.Alt(runningObjectKind, g.Seq(g.Word("id", "Show one object"), runningObjectID)))),
				g.In(since83, runningNAT),
				sectionSyntax(),
			)))),
		Run: runShowRunning,
	}
})

func runShowRunning(_ context.Context, s Session, m *g.Match) error {
	v := View{Release: s.Release(), Names: true, All: runningAll.Seen(m)}
	section, name, typed := sectionTyped(m)
	switch {
	case runningPorts.Seen(m):
		section, name = "interface", runningPort.Get(m)
		if f, ok := s.Box().Config().Interface(runningIf.Get(m)); ok {
			name = f.Hardware
		}
	case runningGroups.Seen(m):
		section, name = "object-group", cmp.Or(runningGroupKind.Get(m), runningIdentity.kind(m))
		if id, one := runningGroupID.Lookup(m); one {
			return emitLines(s, groupLines(s.Running(v), id))
		}
	case runningObjects.Seen(m):
		return emitLines(s, texts(objectLinesOf(s.Box().Config(), v, runningObjectKind.Get(m), runningObjectID.Get(m))))
	case runningNAT.Seen(m):
		return emitLines(s, texts(natTableLines(s.Box().Config(), v)))
	case !typed:
		return runningDocument(s, v)
	case section == "terminal": // asked for by name the width is there even where it is the default
		return emitLines(s, slices.Values([]string{fmt.Sprintf("terminal width %d", s.Box().Config().Width)}))
	}
	return emitLines(s, sectionLines(s.Running(v), section, name))
}

// texts are lines as they are printed.
func texts(lines iter.Seq[Line]) iter.Seq[string] {
	return func(yield func(string) bool) {
		for l := range lines {
			if !yield(strings.Repeat(" ", l.Depth) + l.Text) {
				return
			}
		}
	}
}

// groupLines are the lines of one object group of whatever kind.
func groupLines(lines iter.Seq[string], id string) iter.Seq[string] {
	return func(yield func(string) bool) {
		in := false
		for line := range block(lines, "object-group") {
			if words := strings.Fields(line); !strings.HasPrefix(line, " ") {
				in = len(words) > 2 && words[2] == id
			}
			if in && !yield(line) {
				return
			}
		}
	}
}

// separated are the commands whose blocks show running-config ends with a "!" line.
var separated = map[string]bool{"class-map": true, "policy-map": true, "interface": true}

// sectionLines are the lines of one command, or of its object name.
func sectionLines(lines iter.Seq[string], section, name string) iter.Seq[string] {
	picked := block(lines, strings.TrimSpace(section+" "+name))
	if !separated[section] {
		return picked
	}
	return func(yield func(string) bool) {
		any := false
		for line := range picked {
			if any && !strings.HasPrefix(line, " ") && section == "interface" && !yield("!") {
				return
			}
			any = true
			if !yield(line) {
				return
			}
		}
		if any {
			yield("!")
		}
	}
}

// runningDocument prints the running configuration with header and trailer.
func runningDocument(s Session, v View) error {
	rel := s.Release()
	if err := emit(s, head(rel, Header{})); err != nil {
		return err
	}
	if err := emitLines(s, s.Running(v)); err != nil {
		return err
	}
	tail := rel.Say(release.ConfChecksumLine, s.Box().Checksum())
	if tail != "" {
		tail += "\n"
	}
	return emit(s, tail+": end\n")
}

func runShowStartup(_ context.Context, s Session, m *g.Match) error {
	if bootFaults.Seen(m) {
		if text := s.Box().BootFaults(); text != "" {
			return emit(s, text)
		}
		s.Say(release.NoFaults)
		return nil
	}
	text, ok := s.Box().Startup()
	if !ok {
		s.Say(release.NoConfig)
		return nil
	}
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return emit(s, text)
}

var (
	fixupProtocolName = &g.Param[string]{Name: "protocol", Help: "Name of the protocol", Type: fixupNamed()}
	fixupShownPort    = &g.Param[int]{Name: "port", Help: "Port", Type: g.Int(1, 65535)}
	showFixup         = &Command{
		Name: "show fixup", Help: "Show application inspection", Mode: Privileged, Span: pixFrom(4, 2),
		Syntax: show(g.Word("fixup", "Show application inspection"), g.Opt(g.Word("protocol", "Protocol to show"),
			fixupProtocolName, g.Opt(fixupShownPort))),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			words := "fixup"
			if name, typed := fixupProtocolName.Lookup(m); typed {
				words = "fixup protocol " + strings.ToLower(name)
			}
			return emitLines(s, block(s.Running(View{Release: s.Release()}), words))
		},
	}
	showHostnameASA = &Command{
		Name: "show hostname", Help: "Show the host name", Mode: Privileged, Span: inASA,
		Syntax: show(g.Word("hostname", "Show the host name"), g.Opt(g.Word("fqdn", "Fully qualified"))),
		Run: func(_ context.Context, s Session, _ *g.Match) error {
			return emit(s, s.Box().Config().Hostname+"\n")
		},
	}
)
