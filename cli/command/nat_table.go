package command

import (
	"iter"
	"net/netip"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// nat of 8.3 and later: twice NAT in configuration mode, and the rule of an object in the object's mode.

// since84 is where PAT may take a pool of addresses.
var since84 = release.Since(release.V(8, 4))

// natWords are the words that both forms share.
type natWords struct {
	pair              *g.Param[[2]string]
	static, dynamic   *g.Keyword
	iface, fallback   *g.Keyword
	pool              *g.Keyword
	poolName          *g.Param[string]
	roundRobin, ext   *g.Keyword
	flat, reserve     *g.Keyword
	mapped            *g.Param[string]
	dns, netToNet     *g.Keyword
	noProxyARP, route *g.Keyword
}

func newNATWords() *natWords {
	return &natWords{
		pair:       &g.Param[[2]string]{Name: "(real_ifc,mapped_ifc)", Help: "interfaces of the real and of the mapped addresses", Type: g.AnyIfPair()},
		static:     g.Word("static", "Specify static NAT"),
		dynamic:    g.Word("dynamic", "Specify dynamic NAT or PAT"),
		iface:      exactly("interface", "Use interface address as mapped IP"),
		fallback:   g.Word("interface", "Use interface address as fallback"),
		pool:       exactly("pat-pool", "Specify object or object-group name for mapped source pat pool"),
		poolName:   &g.Param[string]{Name: "pat_pool", Help: "Object or object-group of the pool", Type: g.ObjectGroup(networkKinds...)},
		roundRobin: g.Word("round-robin", "Specify to use round-robin mapped address allocation"),
		ext:        g.Word("extended", "Specify to extend PAT uniqueness to per destination instead of per interface"),
		flat:       g.Word("flat", "Translate ports into flat range 1024-65535"),
		reserve:    g.Word("include-reserve", "Use 1-65535 for the flat range"),
		mapped:     &g.Param[string]{Name: "mapped_obj", Help: "Object or object-group name for mapped source", Type: g.ObjectGroup(networkKinds...)},
		dns:        g.Word("dns", "Use the created xlate to rewrite DNS record"),
		netToNet:   g.Word("net-to-net", "Specify net to net mapping of IPv4 addresses"),
		noProxyARP: g.Word("no-proxy-arp", "Disable proxy ARP on egress interface"),
		route:      g.Word("route-lookup", "Perform route lookup for this rule"),
	}
}

var networkKinds = []string{"network", "object network"}

// poolSyntax is a PAT pool with its options and the interface to fall back to.
func (w *natWords) poolSyntax() g.Syntax {
	return g.In(since84, w.pool, w.poolName, g.Opt(w.roundRobin), g.Opt(w.ext), g.Opt(w.flat, g.Opt(w.reserve)), g.Opt(w.fallback))
}

// read sets what both forms share.
func (w *natWords) read(r *config.NATRule, m *g.Match) {
	r.RealIf, r.MappedIf = config.AnyIf, config.AnyIf
	if pair, ok := w.pair.Lookup(m); ok {
		r.RealIf, r.MappedIf = pair[0], pair[1]
	}
	r.Dynamic = w.dynamic.Seen(m)
	r.Interface = w.iface.Seen(m) || w.fallback.Seen(m)
	r.MappedSrc, r.Pool = w.mapped.Get(m), w.poolName.Get(m)
	r.RoundRobin, r.Extended, r.Flat, r.Reserve = w.roundRobin.Seen(m), w.ext.Seen(m), w.flat.Seen(m), w.reserve.Seen(m)
	r.DNS, r.NetToNet = w.dns.Seen(m), w.netToNet.Seen(m)
	r.NoProxyARP, r.RouteLookup = w.noProxyARP.Seen(m), w.route.Seen(m)
}

var (
	objNAT       = newNATWords()
	objNATAddr   = &g.Param[netip.Addr]{Name: "mapped_ip", Help: "Mapped IP address", Type: g.Addr()}
	objNATServe  = g.Word("service", "Specify real and mapped ports")
	objNATTCP    = g.Word("tcp", "Translate a TCP port")
	objNATUDP    = g.Word("udp", "Translate a UDP port")
	objNATRealT  = &g.Param[uint16]{Name: "real_port", Help: "Real port", Type: g.Port("tcp")}
	objNATMapT   = &g.Param[uint16]{Name: "mapped_port", Help: "Mapped port", Type: g.Port("tcp")}
	objNATRealU  = &g.Param[uint16]{Name: "real_port", Help: "Real port", Type: g.Port("udp")}
	objNATMapU   = &g.Param[uint16]{Name: "mapped_port", Help: "Mapped port", Type: g.Port("udp")}
	objectNATCmd = &Command{
		Name: "nat", Help: "Enable NAT on a singleton object", Mode: ConfigObjectNetwork, Span: since83,
		Syntax: g.Seq(g.Word("nat", "Enable NAT on a singleton object"), g.Opt(objNAT.pair), g.Alt(
			g.Seq(objNAT.static, g.Alt(objNAT.iface, objNATAddr, objNAT.mapped), g.Opt(objNAT.netToNet), g.Opt(g.Alt(
				objNAT.dns,
				g.Seq(objNATServe, g.Alt(g.Seq(objNATTCP, objNATRealT, objNATMapT), g.Seq(objNATUDP, objNATRealU, objNATMapU))),
			)), g.In(since84, g.Opt(objNAT.noProxyARP), g.Opt(objNAT.route))),
			g.Seq(objNAT.dynamic, g.Alt(objNAT.iface, objNAT.poolSyntax(), g.Seq(g.Alt(objNATAddr, objNAT.mapped), g.Opt(objNAT.fallback))), g.Opt(objNAT.dns)),
		)),
		Set: setObjectNAT,
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			o, ok := e.View().ObjectGroup(c.Path[0])
			r := objectNATOf(m)
			r.Object = c.Path[0]
			if ok && o.NAT != nil {
				r.ID = o.NAT.ID
			}
			if !ok || o.NAT == nil || *o.NAT != r {
				return Errorf(release.ConfNATGone)
			}
			e.SetObjectNAT(c.Path[0], nil)
			return nil
		},
	}
)

