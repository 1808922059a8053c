package appliance_test

import (
	"net/netip"
	"strings"
	"testing"

	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
	"pixsim/lab"
)

// access is a switch between a host and a trunk: the host's frames have a tag on the wire, and it sees those of its VLAN.
type access struct {
	link.Link
	vlan uint16
}

func (a access) Write(frames []link.Frame) (int, error) {
	for i, f := range frames {
		b := make([]byte, packet.TagLen+f.Len)
		copy(b[packet.TagLen:], f.Bytes())
		packet.Tag(b, a.vlan)
		tagged := link.Frame{Buf: b, Len: len(b), GSOSize: f.GSOSize, NeedsCsum: f.NeedsCsum}
		if _, err := a.Link.Write([]link.Frame{tagged}); err != nil {
			return i, err
		}
	}
	return len(frames), nil
}

func (a access) Read(frames []link.Frame) (int, error) {
	for {
		n, err := a.Link.Read(frames)
		kept := 0
		for _, f := range frames[:n] {
			if id, tagged := packet.Ethernet(f.Bytes()).VLAN(); tagged && id == a.vlan {
				packet.Untag(f.Bytes())
				b := append(frames[kept].Buf[:frames[kept].Off], f.Bytes()[packet.TagLen:]...)
				frames[kept].Buf, frames[kept].Len = frames[kept].Buf[:cap(b)], f.Len-packet.TagLen
				frames[kept].GSOSize, frames[kept].NeedsCsum = f.GSOSize, f.NeedsCsum
				kept++
			}
		}
		if kept > 0 || err != nil {
			return kept, err
		}
	}
}

// Mail comes in by a port with a VLAN of its own and out by one on a trunk, and telnet reaches the box there.
func TestMailOverTrunks(t *testing.T) {
	text := strings.Replace(startupOf(t, "pix-6.3"), "nameif ethernet1 inside security100\n",
		"interface ethernet0 vlan30 physical\ninterface ethernet1 vlan10 logical\n"+
			"nameif ethernet1 trunk security10\nnameif vlan10 inside security100\n", 1)
	w := newWorld(t, "pix-6.3", worldOptions{startup: text, live: true, lab: lab.Options{
		Wire: func(host string, l link.Link) link.Link {
			if host == "client" || host == "mx" {
				return access{l, 30}
			}
			return access{l, 10}
		},
	}})
	m := lab.Mail{From: "a@example.net", To: []string{"b@example.com"}, Data: message(300)}
	deliver(t, w, "client", netip.AddrPortFrom(lab.MailGlobal, 25), greeter(true), m)
	stored(t, w.lab.Mail().Store(), 1, m)
	w.telnet("desk", 40001).comes("Password: ")
}
