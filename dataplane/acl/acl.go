// Package acl decides whether a packet passes an ordered list of rules: the first that fits wins. It knows no names, no
// interfaces and no packets, only addresses, ports and numbers.
package acl

// ID names a rule across edits: hit counters are kept under it.
type ID uint64

// Net is an address under a netmask, which need not be contiguous; both are numbers as package packet makes them.
type Net struct{ Addr, Mask uint32 }

// Ports is a set of ports: Lo..Hi, or all but these when Not. The zero value is every port.
type Ports struct {
	Lo, Hi uint16
	Not    bool
	Set    bool
}

// Rule is one entry. Proto 0 is ip, every protocol. Type and Code are of ICMP, -1 for any.
type Rule struct {
	ID       ID
	Permit   bool
	Off      bool // inactive: never fits
	Proto    uint8
	Src, Dst Net
	SrcPort  Ports
	DstPort  Ports
	Type     int16
	Code     int16
	Log      int8   // level of 106100; -1: not logged so
	Interval uint16 // seconds between reports of a flow that is logged so; 0: 300
}

// Key is what a packet shows to the rules. A fragment without transport header has Frag set: it fits rules by address
// and protocol only (RFC 1858 is the engine's business).
type Key struct {
	Proto      uint8
	Frag       bool
	Src, Dst   uint32
	SrcPort    uint16
	DstPort    uint16
	Type, Code uint8
}