func objectNATOf(m *g.Match) config.NATRule {
	var r config.NATRule
	objNAT.read(&r, m)
	r.MappedAddr = objNATAddr.Get(m)
	switch {
	case objNATTCP.Seen(m):
		r.Proto, r.RealPort, r.MappedPort = protoTCP, objNATRealT.Get(m), objNATMapT.Get(m)
	case objNATUDP.Seen(m):
		r.Proto, r.RealPort, r.MappedPort = protoUDP, objNATRealU.Get(m), objNATMapU.Get(m)
	}
	return r
}

func setObjectNAT(c *Ctx, e *config.Edit, m *g.Match) error {
	r := objectNATOf(m)
	o, ok := e.View().ObjectGroup(c.Path[0])
	if !ok || o.Size() == 0 {
		return Errorf(release.ConfNATNoValue, c.Path[0])
	}
	if err := checkNAT(e.View(), &r); err != nil {
		return err
	}
	e.SetObjectNAT(c.Path[0], &r)
	return nil
}

// checkNAT refuses a rule that names what is not there, or takes the address of an interface for itself.
func checkNAT(c *config.Config, r *config.NATRule) error {
	for _, name := range []string{r.Src, r.MappedSrc, r.Pool, r.Dst, r.MappedDst, r.Service, r.MappedService} {
		if name == "" {
			continue
		}
		o, ok := c.ObjectGroup(name)
		switch {
		case !ok:
			return Errorf(release.ConfNoObject, name)
		case o.Size() == 0:
			return Errorf(release.ConfNATNoValue, name)
		}
	}
	for _, f := range c.Interfaces {
		if f.Name == r.MappedIf && f.Addr.IsValid() && r.MappedAddr == f.Addr.Addr() {
			return Errorf(release.ConfNATOverlap, r.MappedAddr, f.Name)
		}
	}
	return nil
}

