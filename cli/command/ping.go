package command

import (
	"context"
	"net/netip"
	"time"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

var (
	pingIf     = &g.Param[string]{Name: "if_name", Help: "Name of interface", Type: g.IfName()}
	pingHost   = &g.Param[netip.Addr]{Name: "host", Help: "Ping destination address", Type: g.Addr()}
	pingRepeat = &g.Param[int]{Name: "count", Help: "Number of echo requests", Type: g.Int(1, 10000)}
	pingSize   = &g.Param[int]{Name: "bytes", Help: "Size of the echo requests", Type: g.Int(36, 18024)}
	pingWait   = &g.Param[int]{Name: "seconds", Help: "Seconds to wait for an answer", Type: g.Int(1, 3600)}
	pingData   = &g.Param[int]{Name: "pattern", Help: "Data pattern", Type: g.Int(0, 65535)}

	ping = &Command{
		Name: "ping", Help: "Send echo messages", Mode: Privileged, Span: since42,
		Syntax: g.Seq(g.Word("ping", "Send echo messages"), g.Alt(
			g.Seq(pingHost, pingOptions()),
			g.Seq(pingIf, pingHost, pingOptions()),
		)),
		Run:   runPing,
		Usage: []string{"ping [<if_name>] <host>"},
	}
	pingFrom = &Command{ // 4.0 and 4.1 want the interface
		Name: "ping", Help: "Send echo messages", Mode: Privileged, Span: before42,
		Syntax: g.Seq(g.Word("ping", "Send echo messages"), pingIf, pingHost),
		Run:    runPing,
		Usage:  []string{"ping <if_name> <host>"},
	}
)

func pingOptions() g.Syntax {
	return g.In(inASA, g.Any(
		g.Seq(g.Word("data", "Specify data pattern"), pingData),
		g.Seq(g.Word("repeat", "Specify repeat count"), pingRepeat),
		g.Seq(g.Word("size", "Specify datagram size"), pingSize),
		g.Seq(g.Word("timeout", "Specify timeout interval"), pingWait),
		g.Word("validate", "Validate reply data"),
	))
}

// pingShape is how many echo requests of what size go out where nothing else is said, and how long each waits: as long as
// the text of a try that had no answer says, or the head of all (2 seconds).
var pingShape = map[release.PingStyle]struct {
	count, size int
	wait        time.Duration
}{
	release.PingThree: {3, 100, time.Second},
	release.PingMarks: {5, 100, 2 * time.Second},
}

// headers is what a ping's size counts beside the data: IPv4 and ICMP.
const headers = 28

func runPing(ctx context.Context, s Session, m *g.Match) error {
	style, to := s.Release().Console.Ping, pingHost.Get(m)
	shape := pingShape[style]
	if n, typed := pingRepeat.Lookup(m); typed {
		shape.count = n
	}
	if n, typed := pingSize.Lookup(m); typed {
		shape.size = n
	}
	if n, typed := pingWait.Lookup(m); typed {
		shape.wait = time.Duration(n) * time.Second
	}
	var good []time.Duration
	started, sent := false, 0
	each := func(ok bool, rtt time.Duration) {
		if !started {
			started = true
			tell(s, release.PingStart, shape.count, shape.size, to, int(shape.wait/time.Second))
		}
		sent++
		if ok {
			good = append(good, rtt)
		}
		reportPing(s, style, to, ok, rtt)
	}
	err := s.Box().Ping(ctx, pingIf.Get(m), to, shape.count, shape.size-headers, shape.wait, each)
	if ctx.Err() != nil && !started {
		return ctx.Err()
	}
	if err != nil && ctx.Err() == nil {
		s.Say(release.NoRoute, to)
		return nil
	}
	return endPing(s, style, good, sent)
}

func reportPing(s Session, style release.PingStyle, to netip.Addr, ok bool, rtt time.Duration) {
	key, ms := release.PingGood, int(rtt/(10*time.Millisecond))*10 // latency counts in ticks of 10 ms
	if !ok {
		key, ms = release.PingBad, 1000
	}
	text := s.Release().Say(key, to, ms)
	if style == release.PingMarks {
		s.Printf("%s", s.Release().Say(key))
		return
	}
	s.Printf("%s\n", text)
}

func endPing(s Session, style release.PingStyle, good []time.Duration, sent int) error {
	if style != release.PingMarks {
		return nil
	}
	times := ""
	if len(good) > 0 {
		least, most, sum := good[0], good[0], time.Duration(0)
		for _, d := range good {
			least, most, sum = min(least, d), max(most, d), sum+d
		}
		times = s.Release().Say(release.PingTimes, millis(least), millis(sum/time.Duration(len(good))), millis(most))
	}
	s.Printf("\n")
	s.Say(release.PingEnd, 100*len(good)/max(sent, 1), len(good), sent, times)
	return nil
}

// millis is d in whole milliseconds, at least one: the box knows no fraction.
func millis(d time.Duration) int { return max(1, int(d/time.Millisecond)) }
