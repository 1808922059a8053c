package release

// PhaseKind is what a phase of packet-tracer tells.
type PhaseKind uint8

const (
	_              PhaseKind = iota
	PhaseNewFlow             // no connection is there yet
	PhaseFlow                // one is there; nothing follows
	PhaseMAC                 // the frame itself is taken
	PhaseRoute               // the route to the destination
	PhaseSelf                // the box itself is the destination
	PhaseList                // the access-list of the way in, or an implicit rule
	PhaseUnNAT               // the destination's translation
	PhaseSettings            // connection settings of a class
	PhaseSession             // that translations are those of a session
	PhaseNAT                 // the source's translation
	PhaseOptions             // IP options
	PhaseInspect             // an inspection
	PhasePolice              // the rate of a class
	PhaseReverse             // the translation of the answers
	PhaseHostLimit           // limits of a translation
	PhaseListOut             // the access-list of the way out
	PhaseCreate              // a connection is made
	PhaseNextHop             // the way to the next hop
	PhaseNeighbour           // its address on the wire
)

// Phase is a phase of packet-tracer as a release prints it. Info is its additional information, a format whose arguments
// are of its kind:
//
//	PhaseNewFlow, PhaseOptions, PhaseMAC: none
//	PhaseFlow, PhaseCreate: 1 number of the connection
//	PhaseRoute, PhaseSelf: 1 network, 2 mask, 3 interface, 4 next hop
//	PhaseUnNAT: 1 interface, 2 address/port in the packet, 3 of the host, 4 mask
//	PhaseNAT: 1 "Static", "Dynamic", 2 address/port in the packet, 3 as it leaves, 4 mask
//	PhaseNextHop, PhaseNeighbour: 1 next hop, 2 interface, 3 "Active", "Incomplete", 4 hardware address
type Phase struct {
	Kind          PhaseKind
	Type, Subtype string
	Info          string
	Span          Span
}

// In implements Row.
func (p Phase) In() Span { return p.Span }

var (
	tracer72    = Since(V(7, 2)).Through(V(8, 2))
	tracer83    = Since(V(8, 3))
	tracer83to9 = Since(V(8, 3)).Through(V(8, 7))
	tracer9     = Since(V(9, 0))
	inputRoute  = Since(V(7, 2)).Through(V(9, 1))
	egressRoute = Since(V(9, 2))
	adjacent    = Since(V(9, 8))
)

