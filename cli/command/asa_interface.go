package command

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// interface of 7.0 and later opens a sub-mode, whose lines stand in a block of the configuration.
var (
	portWord = g.Word("interface", "Select an interface to configure")
	portID   = &g.Param[string]{Name: "hardware_id", Help: "hardware name of the interface, with .N that of a subinterface", Type: portType()}

	interfaceASA = &Command{
		Name: "interface", Help: "Select an interface to configure", Mode: Configure, Span: inASA,
		Syntax: g.Seq(portWord, portID), ClearSyntax: g.Seq(portWord, g.Opt(portID)),
		Set: enterPort, No: removePort, Clear: clearPorts, Lines: portLines,
	}
)

// portType is a hardware id of the model, a logical interface of the release, or one of these with the number of a
// subinterface; only the first have to exist.
func portType() g.Type[string] {
	t := g.Hardware()
	parse, sample := t.Parse, t.Sample
	t.Parse = func(e g.Env, w string) (string, error) {
		base, sub, dotted := strings.Cut(w, ".")
		id, err := parse(e, base)
		if err != nil {
			id, err = logicalPort(e, base)
		}
		if err != nil || !dotted {
			return id, err
		}
		n, err := strconv.ParseUint(sub, 10, 32)
		return fmt.Sprintf("%s.%d", id, n), err
	}
	t.Sample = func(e g.Env, r *rand.Rand) string {
		id := sample(e, r)
		if r.IntN(4) == 0 && !strings.Contains(id, ".") {
			id += fmt.Sprintf(".%d", 1+r.IntN(9))
		}
		return id
	}
	return t
}

// logicalPorts are the interfaces that exist because a line names them, with their highest numbers.
var logicalPorts = []logicalKind{
	{name: "Vlan", most: 4090, ofSwitch: true},
	{name: "Redundant", most: 8, span: since80},
	{name: "Port-channel", most: 48, span: since84},
	{name: "BVI", most: 250, span: since84},
	{name: "nve", most: 1, span: since94},
	{name: "vni", most: 10000, span: since94},
	{name: "Tunnel", most: 413, span: release.Since(release.V(9, 7))},
}

type logicalKind struct {
	name     string
	most     int
	span     release.Span
	ofSwitch bool // on a machine with a switch only
}

// In implements release.Row.
func (k logicalKind) In() release.Span { return k.span }

// logicalPort is the id of a logical interface, whose name may be abbreviated.
func logicalPort(e g.Env, w string) (string, error) {
	at := strings.IndexAny(w, "0123456789")
	if e == nil || at <= 0 {
		return "", errKey
	}
	n, err := strconv.Atoi(w[at:])
	for k := range release.Rows(e.Release(), logicalPorts) {
		if at <= len(k.name) && strings.EqualFold(k.name[:at], w[:at]) && (!k.ofSwitch || e.Release().Model.Switch) {
			if err != nil || n < 1 || n > k.most {
				return "", errKey
			}
			return k.name + strconv.Itoa(n), nil
		}
	}
	return "", errKey
}

// machinePort reports whether an id is that of an interface of the machine: it cannot go.
func machinePort(c *config.Config, id string) bool {
	return slices.Contains(c.Release.Model.Interfaces, id)
}

func subinterface(id string) bool { return strings.Contains(id, ".") }

// enterPort opens the block of an interface. A stored block without shutdown is that of an interface that is up, while a
// box without a configuration has every port down.
func enterPort(c *Ctx, e *config.Edit, m *g.Match) error {
	id := portID.Get(m)
	_, i := e.View().InterfaceAt(id)
	switch {
	case subinterface(id):
		if i < 0 {
			addSubinterface(e, config.Interface{Hardware: id, Level: -1, MTU: 1500})
		}
		c.Enter(ConfigSubinterface, id)
		return nil
	case i < 0:
		addSubinterface(e, config.Interface{Hardware: id, Level: -1, MTU: 1500})
	case c.Loading:
		e.SetInterface(i, func(f *config.Interface) { f.Shutdown = false })
	}
	c.Enter(ConfigInterface, id)
	return nil
}

// addSubinterface keeps the interfaces without a wire of their own in order behind the ports, whose places are those of
// their wires.
func addSubinterface(e *config.Edit, f config.Interface) {
	c := e.View()
	at := len(c.Interfaces)
	for at > 0 && !machinePort(c, c.Interfaces[at-1].Hardware) && comparePorts(c, f, c.Interfaces[at-1]) < 0 {
		at--
	}
	e.InsertInterface(at, f)
}

