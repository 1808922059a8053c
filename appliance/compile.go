package appliance

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/dataplane"
	"pixsim/dataplane/acl"
	"pixsim/dataplane/packet"
)

// compiler turns configurations into policies. It keeps what it built for the configuration before: a list that did not
// change is not compiled again.
type compiler struct {
	rel *release.Release
	mac func(port int) [6]byte

	last     *config.Config
	lists    map[*config.AccessList]*acl.List
	bases    map[*config.AccessList]base
	conduits *acl.List

	now time.Time // of the box's clock
	// active are the time ranges that are, lastActive those that were when lists were made.
	active, lastActive map[string]bool

	regexes, lastRegexes map[string]*config.Expression // by pattern: of this policy, of the one before
}

// compile cannot fail: what a configuration may not say was refused when it was edited. A reference to something that
// is not there (an interface that lost its name) compiles to nothing.
func (k *compiler) compile(c *config.Config) *dataplane.Policy {
	k.active = c.ActiveRanges(k.now.In(c.ZoneAt(k.now)))
	lists := k.compileLists(c)
	p := &dataplane.Policy{
		Interfaces: k.interfaces(c, lists),
		ARPTimeout: c.ARPTimeout,
		Timeouts:   timeouts(c, k.rel),
		Rules:      k.rules(c),
	}
	ports := portsOf(c)
	k.routes(p, c, ports)
	k.translations(p, c, ports, lists)
	p.Conduits = k.compileConduits(c)
	if name, ok := c.GlobalGroup(); ok {
		if l, ok := c.ACL(name); ok {
			p.Global, p.GlobalName = lists[l], name
		}
	}
	policies(p, c, ports)
	k.regexes, k.lastRegexes = map[string]*config.Expression{}, k.regexes
	p.Inspect = k.inspects(c, ports, lists)
	p.Classes = k.classes(c, ports, lists)
	p.Policers = policers(c, ports, lists)
	p.HTTP = webPorts(c)
	p.ToBox = toBox(c, ports)
	k.last, k.lists, k.conduits, k.lastActive = c, lists, p.Conduits, k.active
	return p
}

// ports finds an interface by its name.
type ports map[string]dataplane.Port

func portsOf(c *config.Config) ports {
	m := ports{}
	for i, f := range c.Interfaces {
		if f.Name != "" {
			m[f.Name] = dataplane.Port(i)
		}
	}
	return m
}

func (k *compiler) interfaces(c *config.Config, lists map[*config.AccessList]*acl.List) []dataplane.Interface {
	bound := func(name string, out bool) (*acl.List, string) {
		list, ok := c.Group(name, out)
		if !ok {
			return nil, ""
		}
		l, ok := c.ACL(list)
		if !ok {
			return nil, ""
		}
		return lists[l], list
	}
	var out []dataplane.Interface
	for i, f := range c.Interfaces {
		v := dataplane.Interface{Name: f.Name, MAC: k.mac(i), Addr: f.Addr, Level: f.Level, MTU: f.MTU}
		v.NoProxyARP = c.HasStored("sysopt", "sysopt noproxyarp "+f.Name)
		v.Verify = c.Verifies(f.Name)
		v.Fragments = k.fragmentLimits(c, f.Name)
		trunk := c.TrunkOf(i)
		v.Up = f.Name != "" && !f.Shutdown && !c.Interfaces[trunk].Shutdown && c.Wired(i)
		if f.VLAN != 0 {
			v.MAC, v.VLAN, v.Trunk = k.mac(trunk), uint16(f.VLAN), dataplane.Port(trunk)
		}
		if f.Name != "" {
			v.In, v.InName = bound(f.Name, false)
			v.Out, v.OutName = bound(f.Name, true)
		}
		out = append(out, v)
	}
	return out
}

