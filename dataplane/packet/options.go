package packet

// TCP option kinds (RFC 9293, RFC 7323, RFC 2018).
const (
	OptEnd        = 0
	OptNop        = 1
	OptMSS        = 2
	OptWScale     = 3
	OptSACKOK     = 4
	OptSACK       = 5
	OptTimestamps = 8
)

// Options walks over the options of a TCP header. It stops at the end mark and at the first one with an impossible
// length.
type Options struct {
	Kind uint8
	Data []byte // without kind and length
	Off  int    // of Data, from the start of the TCP header

	t    TCP
	next int
}

// Options starts the walk:
//
//	for o := t.Options(); o.Next(); { switch o.Kind { ... } }
func (t TCP) Options() Options { return Options{t: t[:t.HeaderLen()], next: TCPLen} }

// Next steps to the next option, padding skipped.
func (o *Options) Next() bool {
	for o.next < len(o.t) {
		switch o.t[o.next] {
		case OptEnd:
			return false
		case OptNop:
			o.next++
			continue
		}
		if o.next+1 >= len(o.t) {
			return false
		}
		n := int(o.t[o.next+1])
		if n < 2 || o.next+n > len(o.t) {
			return false
		}
		o.Kind, o.Off = o.t[o.next], o.next+2
		o.Data = o.t[o.Off : o.next+n]
		o.next += n
		return true
	}
	return false
}

// TCPOptions are the well-known options of one segment, by value.
type TCPOptions struct {
	MSS     uint16 // 0: absent
	WScale  int8   // -1: absent; at most 14 (RFC 7323 2.3)
	SACKOK  bool
	HasTS   bool
	TSVal   uint32
	TSEcr   uint32
	TSOff   int // offset of TSVal in the TCP header
	SACKOff int // offset of the first edge, 0: no SACK
	SACKs   int // number of blocks
}

// ParseOptions reads the options once.
func (t TCP) ParseOptions() TCPOptions {
	r := TCPOptions{WScale: -1}
	for o := t.Options(); o.Next(); {
		switch {
		case o.Kind == OptMSS && len(o.Data) == 2:
			r.MSS = be16(o.Data)
		case o.Kind == OptWScale && len(o.Data) == 1:
			r.WScale = int8(min(o.Data[0], 14))
		case o.Kind == OptSACKOK && len(o.Data) == 0:
			r.SACKOK = true
		case o.Kind == OptTimestamps && len(o.Data) == 8:
			r.HasTS, r.TSVal, r.TSEcr, r.TSOff = true, be32(o.Data), be32(o.Data[4:]), o.Off
		case o.Kind == OptSACK && len(o.Data)%8 == 0 && len(o.Data) > 0:
			r.SACKOff, r.SACKs = o.Off, len(o.Data)/8
		}
	}
	return r
}

// ClampMSS lowers the MSS option of a SYN to at most n and says whether it did.
func (p Packet) ClampMSS(n uint16) bool { return p.BoundMSS(0, n) }

// BoundMSS brings the MSS option of a SYN between two bounds and says whether it was not.
func (p Packet) BoundMSS(least, most uint16) bool {
	for o := p.TCP().Options(); o.Next(); {
		if o.Kind != OptMSS || len(o.Data) != 2 {
			continue
		}
		was := be16(o.Data)
		now := min(max(was, least), most)
		if now != was {
			p.put16At(o.Off, now)
			return true
		}
	}
	return false
}

// ShiftSACK adds delta to every edge of the SACK option.
func (p Packet) ShiftSACK(delta uint32) {
	if p.TCP()[12]>>4 == TCPLen/4 {
		return
	}
	for o := p.TCP().Options(); o.Next(); {
		if o.Kind != OptSACK {
			continue
		}
		for i := 0; i+4 <= len(o.Data); i += 4 {
			p.put32At(o.Off+i, be32(o.Data[i:])+delta)
		}
	}
}

// PutOption32 writes four octets of the TCP header's options at an offset from Options.Off or TCPOptions.
func (p Packet) PutOption32(off int, v uint32) { p.put32At(off, v) }

// Option32 reads four octets of the TCP header.
func (t TCP) Option32(off int) uint32 { return be32(t[off:]) }

// EraseOption overwrites the first option of the kind with NOPs and says whether there was one.
func (p Packet) EraseOption(kind uint8) bool {
	t := p.TCP()
	for o := t.Options(); o.Next(); {
		if o.Kind == kind {
			p.Edit(o.Off-2, len(o.Data)+2, fillNop)
			return true
		}
	}
	return false
}

// EraseAt overwrites the option that a walk is at with NOPs.
func (p Packet) EraseAt(o *Options) { p.Edit(o.Off-2, len(o.Data)+2, fillNop) }

func fillNop(b []byte) {
	for i := range b {
		b[i] = OptNop
	}
}