var (
	twice         = newNATWords()
	twiceLine     = &g.Param[int]{Name: "line", Help: "Position of the rule", Type: g.Int(1, 2147483647)}
	twiceAfter    = g.Word("after-auto", "Insert NAT rule after auto section")
	twiceAny      = exactly("any", "Any source")
	twiceSrc      = &g.Param[string]{Name: "real_obj", Help: "Object or object-group name for real source", Type: g.ObjectGroup(networkKinds...)}
	twiceMapAny   = exactly("any", "Any source")
	twiceDest     = g.Word("destination", "Destination NAT parameters")
	twiceDestIf   = exactly("interface", "Use interface address as mapped IP")
	twiceMapDst   = &g.Param[string]{Name: "mapped_obj", Help: "Object or object-group name for mapped destination", Type: g.ObjectGroup(networkKinds...)}
	twiceDst      = &g.Param[string]{Name: "real_obj", Help: "Object or object-group name for real destination", Type: g.ObjectGroup(networkKinds...)}
	twiceServe    = g.Word("service", "NAT service parameters")
	twiceService  = &g.Param[string]{Name: "real_obj", Help: "Object name for real source, mapped destination ports", Type: g.ObjectGroup("object service")}
	twiceMapServe = &g.Param[string]{Name: "mapped_obj", Help: "Object name for mapped source, real destination ports", Type: g.ObjectGroup("object service")}
	twiceOneWay   = g.Word("unidirectional", "Enable per-session NAT in one direction only")
	twiceInactive = g.Word("inactive", "Disable a NAT rule")
	twiceAbout    = g.Word("description", "Specify a description for the rule")
	twiceText     = &g.Param[string]{Name: "text", Help: "description, up to 200 characters", Type: g.Text()}

	twiceNAT = &Command{
		Name: "nat", Help: "Associate a network with a pool of global IP addresses", Mode: Configure, Span: since83,
		Syntax: g.Seq(g.Word("nat", "Associate a network with a pool of global IP addresses"), g.Opt(twice.pair),
			g.Opt(g.Alt(g.Seq(twiceAfter, g.Opt(twiceLine)), twiceLine)),
			g.Word("source", "Source NAT parameters"), g.Alt(
				g.Seq(twice.static, g.Alt(twiceAny, twiceSrc), g.Alt(twiceMapAny, twice.iface, twice.mapped)),
				g.Seq(twice.dynamic, g.Alt(twiceAny, twiceSrc), g.Alt(twice.iface, twice.poolSyntax(), g.Seq(twice.mapped, g.Opt(twice.fallback)))),
			),
			g.Opt(twiceDest, g.Word("static", "Specify static NAT"), g.Alt(twiceDestIf, twiceMapDst), twiceDst),
			g.Opt(twiceServe, twiceService, twiceMapServe),
			g.Opt(twice.netToNet), g.Opt(twice.dns), g.Opt(twiceOneWay), g.In(since84, g.Opt(twice.noProxyARP), g.Opt(twice.route)), g.Opt(twiceInactive),
			g.Opt(twiceAbout, twiceText),
		),
		ClearSyntax: g.Word("nat", "Clear all NAT rules"),
		Set: func(_ *Ctx, e *config.Edit, m *g.Match) error {
			r := twiceOf(m)
			if err := checkNAT(e.View(), &r); err != nil {
				return err
			}
			e.AddTwice(twiceAfter.Seen(m), twiceLine.Get(m), r)
			return nil
		},
		No: func(_ *Ctx, e *config.Edit, m *g.Match) error {
			if !e.RemoveTwice(twiceAfter.Seen(m), twiceOf(m)) {
				return Errorf(release.ConfNATGone)
			}
			return nil
		},
		Clear: func(_ *Ctx, e *config.Edit, _ *g.Match) error { e.ClearNATTable(); return nil },
		Lines: natTableLines,
	}
)