// comparePorts orders interfaces by port and then by the number of the subinterface. The VLANs of a switch stand before its
// ports, other logical interfaces behind them (captures of 8.2(1) and 9.x).
func comparePorts(c *config.Config, a, b config.Interface) int {
	return slices.Compare(portRank(c, a.Hardware), portRank(c, b.Hardware))
}

func portRank(c *config.Config, id string) []int {
	base, sub, _ := strings.Cut(id, ".")
	n, _ := strconv.Atoi(sub)
	if at := slices.Index(c.Release.Model.Interfaces, base); at >= 0 {
		return []int{1, 0, at, n}
	}
	for k, l := range logicalPorts {
		if number, ok := strings.CutPrefix(base, l.name); ok {
			no, _ := strconv.Atoi(number)
			if l.ofSwitch {
				return []int{0, k, no, n}
			}
			return []int{2, k, no, n}
		}
	}
	return []int{3, 0, 0, n}
}

// removePort: an interface of the machine stays.
func removePort(c *Ctx, e *config.Edit, m *g.Match) error {
	id := portID.Get(m)
	_, i := e.View().InterfaceAt(id)
	if i < 0 || machinePort(e.View(), id) {
		return ErrUsage
	}
	e.RemoveInterface(i)
	e.RemoveStoredUnder(portBody.name, id)
	return nil
}

func clearPorts(c *Ctx, e *config.Edit, m *g.Match) error {
	only, picked := portID.Lookup(m)
	plain := config.New(c.Release).View()
	for i := len(e.View().Interfaces) - 1; i >= 0; i-- {
		f := e.View().Interfaces[i]
		if !picked || f.Hardware == only {
			e.RemoveStoredUnder(portBody.name, f.Hardware)
		}
		switch fresh, at := plain.InterfaceAt(f.Hardware); {
		case picked && f.Hardware != only:
		case at >= 0:
			e.SetInterface(i, func(f *config.Interface) { *f = fresh })
		default:
			e.RemoveInterface(i)
		}
	}
	return nil
}

// Words of the block.
var (
	portText      = &g.Param[string]{Name: "text", Help: "description of the interface", Type: g.Text()}
	portSpeed     = &g.Param[string]{Name: "speed", Help: "speed of the port in Mbit/s", Type: g.Enum("10", "100", "1000", "auto", "nonegotiate")}
	portDuplex    = &g.Param[string]{Name: "duplex", Help: "duplex of the port", Type: g.Enum("auto", "full", "half")}
	portVLAN      = &g.Param[int]{Name: "vlan_id", Help: "VLAN of the subinterface", Type: g.Int(1, 4094)}
	asaNameif     = &g.Param[string]{Name: "if_name", Help: "name of the interface", Type: g.Ident(48)}
	portLevel     = &g.Param[int]{Name: "level", Help: "security level, 0 the least trusted", Type: g.Int(0, 100)}
	portAddr      = &g.Param[netip.Addr]{Name: "ip_address", Help: "address of the interface", Type: g.Addr()}
	portMask      = &g.Param[netip.Addr]{Name: "mask", Help: "netmask of the interface", Type: g.Mask()}
	portDHCP      = g.Word("dhcp", "Obtain the address by DHCP")
	portSetRoute  = g.Word("setroute", "Take the default route from DHCP")
	portStandby   = &g.Param[netip.Addr]{Name: "ip_address", Help: "address of the standby unit", Type: g.Addr()}
	portPPPoE     = g.Word("pppoe", "Obtain the address by PPPoE, or leave to use it")
	portAddresses = g.Alt(
		g.Seq(portAddr, g.Opt(portMask), g.Opt(g.Alt(g.Seq(g.Word("standby", "Configure the address of the standby unit"), portStandby),
			g.In(since72, portPPPoE, g.Opt(portSetRoute))))),
		g.Seq(portDHCP, g.Opt(portSetRoute)), g.In(since72, portPPPoE, g.Opt(portSetRoute)))
)

