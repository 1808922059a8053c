package command

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
	"pixsim/dataplane"
)

var (
	shownInterface = &g.Param[string]{Name: "hardware_id", Help: "Hardware id", Type: g.Hardware()}
	shownIfName    = &g.Param[string]{Name: "if_name", Help: "Name of interface", Type: g.IfName()}
	showInterface  = &Command{
		Name: "show interface", Help: "Show interface status and statistics", Mode: Privileged,
		Syntax: show(g.Word("interface", "Show interface status and statistics"),
			g.Opt(g.Alt(shownInterface, g.In(inASA, shownIfName))), g.In(inASA, g.Opt(g.Alt(shownDetail, shownStats)))),
		Run: runShowInterface,
	}
	shownDetail        = g.Word("detail", "Show detailed interface information")
	shownStats         = g.Word("stats", "Show interface statistics")
	showInterfaceBrief = &Command{
		Name: "show interface ip brief", Help: "Show interface status and statistics", Mode: Privileged, Span: inASA,
		Syntax: show(g.Word("interface", "Show interface status and statistics"), g.Opt(g.Alt(briefPort, briefIf)),
			g.Word("ip", "Show interface IP information"), g.Word("brief", "Brief summary")),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			return emit(s, interfaceBrief(s.Box(), func(f config.Interface) bool {
				id, one := briefPort.Lookup(m)
				name, named := briefIf.Lookup(m)
				return (!one || f.Hardware == id) && (!named || f.Name == name)
			}))
		},
	}
	briefPort = &g.Param[string]{Name: "hardware_id", Help: "Hardware id", Type: g.Hardware()}
	briefIf   = &g.Param[string]{Name: "if_name", Help: "Name of interface", Type: g.IfName()}

	showInterfaceSummary = &Command{
		Name: "show interface summary", Help: "Show interface status and statistics", Mode: Privileged, Span: inASA,
		Syntax: show(g.Word("interface", "Show interface status and statistics"), g.Word("summary", "Show the addresses of all interfaces")),
		Run:    func(_ context.Context, s Session, _ *g.Match) error { return emit(s, interfaceSummary(s)) },
	}
	shownAddressOf = &g.Param[string]{Name: "if_name", Help: "Name of interface", Type: g.IfName()}
	shownLease     = g.Word("dhcp", "Show what a DHCP server gave")
	shownPPPoE     = g.Word("pppoe", "Show what a PPPoE server gave")
	showIPAddress  = &Command{
		Name: "show ip address", Help: "Show IP information", Mode: Privileged,
		Syntax: show(g.Word("ip", "Show IP information"), g.Opt(g.Word("address", "Show addresses"), g.Opt(shownAddressOf, g.Opt(g.Alt(
			g.In(since60, shownLease, g.Opt(g.Alt(kw("lease"), kw("server")))), g.In(since62, shownPPPoE)),
		)))),
		Run: runShowIPAddress,
	}
	showNameifASA = &Command{
		Name: "show nameif", Help: "Show interface names", Mode: Privileged, Span: inASA,
		Syntax: show(g.Word("nameif", "Show interface names")),
		Run: func(_ context.Context, s Session, _ *g.Match) error {
			return emit(s, nameifTable(s.Release(), s.Box().Config()))
		},
	}
)

func runShowIPAddress(_ context.Context, s Session, m *g.Match) error {
	c := s.Box().Live()
	name, one := shownAddressOf.Lookup(m)
	switch {
	case !one:
		return emit(s, IPAddresses(s.Release(), c, s.Box().AddressAtBoot))
	case shownLease.Seen(m):
		return showLease(s, name)
	case shownPPPoE.Seen(m):
		return emit(s, "PPPoE Assigned IP addr: 0.0.0.0  0.0.0.0 on Interface: "+name+"\n  Remote IP addr: 0.0.0.0\n")
	}
	only := *c
	only.Interfaces = slices.DeleteFunc(slices.Clone(c.Interfaces), func(f config.Interface) bool { return f.Name != name })
	return emit(s, IPAddresses(s.Release(), &only, s.Box().AddressAtBoot))
}

// PortState is what the engine and the wire tell of one interface.
type PortState struct {
	dataplane.IfCounters
	Carrier      bool
	Queue, Most  int // frames that wait for the engine, now and at most
	Minute, Five dataplane.Rates
}

// readPorts reads the state of all interfaces in one go.
func readPorts(b Box) []PortState {
	all := make([]PortState, len(b.Config().Interfaces))
	b.Do(func(st *dataplane.State) {
		for i := range all {
			p, at := &all[i], dataplane.Port(i)
			p.IfCounters = st.Interface(at)
			p.Queue, p.Most = st.Queue(at)
			p.Minute, p.Five = st.Rates(at)
		}
	})
	for i := range all {
		all[i].Carrier = b.Carrier(i)
	}
	return all
}

