package command

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pixsim/appliance/release"
	"pixsim/dataplane"
	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// crowded is an engine with n connections, each with a translated port of its own.
func crowded(n int) *dataplane.Engine {
	iface := func(name, at string, level int) dataplane.Interface {
		return dataplane.Interface{Name: name, MAC: [6]byte{2, 0, 0, 0, 0, byte(level)}, Addr: netip.MustParsePrefix(at), Level: level, Up: true, MTU: 1500}
	}
	shared := netip.MustParseAddr("192.0.2.40")
	e := dataplane.New(dataplane.Options{Now: boxTime, Rand: rand.New(rand.NewPCG(1, 2)), Policy: &dataplane.Policy{
		Interfaces: []dataplane.Interface{iface("outside", "192.0.2.1/24", 0), iface("inside", "10.1.1.1/8", 100)},
		NAT:        []dataplane.NAT{{Port: 1, Number: 1, Real: netip.MustParsePrefix("0.0.0.0/0")}},
		Pools:      []dataplane.Pool{{Port: 0, Number: 1, First: shared, Last: shared, PAT: true}},
		Timeouts:   dataplane.Timeouts{UDP: time.Hour, Xlate: time.Hour, PATXlate: time.Hour},
		Rules:      dataplane.Rules{MaxConns: n, MaxXlates: n},
	}})
	var out dataplane.Output
	for i := range n {
		h := packet.Header{Src: packet.U32(netip.MustParseAddr("10.2.0.0")) + uint32(i/100), Dst: packet.U32(netip.MustParseAddr("192.0.2.9")), TTL: 64}
		f := packet.AppendEthernet(make([]byte, link.Headroom), [6]byte{2, 0, 0, 0, 0, 100}, [6]byte{2, 9}, packet.TypeIPv4)
		f = packet.AppendUDP(f, h, uint16(1024+i%100), 53, []byte("x"))
		out.Reset()
		e.Step(boxTime, 1, []link.Frame{{Buf: f, Off: link.Headroom, Len: len(f) - link.Headroom}}, &out)
	}
	return e
}

// The tables may have a million entries: the first page comes when a piece of them was read, and no more is read for a person
// who reads no further. Who reads on sees every entry once, in the order of the table.
func TestShowTablesByPieces(t *testing.T) {
	const n = 20000
	for _, name := range []string{"pix-6.3", "asa-8.2", "asa-9.1"} {
		r, err := release.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{"show conn", "show xlate"} {
			d := newDesk(r, lab)
			d.box.engine = crowded(n)
			d.quitAt = 2000
			if d.typed(t, line); d.box.does > 6 || d.out.Len() < 1500 {
				t.Errorf("%s, %s: a page of %d octets took %d looks at the table", name, line, d.out.Len(), d.box.does)
			}
			d.quitAt = 0
			text, _ := d.typed(t, line)
			seen := map[string]int{}
			for l := range strings.Lines(text) {
				seen[l]++
			}
			for l, times := range seen {
				if times > 1 && len(l) > 30 {
					t.Fatalf("%s, %s: %d times %q", name, line, times, l)
				}
			}
			if got := strings.Count(text, "\n"); got < n || got > n+10 {
				t.Errorf("%s, %s: %d lines", name, line, got)
			}
		}
	}
}
