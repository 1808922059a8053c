package command

import (
	"context"
	"net/netip"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
	"pixsim/dataplane"
)

const helpConn = "Show information on active connections"

// connFilter is what show conn and clear conn select by: PIX by foreign and local side, 7.0 and later by either as well.
type connFilter struct {
	foreign, local, address             *g.Param[[2]netip.Addr]
	foreignMask, localMask, addressMask *g.Param[netip.Addr]
	fport, lport, port                  *g.Param[[2]uint16]
	protocol                            *g.Param[uint8]
}

func newConnFilter() *connFilter {
	addrs := func(name string) *g.Param[[2]netip.Addr] {
		return &g.Param[[2]netip.Addr]{Name: name, Help: "Address, or first-last", Type: addrSpan()}
	}
	mask := func() *g.Param[netip.Addr] {
		return &g.Param[netip.Addr]{Name: "mask", Help: "Netmask", Type: g.Mask()}
	}
	ports := func(name string) *g.Param[[2]uint16] {
		return &g.Param[[2]uint16]{Name: name, Help: "Port, or first-last", Type: g.PortRange("tcp")}
	}
	return &connFilter{
		foreign: addrs("foreign_ip"), local: addrs("local_ip"), address: addrs("ip"),
		foreignMask: mask(), localMask: mask(), addressMask: mask(),
		fport: ports("fport"), lport: ports("lport"), port: ports("port"),
		protocol: &g.Param[uint8]{Name: "protocol", Help: "Protocol name or number", Type: g.Proto()},
	}
}

// addrSpan is an address or two with a hyphen between.
func addrSpan() g.Type[[2]netip.Addr] {
	one := g.Addr()
	return g.Type[[2]netip.Addr]{
		Label: one.Label,
		Parse: func(e g.Env, w string) ([2]netip.Addr, error) {
			first, last, two := strings.Cut(w, "-")
			a, err := one.Parse(e, first)
			if err != nil || !two {
				return [2]netip.Addr{a, a}, err
			}
			b, err := one.Parse(e, last)
			return [2]netip.Addr{a, b}, err
		},
		Sample: one.Sample,
	}
}

// parts is the syntax of the filter, each at most once.
func (f *connFilter) parts() []g.Syntax {
	netmask := func(p *g.Param[netip.Addr]) g.Syntax { return g.Opt(g.Word("netmask", "Specify netmask"), p) }
	return []g.Syntax{
		g.Seq(g.Word("protocol", "Specify protocol"), f.protocol),
		g.In(inPIX, g.Word("foreign", "Specify foreign address"), f.foreign, netmask(f.foreignMask)),
		g.In(inPIX, g.Word("local", "Specify local address"), f.local, netmask(f.localMask)),
		g.In(inPIX, g.Word("fport", "Specify foreign port"), f.fport),
		g.In(inPIX, g.Word("lport", "Specify local port"), f.lport),
		g.In(inASA, g.Word("address", "Specify address"), f.address, netmask(f.addressMask)),
		g.In(inASA, g.Word("port", "Specify port"), f.port),
	}
}

// wants tells whether c is selected.
func (f *connFilter) wants(m *g.Match, c dataplane.Conn) bool {
	if p, typed := f.protocol.Lookup(m); typed && p != 0 && p != c.Proto {
		return false
	}
	foreign, local := c.Lower.Real, c.Higher.Real
	return inRange(f.foreign, f.foreignMask, m, foreign.Addr()) && inRange(f.local, f.localMask, m, local.Addr()) &&
		portIn(f.fport, m, foreign.Port()) && portIn(f.lport, m, local.Port()) &&
		(inRange(f.address, f.addressMask, m, foreign.Addr()) || inRange(f.address, f.addressMask, m, local.Addr())) &&
		(portIn(f.port, m, foreign.Port()) || portIn(f.port, m, local.Port()))
}