func (k *compiler) compileLists(c *config.Config) map[*config.AccessList]*acl.List {
	lists := make(map[*config.AccessList]*acl.List, c.ACLs.Len())
	bases := make(map[*config.AccessList]base, c.ACLs.Len())
	x := c.Expander()
	for _, l := range c.ACLs.All() {
		was, there := k.before(l)
		old := k.bases[was]
		steady := there && k.steady(c, l) && (l == was || k.steady(c, was))
		if steady && l == was {
			lists[l], bases[l] = k.lists[l], old
			continue
		}
		if steady {
			if v, ok := k.patched(c, x, l, old); ok {
				lists[l], bases[l] = v, old
				continue
			}
		}
		lists[l], bases[l] = compileList(c, x, l, k.active)
	}
	k.bases = bases
	return lists
}

// base is a list as it was when it was last compiled as a whole. Later ones, a few lines of which are others, are made of it.
type base struct {
	list   *acl.List
	of     *config.AccessList
	starts []int32 // by entry: its first rule; and the number of rules
}

// before is a list as it was in the configuration before.
func (k *compiler) before(l *config.AccessList) (*config.AccessList, bool) {
	if k.last == nil {
		return nil, false
	}
	return k.last.ACL(l.Name)
}

// steady tells whether the entries of a list mean what they meant in the configuration before.
func (k *compiler) steady(c *config.Config, l *config.AccessList) bool {
	return (maps.Equal(k.active, k.lastActive) || !l.Timed()) && (!l.Grouped() || c.SameGroups(k.last) && c.SameResolved(k.last)) &&
		(sameSlice(c.Interfaces, k.last.Interfaces) || !namesInterfaces(l))
}

// patchEntries is how many new entries are no reason to compile a list as a whole.
const patchEntries = 64

// patched is a list made of its base; false: too much is different.
func (k *compiler) patched(c *config.Config, x *config.Expander, l *config.AccessList, b base) (*acl.List, bool) {
	from, was, is := config.Changed(b.of.Entries, l.Entries)
	if is-from > patchEntries {
		return nil, false
	}
	var rules []acl.Rule
	for i := from; i < is; i++ {
		rules = entryRules(rules, c, x, l.Entries.At(i), k.active)
	}
	return b.list.Patch(int(b.starts[from]), int(b.starts[was]), rules), len(rules) <= patchEntries
}

// sameSlice reports whether two slices are one: an edit that did not touch them left them so.
func sameSlice[E any](a, b []E) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

func namesInterfaces(l *config.AccessList) bool {
	for _, a := range l.Entries.All() {
		if a.Src.If != "" || a.Dst.If != "" {
			return true
		}
	}
	return false
}

func compileList(c *config.Config, x *config.Expander, l *config.AccessList, active map[string]bool) (*acl.List, base) {
	rules := make([]acl.Rule, 0, l.Elements())
	starts := make([]int32, 0, l.Entries.Len()+1)
	for _, a := range l.Entries.All() {
		starts = append(starts, int32(len(rules)))
		rules = entryRules(rules, c, x, a, active)
	}
	list := acl.Compile(rules)
	return list, base{list: list, of: l, starts: append(starts, int32(len(rules)))}
}

// entryRules adds the rules of an entry with its object-groups; a remark has none.
func entryRules(rules []acl.Rule, c *config.Config, x *config.Expander, a *config.ACE, active map[string]bool) []acl.Rule {
	if a.Kind == config.ACERemark {
		return rules
	}
	for r := range x.Rules(a) {
		rules = appendRules(rules, c, r, a.OffAt(c, active))
	}
	return rules
}

// appendRules adds what an entry is to the engine: one rule, of ranges of addresses one for each network that they are made
// of. They all count as the entry.
func appendRules(rules []acl.Rule, c *config.Config, a *config.ACE, off bool) []acl.Rule {
	r := aclRule(c, a)
	r.Off = r.Off || off
	for _, src := range rangeNets(a.Src, r.Src) {
		for _, dst := range rangeNets(a.Dst, r.Dst) {
			r.Src, r.Dst = src, dst
			rules = append(rules, r)
		}
	}
	return rules
}

