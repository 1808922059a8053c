package command

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strconv"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
	"pixsim/dataplane"
)

var (
	localDetail    = g.Word("detail", "Show details of translations and connections")
	localAll       = g.Word("all", "Show local hosts that connect to the device as well")
	localBrief     = g.Word("brief", "Show hosts without their translations and connections")
	localTCP       = &g.Param[int]{Name: "count", Help: "At least so many", Type: g.Int(0, 4294967295)}
	localUDP       = &g.Param[int]{Name: "count", Help: "At least so many", Type: g.Int(0, 4294967295)}
	localEmbryonic = &g.Param[int]{Name: "count", Help: "At least so many", Type: g.Int(0, 4294967295)}
	localShown     = &g.Param[netip.Addr]{Name: "ip_address", Help: "Address of the host", Type: g.Addr()}
	showLocalHost  = &Command{
		Name: "show local-host", Help: "Show local host information", Mode: Privileged, Span: since52,
		Syntax: show(g.Word("local-host", "Show local host information"), g.Opt(localShown), g.In(sincePIX62, g.Opt(localDetail)),
			g.In(inASA, g.Any(localDetail, localAll, g.In(since82, localBrief),
				g.In(since82, g.Word("connection", "Show hosts with a number of connections"), g.Any(
					g.Seq(g.Word("tcp", "TCP connections"), localTCP), g.Seq(g.Word("udp", "UDP connections"), localUDP),
					g.Seq(g.Word("embryonic", "Embryonic connections"), localEmbryonic)))))),
		Run: runShowLocalHost,
	}
	localCleared   = &g.Param[netip.Addr]{Name: "ip_address", Help: "Address of the host", Type: g.Addr()}
	clearLocalHost = &Command{
		Name: "clear local-host", Help: "Clear local host information", Mode: Privileged, Span: since53,
		Syntax: clearing(g.Word("local-host", "Clear local host information"),
			g.Opt(g.Alt(localCleared, g.In(inASA, g.Word("all", "All hosts"))))),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			addr, one := localCleared.Lookup(m)
			do := s.Box().Do
			dataplane.ClearXlates(do, func(x dataplane.Xlate) bool { return !one || x.Real.Addr() == addr })
			dataplane.ClearConns(do, func(c dataplane.Conn) bool {
				return !one || c.Higher.Real.Addr() == addr || c.Lower.Real.Addr() == addr
			})
			return nil
		},
	}
)

// sincePIX62 is since62 of the PIX, where detail is the last word.
var sincePIX62 = pixFrom(6, 2)

// since53 is when clear local-host came.
var since53 = release.Since(release.V(5, 3))

// localTables is what show local-host reads of the engine.
type localTables struct {
	hosts  []dataplane.LocalHost
	xlates map[localEnd][]dataplane.Xlate
	conns  map[localEnd][]dataplane.Conn
	counts []dataplane.HostCounts
}

// localEnd is a host, by whom its translations and connections are found: there may be very many.
type localEnd struct {
	port dataplane.Port
	addr netip.Addr
}

// readLocal reads them, of the hosts that are wanted; all: with what the box itself has.
func readLocal(b Box, interfaces int, all bool, wanted func(netip.Addr) bool) localTables {
	t := localTables{xlates: map[localEnd][]dataplane.Xlate{}, conns: map[localEnd][]dataplane.Conn{}}
	b.Do(func(st *dataplane.State) {
		for i := range interfaces {
			t.counts = append(t.counts, st.HostCounts(dataplane.Port(i)))
		}
	})
	t.hosts = slices.SortedFunc(dataplane.LocalHosts(b.Do), func(a, b dataplane.LocalHost) int { return a.Addr.Compare(b.Addr) })
	conns := dataplane.Conns(b.Do)
	if all {
		conns = dataplane.AllConns(b.Do)
	} else {
		t.hosts = slices.DeleteFunc(t.hosts, func(h dataplane.LocalHost) bool { return h.Own })
	}
	for x := range dataplane.Xlates(b.Do) {
		if end := (localEnd{x.RealIf, x.Real.Addr()}); wanted(end.addr) {
			t.xlates[end] = append(t.xlates[end], x)
		}
	}
	for c := range conns {
		for _, v := range []dataplane.End{c.Lower, c.Higher} {
			if end := (localEnd{v.If, v.Real.Addr()}); wanted(end.addr) {
				t.conns[end] = append(t.conns[end], c)
			}
		}
	}
	for _, all := range t.xlates {
		slices.SortFunc(all, func(a, b dataplane.Xlate) int { return a.Mapped.Compare(b.Mapped) })
	}
	for _, all := range t.conns {
		slices.SortFunc(all, func(a, b dataplane.Conn) int { return cmp.Compare(a.ID, b.ID) })
	}
	if all {
		t.recount()
	}
	return t
}

