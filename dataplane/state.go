package dataplane

import (
	"net/netip"
	"time"

	"pixsim/dataplane/acl"
)

// Conn is one connection as show conn prints it, by value.
type Conn struct {
	ID        uint32
	Proto     uint8
	Inbound   bool // opened from the lower level
	Lower     End
	Higher    End
	Idle      time.Duration
	Age       time.Duration
	Timeout   time.Duration
	Bytes     uint64
	State     ConnState
	Inspected bool
	MailData  bool // SMTP, while the message itself passes
	Embryonic bool
}

// ConnState are facts from which the flag letters of a release are spelt.
type ConnState uint16

const (
	ConnUp         ConnState = 1 << iota // U: handshake complete
	ConnWaitInSYN                        // S
	ConnWaitOutSYN                       // s
	ConnWaitInACK                        // A: awaiting inside ACK to SYN
	ConnWaitOutACK                       // a
	ConnDataIn                           // I: data from the outside
	ConnDataOut                          // O
	ConnFINOut                           // F: the outside sent FIN
	ConnFINIn                            // f
	ConnFINAckOut                        // R: outside acknowledged FIN
	ConnFINAckIn                         // r
)

// Xlate is one translation slot as show xlate prints it.
type Xlate struct {
	Proto        uint8 // 0: whole address
	RealIf       Port
	MappedIf     Port
	Real, Mapped netip.AddrPort
	Static       bool
	PAT          bool
	Identity     bool
	NoRandom     bool
	Conns        int
	Embryonic    int
	Idle         time.Duration
	Timeout      time.Duration
	ICMPID       uint16
}

// ARPEntry is one line of show arp.
type ARPEntry struct {
	Port   Port
	Addr   netip.Addr
	MAC    [6]byte
	Static bool
	Age    time.Duration
}

// Counts of a table: entries now, and the most there ever were since boot or clear.
type Counts struct{ InUse, MostUsed int }

// IfCounters of one interface.
type IfCounters struct {
	InPackets, InBytes, OutPackets, OutBytes, Broadcasts, Dropped, Runts uint64
}

// InspectCounters of one Inspect rule.
type InspectCounters struct {
	Packets, Drops, Resets, BannersMasked uint64
	Matches                               []uint64 // by index in smtp.Policy.Matches
}

// LocalHost is one entry of show local-host.
type LocalHost struct {
	Port      Port
	Addr      netip.Addr
	TCP, UDP  int
	Embryonic int
}

// Capture is what to catch: packets of one interface that fit List in either direction, by real or mapped address.
type Capture struct {
	Name     string
	Port     Port
	List     *acl.List // nil: everything
	Buffer   int       // octets kept
	Snap     int       // octets kept of a packet
	Circular bool
	// Sink gets every caught frame as well (a pcap file); called in the engine's goroutine, must not block.
	Sink func(at time.Time, frame []byte, length int)
}

// Captured is one caught frame, a copy.
type Captured struct {
	At     time.Time
	Frame  []byte
	Length int
}