// rangeNets are the fewest networks that make the range of an end; net where it is none.
func rangeNets(end config.ACEEnd, net acl.Net) []acl.Net {
	if !end.Last.IsValid() {
		return []acl.Net{net}
	}
	var nets []acl.Net
	first, last := uint64(packet.U32(end.Net.Addr)), uint64(packet.U32(end.Last))
	for first <= last {
		size := uint64(1) << 32
		for first%size != 0 || first+size-1 > last {
			size >>= 1
		}
		nets = append(nets, acl.Net{Addr: uint32(first), Mask: ^uint32(size - 1)})
		first += size
	}
	return nets
}

func aclRule(c *config.Config, a *config.ACE) acl.Rule {
	r := acl.Rule{
		ID: acl.ID(a.ID), Permit: a.Permit, Off: a.Inactive, Proto: a.Proto,
		SrcPort: portSet(a.Src.Port), DstPort: portSet(a.Dst.Port), Type: a.ICMPType, Code: a.ICMPCode, Log: -1,
	}
	srcOK, dstOK := true, true
	r.Src, srcOK = endNet(c, a.Src)
	r.Dst, dstOK = endNet(c, a.Dst)
	if a.Standard {
		r.Dst, dstOK = acl.Net{}, true
	}
	r.Off = r.Off || !srcOK || !dstOK
	if a.Log == config.LogOn {
		r.Log, r.Interval = int8(a.LogLevel), uint16(a.Interval)
	}
	return r
}

// endNet is one side of an entry; false when it names an interface without an address.
func endNet(c *config.Config, end config.ACEEnd) (acl.Net, bool) {
	if end.FQDN != "" && !end.Net.IsValid() || end.Family == 6 || end.Unknown() {
		return acl.Net{}, false
	}
	if end.If == "" {
		return aclNet(end.Net), true
	}
	f, ok := c.Interface(end.If)
	if !ok || !f.Addr.IsValid() {
		return acl.Net{}, false
	}
	return acl.Net{Addr: packet.U32(f.Addr.Addr()), Mask: ^uint32(0)}, true
}

func aclNet(n config.Net) acl.Net {
	if !n.IsValid() {
		return acl.Net{}
	}
	return acl.Net{Addr: packet.U32(n.Addr), Mask: packet.U32(n.Mask)}
}

// portSet: an empty range (lt 0, gt 65535) is one that no port lies in.
func portSet(p config.PortMatch) acl.Ports {
	switch p.Op {
	case config.PortEq:
		return acl.Ports{Set: true, Lo: p.Lo, Hi: p.Lo}
	case config.PortNeq:
		return acl.Ports{Set: true, Not: true, Lo: p.Lo, Hi: p.Lo}
	case config.PortLt:
		if p.Lo == 0 {
			return acl.Ports{Set: true, Not: true, Lo: 0, Hi: 65535}
		}
		return acl.Ports{Set: true, Lo: 0, Hi: p.Lo - 1}
	case config.PortGt:
		if p.Lo == 65535 {
			return acl.Ports{Set: true, Not: true, Lo: 0, Hi: 65535}
		}
		return acl.Ports{Set: true, Lo: p.Lo + 1, Hi: 65535}
	case config.PortRange:
		return acl.Ports{Set: true, Lo: p.Lo, Hi: p.Hi}
	}
	return acl.Ports{}
}

// smtpPort is where mailhost and inspection of default traffic look for mail servers.
const smtpPort = 25

// compileConduits puts the openings of mailhost before the conduits: they are one list to the engine, which is asked
// where no access-list is bound.
func (k *compiler) compileConduits(c *config.Config) *acl.List {
	if !k.rel.NAT.Conduits {
		return nil
	}
	if k.last != nil && c.Conduits == k.last.Conduits && c.SameGroups(k.last) && sameSlice(c.Mailhosts, k.last.Mailhosts) {
		return k.conduits
	}
	var rules []acl.Rule
	for _, m := range c.Mailhosts {
		rules = append(rules, acl.Rule{
			ID: acl.ID(m.ID()), Permit: true, Proto: 6, Type: -1, Code: -1, Log: -1,
			Dst:     acl.Net{Addr: packet.U32(m.Mapped), Mask: ^uint32(0)},
			DstPort: acl.Ports{Set: true, Lo: smtpPort, Hi: smtpPort},
		})
	}
	x := c.Expander()
	for _, v := range c.Conduits.All() {
		a := v.ACE()
		for r := range x.Rules(&a) {
			rules = append(rules, conduitRule(c, r))
		}
	}
	return acl.Compile(rules)
}

