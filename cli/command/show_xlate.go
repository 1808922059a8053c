package command

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
	"pixsim/dataplane"
	"pixsim/dataplane/acl"
)

const helpXlate = "Show information on translations"

// xlateFilter is what show xlate and clear xlate select by.
type xlateFilter struct {
	global, local         *g.Param[[2]netip.Addr]
	globalMask, localMask *g.Param[netip.Addr]
	gport, lport          *g.Param[[2]uint16]
	ifnames               *g.Param[[]string]
	state, types          *g.Param[[]string]
	oldGlobal, oldLocal   *g.Param[netip.Addr] // 4.x: addresses without words
}

func newXlateFilter() *xlateFilter {
	return &xlateFilter{
		global:     &g.Param[[2]netip.Addr]{Name: "global_ip", Help: "Global address, or first-last", Type: addrSpan()},
		local:      &g.Param[[2]netip.Addr]{Name: "local_ip", Help: "Local address, or first-last", Type: addrSpan()},
		globalMask: &g.Param[netip.Addr]{Name: "mask", Help: "Netmask", Type: g.Mask()},
		localMask:  &g.Param[netip.Addr]{Name: "mask", Help: "Netmask", Type: g.Mask()},
		gport:      &g.Param[[2]uint16]{Name: "gport", Help: "Global port, or first-last", Type: g.PortRange("tcp")},
		lport:      &g.Param[[2]uint16]{Name: "lport", Help: "Local port, or first-last", Type: g.PortRange("tcp")},
		ifnames:    &g.Param[[]string]{Name: "if_name", Help: "Names of interfaces, separated by commas", Type: ifNames()},
		state:      &g.Param[[]string]{Name: "state", Help: "static, dump, portmap, norandomseq or identity, separated by commas", Type: states(xlateStates)},
		types:      &g.Param[[]string]{Name: "type", Help: "static, portmap, dynamic or twice-nat, separated by commas", Type: states(xlateTypes)},
		oldGlobal:  &g.Param[netip.Addr]{Name: "global_ip", Help: "Global address", Type: g.Addr()},
		oldLocal:   &g.Param[netip.Addr]{Name: "local_ip", Help: "Local address", Type: g.Addr()},
	}
}

// ifNames are names of interfaces, separated by commas.
func ifNames() g.Type[[]string] {
	one := g.IfName()
	return g.Type[[]string]{
		Label: one.Label,
		Parse: func(e g.Env, w string) (all []string, err error) {
			for part := range strings.SplitSeq(w, ",") {
				name, err := one.Parse(e, part)
				if err != nil {
					return nil, err
				}
				all = append(all, name)
			}
			return all, nil
		},
		Sample: one.Sample,
	}
}

// xlateStates are the states that show xlate selects by.
var xlateStates = []spanWord{{word: "static"}, {word: "dump"}, {word: "portmap"}, {word: "norandomseq"}, {word: "identity"}}

// xlateTypes are the types that show xlate of 8.3 and later selects by.
var xlateTypes = []spanWord{{word: "static"}, {word: "portmap"}, {word: "dynamic"}, {word: "twice-nat"}}

// syntax is the selection and the words behind the command: up to 4.4 one or two addresses, from 4.2 on words in any order.
//
// unverified: the releases of the two forms.
func (f *xlateFilter) syntax(more ...g.Syntax) g.Syntax {
	words := append(f.parts(), more...)
	old := g.Seq(f.oldGlobal, g.Opt(f.oldLocal))
	return g.Alt(g.In(before42, g.Opt(old)), g.In(since42.Through(release.V(4, 4)), old), g.In(since42, g.Any(words...)))
}

func (f *xlateFilter) parts() []g.Syntax {
	netmask := func(p *g.Param[netip.Addr]) g.Syntax { return g.Opt(g.Word("netmask", "Specify netmask"), p) }
	return []g.Syntax{
		g.Seq(g.Word("global", "Specify global address"), f.global, netmask(f.globalMask)),
		g.Seq(g.Word("local", "Specify local address"), f.local, netmask(f.localMask)),
		g.Seq(g.Word("gport", "Specify global port"), f.gport),
		g.Seq(g.Word("lport", "Specify local port"), f.lport),
		g.Seq(g.Word("interface", "Specify interface"), f.ifnames),
		g.Seq(g.Word("state", "Specify state"), f.state),
		g.In(since83, g.Word("type", "Specify type"), f.types),
	}
}