// portSpecs are the lines of an interface; those of both kinds of interface stand in both modes.
var portSpecs = []struct {
	name, help string
	modes      []Mode
	arg        g.Syntax // nil: the word alone
	set, no    func(*Ctx, *config.Edit, *g.Match) error
}{
	{"description", "Interface specific description", bothPorts, portText,
		onPort(func(f *config.Interface, m *g.Match) { f.Description = portText.Get(m) }),
		onPort(func(f *config.Interface, _ *g.Match) { f.Description = "" })},
	{"speed", "Configure speed operation", physical, portSpeed,
		onPort(func(f *config.Interface, m *g.Match) { f.Speed = unlessAuto(portSpeed.Get(m)) }),
		onPort(func(f *config.Interface, _ *g.Match) { f.Speed = "" })},
	{"duplex", "Configure duplex operation", physical, portDuplex,
		onPort(func(f *config.Interface, m *g.Match) { f.Duplex = unlessAuto(portDuplex.Get(m)) }),
		onPort(func(f *config.Interface, _ *g.Match) { f.Duplex = "" })},
	{"shutdown", "Shutdown the selected interface", bothPorts, nil,
		onPort(func(f *config.Interface, _ *g.Match) { f.Shutdown = true }),
		onPort(func(f *config.Interface, _ *g.Match) { f.Shutdown = false })},
	{"vlan", "Configure VLAN identifier for the subinterface", virtual, portVLAN,
		onPort(func(f *config.Interface, m *g.Match) { f.VLAN = portVLAN.Get(m) }),
		onPort(func(f *config.Interface, _ *g.Match) { f.VLAN = 0 })},
	{"management-only", "Dedicate an interface to management", bothPorts, nil,
		onPort(func(f *config.Interface, _ *g.Match) { f.ManagementOnly = true }),
		onPort(func(f *config.Interface, _ *g.Match) { f.ManagementOnly = false })},
	{"nameif", "Assign name to interface", bothPorts, asaNameif, setPortName,
		onPort(func(f *config.Interface, _ *g.Match) { f.Name, f.Level = "", -1 })},
	{"security-level", "Specify the security level of this interface", bothPorts, portLevel,
		onPort(func(f *config.Interface, m *g.Match) { f.Level = portLevel.Get(m) }), noPortLevel},
	{"ip address", "Configure the address of the interface", bothPorts, portAddresses, setPortAddress,
		onPort(func(f *config.Interface, _ *g.Match) { clearAddress(f) })},
}

var (
	physical  = []Mode{ConfigInterface}
	virtual   = []Mode{ConfigSubinterface}
	bothPorts = []Mode{ConfigInterface, ConfigSubinterface}
)

func portCommands() []*Command {
	var out []*Command
	for _, s := range portSpecs {
		for _, mode := range s.modes {
			words := keywords(s.name, s.help)
			c := &Command{Name: s.name, Help: s.help, Mode: mode, Span: inASA, Syntax: g.Seq(words...), Set: s.set, No: s.no}
			if s.arg != nil {
				c.Syntax = g.Seq(append(words, s.arg)...)
				c.NoSyntax = g.Seq(append(words, g.Opt(s.arg))...)
			}
			out = append(out, c)
		}
	}
	return out
}

// keywords are the words of a name, the first with the help of the command.
func keywords(name, help string) []g.Syntax {
	var out []g.Syntax
	for w := range strings.FieldsSeq(name) {
		out = append(out, g.Word(w, help))
		help = ""
	}
	return slices.Clip(out)
}

func unlessAuto(s string) string {
	if s == "auto" {
		return ""
	}
	return s
}

// onPort makes a Set of a change to the interface of the block.
func onPort(f func(*config.Interface, *g.Match)) func(*Ctx, *config.Edit, *g.Match) error {
	return func(c *Ctx, e *config.Edit, m *g.Match) error {
		return editInterface(e, c.Path[0], func(v *config.Interface) { f(v, m) })
	}
}

func setPortName(c *Ctx, e *config.Edit, m *g.Match) error {
	name := asaNameif.Get(m)
	for _, f := range e.View().Interfaces {
		if strings.EqualFold(f.Name, name) && !strings.EqualFold(f.Hardware, c.Path[0]) {
			return Errorf(release.ConfNameInUse, name)
		}
	}
	return editInterface(e, c.Path[0], func(f *config.Interface) {
		f.Name = name
		if f.Level >= 0 {
			return
		}
		f.Level = UsualLevel(name)
		if !c.Loading { // the next line of the block says the level
			c.Note(release.ConfDefaultLevel, name, f.Level)
		}
	})
}

// UsualLevel is the level that nameif sets: 100 for inside in any case, 0 for every other name.
func UsualLevel(name string) int {
	if strings.EqualFold(name, "inside") {
		return 100
	}
	return 0
}

func noPortLevel(c *Ctx, e *config.Edit, _ *g.Match) error {
	return editInterface(e, c.Path[0], func(f *config.Interface) {
		f.Level = -1
		if f.Name != "" {
			f.Level = 0
		}
	})
}