// conduitRule turns an entry round whose sources are the global addresses.
func conduitRule(c *config.Config, a *config.ACE) acl.Rule {
	r := aclRule(c, a)
	r.Src, r.Dst, r.SrcPort, r.DstPort = r.Dst, r.Src, r.DstPort, r.SrcPort
	return r
}

func (k *compiler) routes(p *dataplane.Policy, c *config.Config, at ports) {
	for _, r := range c.Routes.All() {
		port, ok := at[r.If]
		to, contiguous := r.Net.Prefix()
		if c.Owns(r.Via) { // the destination is looked for on the wire, as in a connected network
			r.Via = netip.Addr{}
		}
		if ok && contiguous {
			p.Routes = append(p.Routes, dataplane.Route{Port: port, To: to.Masked(), Via: r.Via, Metric: r.Metric})
		}
	}
	for _, a := range c.ARP.All() {
		if port, ok := at[a.If]; ok {
			p.ARP = append(p.ARP, dataplane.StaticARP{Port: port, Addr: a.Addr, MAC: a.MAC, Alias: a.Alias})
		}
	}
}

func (k *compiler) translations(p *dataplane.Policy, c *config.Config, at ports, lists map[*config.AccessList]*acl.List) {
	list := func(name string) *acl.List {
		if l, ok := c.ACL(name); ok {
			return lists[l]
		}
		return nil
	}
	for _, s := range c.Statics.All() {
		if s.ACL != "" {
			p.Statics = append(p.Statics, policyStatics(c, s, at, list(s.ACL))...)
		} else if v, ok := staticOf(c, s, at); ok {
			p.Statics = append(p.Statics, v)
		}
	}
	for _, m := range c.Mailhosts {
		real, ok1 := at[m.RealIf]
		mapped, ok2 := at[m.MappedIf]
		if ok1 && ok2 {
			p.Statics = append(p.Statics, dataplane.Static{
				ID: acl.ID(m.ID()), RealIf: real, MappedIf: mapped, Real: host(m.Real), Mapped: host(m.Mapped), Limits: limits(m.Limits),
			})
		}
	}
	for _, n := range c.NATs.All() {
		k.nat(p, n, at, list)
	}
	p.Table = k.natTable(c, at)
	for _, g := range c.Globals.All() {
		if port, ok := at[g.If]; ok {
			p.Pools = append(p.Pools, poolOf(c, g, port))
		}
	}
}

func (k *compiler) nat(p *dataplane.Policy, n config.NAT, at ports, list func(string) *acl.List) {
	port, ok := at[n.If]
	if !ok {
		return
	}
	if n.ID == 0 && n.ACL != "" {
		if l := list(n.ACL); l != nil {
			p.Exempt = append(p.Exempt, dataplane.Exempt{ID: acl.ID(n.RuleID()), Port: port, List: l})
		}
		return
	}
	v := dataplane.NAT{ID: acl.ID(n.RuleID()), Port: port, Number: n.ID, Outside: n.Outside, DNS: n.DNS, Limits: limits(n.Limits)}
	if n.ACL != "" {
		if v.Match = list(n.ACL); v.Match == nil {
			return
		}
	}
	if n.Net.IsValid() {
		real, contiguous := n.Net.Prefix()
		if !contiguous {
			return
		}
		v.Real = real.Masked()
	}
	p.NAT = append(p.NAT, v)
}

