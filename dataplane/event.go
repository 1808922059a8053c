package dataplane

import (
	"net/netip"
	"time"

	"pixsim/dataplane/acl"
	"pixsim/dataplane/inspect/smtp"
)

// EventKind names what the engine noticed. The appliance words it, by release.
type EventKind uint8

const (
	_                    EventKind = iota
	EventBuiltConn                 // 302013, 302015, 302020, 302001, 302005
	EventTornConn                  // 302014, 302016, 302021, 302002, 302006
	EventBuiltXlate                // 305009, 305011, 305001, 305002
	EventTornXlate                 // 305010, 305012, 305003, 305004
	EventBuiltHost                 // 609001
	EventTornHost                  // 609002
	EventDenyConduit               // 106001 (TCP), 106006 (UDP), 106014 (ICMP), 106010: no list bound
	EventDenyACL                   // 106023; List names it
	EventACLLog                    // 106100
	EventLogFlowsFull              // 106101
	EventDenyNoConn                // 106015
	EventDenyNoXlate               // 106011
	EventNoTranslation             // 305005
	EventXlateFailed               // 305006: a shared address has no port left, or the packet none to be translated
	EventTooManyConns              // 201002
	EventEmbryonic                 // 201003
	EventNoSlots                   // 202001: xlate table or pool of addresses exhausted
	EventSpoof                     // 106016
	EventLand                      // 106017
	EventBoxICMPDenied             // 313001
	EventBoxRequest                // 710001
	EventBoxPermitted              // 710002
	EventBoxDenied                 // 710003; telnet 307001, ssh 315001 before 6.3
	EventBoxDiscarded              // 710005
	EventARPCollision              // 405001
	EventSMTP                      // 108002 to 108007; SMTP says which
	EventInspectKill               // 507003
	EventDenyOutbound              // 106002; Count is the list's number
	EventReversePath               // 106021
	EventAsymmetric                // 305013
	EventShunned                   // 401004
	EventShunAdded                 // 401002
	EventShunLifted                // 401003
	EventDisallowed                // 201008
	EventLicence                   // 407001
	EventDNSLong                   // 410001: Src is the name server, Len the length of its reply, Limit the most
	EventFragmentsFull             // 209003; Limit
	EventFragmentSize              // 209004; Len is the size that the packet would have, Limit the most
	EventFragmentChain             // 209005; Limit
	EventTeardrop                  // 106020: a fragment over another; Len octets, at Count
	EventPortZero                  // 500004
	EventNoRoute                   // 110001
	EventEchoToPAT                 // 106013
	EventURL                       // 304001; URL, asked for by Src of Dst
	EventShunsCleared              // 401001
	EventClassConns                // 201011: Count, Limit; In is the interface of the policy
	EventClassEmbryonic            // 201010: the same
	EventClientConns               // 201013: the same
	EventClientEmbryonic           // 201012: the same
	EventIPOption                  // 106012; Count is the option's number
	EventDebugICMP                 // debug icmp trace, only while switched on
)

// Reason is why a connection ended.
type Reason uint8

const (
	ReasonNone Reason = iota
	ReasonFINs
	ReasonResetI // by the higher level
	ReasonResetO
	ReasonFINTimeout
	ReasonSYNTimeout
	ReasonIdle
	ReasonXlateClear
	ReasonConnClear
	ReasonDeny // by inspection
	ReasonInvalidSYN
	ReasonDNSReply // the answer has come; said of nothing
	ReasonWindow   // a window that shrank
	ReasonTraced   // its packet was never on a wire, see State.Trace
)

// End is one end of a connection: where it is, its own address and the one that the other side sees.
type End struct {
	If     Port
	Real   netip.AddrPort
	Mapped netip.AddrPort
}

// Event is one notice, by value. Which fields count depends on Kind.
//
// Of a refused packet, Src.Real is the source and Dst.Mapped the destination as they stand in the packet; Dst.Real is the
// host behind Dst.Mapped as far as it was found out, Dst.If where it would have gone (None when unknown). Addresses of
// protocols without ports have port 0; of an ICMP query (and its translation) the port is the identifier.
//
// EventTooManyConns: Count connections of the host, Len embryonic ones, Limit. EventEmbryonic: Count, Limit. In both Dst is
// the host, whoever opened the connection, and Src its peer.
// EventACLLog: Count is the hits of the flow, Limit the seconds in which they came, 0 for its first hit; Log is the level.
// EventLogFlowsFull: Limit. EventBuiltHost, EventTornHost: Src and Dst are the host.
// EventXlateFailed: PAT says that the packet has a port or identifier that could be translated, Static that a static's
// address is another host's still. EventDebugICMP: Src.Mapped and Dst.Real are the addresses with which the packet left, as
// far as it came.
// EventARPCollision: Src.Real and MAC say who, In where.
type Event struct {
	Kind     EventKind
	Time     time.Time
	Proto    uint8
	Conn     uint32 // number of the connection
	Inbound  bool   // opened from the lower level
	Src, Dst End    // of the packet; for connections and xlates: Src is the lower-level end, Dst the higher (real) one
	In       Port   // where the packet came in
	Flags    uint8  // TCP
	Type     uint8  // ICMP
	Code     uint8
	ID, Seq  uint16 // ICMP echo; ID also of fragments
	Len      int
	Bytes    uint64
	Lasted   time.Duration
	Reason   Reason
	Static   bool // xlate
	PAT      bool
	List     string // access-list
	Rule     acl.ID
	Permit   bool
	Count    int
	Limit    int
	Log      int8
	MAC      [6]byte
	SMTP     smtp.Event
	URL      string
}
