package command

import (
	"context"
	"net/netip"
	"slices"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
	"pixsim/dataplane"
)

const helpShun = "Block all traffic of a host"

var (
	shunSrc   = &g.Param[netip.Addr]{Name: "src_ip", Help: "address of the host", Type: g.Addr()}
	shunDst   = &g.Param[netip.Addr]{Name: "dst_ip", Help: "whom its connection is to", Type: g.Addr()}
	shunSport = &g.Param[uint16]{Name: "sport", Help: "source port", Type: g.Port("tcp")}
	shunDport = &g.Param[uint16]{Name: "dport", Help: "destination port", Type: g.Port("tcp")}
	shunProto = &g.Param[uint8]{Name: "protocol", Help: "protocol", Type: g.Proto()}

	// The interface of a host is that of its route, whatever VLAN is named.
	shunVLAN   = &g.Param[int]{Name: "vlan_id", Help: "VLAN of the interface that the host is behind", Type: g.Int(0, 4094)}
	unshunVLAN = &g.Param[int]{Name: "vlan_id", Help: "VLAN of the interface that the host is behind", Type: g.Int(0, 4094)}

	shunWord = &g.Keyword{Text: "shun", Help: helpShun, Yields: true}

	shunCmd = &Command{
		Name: "shun", Help: helpShun, Mode: Configure, Span: pixFrom(6, 0),
		Syntax: g.Seq(shunWord, shunSrc, g.Opt(shunDst, shunSport, shunDport, g.Opt(shunProto)), g.In(inASA, g.Opt(shunVLAN))),
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
		Name: "no shun", Help: helpShun, Mode: Configure, Span: pixFrom(6, 0),
		Syntax: negated(g.Word("shun", helpShun), unshunSrc, g.In(inASA, g.Opt(unshunVLAN))),
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
		Name: "clear shun", Help: "Lift all shuns", Mode: Configure, Span: pixFrom(6, 0),
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
		Name: "show shun", Help: "Show shunned hosts", Mode: Privileged, Span: since60,
		Syntax: show(g.Word("shun", "Show shunned hosts"), g.Opt(g.Alt(shunCounts, shunShown))),
		Run:    runShowShun,
	}
)

// shunExec are the commands of 7.0 and later, where they are exec commands (command references of 7.2 and 9.x).
func shunExec() []*Command {
	var out []*Command
	for _, c := range []*Command{shunCmd, noShun, clearShun} {
		v := *c
		v.Mode, v.Span, v.Usage = Privileged, inASA, nil
		out = append(out, &v)
	}
	return out
}

func runShowShun(_ context.Context, s Session, m *g.Match) error {
	var all []dataplane.Shun
	s.Box().Do(func(st *dataplane.State) { all = st.Shuns() })
	if a, one := shunShown.Lookup(m); one {
		all = slices.DeleteFunc(all, func(v dataplane.Shun) bool { return v.Src != a })
	}
	c := s.Box().Live()
	if shunCounts.Seen(m) {
		if _, ok := s.Release().Words(release.ShunInterface); ok {
			sayShunInterfaces(s, c, all)
		}
		for _, v := range all {
			s.Say(release.ShunCount, v.Src, v.Count, g.FormatDuration(v.Age))
		}
		return nil
	}
	for _, v := range all {
		dst := v.Dst
		if !dst.IsValid() {
			dst = netip.IPv4Unspecified()
		}
		s.Say(release.ShunLine, v.Src, dst, v.SrcPort, v.DstPort, c.Towards(v.Src), v.Proto)
	}
	return nil
}

// sayShunInterfaces says of each interface whether a host behind it is shunned, and what of it was dropped.
func sayShunInterfaces(s Session, c *config.Config, all []dataplane.Shun) {
	for _, f := range c.Interfaces {
		if f.Name == "" {
			continue
		}
		state, n := "OFF", uint64(0)
		for _, v := range all {
			if c.Towards(v.Src) == f.Name {
				state, n = "ON", n+v.Count
			}
		}
		s.Say(release.ShunInterface, f.Name, state, n)
	}
}