func (f *xlateFilter) wants(m *g.Match, c *config.Config, x dataplane.Xlate) bool {
	if names, typed := f.ifnames.Lookup(m); typed && !slices.Contains(names, portName(c, x.RealIf)) && !slices.Contains(names, portName(c, x.MappedIf)) {
		return false
	}
	if old, typed := f.oldGlobal.Lookup(m); typed && old != x.Mapped.Addr() {
		return false
	}
	if old, typed := f.oldLocal.Lookup(m); typed && old != x.Real.Addr() {
		return false
	}
	return inRange(f.global, f.globalMask, m, x.Mapped.Addr()) && inRange(f.local, f.localMask, m, x.Real.Addr()) &&
		portIn(f.gport, m, x.Mapped.Port()) && portIn(f.lport, m, x.Real.Port()) && f.kind(m, xlateKind{
		static: x.Static, dynamic: !x.Static && !x.Identity, portmap: x.PAT, identity: x.Identity, norandom: x.NoRandom,
		twice: len(f.types.Get(m)) > 0 && isTwice(c, x.Line),
	})
}

// isTwice tells whether a line is one of twice NAT.
func isTwice(c *config.Config, line acl.ID) bool {
	for section, r := range c.NATTable() {
		if acl.ID(r.ID) == line {
			return section != 2
		}
	}
	return false
}

// wantsFixed is wants for a translation of a static rule; one of a network is wanted if what was typed meets it.
func (f *xlateFilter) wantsFixed(m *g.Match, x fixedXlate) bool {
	if names, typed := f.ifnames.Lookup(m); typed && !slices.Contains(names, x.realIf) && !slices.Contains(names, x.mappedIf) {
		return false
	}
	ported := func(p *g.Param[[2]uint16], port uint16) bool { return port == 0 || portIn(p, m, port) }
	return meets(f.global, f.globalMask, m, x.mapped) && meets(f.local, f.localMask, m, x.real) &&
		ported(f.gport, x.port) && ported(f.lport, x.realPort) && f.kind(m, xlateKind{static: true, portmap: x.port != 0, identity: x.identity, twice: x.twice})
}

// meets tells whether what was typed, everything when nothing was, has an address of one of the networks.
func meets(p *g.Param[[2]netip.Addr], mask *g.Param[netip.Addr], m *g.Match, nets []config.Net) bool {
	r, typed := p.Lookup(m)
	if !typed {
		return true
	}
	for _, n := range nets {
		if inRange(p, mask, m, n.Addr) || n.Contains(r[0]) || n.Contains(r[1]) {
			return true
		}
	}
	return false
}

// xlateKind is what the words behind state and type ask about.
type xlateKind struct{ static, dynamic, portmap, identity, norandom, twice bool }

// kind tells whether a translation is of the states and types that were typed, or none were.
func (f *xlateFilter) kind(m *g.Match, k xlateKind) bool {
	fits := func(words []string) bool {
		for _, w := range words {
			switch {
			case w == "static" && k.static, w == "dynamic" && k.dynamic, w == "portmap" && k.portmap, w == "norandomseq" && k.norandom,
				w == "identity" && k.identity, w == "twice-nat" && k.twice:
				return true
			}
		}
		return len(words) == 0
	}
	return fits(f.state.Get(m)) && fits(f.types.Get(m))
}

var (
	xlateShown  = newXlateFilter()
	xlateCount  = g.Word("count", "Show the number of translations only")
	xlateDetail = g.Word("detail", "Show details and the meaning of the flags")
	xlateDebug  = g.Word("debug", "Show details, idle times and timeouts")
	showXlate   = &Command{
		Name: "show xlate", Help: helpXlate, Mode: Privileged,
		Syntax: show(g.Word("xlate", helpXlate), xlateShown.syntax(xlateCount, g.In(since62, xlateDetail), g.In(since62, xlateDebug))),
		Run:    runShowXlate,
	}

	xlateCleared = newXlateFilter()
	clearXlate   = &Command{
		Name: "clear xlate", Help: "Clear translations", Mode: Privileged,
		Syntax: clearing(g.Word("xlate", "Clear current translation and connection information"), xlateCleared.syntax()),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			c := s.Box().Config()
			n := dataplane.ClearXlates(s.Box().Do, func(x dataplane.Xlate) bool { return xlateCleared.wants(m, c, x) })
			s.Say(release.XlatesCleared, n)
			return nil
		},
	}
)