// inRange reports whether a lies in what was typed, which is everything when nothing was.
func inRange(p *g.Param[[2]netip.Addr], mask *g.Param[netip.Addr], m *g.Match, a netip.Addr) bool {
	r, typed := p.Lookup(m)
	if !typed {
		return true
	}
	if under, masked := mask.Lookup(m); masked {
		return config.Net{Addr: r[0], Mask: under}.Contains(a)
	}
	return r[0].Compare(a) <= 0 && a.Compare(r[1]) <= 0
}

func portIn(p *g.Param[[2]uint16], m *g.Match, port uint16) bool {
	r, typed := p.Lookup(m)
	return !typed || r[0] <= port && port <= r[1]
}

var (
	connShown  = newConnFilter()
	connCount  = g.Word("count", "Show the number of connections only")
	connDetail = g.Word("detail", "Show details and the meaning of the flags")
	connAll    = g.Word("all", "Show connections to the device as well")
	connLong   = g.Word("long", "Show addresses and mapped addresses")
	connState  = &g.Param[[]string]{Name: "state", Help: "States, separated by commas", Type: states(connStates)}
	showConn   = &Command{
		Name: "show conn", Help: helpConn, Mode: Privileged,
		Syntax: show(g.Word("conn", helpConn), g.Any(append(connShown.parts(),
			connCount, g.In(since62, connDetail),
			g.In(inASA, connAll),
			g.In(inASA, connLong),
			g.In(since42, g.Word("state", "Specify connection state"), connState))...)), // unverified: 4.2
		Run: runShowConn,
	}

	connCleared    = newConnFilter()
	connClearedAll = g.Word("all", "Clear connections to the device as well")
	clearConn      = &Command{
		Name: "clear conn", Help: "Clear connections", Mode: Privileged, Span: release.Since(release.V(8, 0)),
		Syntax: clearing(g.Word("conn", "Clear connections"), g.Any(append(connCleared.parts(),
			connClearedAll)...)),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			clear := dataplane.ClearConns
			if connClearedAll.Seen(m) {
				clear = dataplane.ClearAllConns
			}
			s.Say(release.ConnsCleared, clear(s.Box().Do, func(c dataplane.Conn) bool { return connCleared.wants(m, c) }))
			return nil
		},
	}
)

