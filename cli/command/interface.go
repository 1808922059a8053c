package command

import (
	"iter"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// nameif of the PIX from 4.1 on: every interface has a name and a level, inside and outside have theirs for good.
var (
	nameifHardware = &g.Param[string]{Name: "hardware_id", Help: "hardware name of the interface", Type: g.Hardware()}
	nameifName     = &g.Param[string]{Name: "if_name", Help: "name of the interface", Type: g.Ident(48)}
	nameifLevel    = &g.Param[int]{Name: "security_lvl", Help: "security level, security0 to security100", Type: g.Security()}

	nameif = &Command{
		Name: "nameif", Help: "Assign a name to an interface", Mode: Configure, Span: pixFrom(4, 1),
		Syntax:   g.Seq(g.Word("nameif", "Assign a name to an interface"), nameifHardware, nameifName, nameifLevel),
		NoSyntax: g.Seq(g.Word("nameif", "Assign a name to an interface"), g.Opt(nameifHardware, g.Opt(nameifName, nameifLevel))),
		Set:      setNameif,
		No:       resetNameif, Clear: resetNameif,
		Lines: each(release.SectionNameif, interfacesOf, func(_ printer, f config.Interface) string {
			return line("", "nameif %s %s security%d", f.Hardware, f.Name, f.Level).Text
		}),
		Usage: []string{"nameif <hardware_id> <if_name> <security_lvl>", "no nameif"},
	}
)

func interfacesOf(c *config.Config) []config.Interface { return c.Interfaces }

func setNameif(c *Ctx, e *config.Edit, m *g.Match) error {
	name, level := nameifName.Get(m), nameifLevel.Get(m)
	if fixed, ok := map[string]int{"outside": 0, "inside": 100}[name]; ok && fixed != level {
		return Errorf(release.ConfReservedName, name, fixed)
	}
	_, i := e.View().InterfaceAt(nameifHardware.Get(m))
	if i < 0 {
		return ErrUsage
	}
	for j, f := range e.View().Interfaces {
		if j == i || f.Name != name {
			continue
		}
		if !c.Loading {
			return Errorf(release.ConfNameInUse, name)
		}
		swapNames(e, i, j)
	}
	e.SetInterface(i, func(f *config.Interface) { f.Name, f.Level = name, level })
	return nil
}

// swapNames gives two interfaces each other's name: a startup configuration may name the defaults another way round.
func swapNames(e *config.Edit, i, j int) {
	a, b := e.View().Interfaces[i], e.View().Interfaces[j]
	e.SetInterface(i, func(f *config.Interface) { f.Name = "\x00swap" })
	e.SetInterface(j, func(f *config.Interface) { f.Name, f.Level = a.Name, a.Level })
	e.SetInterface(i, func(f *config.Interface) { f.Name, f.Level = b.Name, b.Level })
}

func resetNameif(c *Ctx, e *config.Edit, m *g.Match) error {
	only, picked := nameifHardware.Lookup(m)
	for i, f := range config.New(c.Release).View().Interfaces {
		if i >= len(e.View().Interfaces) || picked && !strings.EqualFold(f.Hardware, only) {
			continue
		}
		for j, g := range e.View().Interfaces {
			if j != i && g.Name == f.Name {
				swapNames(e, i, j)
			}
		}
		e.SetInterface(i, func(v *config.Interface) { v.Name, v.Level = f.Name, f.Level })
	}
	return nil
}

// interface of the PIX: speed and shutdown in one line. 4.0 knows its two interfaces by name only (Cisco PIX 4.0 command
// reference: interface ethernet inside|outside 10baseT|100baseTX|auto|100full). 6.3 has logical ones for VLANs.
var (
	interfaceWord     = g.Word("interface", "Set network interface parameters")
	interfaceEthernet = g.Word("ethernet", "Ethernet interface")
	interfaceName     = &g.Param[string]{Name: "if_name", Help: "inside or outside", Type: g.Enum("inside", "outside")}

	interfaceNamed = &Command{
		Name: "interface", Help: "Set network interface parameters", Mode: Configure, Span: release.Until(release.V(4, 0)),
		Syntax: g.Seq(interfaceWord, interfaceEthernet, interfaceName, g.Opt(interfaceSpeed)),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			return editNamed(e, interfaceName.Get(m), func(f *config.Interface) {
				if s, ok := interfaceSpeed.Lookup(m); ok {
					f.Speed = s
				}
			})
		},
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			return editNamed(e, interfaceName.Get(m), func(f *config.Interface) { f.Speed = "auto" })
		},
		Lines: each(release.SectionInterface, interfacesOf, func(_ printer, f config.Interface) string {
			return "interface ethernet " + f.Name + " " + f.Speed
		}),
		Usage: []string{"interface ethernet inside|outside 10baseT|100baseTX|auto|100full"},
	}

	interfaceHardware = &g.Param[string]{Name: "hardware_id", Help: "hardware name of the interface", Type: g.Hardware()}
	interfaceSpeed    = &g.Param[string]{Name: "hw_speed", Help: "speed and duplex", Type: hardwareSpeed()}
	interfaceShutdown = g.Word("shutdown", "Disable the interface")
	interfaceVLAN     = &g.Param[int]{Name: "vlan_id", Help: "VLAN, vlan1 to vlan4095", Type: vlanID()}
	interfaceLogical  = g.Word("logical", "A logical interface for the VLAN")
	interfacePhysical = g.Word("physical", "The VLAN of the interface itself")

	interfacePIX = &Command{
		Name: "interface", Help: "Set network interface parameters and configure VLANs", Mode: Configure, Span: pixFrom(4, 1),
		Syntax:   g.Seq(interfaceWord, interfaceHardware, interfaceRest()),
		NoSyntax: g.Seq(interfaceWord, interfaceHardware, interfaceRest()),
		Set:      setInterface, No: resetInterface,
		Lines: interfaceLines,
		Usage: []string{
			"interface <hardware_id> [<hw_speed> [shutdown]]",
			"[no] interface <hardware_id> <vlan_id> {logical|physical} [shutdown]",
		},
	}
)

