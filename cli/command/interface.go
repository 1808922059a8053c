package command

import (
	"math/rand/v2"
	"slices"
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
		Lines: each(release.SectionNameif, values(namedInterfaces), func(_ printer, f config.Interface) string {
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
	for i, f := range e.View().Interfaces {
		if f.Trunk != "" && (!picked || strings.EqualFold(f.Hardware, only)) {
			e.SetInterface(i, func(v *config.Interface) { v.Name, v.Level = "", 0 })
		}
	}
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
// reference: interface ethernet inside|outside 10baseT|100baseTX|auto|100full).
var (
	interfaceEthernet = g.Word("ethernet", "Ethernet interface")
	interfaceName     = &g.Param[string]{Name: "if_name", Help: "inside or outside", Type: g.Enum("inside", "outside")}

	interfaceRing = g.Word("token-ring", "Token Ring interface")
	ringSpeed     = &g.Param[string]{Name: "speed", Help: "Speed of the ring", Type: g.Enum("4Mbps", "16Mbps")}

	interfaceNamed = &Command{
		Name: "interface", Help: "Set network interface parameters", Mode: Configure, Span: release.Until(release.V(4, 0)),
		Syntax: g.Seq(g.Word("interface", "Set network interface parameters"), g.Alt(
			g.Seq(interfaceEthernet, interfaceName, g.Opt(interfaceSpeed)),
			g.Seq(interfaceRing, interfaceName, ringSpeed),
		)),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			if interfaceRing.Seen(m) {
				return ErrUsage // the machine has no such card
			}
			return editNamed(e, interfaceName.Get(m), func(f *config.Interface) {
				if s, ok := interfaceSpeed.Lookup(m); ok {
					f.Speed = s
				}
			})
		},
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			if interfaceRing.Seen(m) {
				return ErrUsage
			}
			return editNamed(e, interfaceName.Get(m), func(f *config.Interface) { f.Speed = "auto" })
		},
		Lines: each(release.SectionInterface, values(interfacesOf), func(_ printer, f config.Interface) string {
			return "interface ethernet " + f.Name + " " + f.Speed
		}),
		// The 4.0 reference shows both lines behind "int ?".
		Usage: []string{"interface ethernet inside|outside 10baseT|100baseTX|auto|100full", "interface token-ring inside|outside 4Mbps|16Mbps"},
	}

	interfaceHardware = &g.Param[string]{Name: "hardware_id", Help: "hardware name of the interface", Type: g.Hardware()}
	interfaceSpeed    = &g.Param[string]{Name: "hardware_speed", Help: "speed and duplex", Type: hardwareSpeed()}
	interfaceShutdown = g.Word("shutdown", "Disable the interface")

	interfacePIX = &Command{
		Name: "interface", Help: "Set network interface parameters and configure VLANs", Mode: Configure, Span: pixFrom(4, 1),
		Syntax: g.Seq(g.Word("interface", "Set network interface parameters"), interfaceHardware,
			g.Opt(interfaceSpeed), g.Opt(interfaceShutdown)),
		NoSyntax: g.Seq(g.Word("interface", "Set network interface parameters"), interfaceHardware, g.Opt(interfaceSpeed), g.Opt(interfaceShutdown)),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			return editPort(e, interfaceHardware.Get(m), func(f *config.Interface) {
				if s, ok := interfaceSpeed.Lookup(m); ok {
					f.Speed = s
				}
				f.Shutdown = interfaceShutdown.Seen(m)
			})
		},
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			return editPort(e, interfaceHardware.Get(m), func(f *config.Interface) {
				f.Speed = "auto"
				f.Shutdown = f.Shutdown && !interfaceShutdown.Seen(m)
			})
		},
		Lines: interfaceLines,
		Usage: []string{"interface <hardware_id> [<hw_speed> [shutdown]]"},
	}
)

func interfaceText(p printer, f config.Interface) string {
	text := "interface " + f.Hardware + " " + orElse(p.rel.Config.SpeedWords[f.Speed], f.Speed)
	if f.Shutdown {
		text += " shutdown"
	}
	return text
}

// speedWords are the hardware speeds. unverified: where they begin, but for those of 4.0.
var speedWords = []spanWord{
	{"auto", inPIX}, {"10baset", inPIX}, {"100basetx", inPIX}, {"100full", inPIX},
	{"10full", pixFrom(4, 2)}, {"aui", pixFrom(4, 2)}, {"bnc", pixFrom(4, 2)},
	{"1000auto", pixFrom(5, 2)}, {"1000basesx", pixFrom(5, 2)}, {"1000sxfull", pixFrom(5, 2)}, {"1000full", pixFrom(6, 3)},
}

// hardwareSpeed is one of the speeds of the release.
func hardwareSpeed() g.Type[string] {
	words := func(e g.Env) []string {
		out := wordsOf(e.Release(), speedWords)
		if len(out) == 0 { // a stored configuration of 6.3 that 7.0 converts
			for _, w := range speedWords {
				out = append(out, w.word)
			}
		}
		return out
	}
	return g.Type[string]{
		Words: words,
		Parse: func(e g.Env, w string) (string, error) {
			all := words(e)
			if i := slices.IndexFunc(all, func(s string) bool { return strings.EqualFold(s, w) }); i >= 0 {
				return all[i], nil
			}
			return "", g.ErrAddress
		},
		Sample: func(e g.Env, r *rand.Rand) string { all := words(e); return all[r.IntN(len(all))] },
	}
}

// editPort edits an interface of the machine, not one of a trunk.
func editPort(e *config.Edit, hardware string, f func(*config.Interface)) error {
	if v, _ := e.View().InterfaceAt(hardware); v.Trunk != "" {
		return ErrUsage
	}
	return editInterface(e, hardware, f)
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
