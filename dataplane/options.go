package dataplane

import (
	"pixsim/dataplane/packet"
)

// IPOption is a kind of IP option that packets may have.
type IPOption struct {
	Type  uint8 // RFC 791: copied flag, class and number
	Clear bool  // it is taken out of the packet, which goes on without
}

// mostOptions is the room that a header has for options (RFC 791: 15 words, 5 of which are taken).
const mostOptions = 40

// options sees to the options of an IP header: one that no rule lets pass ends the packet, whatever lists say ("because IP
// options are considered a security risk", log guide of 5.2, 106012). false: the packet is over.
func (e *Engine) options(k *arrival) bool {
	opts := k.d.IP.Options()
	var kept [mostOptions]byte
	n, cleared := 0, false
	for len(opts) > 0 {
		size := optionLen(opts)
		clear, ok := e.optionPasses(opts[0])
		if !ok || size == 0 {
			e.denyOption(k, opts[0])
			return false
		}
		cleared = cleared || clear
		if !clear {
			n += copy(kept[n:], opts[:size])
		}
		if opts[0] == optionEnd {
			break
		}
		opts = opts[size:]
	}
	if cleared {
		n = (n + 3) &^ 3
		e.reheaded(k, kept[:n])
	}
	return true
}

// The IP options of one octet (RFC 791 section 3.1).
const (
	optionEnd = 0
	optionNop = 1
)

// optionLen is the length of the first option; 0: it has none that can be.
func optionLen(opts []byte) int {
	switch {
	case opts[0] == optionEnd || opts[0] == optionNop:
		return 1
	case len(opts) < 2 || opts[1] < 2 || int(opts[1]) > len(opts):
		return 0
	}
	return int(opts[1])
}

func (e *Engine) optionPasses(kind uint8) (clear, ok bool) {
	for _, o := range e.r.Rules.IPOptions {
		if o.Type == kind {
			return o.Clear, true
		}
	}
	return false, false
}

func (e *Engine) denyOption(k *arrival, kind uint8) {
	const number = 31 // the message leaves flag and class out: of a router alert, 148, it says 0x14
	e.fragmentEvent(EventIPOption, &k.d).Count = int(kind & number)
	e.drop(DropIPOption)
}

// reheaded gives the packet in hand other options, in front of what it has now.
func (e *Engine) reheaded(k *arrival, options []byte) {
	cut := len(k.d.IP.Options()) - len(options)
	frame := k.fr.Bytes()
	copy(frame[cut:], frame[:packet.EthernetLen+packet.IPv4Len])
	k.fr.Off += cut
	k.fr.Len -= cut
	ip := packet.IPv4(k.fr.Bytes()[packet.EthernetLen:])
	ip = ip[:len(k.d.IP)-cut]
	copy(ip[packet.IPv4Len:], options)
	ip[0] = 4<<4 | uint8((packet.IPv4Len+len(options))/4)
	ip.SetTotalLen(len(ip))
	ip.FillChecksum()
	k.d.Decode(k.fr.Bytes())
}
