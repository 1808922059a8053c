package dataplane

import (
	"net/netip"
	"time"

	"pixsim/dataplane/acl"
	"pixsim/dataplane/inspect/smtp"
)

// Port is an interface of the engine: an index into Policy.Interfaces, or Self.
type Port uint8

// Self is the internal port behind which the box's own host stands; None is no port.
const (
	Self Port = 254
	None Port = 255
)

// Policy is everything that the engine is told, compiled from one configuration. It is immutable once handed to Swap.
type Policy struct {
	Interfaces []Interface // by Port
	Routes     []Route     // in any order: the longest prefix wins, then the lowest metric
	ARP        []StaticARP
	ARPTimeout time.Duration

	Exempt  []Exempt // nat 0 access-list, in order
	Statics []Static // in order
	NAT     []NAT    // in order of the configuration
	Pools   []Pool   // global, in order
	Aliases []Alias  // in order

	// Table is the translations of 8.3 and later, in order, where Rules.ByTable says that they are made by it; then
	// Exempt, Statics, NAT, Pools and Aliases have nothing in them.
	Table []NATRule

	Outbound    []Outbound    // in any order; asked from a higher to a lower level where no In list is bound
	Established []Established // asked when nothing else permits

	// Conduits are consulted from a lower to a higher level where no In list is bound; nil: no conduit. Source of a
	// rule is the foreign host, destination the global address.
	Conduits *acl.List
	Inspect  []Inspect
	Classes  []ConnClass // in order
	Policers []Policer   // in order
	HTTP     []PortRange // servers' ports whose requests are reported
	Timeouts Timeouts
	// Global is asked where the list of the way in says nothing, or where there is none; nil: there is no such list.
	Global     *acl.List
	GlobalName string
	Rules      Rules
	ToBox      ToBox

	// LogName words ACL names in events: by acl list index below.
	ACLNames []string
}

// Interface is one interface of the box. Unnamed or shut interfaces neither receive nor send.
type Interface struct {
	Name  string // nameif
	MAC   [6]byte
	Addr  netip.Prefix // invalid: none
	Level int
	Up    bool
	MTU   int
	// VLAN is that of the frames on the wire of Trunk, tagged by 802.1Q; 0: they have no tag, and the wire is its own.
	VLAN    uint16
	Trunk   Port
	In, Out *acl.List // bound access-lists, nil: none
	InName  string
	OutName string
	// NoProxyARP: the box answers no ARP requests for translated addresses here (sysopt noproxyarp).
	NoProxyARP bool
	// Verify: packets whose source is not reached by this interface are refused (ip verify reverse-path).
	Verify bool
	// Fragments bounds what is put together here; zero fields: as Rules says.
	Fragments FragmentLimits
}

// FragmentLimits are those of fragments that come in by one interface.
type FragmentLimits struct {
	Size  int           // datagrams being put together at one time
	Chain int           // fragments of one
	Wait  time.Duration // until they are all there
}

// Route is one line of the routing table. Via that is invalid stands for a connected network. Connected networks are derived from the interfaces by the engine.
type Route struct {
	Port   Port
	To     netip.Prefix
	Via    netip.Addr
	Metric int
}

// StaticARP is an arp line; Alias answers requests for the address as well.
type StaticARP struct {
	Port  Port
	Addr  netip.Addr
	MAC   [6]byte
	Alias bool
}

// Exempt is nat (Port) 0 access-list: traffic that the list permits is not translated, from either side. The list is
// written as seen from Port: its source is the host behind Port, its destination the other one. Ports do not count.
type Exempt struct {
	ID   acl.ID
	Port Port
	List *acl.List
}

// Static is a fixed translation between Real behind RealPort_ and Mapped as seen on MappedPort_. Both prefixes have the
// same length. Proto 0 translates whole addresses; TCP or UDP translates one port of a host (port redirection).
type Static struct {
	ID           acl.ID
	RealIf       Port
	MappedIf     Port
	Real, Mapped netip.Prefix
	Proto        uint8
	RealPort     uint16
	MappedPort   uint16
	Match        *acl.List // policy static: only traffic it permits; nil: all
	DNS          bool      // addresses in DNS replies are translated too
	Limits       ConnLimits
}

// NAT is a nat line: Real behind Port is translated to a pool of the same number; 0 is identity.
type NAT struct {
	ID     acl.ID
	Port   Port
	Number int
	Real   netip.Prefix
	Match  *acl.List // policy nat
	// Outside: the line also translates hosts on their way to a higher level (nat ... outside, 6.2 and later).
	Outside bool
	DNS     bool // addresses in DNS replies are translated too
	Limits  ConnLimits
}