func runShowInterface(_ context.Context, s Session, m *g.Match) error {
	c := s.Box().Live()
	ports := readPorts(s.Box())
	id, one := shownInterface.Lookup(m)
	name, named := shownIfName.Lookup(m)
	for i, f := range portOrder(c) {
		if i >= len(ports) || one && f.Hardware != id || named && f.Name != name {
			continue
		}
		text := InterfaceText(s.Release(), f, c.TrunkOf(i), ports[i])
		if shownDetail.Seen(m) {
			text = strings.Replace(text, unnamed, "", 1) // unverified: no program that reads it knows that line
			state := "active"
			if f.Shutdown || f.Name == "" {
				state = "not active"
			}
			text += s.Release().Say(release.InterfaceStates, i+1, state)
		}
		if err := emit(s, text); err != nil {
			return err
		}
	}
	return nil
}

// lineState is what an interface and its line are said to be.
func lineState(rel *release.Release, f config.Interface, carrier bool) (state, line string) {
	switch {
	case f.Shutdown && rel.Model.Virtual:
		return "administratively down", "up"
	case f.Shutdown:
		return "administratively down", "down"
	case carrier:
		return "up", "up"
	}
	return rel.Say(release.InterfaceUnplugged), "down"
}

// InterfaceText is an interface on wire i as show interface prints it.
func InterfaceText(rel *release.Release, f config.Interface, i int, n PortState) string {
	state, line := lineState(rel, f, n.Carrier)
	address, mtu := rel.Say(release.InterfaceNoAddress), fmt.Sprint(f.MTU)
	if f.Addr.IsValid() {
		address = rel.Say(release.InterfaceAddress, f.Addr.Addr(), config.MaskOf(f.Addr.Bits()))
	}
	port := rel.Model.AdapterOf(f.Hardware)
	speed, duplex := lineSpeed(f, port.Mbps)
	how, note := duplex, ""
	if rel.Console.Caret { // 7.0 and later word duplex and speed together, and tell what has no name
		how = duplexWords(f, port.Mbps, n.Carrier && !f.Shutdown)
		note = describedAs(f)
		if f.Name == "" {
			note, mtu = note+unnamed, "not set"
		}
	}
	head := rel.Say(release.InterfaceHead, f.Hardware, f.Name, state, line) + "\n"
	if rel.Console.Caret && subinterface(f.Hardware) {
		return head + subinterfaceText(rel, f, i, n, mtu, address)
	}
	text := head +
		rel.Say(release.InterfaceBody, port.NIC, rel.FormatMAC(rel.Model.MACOf(i)), mtu, address, n.InPackets, n.InBytes,
			n.Broadcasts, n.OutPackets, n.OutBytes, n.Runts, speed*1000, how, speed, f.Name, n.Dropped, note,
			n.Giants, n.NoBuffer, n.Runts+n.Giants+n.NoBuffer, n.Queue, n.Most, delay(speed))
	if rel.Console.Caret {
		text += rel.Say(port.Queues, n.Queue, n.Most)
	}
	if f.Name != "" {
		text += rel.Say(release.InterfaceTraffic, f.Name, n.InPackets, n.InBytes, n.OutPackets, n.OutBytes, n.Dropped,
			RatesText(rel, n.Minute, n.Five))
	}
	if f.Name != "" && f.ManagementOnly {
		text += rel.Say(release.InterfaceBlocked)
	}
	return text
}

// describedAs is the line of a description, if there is one.
func describedAs(f config.Interface) string {
	if f.Description == "" {
		return ""
	}
	return "\tDescription: " + f.Description + "\n"
}

// subinterfaceText is a subinterface behind its first line: the port has the counters of the hardware.
func subinterfaceText(rel *release.Release, f config.Interface, i int, n PortState, mtu, address string) string {
	body, vlan, note := release.InterfaceVLAN, "none", describedAs(f)
	if f.VLAN != 0 {
		vlan = strconv.Itoa(f.VLAN)
	}
	switch {
	case f.Name == "" && f.VLAN == 0:
		body = release.InterfaceNoVLAN
	case f.Name == "":
		note += unnamed // as of a port
	}
	port := rel.Model.AdapterOf(f.Hardware)
	speed, _ := lineSpeed(f, port.Mbps)
	text := rel.Say(body, port.NIC, rel.FormatMAC(rel.Model.MACOf(i)), mtu, address, speed, vlan, note, delay(speed))
	if f.Name != "" {
		text += rel.Say(release.InterfaceTraffic, f.Name, n.InPackets, n.InBytes, n.OutPackets, n.OutBytes, n.Dropped, "")
	}
	return text
}

// unnamed is the line of an interface without a name (7.0 and later).
const unnamed = "\tAvailable but not configured via nameif\n"

// delay is what an interface adds to the way of a route that counts it, in microseconds.
func delay(mbit int) int { return max(10, 10_000/mbit) }

