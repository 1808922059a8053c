package dataplane

import (
	"net/netip"
	"slices"

	"pixsim/dataplane/packet"
)

// Answers says that the box's own host waits for datagrams: those from a host to one of its UDP ports, whatever port of
// that host they come from (a TFTP server answers from a port of its own choice, RFC 1350 section 4).
type Answers struct {
	To   netip.AddrPort
	From netip.Addr
}

// maxAnswers is for how much the box may wait at a time.
const maxAnswers = 32

// Await lets answers in until Forget; false when the box waits for too many already.
func (s *State) Await(a Answers) bool {
	if len(s.e.awaited) >= maxAnswers {
		return false
	}
	s.e.awaited = append(s.e.awaited, awaited{packet.U32(a.To.Addr()), a.To.Port(), packet.U32(a.From)})
	return true
}

// Forget ends what Await began.
func (s *State) Forget(a Answers) {
	v := awaited{packet.U32(a.To.Addr()), a.To.Port(), packet.U32(a.From)}
	if i := slices.Index(s.e.awaited, v); i >= 0 {
		s.e.awaited = slices.Delete(s.e.awaited, i, i+1)
	}
}

// awaited is Answers as they are compared.
type awaited struct {
	to     uint32
	toPort uint16
	from   uint32
}

func (e *Engine) awaits(k *arrival) bool {
	return slices.Contains(e.awaited, awaited{k.key.dst, k.key.dstPort, k.key.src})
}

// Ports of DHCP (RFC 2131 section 4.1).
const (
	portDHCPServer = 67
	portDHCPClient = 68
)

// Asked is a datagram to the box's DHCP server, or to its DHCP client: To's port tells. Payload lies in the engine's
// buffers: it is good during the call of Options.DHCP only.
type Asked struct {
	In      Port
	MAC     [6]byte // who put it on the wire
	From    netip.AddrPort
	To      netip.AddrPort // the box's address on In or a broadcast address; of a client whatever it was offered
	Payload []byte
}

// toDHCP hands DHCP up. One end of it has no address yet, so nothing else of the way of a packet applies to it.
func (e *Engine) toDHCP(k *arrival, a *attempt) Drop {
	if e.dhcp == nil || k.d.Kind != packet.KindUDP || !e.asksDHCP(k) && !e.answersDHCP(k) {
		return 0
	}
	if e.dry {
		a.out = Self
		return handled
	}
	e.dhcp(Asked{
		In: k.in, MAC: k.mac, From: addrPort(k.key.src, k.key.srcPort), To: addrPort(k.key.dst, k.key.dstPort),
		Payload: k.p.UDP()[packet.UDPLen:],
	})
	return handled
}

// asksDHCP tells what is for the server of an interface.
func (e *Engine) asksDHCP(k *arrival) bool {
	if k.key.dstPort != portDHCPServer || !slices.Contains(e.r.ToBox.DHCP, k.in) {
		return false
	}
	w := e.r.wire(k.in)
	return w.hasAddr && w.heardAt(k.key.dst)
}

// answersDHCP tells what is for the client of an interface, which is unicast to the address that it shall have (RFC 2131
// section 4.1) while it has none.
func (e *Engine) answersDHCP(k *arrival) bool {
	if k.key.dstPort != portDHCPClient || k.key.srcPort != portDHCPServer || !slices.Contains(e.r.ToBox.DHCPClient, k.in) {
		return false
	}
	w := e.r.wire(k.in)
	return !w.hasAddr || w.heardAt(k.key.dst)
}

// heardAt tells whether the box itself hears what is sent to an address on a wire.
func (w *wire) heardAt(addr uint32) bool {
	return addr == limitedBroadcast || w.hasAddr && (addr == w.addr || addr == w.bcast)
}

const limitedBroadcast = 0xffffffff

// SendDHCP sends a datagram of the box's DHCP server or client out of a port, to a hardware address: the other end, or the
// box itself, has no other yet. It is lost when the port is down.
func (s *State) SendDHCP(port Port, mac [6]byte, from, to netip.AddrPort, payload []byte) {
	e := s.e
	w := e.r.wire(port)
	if e.out == nil || w == nil || !w.up || port == Self || packet.IPv4Len+packet.UDPLen+len(payload) > w.mtu {
		return
	}
	f, _ := e.out.frame(packet.IPv4Len + packet.UDPLen + len(payload))
	h := packet.Header{Src: packet.U32(from.Addr()), Dst: packet.U32(to.Addr())}
	b := packet.AppendEthernet(f.Buf[f.Off:f.Off], mac, w.MAC, packet.TypeIPv4)
	packet.AppendUDP(b, h, from.Port(), to.Port(), payload)
	e.transmit(port, f)
}

// Disallow refuses new connections through the box, or permits them again: what a PIX does that cannot reach its TCP
// syslog server. Connections that there are go on; the box's own are not meant.
func (s *State) Disallow(on bool) { s.e.disallowed = on }

// allowNew refuses what would begin a connection through the box while Disallow says so.
func (e *Engine) allowNew(k *arrival, a *attempt) Drop {
	if !e.disallowed {
		return 0
	}
	e.deny(EventDisallowed, a)
	return DropDisallowed
}