// Pool is a global line. Addresses First..Last are given out one a host; PAT shares a single one by port.
type Pool struct {
	Port        Port
	Number      int
	First, Last netip.Addr
	Mask        netip.Prefix // network and broadcast address of it are skipped; invalid: none
	PAT         bool
	Interface   bool // the interface's own address
}

// ConnLimits are those of a static or nat line; 0 is unlimited.
type ConnLimits struct {
	MaxConns, MaxEmbryonic int
	NoRandom               bool
}

// PortRange is Lo to Hi.
type PortRange struct{ Lo, Hi uint16 }

// Inspect sends connections to an inspection when their server port lies in Lo..Hi and the server's address, real or
// mapped, lies in Server (invalid: every server): TCP to that of SMTP; without a Profile their packets are only counted.
type Inspect struct {
	ID      acl.ID // counters
	Proto   uint8  // 0: TCP
	Lo, Hi  uint16
	Server  netip.Prefix
	Profile *smtp.Profile
	Policy  *smtp.Policy // nil: the profile's default
	Match   *acl.List    // class-map match access-list; nil: every connection
	If      Port         // service-policy interface; None: global
}

// Timeouts of idle entries; 0 is never.
type Timeouts struct {
	Xlate, PATXlate, Conn, HalfClosed, UDP, ICMP, Embryonic, FINWait time.Duration
	// TimeWait is how long a TCP connection stays after both ends have closed it; here 0 is not at all.
	TimeWait time.Duration
	SCTP     time.Duration // 0: as UDP
	// Floating and Holddown are how long a connection stays when its route leads by another interface, or nowhere; 0: until
	// it ends by itself.
	Floating, Holddown time.Duration
}

// Rules are the release's ways, copied from its traits and the configuration.
type Rules struct {
	Control      bool // a packet to a lower level needs a translation
	ProxyARP     bool
	SameInter    bool // same-security-traffic permit inter-interface
	SameIntra    bool
	ResetInbound bool // a refused inbound SYN is answered by a RST
	ResetOutside bool
	MSSClamp     int // 0: none
	MSSLeast     int // 0: none
	// PATRanges are the first ports of the ranges in which a shared address keeps source ports, ascending: a port is
	// translated to one of its own range, those below the first to one of the first. None: all to 1024 and up.
	PATRanges     []uint16
	TCPIntercept  bool
	ExactResets   bool          // a reset ends a connection at the next number only, not anywhere in the window; no SYN passes in it
	Randomise     bool          // sequence numbers of the higher level
	ICMPInspect   bool          // echo replies belong to a connection
	RealInACL     bool          // lists name the real address of a translated host (8.3 and later), not the mapped one
	ByTable       bool          // Policy.Table translates (8.3 and later)
	KeepPort      bool          // PAT leaves the port as it is where that is free (8.3 and later)
	ForeignHosts  bool          // the lower-level end of a connection counts as a local host too (7.0 and later)
	ReportBox     bool          // connections of the box itself are reported as others are (7.0 and later)
	NoAliasIn     bool          // DNS replies towards an alias's hosts stay as they are (sysopt nodnsalias inbound)
	NoAliasOut    bool          // and those from them
	DNSGuard      bool          // the first reply of a name server ends the connection
	NoDoctor      bool          // addresses in DNS replies stay as they are
	DNSLength     int           // longest reply of a name server, octets; 0: any
	MaxHosts      int           // local hosts of an interface that the licence has, towards lower levels; 0: any
	MaxConns      int           // 0: 32,768
	MaxXlates     int           // 0: 65,536
	MaxARP        int           // 0: 4,096
	MaxFragments  int           // packets being put together at one time; 0: 200
	FragmentChain int           // fragments of one packet; 0: 24
	FragmentWait  time.Duration // 0: 5 s
	FragGuard     bool          // the first fragment comes first, and a host gets 100 packets in fragments a second
	IPOptions     []IPOption    // those that packets may have
	DenyFlows     int           // denied flows that are kept for 106100; 0: 1,024
	DenyFlowAlert time.Duration // between two messages that these are too many; 0: 300 s
}

// ToBox says who may speak to the box itself. An empty list of an ICMP interface permits everything.
type ToBox struct {
	Telnet, SSH []Allow
	ICMP        []ICMPRule // in order
	// TelnetOutside: telnet is taken on the lowest-security interface too (false on every PIX).
	TelnetOutside bool
	// DHCP are the interfaces on which the box serves DHCP.
	DHCP []Port
	// DHCPClient are those whose address the box asks for by DHCP.
	DHCPClient []Port
}

// Allow is a network behind an interface.
type Allow struct {
	Port Port
	From netip.Prefix
}

// ICMPRule is an icmp line; Type -1 is any.
type ICMPRule struct {
	Port   Port
	Permit bool
	From   netip.Prefix
	Type   int
}
