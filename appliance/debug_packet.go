package appliance

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"pixsim/cli/command"
	"pixsim/dataplane"
	"pixsim/dataplane/acl"
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
	c := b.Config()
	i, ok := c.Interface(f.Interface)
	if !ok {
		return
	}
	_, port := c.InterfaceAt(i.Hardware)
	k := dataplane.Capture{
		Name: name, Port: dataplane.Port(port), List: acl.Compile([]acl.Rule{packetRule(f)}), OneWay: true, Way: f.Way,
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
		return acl.Net{Addr: acl.U32(a) & acl.U32(mask), Mask: acl.U32(mask)}
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
	const ether, ip, tcp = 14, 20, 6
	if !own.Is4() || len(frame) < ether+ip || frame[ether+9] != tcp {
		return false
	}
	b := frame[ether:]
	n := int(b[0]&15) * 4
	if len(b) < n+4 {
		return false
	}
	at := func(addr, port []byte) bool {
		service := int(port[0])<<8 | int(port[1])
		return netip.AddrFrom4([4]byte(addr)) == own && (service == telnetPort || service == sshPort)
	}
	return at(b[12:16], b[n:n+2]) || at(b[16:20], b[n+2:n+4])
}