func twiceOf(m *g.Match) config.NATRule {
	r := config.NATRule{
		Src: twiceSrc.Get(m), Twice: twiceDest.Seen(m), Dst: twiceDst.Get(m), MappedDst: twiceMapDst.Get(m), DstInterface: twiceDestIf.Seen(m),
		Service: twiceService.Get(m), MappedService: twiceMapServe.Get(m), Unidirectional: twiceOneWay.Seen(m), Inactive: twiceInactive.Seen(m),
		Description: twiceText.Get(m),
	}
	twice.read(&r, m)
	return r
}

// natTableLines are the rules of twice NAT, those of the objects and those behind them, with a "!" before each part but the
// first.
func natTableLines(c *config.Config, _ View) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		put := func(depth int, text string) bool {
			return yield(Line{Section: release.SectionNAT, Depth: depth, Text: text})
		}
		for _, r := range c.Twice.All() {
			if !put(0, twiceText83(r, false)) {
				return
			}
		}
		first := true
		for o := range c.ObjectGroups() {
			if o.NAT == nil {
				continue
			}
			if first && !put(0, "!") || !put(0, "object network "+o.Name) || !put(1, objectNATText(c.Release, o.NAT)) {
				return
			}
			first = false
		}
		for i, r := range c.TwiceAfter.All() {
			if i == 0 && !put(0, "!") || !put(0, twiceText83(r, true)) {
				return
			}
		}
	}
}

// words is a line being put together.
type words []string

func (w *words) add(text ...string) { *w = append(*w, text...) }

func (w *words) when(on bool, text ...string) {
	if on {
		w.add(text...)
	}
}

// mappedWords are what a rule translates to.
func mappedWords(w *words, r *config.NATRule) {
	switch {
	case r.MappedAddr.IsValid():
		w.add(r.MappedAddr.String())
	case r.MappedSrc != "":
		w.add(r.MappedSrc)
	case r.Pool != "":
		w.add("pat-pool", r.Pool)
		w.when(r.RoundRobin, "round-robin")
		w.when(r.Extended, "extended")
		w.when(r.Flat, "flat")
		w.when(r.Reserve, "include-reserve")
	case !r.Interface:
		w.add("any")
	}
	w.when(r.Interface, "interface")
}

func (w *words) manner(r *config.NATRule) {
	if r.Dynamic {
		w.add("dynamic")
	} else {
		w.add("static")
	}
}

func pairWords(r *config.NATRule) string { return "(" + r.RealIf + "," + r.MappedIf + ")" }

func objectNATText(rel *release.Release, r *config.NATRule) string {
	w := words{"nat", pairWords(r)}
	w.manner(r)
	mappedWords(&w, r)
	w.when(r.NetToNet, "net-to-net")
	w.when(r.DNS, "dns")
	if proto := protoWord(r.Proto); proto != "" {
		w.add("service", proto, g.PortName(rel, proto, r.RealPort), g.PortName(rel, proto, r.MappedPort))
	}
	w.when(r.NoProxyARP, "no-proxy-arp")
	w.when(r.RouteLookup, "route-lookup")
	return strings.Join(w, " ")
}

func twiceText83(r *config.NATRule, after bool) string {
	w := words{"nat", pairWords(r)}
	w.when(after, "after-auto")
	return strings.Join(append(w, twiceWords(r)...), " ")
}

// twiceWords are those of twice NAT from source on.
func twiceWords(r *config.NATRule) words {
	w := words{"source"}
	w.manner(r)
	w.when(r.Src == "", "any")
	w.when(r.Src != "", r.Src)
	mappedWords(&w, r)
	if r.Twice {
		w.add("destination", "static")
		w.when(r.DstInterface, "interface")
		w.when(!r.DstInterface, r.MappedDst)
		w.add(r.Dst)
	}
	w.when(r.Service != "", "service", r.Service, r.MappedService)
	w.when(r.NetToNet, "net-to-net")
	w.when(r.DNS, "dns")
	w.when(r.Unidirectional, "unidirectional")
	w.when(r.NoProxyARP, "no-proxy-arp")
	w.when(r.RouteLookup, "route-lookup")
	w.when(r.Inactive, "inactive")
	w.when(r.Description != "", "description", r.Description)
	return w
}
