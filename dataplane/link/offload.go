package link

import "time"

// Shortcut is how the kernel itself carries packets of one side of a connection from one packet link to another: IPv4 without
// options or fragments, UDP, or TCP segments that change nothing but numbers. All others still come by Take.
type Shortcut struct {
	In, Out Link
	Proto   uint8
	// As packets come in.
	Src, Dst         uint32
	SrcPort, DstPort uint16
	MAC              [6]byte // whom frames are for
	// As they leave.
	ToSrc, ToDst         uint32
	ToSrcPort, ToDstPort uint16
	FromMAC, ToMAC       [6]byte
	// MTU is the longest IP packet that takes the shortcut, but for TCP that is cut later.
	MTU int
	// Of TCP: what is added to its numbers, and taken from those that it acknowledges; what was acknowledged last, by the
	// numbers behind that, the furthest edge of the window, and the shift of its size.
	SeqShift, AckShift uint32
	Acked, Edge        uint32
	Scale              uint8
}

// Passed is what took a shortcut since the last time that somebody asked.
type Passed struct {
	Packets, Bytes uint64 // frames, as on the wire
	Data           uint64 // octets behind the headers of TCP or UDP
	Idle           time.Duration
	Acked, Edge    uint32 // see Shortcut
}

// WindowSlack is how far beyond its window a side may acknowledge: probes and a FIN do not mind a shut one.
const WindowSlack = 1 << 16