func interfaceRest() g.Syntax {
	return g.Alt(
		g.Seq(g.Opt(interfaceSpeed), g.Opt(interfaceShutdown)),
		g.In(since63, interfaceVLAN, g.Opt(g.Alt(interfaceLogical, interfacePhysical)), g.Opt(interfaceShutdown)),
	)
}

func setInterface(c *Ctx, e *config.Edit, m *g.Match) error {
	id := interfaceHardware.Get(m)
	if n, ok := interfaceVLAN.Lookup(m); ok {
		return setVLAN(c, e, m, id, n)
	}
	return editInterface(e, id, func(f *config.Interface) {
		if s, ok := interfaceSpeed.Lookup(m); ok {
			f.Speed = s
		}
		f.Shutdown = interfaceShutdown.Seen(m)
	})
}

// setVLAN gives an interface its own VLAN, or makes or switches a logical one.
func setVLAN(c *Ctx, e *config.Edit, m *g.Match, id string, vlan int) error {
	parent, i := e.View().InterfaceAt(id)
	if i < 0 || parent.Parent != "" {
		return ErrUsage
	}
	for j, f := range e.View().Interfaces {
		if f.VLAN != vlan {
			continue
		}
		switch {
		case f.Parent == id && !interfacePhysical.Seen(m):
			e.SetInterface(j, func(f *config.Interface) { f.Shutdown = interfaceShutdown.Seen(m) })
		case j != i || !interfacePhysical.Seen(m):
			return Errorf(release.ConfVLANInUse, vlan)
		}
		return nil
	}
	switch {
	case interfacePhysical.Seen(m):
		e.SetInterface(i, func(f *config.Interface) { f.VLAN = vlan })
	case !interfaceLogical.Seen(m):
		return ErrUsage
	case len(e.View().Interfaces) >= c.Release.Limits.Interfaces:
		return Errorf(release.ConfTooMany, "interface")
	default:
		f := e.View().NewLogical(id, vlan)
		f.Shutdown = interfaceShutdown.Seen(m)
		e.InsertInterface(behindVLANs(e.View(), i), f)
	}
	return nil
}

// behindVLANs is the index behind the logical interfaces of the hardware at index parent and of those before it: they stand
// in the order of the interface lines.
func behindVLANs(c *config.Config, parent int) int {
	at := len(c.Interfaces)
	for at > 0 && c.Interfaces[at-1].Parent != "" {
		if _, i := c.InterfaceAt(c.Interfaces[at-1].Parent); i <= parent {
			break
		}
		at--
	}
	return at
}

func resetInterface(c *Ctx, e *config.Edit, m *g.Match) error {
	id := interfaceHardware.Get(m)
	if n, ok := interfaceVLAN.Lookup(m); ok {
		return resetVLAN(e, m, id, n)
	}
	return editInterface(e, id, func(f *config.Interface) {
		f.Speed = "auto"
		f.Shutdown = f.Shutdown && !interfaceShutdown.Seen(m)
	})
}

