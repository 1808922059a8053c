package command

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
	"pixsim/dataplane"
)

// Perfmon is what perfmon sets: how often the statistics come to a session that asked for them.
type Perfmon struct {
	Interval time.Duration
	Verbose  bool
}

const helpPerfmon = "Change or view performance monitoring options"

var sincePerfmon = release.Since(release.V(5, 0)) // the 5.0 reference has it; unverified: that no older one has

var (
	perfmonSeconds = &g.Param[int]{Name: "seconds", Help: "Seconds between two displays", Type: g.Int(1, 43200)} // unverified: the bounds
	perfmonEach    = g.Word("interval", "Set the time between displays")
	perfmonVerbose = g.Word("verbose", "Display the statistics at the console")
	perfmonQuiet   = g.Word("quiet", "Do not display the statistics")
	perfmon        = &Command{
		Name: "perfmon", Help: helpPerfmon, Mode: Privileged, Span: sincePerfmon,
		Syntax: g.Seq(g.Word("perfmon", helpPerfmon), g.Alt(g.Seq(perfmonEach, perfmonSeconds), perfmonVerbose, perfmonQuiet,
			g.Word("settings", "Show the settings"))),
		Run:   runPerfmon,
		Usage: []string{"perfmon verbose | interval <seconds> | quiet | settings"},
	}
	showPerfmon = shows("perfmon", "Show the current performance statistics", Privileged, sincePerfmon, func(s Session) error {
		var now, five dataplane.Done
		s.Box().Do(func(st *dataplane.State) { now, _, five, _ = st.Work() })
		return emitLines(s, PerfmonLines(s.Release(), now, five))
	})
)

func runPerfmon(_ context.Context, s Session, m *g.Match) error {
	p := s.Box().Perfmon(s)
	switch secs, timed := perfmonSeconds.Lookup(m); {
	case timed:
		p.Interval = time.Duration(secs) * time.Second
	case perfmonVerbose.Seen(m):
		p.Verbose = true
	case perfmonQuiet.Seen(m):
		p.Verbose = false
	default:
		how := "quiet"
		if p.Verbose {
			how = "verbose"
		}
		return tell(s, release.PerfmonSet, int(p.Interval/time.Second), how)
	}
	s.Box().SetPerfmon(s, p)
	return nil
}

// PerfmonLines are the statistics of perfmon: per second, in the last 5 seconds and on average of the last five minutes.
// What the simulator does not do (URL filtering, AAA servers, the inspections of other protocols) it has done zero times.
func PerfmonLines(rel *release.Release, now, five dataplane.Done) iter.Seq[string] {
	row := func(what string, count func(dataplane.Done) uint64) string {
		return rel.Say(release.PerfmonLine, what, perSecond(count(now), dataplane.WorkNow), perSecond(count(five), dataplane.WorkFive))
	}
	none := func(dataplane.Done) uint64 { return 0 }
	rows := []string{
		rel.Say(release.PerfmonHead),
		row("Xlates", func(d dataplane.Done) uint64 { return d.Xlates }),
		row("Connections", func(d dataplane.Done) uint64 { return d.Conns }),
		row("TCP Conns", func(d dataplane.Done) uint64 { return d.TCP }),
		row("UDP Conns", func(d dataplane.Done) uint64 { return d.UDP }),
		row("URL Access", none),
		row("URL Server Req", none),
		row("TCP Fixup", func(d dataplane.Done) uint64 { return d.Fixups }),
	}
	intercepts := func(d dataplane.Done) uint64 { return d.Intercepts }
	tail := rel.Say(release.PerfmonTail, validConns(now), validConns(five))
	switch {
	case tail != "":
		rows = append(rows, row("TCP Intercept Established Conns", func(d dataplane.Done) uint64 { return d.Joined }),
			row("TCP Intercept Attempts", intercepts),
			row("TCP Embryonic Conns Timeout", func(d dataplane.Done) uint64 { return d.SYNTimeouts }))
	case rel.NAT.TCPIntercept:
		rows = append(rows, row("TCPIntercept", intercepts))
	}
	rows = append(rows,
		row("HTTP Fixup", none),
		row("FTP Fixup", none),
		row("AAA Authen", none),
		row("AAA Author", none),
		row("AAA Account", none),
	)
	return strings.SplitSeq(strings.TrimSuffix(strings.Join(append(rows, tail), "\n"), "\n"), "\n")
}

// validConns is the share of the intercepted connections whose client was there.
func validConns(d dataplane.Done) string {
	if d.Intercepts == 0 {
		return "N/A"
	}
	return fmt.Sprintf("%.2f%%", 100*float64(d.Joined)/float64(d.Intercepts))
}

func perSecond(n uint64, span time.Duration) uint64 { return n / uint64(span/time.Second) }