// Phases are those of packet-tracer in the order in which they are printed: up to 8.2 lists name mapped addresses and come
// before the translation of the destination, from 8.3 on they name real ones and come behind it. Captures of 8.4, 9.x.
//
// unverified: the whole of 7.2 to 8.2, and which phases stand behind FLOW-CREATION in which release.
var Phases = []Phase{
	{PhaseNewFlow, "FLOW-LOOKUP", "", "Found no matching flow, creating a new flow", tracer72},
	{PhaseFlow, "FLOW-LOOKUP", "", "Found flow with id %[1]d, using existing flow", Since(V(7, 2))},
	{PhaseMAC, "ACCESS-LIST", "", "MAC Access list", tracer83},
	{PhaseRoute, "ROUTE-LOOKUP", "input", "in   %-15[1]s %-15[2]s %[3]s", inputRoute},
	{PhaseRoute, "ROUTE-LOOKUP", "Resolve Egress Interface", "found next-hop %[4]s using egress ifc  %[3]s", egressRoute},
	{PhaseSelf, "ROUTE-LOOKUP", "input", "in   %-15[1]s %-15[2]s identity", inputRoute},
	{PhaseSelf, "ROUTE-LOOKUP", "Resolve Egress Interface", "found next-hop %[4]s using egress ifc  identity", egressRoute},

	{PhaseList, "ACCESS-LIST", "", "", tracer72},
	{PhaseUnNAT, "UN-NAT", "", "NAT divert to egress interface %[1]s\nUntranslate %[2]s to %[3]s using netmask %[4]s", tracer72},
	{PhaseSettings, "CONN-SETTINGS", "", "", tracer72},
	{PhaseOptions, "IP-OPTIONS", "", "", tracer72},
	{PhaseInspect, "INSPECT", "", "", tracer72},
	{PhaseReverse, "NAT", "rpf-check", "", tracer72},
	{PhaseNAT, "NAT", "", "%[1]s translate %[2]s to %[3]s using netmask %[4]s", tracer72},
	{PhaseListOut, "ACCESS-LIST", "", "", tracer72},
	{PhaseHostLimit, "NAT", "host-limits", "", tracer72},
	{PhasePolice, "QOS", "", "", tracer72},
	{PhaseCreate, "FLOW-CREATION", "", "New flow created with id %[1]d, packet dispatched to next module", tracer72},
	{PhaseNextHop, "ROUTE-LOOKUP", "output and adjacency", "found next-hop %[1]s using egress ifc %[2]s\nadjacency %[3]s\nnext-hop mac address %[4]s hits 0", tracer72},

	{PhaseUnNAT, "UN-NAT", "", "NAT divert to egress interface %[1]s\nUntranslate %[2]s to %[3]s", tracer83},
	{PhaseList, "ACCESS-LIST", "", "", tracer83},
	{PhaseSettings, "CONN-SETTINGS", "", "", tracer83},
	{PhaseOptions, "IP-OPTIONS", "", "", tracer83to9},
	{PhaseInspect, "INSPECT", "", "", tracer83to9},
	{PhaseNAT, "NAT", "", "%[1]s translate %[2]s to %[3]s", tracer83},
	{PhaseSession, "NAT", "per-session", "", tracer9},
	{PhaseOptions, "IP-OPTIONS", "", "", tracer9},
	{PhaseInspect, "INSPECT", "", "", tracer9},
	{PhaseReverse, "NAT", "rpf-check", "", tracer83},
	{PhaseListOut, "ACCESS-LIST", "", "", tracer83},
	{PhaseHostLimit, "HOST-LIMIT", "", "", tracer83},
	{PhasePolice, "QOS", "", "", tracer83},
	{PhaseCreate, "FLOW-CREATION", "", "New flow created with id %[1]d, packet dispatched to next module", tracer83},
	{PhaseNextHop, "ROUTE-LOOKUP", "Resolve Egress Interface", "found next-hop %[1]s using egress ifc  %[2]s", adjacent},
	{PhaseNeighbour, "ADJACENCY-LOOKUP", "next-hop and adjacency", "adjacency %[3]s\nnext-hop mac address %[4]s hits 0 reference 1", adjacent},
}

// TraceRules word the look-up of a rule in packet-tracer detailed: 1 id, 2 priority, 3 domain, 4 "true" where it denies, 5
// hits, 6 user data, 7 protocol, 8 source, 9 its mask, 10 its port, 11 destination, 12 its mask, 13 its port, 14 the
// interface of the way in, 15 of the way out, 16 "in" or "out", 17 "Forward", "Reverse".
var TraceRules = []Wording{
	{" %[17]s Flow based lookup yields rule:\n %-3[16]s id=0x%08[1]x, priority=%[2]d, domain=%[3]s, deny=%[4]t\n" +
		"\thits=%[5]d, user_data=0x%08[6]x, cs_id=0x0, flags=0x0, protocol=%[7]d\n" +
		"\tsrc ip=%[8]s, mask=%[9]s, port=%[10]d\n\tdst ip=%[11]s, mask=%[12]s, port=%[13]d, dscp=0x0\n", tracer72},
	{" %[17]s Flow based lookup yields rule:\n %-3[16]s id=0x%08[1]x, priority=%[2]d, domain=%[3]s, deny=%[4]t\n" +
		"        hits=%[5]d, user_data=0x%[6]x, cs_id=0x0, use_real_addr, flags=0x0, protocol=%[7]d\n" +
		"        src ip/id=%[8]s, mask=%[9]s, port=%[10]d\n        dst ip/id=%[11]s, mask=%[12]s, port=%[13]d, dscp=0x0\n" +
		"        input_ifc=%[14]s, output_ifc=%[15]s\n", tracer83to9},
	{" %[17]s Flow based lookup yields rule:\n %-3[16]s id=0x7f%010[1]x, priority=%[2]d, domain=%[3]s, deny=%[4]t\n" +
		"        hits=%[5]d, user_data=0x%[6]x, cs_id=0x0, use_real_addr, flags=0x0, protocol=%[7]d\n" +
		"        src ip/id=%[8]s, mask=%[9]s, port=%[10]d, tag=any\n        dst ip/id=%[11]s, mask=%[12]s, port=%[13]d, tag=any, dscp=0x0\n" +
		"        input_ifc=%[14]s, output_ifc=%[15]s\n", tracer9},
}

// Wording is a format of some releases.
type Wording struct {
	Format string
	Span   Span
}

// In implements Row.
func (w Wording) In() Span { return w.Span }