func resetVLAN(e *config.Edit, m *g.Match, id string, vlan int) error {
	for j, f := range e.View().Interfaces {
		switch {
		case f.VLAN != vlan || f.Parent != id && f.Hardware != id:
			continue
		case f.Parent == "":
			e.SetInterface(j, func(f *config.Interface) { f.VLAN = 0 })
		case interfaceShutdown.Seen(m):
			e.SetInterface(j, func(f *config.Interface) { f.Shutdown = false })
		default:
			e.RemoveInterface(j)
		}
		return nil
	}
	return found(false, "interface")
}

// interfaceLines are those of the hardware, each with those of its VLANs behind it.
func interfaceLines(c *config.Config, v View) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		p := printerFor(c, v)
		for _, f := range c.Interfaces {
			if f.Parent != "" {
				continue
			}
			texts := []string{interfaceText(p, f)}
			if f.VLAN != 0 {
				texts = append(texts, line("", "interface %s vlan%d physical", f.Hardware, f.VLAN).Text)
			}
			for _, w := range c.Interfaces {
				if w.Parent == f.Hardware {
					texts = append(texts, line("", "interface %s vlan%d logical", f.Hardware, w.VLAN).Text+shutdownWord(w))
				}
			}
			for _, t := range texts {
				if !yield(Line{Section: release.SectionInterface, Text: t}) {
					return
				}
			}
		}
	}
}

func interfaceText(p printer, f config.Interface) string {
	return "interface " + f.Hardware + " " + orElse(p.rel.Config.SpeedWords[f.Speed], f.Speed) + shutdownWord(f)
}

func shutdownWord(f config.Interface) string {
	if f.Shutdown {
		return " shutdown"
	}
	return ""
}

// speedWord is a hardware speed in the releases that take it.
type speedWord struct {
	text string
	span release.Span
}

// In is the releases that take it.
func (w speedWord) In() release.Span { return w.span }

// speedWords are all. unverified: where they begin, but for those of 4.0.
var speedWords = []speedWord{
	{"auto", inPIX}, {"10baset", inPIX}, {"100basetx", inPIX}, {"100full", inPIX},
	{"10full", pixFrom(4, 2)}, {"aui", pixFrom(4, 2)}, {"bnc", pixFrom(4, 2)},
	{"1000auto", pixFrom(5, 2)}, {"1000basesx", pixFrom(5, 2)}, {"1000sxfull", pixFrom(5, 2)}, {"1000full", pixFrom(6, 3)},
}

// hardwareSpeed is one of the speeds of the release.
func hardwareSpeed() g.Type[string] {
	words := func(e g.Env) []string {
		var out []string
		for w := range release.Rows(e.Release(), speedWords) {
			out = append(out, w.text)
		}
		if len(out) == 0 { // a stored configuration of 6.3 that 7.0 converts
			for _, w := range speedWords {
				out = append(out, w.text)
			}
		}
		return out
	}
	return g.Type[string]{
		Words: words,
		Parse: func(e g.Env, w string) (string, error) {
			if i := slices.IndexFunc(words(e), func(s string) bool { return strings.EqualFold(s, w) }); i >= 0 {
				return words(e)[i], nil
			}
			return "", g.ErrAddress
		},
		Sample: func(e g.Env, r *rand.Rand) string { all := words(e); return all[r.IntN(len(all))] },
	}
}

// vlanID is vlan5, as hardware ids of logical interfaces are written; the value is the number.
func vlanID() g.Type[int] {
	number := g.Int(1, 4095)
	return g.Type[int]{
		Label: "vlan<1-4095>",
		Parse: func(e g.Env, w string) (int, error) {
			digits, ok := strings.CutPrefix(strings.ToLower(w), "vlan")
			if !ok {
				return 0, g.ErrAddress
			}
			return number.Parse(e, digits)
		},
		Sample: func(_ g.Env, r *rand.Rand) string { return "vlan" + strconv.Itoa(1+r.IntN(4095)) },
	}
}

func editInterface(e *config.Edit, hardware string, f func(*config.Interface)) error {
	_, i := e.View().InterfaceAt(hardware)
	if i < 0 {
		return ErrUsage
	}
	e.SetInterface(i, f)
	return nil
}

// editNamed edits the interface that nameif gave the name.
func editNamed(e *config.Edit, name string, f func(*config.Interface)) error {
	for i, v := range e.View().Interfaces {
		if v.Name == name {
			e.SetInterface(i, f)
			return nil
		}
	}
	return ErrUsage
}
