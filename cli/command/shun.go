package command

import (
	"context"
	"net/netip"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
	"pixsim/dataplane"
)

const helpShun = "Block all traffic of a host"

var (
	shunSpan  = pixFrom(6, 0)
	shunSrc   = &g.Param[netip.Addr]{Name: "src_ip", Help: "address of the host", Type: g.Addr()}
	shunDst   = &g.Param[netip.Addr]{Name: "dst_ip", Help: "whom its connection is to", Type: g.Addr()}
	shunSport = &g.Param[uint16]{Name: "sport", Help: "source port", Type: g.Port("tcp")}
	shunDport = &g.Param[uint16]{Name: "dport", Help: "destination port", Type: g.Port("tcp")}
	shunProto = &g.Param[uint8]{Name: "protocol", Help: "protocol", Type: g.Proto()}

	shunWord = &g.Keyword{Text: "shun", Help: helpShun, Yields: true}

	shunCmd = &Command{
		Name: "shun", Help: helpShun, Mode: Configure, Span: shunSpan,
		Syntax: g.Seq(shunWord, shunSrc, g.Opt(shunDst, shunSport, shunDport, g.Opt(shunProto))),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			v := dataplane.Shun{Src: shunSrc.Get(m), Dst: shunDst.Get(m), SrcPort: shunSport.Get(m), DstPort: shunDport.Get(m), Proto: shunProto.Get(m)}
			added := false
			s.Box().Do(func(st *dataplane.State) { added = st.Shun(v) })
			if added {
				s.Say(release.ShunAdded, v.Src)
			} else {
				s.Say(release.ShunExists, v.Src)
			}
			return nil
		},
		Usage: []string{"shun <src_ip> [<dst_ip> <sport> <dport> [<protocol>]]", "no shun <src_ip>", "show shun [<src_ip>|statistics]", "clear shun [statistics]"},
	}

	unshunSrc = &g.Param[netip.Addr]{Name: "src_ip", Help: "address of the host", Type: g.Addr()}
	noShun    = &Command{
		Name: "no shun", Help: helpShun, Mode: Configure, Span: shunSpan,
		Syntax: negated(g.Word("shun", helpShun), unshunSrc),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			there := false
			s.Box().Do(func(st *dataplane.State) { there = st.Unshun(unshunSrc.Get(m)) })
			if there {
				s.Say(release.ShunLifted, unshunSrc.Get(m))
			} else {
				s.Say(release.ShunMissing, unshunSrc.Get(m))
			}
			return nil
		},
	}

	shunClearCounts = g.Word("statistics", "Counters only")
	clearShun       = &Command{
		Name: "clear shun", Help: "Lift all shuns", Mode: Configure, Span: shunSpan,
		Syntax: clearing(g.Word("shun", "Lift all shuns"), g.Opt(shunClearCounts)),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			s.Box().Do(func(st *dataplane.State) {
				if shunClearCounts.Seen(m) {
					st.ClearShunCounts()
					return
				}
				st.ClearShuns()
			})
			return nil
		},
	}

	shunShown  = &g.Param[netip.Addr]{Name: "src_ip", Help: "address of the host", Type: g.Addr()}
	shunCounts = g.Word("statistics", "Packets that were dropped")
	showShun   = &Command{
		Name: "show shun", Help: "Show shunned hosts", Mode: Privileged, Span: shunSpan,
		Syntax: show(g.Word("shun", "Show shunned hosts"), g.Opt(g.Alt(shunCounts, shunShown))),
		Run:    runShowShun,
	}
)

func runShowShun(_ context.Context, s Session, m *g.Match) error {
	var all []dataplane.Shun
	s.Box().Do(func(st *dataplane.State) { all = st.Shuns() })
	for _, v := range all {
		if a, one := shunShown.Lookup(m); one && a != v.Src {
			continue
		}
		if shunCounts.Seen(m) {
			s.Say(release.ShunCount, v.Src, v.Count)
			continue
		}
		dst := v.Dst
		if !dst.IsValid() {
			dst = netip.IPv4Unspecified()
		}
		s.Say(release.ShunLine, v.Src, dst, v.SrcPort, v.DstPort)
	}
	return nil
}
