package dataplane

import (
	"math/rand/v2"
	"testing"

	"pixsim/dataplane/packet"
)

// Whatever comes as IPv6, to the box or to a group, whole, cut or of nonsense, is dropped under a reason of its own; so it is
// behind a translation table and with an inspection, and IPv4 passes meanwhile.
func TestIPv6GoesNoFurther(t *testing.T) {
	for name, p := range map[string]*Policy{"conduits": openInbound(), "table": tablePolicy(), "inspected": guarded()} {
		r := newRig(t, p)
		rnd := rand.New(rand.NewPCG(6, 6))
		const n = 500
		for i := range n {
			body := make([]byte, rnd.IntN(1400))
			for j := range body {
				body[j] = byte(rnd.Uint32())
			}
			if len(body) > 40 && i%2 == 0 { // a header that can be: neighbours, TCP, UDP, a fragment
				body[0], body[6] = 0x60, []byte{58, 6, 17, 44}[i/2%4]
			}
			f := r.frame(outside, append(make([]byte, 20), body...))
			eth := packet.Ethernet(f.Bytes())
			eth.SetType(packet.TypeIPv6)
			copy(eth.Payload(), body)
			if i%3 == 0 {
				eth.SetDst([6]byte{0x33, 0x33, 0, 0, 0, 1})
			}
			r.expect(r.sendFrame(outside, f))
		}
		if got := r.dropped(DropIPv6); got != n {
			t.Errorf("%s: %d dropped, %v", name, got, r.drops())
		}
		r.e.Do(func(s *State) {
			if c := s.Interface(outside); c.Dropped != n || c.InPackets != n {
				t.Errorf("%s: %+v", name, c)
			}
		})
		if got := r.send(inPort, udp("10.1.1.2:9", "192.150.49.10:53", "x")); name == "table" && len(got) != 1 {
			t.Errorf("%s: %q", name, got)
		}
	}
}