func runShowXlate(_ context.Context, s Session, m *g.Match) error {
	var counts dataplane.Counts
	c, rel := s.Box().Config(), s.Release()
	s.Box().Do(func(st *dataplane.State) { _, counts = st.Counts() })
	all := func(yield func(dataplane.Xlate) bool) { // a million of them are never all in memory
		for x := range dataplane.Xlates(s.Box().Do) {
			if xlateShown.wants(m, c, x) && !yield(x) {
				return
			}
		}
	}
	if rel.NAT.ByTable {
		uses := natUses(s.Box(), c)
		there := len(fixedXlates(c, uses, func(fixedXlate) bool { return true }))
		counts.InUse, counts.MostUsed = counts.InUse+there, counts.MostUsed+there
		if xlateCount.Seen(m) {
			s.Say(release.XlateNumber, counts.InUse, counts.MostUsed)
			return nil
		}
		fixed := fixedXlates(c, uses, func(x fixedXlate) bool { return xlateShown.wantsFixed(m, x) })
		return showTableXlates(s, all, counts, fixed)
	}
	if xlateCount.Seen(m) {
		s.Say(release.XlateNumber, counts.InUse, counts.MostUsed)
		return nil
	}
	s.Say(release.XlateCount, counts.InUse, counts.MostUsed)
	debug := xlateDebug.Seen(m)
	detail := debug || xlateDetail.Seen(m)
	if detail {
		s.Say(release.XlateLegend)
	}
	for x := range all {
		line := XlateLine(rel, x, detail, c)
		if debug {
			line += rel.Say(release.XlateTimes, g.FormatDuration(x.Idle), g.FormatDuration(x.Timeout))
		}
		if err := emit(s, line+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// XlateLine is one translation as show xlate prints it.
func XlateLine(rel *release.Release, x dataplane.Xlate, detail bool, c *config.Config) string {
	flags := xlateFlags(x, detail)
	if detail {
		if x.Proto == 0 {
			return rel.Say(release.XlateDetail, portName(c, x.RealIf), x.Real.Addr(), portName(c, x.MappedIf), x.Mapped.Addr(), flags)
		}
		return rel.Say(release.XlatePATDetail, portName(c, x.RealIf), slashed(x.Real), portName(c, x.MappedIf), slashed(x.Mapped),
			flags, strings.ToUpper(g.ProtoName(nil, x.Proto)))
	}
	key := release.XlateNAT
	switch {
	case x.Proto == protoICMP:
		key = release.XlateICMP
	case x.Proto != 0 && x.Static:
		key = release.XlatePATStatic
	case x.Proto != 0:
		key = release.XlatePAT
	case x.Static:
		key = release.XlateStatic
	}
	return rel.Say(key, x.Mapped.Addr(), x.Mapped.Port(), x.Real.Addr(), x.Real.Port(), x.ICMPID, x.Conns, x.Embryonic, flags)
}

// xlateFlags spells the flags: a dynamic PAT is "ri", a static "s". That a pool's address is of a host inside is said in
// detail only.
func xlateFlags(x dataplane.Xlate, detail bool) string {
	flags, dynamic := "", !x.Static && !x.Identity
	for _, f := range []struct {
		on     bool
		letter string
	}{
		{x.DNS, "D"}, {x.Identity, "I"}, {x.NoRandom, "n"}, {x.PAT, "r"}, {dynamic && !x.Outside && (x.PAT || detail), "i"},
		{dynamic && x.Outside, "o"}, {x.Static, "s"}, {x.Extended, "e"},
	} {
		if f.on {
			flags += f.letter
		}
	}
	if flags == "" {
		return "-"
	}
	return flags
}

// slashed is an address and port as 10.1.1.2/25.
func slashed(a netip.AddrPort) string {
	return strings.Replace(a.String(), ":", "/", 1)
}