// recount counts the connections of hosts by the list, which has those of the box too.
func (t localTables) recount() {
	for i := range t.hosts {
		h := &t.hosts[i]
		h.TCP, h.UDP, h.Embryonic = 0, 0, 0
		for _, c := range t.conns[localEnd{h.Port, h.Addr}] {
			if c.Proto != protoTCP {
				h.UDP++
				continue
			}
			h.TCP++
			if c.Embryonic {
				h.Embryonic++
			}
		}
	}
}

func runShowLocalHost(_ context.Context, s Session, m *g.Match) error {
	c := s.Box().Config()
	addr, one := localShown.Lookup(m)
	t := readLocal(s.Box(), len(c.Interfaces), localAll.Seen(m), func(a netip.Addr) bool { return !one || a == addr })
	for i, f := range c.Interfaces {
		if f.Name == "" {
			continue
		}
		s.Say(release.LocalHostIf, f.Name, t.counts[i].Active, t.counts[i].Most, t.counts[i].Denied)
		for _, h := range t.hosts {
			if h.Port != dataplane.Port(i) || one && h.Addr != addr || h.TCP < localTCP.Get(m) || h.UDP < localUDP.Get(m) || h.Embryonic < localEmbryonic.Get(m) {
				continue
			}
			if localBrief.Seen(m) {
				t.head(s, h)
				continue
			}
			if err := t.host(s, c, h, localDetail.Seen(m)); err != nil {
				return err
			}
		}
	}
	return nil
}

// limits are those of the lines that translate a host, the first that sets one; 0 is unlimited.
func (t localTables) limits(h dataplane.LocalHost) (conns, embryonic int) {
	for _, x := range t.xlates[localEnd{h.Port, h.Addr}] {
		conns, embryonic = cmp.Or(conns, x.MaxConns), cmp.Or(embryonic, x.MaxEmbryonic)
	}
	return conns, embryonic
}

// unlimited is a limit in words.
func unlimited(n int) string {
	if n == 0 {
		return "unlimited"
	}
	return strconv.Itoa(n)
}

// head prints how many connections a host has.
func (t localTables) head(s Session, h dataplane.LocalHost) {
	conns, embryonic := t.limits(h)
	s.Say(release.LocalHost, h.Addr, h.TCP, h.Embryonic, h.UDP, unlimited(conns), unlimited(embryonic), conns, embryonic)
}

// host prints one host with its translations and connections.
func (t localTables) host(s Session, c *config.Config, h dataplane.LocalHost, detail bool) error {
	rel := s.Release()
	t.head(s, h)
	s.Say(release.LocalXlate)
	for _, x := range t.xlates[localEnd{h.Port, h.Addr}] {
		if err := emit(s, "    "+XlateLine(rel, x, detail, c)+"\n"); err != nil {
			return err
		}
	}
	form := ConnShort
	if detail {
		form = ConnDetailed
	}
	s.Say(release.LocalConn)
	for _, v := range t.conns[localEnd{h.Port, h.Addr}] {
		if err := emit(s, "    "+ConnLine(rel, v, form, c)+"\n"); err != nil {
			return err
		}
	}
	return nil
}
