package command

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"strconv"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// VLANs of 6.3: a logical interface is one more interface with a name, a level and an address of its own, on the wire of
// its card; physical gives the card's own frames a tag. (Public configurations of 6.3(5) show the lines, their places and
// the names that a logical interface starts with; no wire of the simulator carries tags.)
var (
	vlanID       = &g.Param[int]{Name: "vlan_id", Help: "VLAN, vlan1 to vlan4094", Type: vlanType()}
	vlanNew      = &g.Param[int]{Name: "new_vlan_id", Help: "VLAN that it shall be", Type: vlanType()}
	vlanLogical  = g.Word("logical", "An interface of its own for the VLAN")
	vlanPhysical = g.Word("physical", "The VLAN of the interface card itself")

	interfaceVLAN = &Command{
		Name: "interface", Help: "Set network interface parameters and configure VLANs", Mode: Configure, Span: pixFrom(6, 3),
		Syntax: g.Seq(g.Word("interface", "Set network interface parameters and configure VLANs"), interfaceHardware, vlanID,
			g.Opt(g.Alt(vlanLogical, vlanPhysical)), g.Opt(interfaceShutdown)),
		Set: setVLAN, No: noVLAN, // interfacePIX prints the lines
		Usage: []string{
			"interface <hardware_id> [<hw_speed> [shutdown]]",
			"[no] interface <hardware_id> <vlan_id> [logical|physical] [shutdown]",
			"interface <hardware_id> change-vlan <old_vlan_id> <new_vlan_id>",
		},
	}

	changeVLAN = &Command{
		Name: "interface", Help: "Set network interface parameters and configure VLANs", Mode: Configure, Span: pixFrom(6, 3),
		Syntax: g.Seq(g.Word("interface", "Set network interface parameters and configure VLANs"), interfaceHardware,
			g.Word("change-vlan", "Change the VLAN of an interface"), vlanID, vlanNew),
		Set:   setChangeVLAN,
		Usage: interfaceVLAN.Usage,
	}
)

// vlanType is a VLAN behind its word: vlan5.
func vlanType() g.Type[int] {
	return g.Type[int]{
		Label: "vlan<1-4094>",
		Parse: func(_ g.Env, w string) (int, error) {
			digits, ok := strings.CutPrefix(strings.ToLower(w), "vlan")
			n, err := strconv.Atoi(digits)
			if !ok || err != nil || n < 1 || n > 4094 || digits[0] == '+' {
				return 0, errNoVLAN
			}
			return n, nil
		},
		Sample: func(_ g.Env, r *rand.Rand) string { return fmt.Sprintf("vlan%d", 1+r.IntN(4094)) },
	}
}

var errNoVLAN = errors.New("no VLAN")

// vlanAt is the index of what carries VLAN id: a card, or a logical interface; -1 when nothing does.
func vlanAt(c *config.Config, id int) int {
	for i, f := range c.Interfaces {
		if f.VLAN == id {
			return i
		}
	}
	return -1
}

// card is the index of an interface card; -1 for a logical interface.
func card(c *config.Config, hardware string) int {
	f, i := c.InterfaceAt(hardware)
	if f.Parent != "" {
		return -1
	}
	return i
}

func setVLAN(c *Ctx, e *config.Edit, m *g.Match) error {
	on, id := card(e.View(), interfaceHardware.Get(m)), vlanID.Get(m)
	has := vlanAt(e.View(), id)
	physical := vlanPhysical.Seen(m)
	switch {
	case on < 0, has >= 0 && physical && has != on:
		return ErrUsage
	case physical:
		e.SetInterface(on, func(f *config.Interface) { f.VLAN = id })
		return nil
	case has >= 0 && e.View().Interfaces[has].Parent != e.View().Interfaces[on].Hardware:
		return ErrUsage
	case has >= 0:
		e.SetInterface(has, func(f *config.Interface) { f.Shutdown = interfaceShutdown.Seen(m) })
		return nil
	case len(e.View().Interfaces) >= c.Release.Limits.Interfaces:
		return Errorf(release.ConfInterfaceLimit, c.Release.Limits.Interfaces)
	}
	e.AddVLAN(e.View().Interfaces[on].Hardware, id, interfaceShutdown.Seen(m))
	return nil
}

func noVLAN(c *Ctx, e *config.Edit, m *g.Match) error {
	on, has := card(e.View(), interfaceHardware.Get(m)), vlanAt(e.View(), vlanID.Get(m))
	switch {
	case on < 0 || has < 0:
		return ErrUsage
	case has == on:
		e.SetInterface(on, func(f *config.Interface) { f.VLAN = 0 })
		return nil
	case e.View().Interfaces[has].Parent != e.View().Interfaces[on].Hardware:
		return ErrUsage
	}
	e.RemoveInterface(has)
	return nil
}

func setChangeVLAN(c *Ctx, e *config.Edit, m *g.Match) error {
	on, has := card(e.View(), interfaceHardware.Get(m)), vlanAt(e.View(), vlanID.Get(m))
	if on < 0 || has < 0 || vlanAt(e.View(), vlanNew.Get(m)) >= 0 ||
		has != on && e.View().Interfaces[has].Parent != e.View().Interfaces[on].Hardware {
		return ErrUsage
	}
	e.SetInterface(has, func(f *config.Interface) {
		f.VLAN = vlanNew.Get(m)
		if f.Parent != "" {
			f.Hardware = config.VLANHardware(f.VLAN)
		}
	})
	return nil
}

// cards are the interfaces that are no VLAN of another one.
func cards(c *config.Config) []config.Interface {
	var out []config.Interface
	for _, f := range c.Interfaces {
		if f.Parent == "" {
			out = append(out, f)
		}
	}
	return out
}

// cardLines are each card with its VLANs behind it.
func cardLines(c *config.Config, v View) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		p := printerFor(c, v)
		say := func(text string) bool { return yield(Line{Section: release.SectionInterface, Text: text}) }
		for _, f := range cards(c) {
			if !say(interfaceText(p, f)) || f.VLAN != 0 && !say(fmt.Sprintf("interface %s vlan%d physical", f.Hardware, f.VLAN)) {
				return
			}
			for _, l := range c.Interfaces {
				if l.Parent == f.Hardware && !say(vlanText(l)) {
					return
				}
			}
		}
	}
}

func vlanText(f config.Interface) string {
	text := fmt.Sprintf("interface %s %s logical", f.Parent, f.Hardware)
	if f.Shutdown {
		text += " shutdown"
	}
	return text
}