// lineSpeed is megabits a second and the duplex of an interface, by its speed word: auto finds the most, full duplex.
func lineSpeed(f config.Interface, most int) (mbit int, duplex string) {
	mbit, duplex = most, "half"
	word := strings.ToLower(f.Speed)
	switch {
	case strings.HasPrefix(word, "1000"):
		mbit = 1000
	case strings.HasPrefix(word, "100"):
		mbit = 100
	case strings.HasPrefix(word, "10"):
		mbit = 10
	}
	if word == "auto" || word == "" || strings.Contains(word, "full") {
		duplex = "full"
	}
	return mbit, duplex
}

// duplexWords is the line of duplex and speed of 7.0 and later; what was negotiated stands in parentheses.
func duplexWords(f config.Interface, most int, up bool) string {
	duplex, speed := "Auto-Duplex", "Auto-Speed"
	switch f.Duplex {
	case "full":
		duplex = "Full-Duplex"
	case "half":
		duplex = "Half-Duplex"
	}
	if f.Speed != "" && f.Speed != "auto" {
		speed = f.Speed + " Mbps"
	}
	if !up {
		return duplex + ", " + speed
	}
	found := "Full-duplex"
	if f.Duplex == "half" {
		found = "Half-duplex"
	}
	mbit, _ := lineSpeed(f, most)
	return fmt.Sprintf("%s(%s), %s(%d Mbps)", duplex, found, speed, mbit)
}

// method is how an interface came by its address: from the configuration at boot, or typed since then.
func method(f config.Interface, atBoot func(string) netip.Prefix) string {
	switch {
	case f.DHCP:
		return "DHCP"
	case !f.Addr.IsValid():
		return "unset"
	case f.Addr == atBoot(f.Hardware):
		return "CONFIG"
	}
	return "manual"
}

// interfaceSummary is state and address of each interface. unverified: the layout is what programs read of it.
func interfaceSummary(s Session) string {
	c, rel, text := s.Box().Live(), s.Release(), ""
	for i, f := range portOrder(c) {
		state, line := lineState(rel, f, s.Box().Carrier(i))
		address, mtu := rel.Say(release.InterfaceNoAddress), fmt.Sprint(f.MTU)
		if f.Addr.IsValid() {
			address = rel.Say(release.InterfaceAddress, f.Addr.Addr(), config.MaskOf(f.Addr.Bits()))
		}
		text += rel.Say(release.InterfaceHead, f.Hardware, f.Name, state, line) + "\n"
		if f.Name == "" {
			mtu = "not set"
			text += unnamed
		}
		text += "\tMAC address " + rel.FormatMAC(rel.Model.MACOf(c.TrunkOf(i))) + ", MTU " + mtu + "\n" + address
	}
	return text
}

// interfaceBrief are the interfaces that pick wants.
func interfaceBrief(box Box, pick func(config.Interface) bool) string {
	var b strings.Builder
	const row = "%-26s %-15s %-3s %-6s %-21s %-4s\n"
	fmt.Fprintf(&b, "%-26s %-15s %-3s %-6s %-21s %s\n", "Interface", "IP-Address", "OK?", "Method", "Status", "Protocol")
	for i, f := range portOrder(box.Live()) {
		if !pick(f) {
			continue
		}
		state, line := lineState(box.Release(), f, box.Carrier(i))
		addr := "unassigned"
		if f.Addr.IsValid() {
			addr = f.Addr.Addr().String()
		}
		fmt.Fprintf(&b, row, f.Hardware, addr, "YES", method(f, box.AddressAtBoot), state, line)
	}
	return b.String()
}

// IPAddresses is show ip address: twice the same, since there is no failover.
func IPAddresses(rel *release.Release, c *config.Config, atBoot func(hardware string) netip.Prefix) string {
	var rows strings.Builder
	for _, f := range portOrder(c) {
		addr := f.Addr
		if !addr.IsValid() {
			if !rel.Console.Loopback {
				continue
			}
			addr = netip.PrefixFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 32)
		}
		if f.Name != "" {
			rows.WriteString(rel.Say(release.IPAddressLine, f.Name, addr.Addr(), config.MaskOf(addr.Bits()), f.Hardware, method(f, atBoot)) + "\n")
		}
	}
	head, now := rel.Say(release.IPAddressHead), rel.Say(release.IPAddressNow)
	if head == "" { // 4.0 and 4.1 print one block
		return rows.String()
	}
	return head + "\n" + rows.String() + now + "\n" + rows.String()
}

func nameifTable(rel *release.Release, c *config.Config) string {
	var b strings.Builder
	b.WriteString(rel.Say(release.NameifHead) + "\n")
	for _, f := range portOrder(c) {
		if f.Name != "" {
			b.WriteString(rel.Say(release.NameifLine, f.Hardware, f.Name, f.Level) + "\n")
		}
	}
	return b.String()
}