// policyStatics are the translations of a static that goes by an access-list: the sources of its entries, networks of one
// size, are what the mapped address stands for; with a port, so is their source port.
func policyStatics(c *config.Config, s *config.Static, at ports, match *acl.List) []dataplane.Static {
	if match == nil {
		return nil
	}
	var out []dataplane.Static
	for _, r := range match.Rules() {
		real := *s
		real.Real, real.Mask = packet.Addr(r.Src.Addr), packet.Addr(r.Src.Mask)
		real.RealPort = r.SrcPort.Lo
		v, ok := staticOf(c, &real, at)
		v.Match = match
		same := func(w dataplane.Static) bool { return w.Real == v.Real && w.RealPort == v.RealPort }
		if ok && r.Permit && !r.Off && (s.Proto == 0 || r.SrcPort.Set) && !slices.ContainsFunc(out, same) {
			out = append(out, v)
		}
	}
	return out
}

func staticOf(c *config.Config, s *config.Static, at ports) (dataplane.Static, bool) {
	real, ok1 := at[s.RealIf]
	mapped, ok2 := at[s.MappedIf]
	if !ok1 || !ok2 {
		return dataplane.Static{}, false
	}
	v := dataplane.Static{
		ID: acl.ID(s.ID), RealIf: real, MappedIf: mapped, Proto: s.Proto,
		RealPort: s.RealPort, MappedPort: s.MappedPort, DNS: s.DNS, Limits: limits(s.Limits),
	}
	global := s.Mapped
	if s.MappedInterface {
		global = c.Interfaces[mapped].Addr.Addr()
	}
	if !global.IsValid() {
		return v, false
	}
	var ok bool
	if v.Mapped, ok = (config.Net{Addr: global, Mask: s.Mask}).Prefix(); !ok {
		return v, false
	}
	v.Mapped = v.Mapped.Masked()
	if s.Real.IsValid() {
		if v.Real, ok = (config.Net{Addr: s.Real, Mask: s.Mask}).Prefix(); !ok {
			return v, false
		}
		v.Real = v.Real.Masked()
	}
	return v, true
}

func poolOf(c *config.Config, g config.Global, port dataplane.Port) dataplane.Pool {
	v := dataplane.Pool{Port: port, Number: g.ID, First: g.First, Last: g.Last, PAT: g.PAT(), Interface: g.Interface}
	if g.Interface {
		v.First = c.Interfaces[port].Addr.Addr()
		v.Last = v.First
	}
	if g.Mask.IsValid() && v.First.IsValid() {
		if m, ok := (config.Net{Addr: v.First, Mask: g.Mask}).Prefix(); ok {
			v.Mask = m.Masked()
		}
	}
	return v
}

func host(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, 32) }

func limits(l config.Limits) dataplane.ConnLimits {
	return dataplane.ConnLimits{MaxConns: l.MaxConns, MaxEmbryonic: l.MaxEmbryonic, NoRandom: l.NoRandom}
}

func timeouts(c *config.Config, r *release.Release) dataplane.Timeouts {
	t := c.Timeouts
	return dataplane.Timeouts{
		Xlate: t.Of(config.TimerXlate), PATXlate: t.Of(config.TimerPATXlate), Conn: t.Of(config.TimerConn),
		HalfClosed: t.Of(config.TimerHalfClosed), UDP: t.Of(config.TimerUDP), ICMP: t.Of(config.TimerICMP),
		SCTP: has(r, "sctp", t.Of(config.TimerSCTP)), Floating: has(r, "floating-conn", t.Of(config.TimerFloating)),
		Holddown:  has(r, "conn-holddown", max(t.Of(config.TimerHolddown), time.Millisecond)), // 0 is at once
		Embryonic: r.Timers.Embryonic, FINWait: r.Timers.FINWait, TimeWait: timeWait(c),
	}
}

// has is a timer where the release has it; 0 elsewhere.
func has(r *release.Release, timer string, d time.Duration) time.Duration {
	for _, line := range r.Config.TimeoutLines {
		if slices.Contains(line, timer) {
			return d
		}
	}
	return 0
}

// timeWait is how long sysopt connection timewait keeps a connection that was closed (Cisco PIX command reference: at least
// 15 seconds).
func timeWait(c *config.Config) time.Duration {
	if c.HasStored("sysopt", "sysopt connection timewait") {
		return 15 * time.Second
	}
	return 0
}

// fragmentWait is how long a datagram's fragments are kept (`fragment timeout 5`, the default of every release).
const fragmentWait = 5 * time.Second

