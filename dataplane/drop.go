package dataplane

import "iter"

// Drop is why a packet went no further.
type Drop uint8

const (
	_                 Drop = iota
	DropMalformed          // not IPv4 or ARP, or not to be trusted
	DropNotForUs           // another station's MAC address, or a VLAN that is nobody's
	DropFragment           // overlapping, too many, too late
	DropBroadcast          // to a broadcast address
	DropLand               // source is destination
	DropSpoof              // a source that cannot be
	DropFarSide            // to the box's address on another interface
	DropNoRoute            //
	DropDown               // the way out is shut
	DropHairpin            // out by the interface it came in by
	DropLevel              // between equal levels
	DropACL                // a list, or the end of one
	DropConduit            // no conduit
	DropNoConn             // TCP without a connection
	DropNoXlate            // no translation
	DropNoSlot             // a table or pool is full
	DropConnLimit          //
	DropEmbryonic          //
	DropBox                // refused by the box itself
	DropTooBig             // does not fit, and must not be cut
	DropNeighbour          // nobody answers ARP there, or too many wait
	DropInspect            // ended by inspection
	DropSelf               // the box's own host sent what it may not
	DropReset              // a reset that its receiver would not take
	DropOutbound           // an outbound list
	DropReversePath        // the way back leads elsewhere
	DropReverseNAT         // answers would be translated by another rule
	DropShun               // the source is shunned
	DropDNS                // a reply of a name server that is too long
	DropDisallowed         // the TCP syslog server is not there
	DropLicence            // one host more than the licence has
	DropPortZero           // a port that cannot be
	DropEchoToPAT          // a ping at an address that many hosts share
	DropMulticast          // to a multicast address
	DropChecksum           // a TCP checksum that is wrong, where a tcp-map has it looked at; the following are tcp-map's too
	DropMSS                // more data than the other end takes in a segment
	DropReserved           // reserved bits
	DropSYNData            // data in a SYN
	DropSYNACKData         // data in a SYN/ACK
	DropInvalidACK         // an acknowledgement of what was not sent
	DropPastWindow         // data beyond the window
	DropTCPOption          // an option that is not wanted
	DropWindow             // a window that shrank
	DropTTL                // it has come too far
	DropIPOption           // an IP option that no rule lets pass
	DropIPv6               // IPv6, which the box does not know
	DropResetInWindow      // a reset or SYN in the window that is not the next number
	DropSYN                // a SYN in an established connection
	DropQueueFull          // no room for a segment that came too early
	DropQueueTimeout       // what it waits for does not come
	DropContradiction      // other octets than before
	DropRate               // more than a policer lets pass
	dropCount

	handled Drop = 255 // the packet was taken care of: the end of the stages, nothing to count
)

func (d Drop) String() string {
	return [dropCount]string{
		"", "malformed", "not for us", "fragment", "broadcast", "land attack", "spoofed source", "far-side address",
		"no route", "interface down", "same interface", "equal levels", "access-list", "conduit", "no connection",
		"no translation", "table full", "connection limit", "embryonic limit", "to the box", "too big", "no neighbour",
		"inspection", "own host", "reset out of window", "outbound list", "reverse path", "reverse translation", "shunned", "long DNS reply",
		"no syslog server", "licence of hosts", "port zero", "ping of a shared address", "multicast",
		"TCP checksum", "segment size", "reserved bits", "data in SYN", "data in SYN/ACK", "acknowledgement", "past the window",
		"TCP option", "window", "time to live", "IP option", "IPv6", "reset in the window", "SYN of an established connection", "segments out of order", "segment before does not come",
		"contradiction", "rate",
	}[d]
}

// Drops goes over all reasons.
func Drops() iter.Seq[Drop] {
	return func(yield func(Drop) bool) {
		for d := Drop(1); d < dropCount && yield(d); d++ {
		}
	}
}

// drop counts a packet that ends here; on its interface too.
func (e *Engine) drop(d Drop) {
	e.drops[d]++
	if e.trace != nil {
		e.trace.dropped(d)
	}
	if e.dry {
		return
	}
	if len(e.captures) > 0 {
		if frame := e.inHand(); frame != nil {
			e.captureDrop(d, frame)
		}
	}
	e.count(e.k.in).Dropped++
}

// ClearDrops sets the counts of the reasons that f wants cleared to zero.
func (s *State) ClearDrops(f func(Drop) bool) {
	for d := range s.e.drops {
		if f(Drop(d)) {
			s.e.drops[d] = 0
		}
	}
}

// DropCount is how often one reason applied.
type DropCount struct {
	Reason Drop
	Count  uint64
}
