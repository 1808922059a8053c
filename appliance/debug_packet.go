package appliance

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"pixsim/appliance/config"
	"pixsim/cli/command"
	"pixsim/dataplane"
	"pixsim/dataplane/acl"
	"pixsim/dataplane/packet"
)

// DebuggingPacket implements command.Box.
func (b *Box) DebuggingPacket(s command.Session) string {
	b.desk.mu.Lock()
	defer b.desk.mu.Unlock()
	if v := b.desk.of(s); v != nil && v.pack != nil {
		return v.pack.Text
	}
	return ""
}

// DebugPacket implements command.Box. It is a capture that keeps nothing, of a name that no person can type.
func (b *Box) DebugPacket(s command.Session, f *command.PacketFilter) {
	b.desk.mu.Lock()
	v := b.desk.of(s)
	if v == nil || f == nil && v.pack == nil {
		b.desk.mu.Unlock()
		return
	}
	v.pack = f
	b.desk.mu.Unlock()
	name := fmt.Sprintf("debug packet %s %d", v.info.Kind, v.info.ID)
	if f == nil {
		b.engine.Do(func(st *dataplane.State) { st.StopCapture(name) })
		return
	}
	c := b.Live()
	i, ok := c.Interface(f.Interface)
	if !ok {
		return
	}
	_, port := c.InterfaceAt(i.Hardware)
	k := dataplane.Capture{
		Name: name, Ports: []dataplane.Port{dataplane.Port(port)}, List: acl.Compile([]acl.Rule{packetRule(f)}), OneWay: true, Way: f.Way,
		Buffer: 1, Sink: b.packetSink(v, i.Addr.Addr()),
	}
	b.engine.Do(func(st *dataplane.State) { st.StartCapture(k) })
}

// Debug implements command.Box.
func (b *Box) Debug(s command.Session, command string, on bool) {
	b.desk.mu.Lock()
	defer b.desk.mu.Unlock()
	v := b.desk.of(s)
	if v == nil {
		return
	}
	v.mute = slices.DeleteFunc(slices.Clone(v.mute), func(c string) bool { return c == command })
	if on {
		v.mute = append(v.mute, command)
	}
}

// Debugging implements command.Box.
func (b *Box) Debugging(s command.Session) []string {
	b.desk.mu.Lock()
	defer b.desk.mu.Unlock()
	if v := b.desk.of(s); v != nil {
		return slices.Clone(v.mute)
	}
	return nil
}

func packetRule(f *command.PacketFilter) acl.Rule {
	net := func(a, mask netip.Addr) acl.Net {
		if !a.IsValid() {
			return acl.Net{}
		}
		return aclNet(config.Net{Addr: a, Mask: mask}.Masked())
	}
	port := func(n int) acl.Ports {
		if n < 0 {
			return acl.Ports{}
		}
		return acl.Ports{Set: true, Lo: uint16(n), Hi: uint16(n)}
	}
	return acl.Rule{
		Permit: true, Proto: f.Proto, Src: net(f.Src, f.SrcMask), Dst: net(f.Dst, f.DstMask),
		SrcPort: port(f.SrcPort), DstPort: port(f.DstPort), Type: -1, Code: -1, Log: -1,
	}
}

// packetSink words packets for a session. Those of consoles are left out: what one shows would make the next.
func (b *Box) packetSink(v *seat, own netip.Addr) func(time.Time, []byte, int) {
	return func(_ time.Time, frame []byte, _ int) {
		if consoleFrame(frame, own) {
			return
		}
		if text := command.PacketText(b.rel, frame); text != "" {
			v.out.post(strings.TrimSuffix(text, "\n"))
		}
	}
}

// consoleFrame tells whether a frame is of a telnet or SSH session with the box at its address own.
func consoleFrame(frame []byte, own netip.Addr) bool {
	if !own.Is4() || len(frame) < packet.EthernetLen+packet.IPv4Len {
		return false
	}
	ip := packet.IPv4(packet.Ethernet(frame).Payload())
	if ip.Proto() != packet.ProtoTCP || len(ip) < ip.HeaderLen()+4 {
		return false
	}
	t := packet.TCP(ip.Payload()) // of which the ports are there
	at := func(addr uint32, port uint16) bool {
		return packet.Addr(addr) == own && (port == telnetPort || port == sshPort)
	}
	return at(ip.Src(), t.SrcPort()) || at(ip.Dst(), t.DstPort())
}