func runShowConn(_ context.Context, s Session, m *g.Match) error {
	var counts dataplane.Counts
	s.Box().Do(func(st *dataplane.State) { counts, _ = st.Counts() })
	rel := s.Release()
	s.Say(release.ConnCount, counts.InUse, counts.MostUsed, rel.Limits.Conns-counts.InUse)
	if connCount.Seen(m) {
		return nil
	}
	form := ConnShort
	switch {
	case connLong.Seen(m):
		form = ConnLong
	case connDetail.Seen(m):
		form = ConnDetailed
	}
	if form != ConnShort {
		s.Say(release.ConnLegend)
	}
	conns := dataplane.Conns
	if connAll.Seen(m) {
		conns = dataplane.AllConns
	}
	c := s.Box().Config()
	for v := range conns(s.Box().Do) { // a million of them are never all in memory
		if !connShown.wants(m, v) || !inState(connState.Get(m), v) {
			continue
		}
		if err := emit(s, ConnLine(rel, v, form, c)+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// connStates are the states that show conn selects by. Those of fixups that the engine does not act on select nothing.
//
// unverified: the releases.
var connStates = []spanWord{
	{word: "up"}, {word: "conn_inbound"}, {"ctiqbe", since63}, {word: "data_in"}, {word: "data_out"}, {word: "dump"},
	{word: "finin"}, {word: "finout"}, {"h225", since62}, {word: "h323"}, {word: "http_get"}, {"mgcp", since63},
	{word: "nojava"}, {word: "rpc"}, {"sip", since52}, {"skinny", since60}, {word: "smtp_banner"}, {word: "smtp_data"},
	{word: "smtp_incomplete"}, {word: "sqlnet_fixup_data"},
}

// inState reports whether c is in one of the states that were typed, or none were.
func inState(states []string, c dataplane.Conn) bool {
	for _, state := range states {
		switch {
		case state == "up" && c.State&dataplane.ConnUp != 0,
			state == "conn_inbound" && c.Inbound,
			state == "data_in" && c.State&dataplane.ConnDataIn != 0,
			state == "data_out" && c.State&dataplane.ConnDataOut != 0,
			state == "finin" && c.State&dataplane.ConnFINIn != 0,
			state == "finout" && c.State&dataplane.ConnFINOut != 0,
			state == "smtp_data" && c.MailData:
			return true
		}
	}
	return len(states) == 0
}

// ConnForm is how much show conn says of a connection.
type ConnForm uint8

const (
	ConnShort ConnForm = iota
	ConnDetailed
	ConnLong // on one line, with mapped addresses (7.0 and later)
)

// ConnLine is one connection as show conn prints it; c names the interfaces.
func ConnLine(rel *release.Release, v dataplane.Conn, form ConnForm, c *config.Config) string {
	key := release.ConnLine
	switch {
	case form == ConnDetailed:
		key = release.ConnDetail
	case form == ConnLong:
		key = release.ConnLong
	case v.Proto == protoUDP:
		key = release.ConnUDP
	}
	lower, higher := v.Lower.Real, v.Higher.Real
	opener, answerer := higher.Addr(), lower.Addr()
	if v.Inbound {
		opener, answerer = answerer, opener
	}
	return rel.Say(key, strings.ToUpper(g.ProtoName(nil, v.Proto)), lower.Addr(), lower.Port(), higher.Addr(), higher.Port(),
		g.FormatDuration(v.Idle), v.Bytes, connFlags(rel, v), portName(c, v.Lower.If), portName(c, v.Higher.If),
		brief(v.Idle), brief(v.Age), brief(v.Timeout), slashed(v.Lower.Mapped), slashed(v.Higher.Mapped), opener, answerer)
}

const (
	protoICMP = 1
	protoTCP  = 6
	protoUDP  = 17
)

// connLetters are the flags in the order in which they are printed: handshake, ends of the connection, data.
var connLetters = []struct {
	state  dataplane.ConnState
	letter byte
}{
	{dataplane.ConnWaitInSYN, 'S'}, {dataplane.ConnWaitOutSYN, 's'}, {dataplane.ConnWaitOutACK, 'a'},
	{dataplane.ConnWaitInACK, 'A'}, {dataplane.ConnUp, 'U'}, {dataplane.ConnFINIn, 'f'}, {dataplane.ConnFINOut, 'F'},
	{dataplane.ConnFINAckOut, 'R'}, {dataplane.ConnFINAckIn, 'r'}, {dataplane.ConnDataIn, 'I'}, {dataplane.ConnDataOut, 'O'},
	{dataplane.ConnBypass, 'b'},
}

// connFlags spells the state: outbound saA, A, U, UO, UIO, UfFRrIO; inbound SaAB, aB, UB, UIOB, and M while the message
// of a mail passes an inspection.
func connFlags(rel *release.Release, v dataplane.Conn) string {
	if v.Proto != protoTCP {
		if !rel.Console.PlainDNS && v.Proto == protoUDP && (v.Lower.Real.Port() == 53 || v.Higher.Real.Port() == 53) {
			return "D"
		}
		return "-"
	}
	var b strings.Builder
	for _, l := range connLetters {
		if v.State&l.state != 0 {
			b.WriteByte(l.letter)
		}
	}
	if v.Inbound {
		b.WriteByte('B')
	}
	if v.MailData {
		b.WriteByte('M')
	}
	if b.Len() == 0 {
		return "-"
	}
	return b.String()
}

// portName is the name of the interface behind a port of the engine, which is its place in the configuration.
func portName(c *config.Config, p dataplane.Port) string {
	if int(p) < len(c.Interfaces) {
		return c.Interfaces[p].Name
	}
	return c.Release.Console.SelfName
}