func setPortAddress(c *Ctx, e *config.Edit, m *g.Match) error {
	p := netip.Prefix{}
	if a, typed := portAddr.Lookup(m); typed {
		mask, typed := portMask.Lookup(m)
		if !typed {
			mask = config.ClassMask(a)
		}
		var err error
		if p, err = portPrefix(e, c.Path[0], a, mask); err != nil {
			return err
		}
	}
	now := func(f *config.Interface) {
		clearAddress(f)
		f.Addr, f.DHCP, f.SetRoute, f.PPPoE = p, portDHCP.Seen(m), portSetRoute.Seen(m), portPPPoE.Seen(m)
		f.Standby = portStandby.Get(m)
		if f.DHCP {
			f.Asked++
		}
	}
	port, _ := e.View().InterfaceAt(c.Path[0])
	return losesPool(c, e, port.Name, func() error { return editInterface(e, c.Path[0], now) })
}

// portPrefix checks an address for an interface: a mask without holes, and a network that no other interface has.
func portPrefix(e *config.Edit, hardware string, a, mask netip.Addr) (netip.Prefix, error) {
	p, ok := config.Net{Addr: a, Mask: mask}.Prefix()
	if !ok || p.Bits() == 0 || a.IsMulticast() || a.IsUnspecified() {
		return p, Errorf(release.ConfBadMask, a, mask)
	}
	for _, f := range e.View().Interfaces {
		if f.Hardware != hardware && f.Addr.IsValid() && f.Addr.Overlaps(p) {
			return p, Errorf(release.ConfOverlapIf, orElse(f.Name, f.Hardware))
		}
	}
	return p, nil
}

// portLines are the blocks: each port, and behind it its subinterfaces by number.
func portLines(c *config.Config, v View) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		p, kept := printerFor(c, v), portBody.bodies(c)
		for _, f := range portOrder(c) {
			for _, l := range portBlock(p, f, v, kept[f.Hardware]) {
				l.Section = release.SectionInterface
				if !yield(l) {
					return
				}
			}
		}
	}
}

// portOrder is the interfaces by their indices, in the order of the configuration's lines and of what shows them: a
// subinterface stands behind its port.
func portOrder(c *config.Config) iter.Seq2[int, config.Interface] {
	at := make([]int, len(c.Interfaces))
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(a, b int) int { return comparePorts(c, c.Interfaces[a], c.Interfaces[b]) })
	return func(yield func(int, config.Interface) bool) {
		for _, i := range at {
			if !yield(i, c.Interfaces[i]) {
				return
			}
		}
	}
}

func portBlock(p printer, f config.Interface, v View, kept []*config.Stored) []Line {
	out := []Line{{Text: "interface " + f.Hardware}}
	stored := func(tail bool) {
		for _, l := range kept {
			if l.Form >= portTail == tail {
				out = append(out, Line{Depth: 1, Text: l.Render(p.names, v.Secrets)})
			}
		}
	}
	say := func(when bool, format string, args ...any) {
		if when {
			out = append(out, Line{Depth: 1, Text: fmt.Sprintf(format, args...)})
		}
	}
	last := p.rel.Config.ManagementLast
	say(f.Description != "", "description %s", f.Description)
	say(f.Speed != "", "speed %s", f.Speed)
	say(f.Duplex != "", "duplex %s", f.Duplex)
	say(f.ManagementOnly && !last, "management-only")
	say(f.Shutdown, "shutdown")
	say(f.VLAN != 0, "vlan %d", f.VLAN)
	say(f.VLAN == 0 && subinterface(f.Hardware), "no vlan")
	stored(false)
	say(f.Name != "", "nameif %s", f.Name)
	say(f.Name == "", "no nameif")
	say(f.Level >= 0, "security-level %d", f.Level)
	say(f.Level < 0, "no security-level")
	say(true, "%s", portAddressText(p, f))
	say(f.ManagementOnly && last, "management-only")
	stored(true)
	return append(out, Line{Text: "!"})
}

func portAddressText(p printer, f config.Interface) string {
	text := "ip address"
	switch {
	case f.DHCP:
		text += " dhcp"
	case f.Addr.IsValid():
		text += " " + p.addr(f.Addr.Addr()) + " " + config.MaskOf(f.Addr.Bits()).String()
	case !f.PPPoE:
		return "no ip address"
	}
	if f.PPPoE {
		text += " pppoe"
	}
	if f.SetRoute {
		text += " setroute"
	}
	if f.Standby.IsValid() {
		text += " standby " + p.addr(f.Standby)
	}
	return p.tail(release.SectionIPAddress, text)
}
