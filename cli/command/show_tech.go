package command

import (
	"cmp"
	"context"
	"slices"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

const helpTech = "Show system information for Tech-Support"

var (
	techNoConfig = g.Word("no-config", "Without the running configuration")
	showTech     = &Command{
		Name: "show tech-support", Help: helpTech, Mode: Privileged, Span: release.Since(release.V(4, 4)), // unverified: since when
		Syntax: show(g.Word("tech-support", helpTech), g.In(since60, g.Opt(techNoConfig))),
		Run:    runShowTech,
	}
)

// techSection is a section of show tech-support: a show command under its heading.
type techSection struct {
	head string
	of   *Command
	line string // what is typed; "": the heading
}

// techSections are in the order of the 6.x reference; a release leaves out what it has no command for.
func techSections() []techSection {
	return []techSection{
		{head: "show version", of: showVersion}, {head: "show clock", of: showClock}, {head: "show memory", of: showMemory},
		{head: "show conn count", of: showConn}, {head: "show xlate count", of: showXlate},
		{head: "show blocks", of: showBlocks}, {head: "show interface", of: showInterface},
		{head: "show cpu usage", of: showCPUUsed}, {head: "show process", of: showProcesses, line: "show processes"},
		{head: "show failover", of: showFailover}, {head: "show traffic", of: showTraffic}, {head: "show perfmon", of: showPerfmon},
		{head: "show running-config", of: showRunning()}, {head: "write terminal", of: writeTerminal},
	}
}

func runShowTech(ctx context.Context, s Session, m *g.Match) error {
	rel, parts := s.Release(), techSections()
	var all []*Command
	for _, part := range parts {
		all = append(all, part.of)
	}
	has := slices.Collect(In(rel, all))
	configured := techNoConfig.Seen(m)
	for _, part := range parts {
		isConfig := part.of == showRunning() || part.of == writeTerminal
		if !slices.Contains(has, part.of) || isConfig && configured {
			continue
		}
		configured = configured || isConfig
		line := cmp.Or(part.line, part.head)
		match, _, miss := g.NewSet(rel, part.of.Syntax).Match(g.Plain(rel), line)
		if miss != nil { // a form that this release does not have
			continue
		}
		if err := tell(s, release.TechHead, part.head); err != nil {
			return err
		}
		if err := part.of.Run(ctx, s, match); err != nil {
			return err
		}
	}
	return nil
}