func (k *compiler) rules(c *config.Config) dataplane.Rules {
	n, l := k.rel.NAT, k.rel.Limits
	return dataplane.Rules{
		ByTable: n.ByTable, KeepPort: n.KeepPort, RealInACL: n.ByTable,
		Control: n.Control || n.ControlOption && c.NATControl, ProxyARP: n.ProxyARP,
		SameInter: c.SameInter, SameIntra: c.SameIntra,
		ResetInbound: c.Services.ResetInbound, ResetOutside: c.Services.ResetOutside,
		MSSClamp: k.mssClamp(c), MSSLeast: mssLeast(c), TCPIntercept: n.TCPIntercept, ExactResets: n.ExactResets, Randomise: n.RandomSequence, PATRanges: n.PATRanges,
		NoAliasIn: c.HasStored("sysopt", "sysopt nodnsalias inbound"), NoAliasOut: c.HasStored("sysopt", "sysopt nodnsalias outbound"),
		DNSGuard: n.DNSGuard, DNSLength: dnsLength(c), NoDoctor: !k.dnsRewrites(c),
		ForeignHosts: n.ForeignHosts, ReportBox: n.ReportBox, ICMPInspect: inspected(c, "icmp"),
		MaxHosts: k.rel.Model.InsideHosts, MaxConns: l.Conns, MaxXlates: l.Xlates, MaxARP: l.ARP,
		MaxFragments: l.Fragments, FragmentChain: l.FragmentChain, FragmentWait: fragmentWait,
		// That each fragment belongs to a first one that was seen, and 100 packets in fragments a second for each host inside
		// (command reference, sysopt security fragguard).
		// unverified: that hosts of every interface are counted.
		FragGuard: c.HasStored("sysopt", "sysopt security fragguard"),
		IPOptions: ipOptions(c),
		DenyFlows: denyFlows(c, l), DenyFlowAlert: time.Duration(c.AlertInterval) * time.Second,
	}
}

// denyFlows is the most denied flows that are kept for 106100.
func denyFlows(c *config.Config, l release.Limits) int {
	if c.DenyFlowMax > 0 {
		return c.DenyFlowMax
	}
	return l.DenyFlows
}

// mssClamp is the largest TCP segment size that a SYN may announce, in octets; 0: any.
func (k *compiler) mssClamp(c *config.Config) int {
	if word, ok := c.StoredWord("sysopt", "sysopt connection tcpmss"); ok {
		if n, err := strconv.Atoi(word); err == nil {
			return n
		}
	}
	return k.rel.NAT.MSSClamp
}

// mssLeast is the smallest one; 0: any.
func mssLeast(c *config.Config) int {
	word, _ := c.StoredWord("sysopt", "sysopt connection tcpmss minimum")
	n, _ := strconv.Atoi(word)
	return n
}

func toBox(c *config.Config, at ports) dataplane.ToBox {
	allow := func(from config.Table[config.Allow]) []dataplane.Allow {
		var out []dataplane.Allow
		for a := range from.Values() {
			port, ok := at[a.If]
			net, contiguous := a.Net.Prefix()
			if ok && contiguous {
				out = append(out, dataplane.Allow{Port: port, From: net.Masked()})
			}
		}
		return out
	}
	b := dataplane.ToBox{Telnet: allow(c.Telnet), SSH: allow(c.SSH)}
	for _, i := range c.ICMP.All() {
		port, ok := at[i.If]
		net, contiguous := i.Net.Prefix()
		if ok && contiguous {
			b.ICMP = append(b.ICMP, dataplane.ICMPRule{Port: port, Permit: i.Permit, From: net.Masked(), Type: int(i.Type)})
		}
	}
	for i, f := range c.Interfaces {
		if f.DHCP && f.Name != "" && !f.Shutdown {
			b.DHCPClient = append(b.DHCPClient, dataplane.Port(i))
		}
	}
	for _, name := range c.DHCPD.Enabled {
		if port, ok := at[name]; ok {
			b.DHCP = append(b.DHCP, port)
		}
	}
	return b
}
