package release

// FixupProtocol is what releases know of one protocol of the fixup command.
type FixupProtocol struct {
	Proto, Arg string // "h323" and "ras"; Arg "" none
	Lo, Hi     uint16 // the usual port or ports; 0: takes none
	MaxLen     int    // octets; 0: takes none
	Known      Span   // the releases that take it
	Default    Span   // the releases that have it switched on
}

// In is the releases that take the protocol.
func (p FixupProtocol) In() Span { return p.Known }

// On reports whether r has the protocol switched on from the factory.
func (p FixupProtocol) On(r *Release) bool { return p.Default.Holds(r) }

// never is a span without a release.
var never = Since(V(99, 0))

// fixed is the span from a release to the last that has fixup.
func fixed(major, minor uint8) Span { return Since(V(major, minor)).Through(V(6, 3)) }

// smtp42 is where smtp stands last (a 4.2(3) capture, of a box that had it off). unverified: 4.3.
var smtp42 = Since(V(4, 2)).Through(V(4, 3))

// FixupProtocols are all that any release knows, in the order in which releases up to 6.2 print them (4.4(5), 5.3(1)
// and 6.1(1) captures). Where
// SortFixups is set, the order is that of the alphabet.
var FixupProtocols = []FixupProtocol{
	{Proto: "dns", MaxLen: 512, Known: fixed(6, 3), Default: fixed(6, 3)},
	{Proto: "esp-ike", Known: fixed(6, 3), Default: never},
	{Proto: "ctiqbe", Lo: 2748, Hi: 2748, Known: fixed(6, 3), Default: never},
	{Proto: "ftp", Lo: 21, Hi: 21, Known: fixed(4, 2), Default: fixed(4, 2)},
	{Proto: "ftp", Arg: "strict", Lo: 21, Hi: 21, Known: fixed(5, 1), Default: never},
	{Proto: "http", Lo: 80, Hi: 80, Known: fixed(4, 2), Default: fixed(4, 2)},
	{Proto: "h323", Lo: 1720, Hi: 1720, Known: Since(V(4, 2)).Through(V(6, 1)), Default: Since(V(4, 2)).Through(V(6, 1))},
	{Proto: "h323", Arg: "h225", Lo: 1720, Hi: 1720, Known: fixed(6, 2), Default: fixed(6, 2)},
	{Proto: "h323", Arg: "ras", Lo: 1718, Hi: 1719, Known: fixed(6, 2), Default: fixed(6, 2)},
	{Proto: "icmp", Arg: "error", Known: fixed(6, 3), Default: never},
	{Proto: "ils", Lo: 389, Hi: 389, Known: fixed(6, 2), Default: Since(V(6, 2)).Through(V(6, 2))},
	{Proto: "mgcp", Lo: 2427, Hi: 2427, Known: fixed(6, 3), Default: never},
	{Proto: "pptp", Lo: 1723, Hi: 1723, Known: fixed(6, 3), Default: never},
	{Proto: "rsh", Lo: 514, Hi: 514, Known: fixed(4, 2), Default: fixed(4, 2)},
	{Proto: "rtsp", Lo: 554, Hi: 554, Known: fixed(6, 0), Default: fixed(6, 0)},
	{Proto: "smtp", Lo: 25, Hi: 25, Known: fixed(4, 4), Default: fixed(4, 4)},
	{Proto: "snmp", Lo: 161, Hi: 162, Known: fixed(6, 3), Default: never},
	{Proto: "sqlnet", Lo: 1521, Hi: 1521, Known: fixed(4, 2), Default: fixed(4, 2)},
	{Proto: "smtp", Lo: 25, Hi: 25, Known: smtp42, Default: smtp42},
	{Proto: "sip", Lo: 5060, Hi: 5060, Known: fixed(5, 2), Default: fixed(5, 2)},
	{Proto: "sip", Arg: "udp", Lo: 5060, Hi: 5060, Known: fixed(6, 3), Default: fixed(6, 3)},
	{Proto: "skinny", Lo: 2000, Hi: 2000, Known: fixed(6, 0), Default: fixed(6, 0)},
	{Proto: "tftp", Lo: 69, Hi: 69, Known: fixed(6, 3), Default: fixed(6, 3)},
}
