package command

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"strconv"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// VLANs of 6.3: a logical interface is one of a trunk (a 6.3(5) capture), a physical VLAN is the one of the frames of the
// interface itself, which have no tag without it (6.3 configuration guide).
var (
	vlanID       = &g.Param[int]{Name: "vlan_id", Help: "VLAN of the interface, vlan1 to vlan4094", Type: vlanType()}
	vlanNew      = &g.Param[int]{Name: "new_vlan_id", Help: "VLAN that it becomes", Type: vlanType()}
	vlanLogical  = g.Word("logical", "An interface of its own on a trunk")
	vlanPhysical = g.Word("physical", "The VLAN of the interface itself")
	vlanChange   = g.Word("change-vlan", "Give an interface another VLAN")

	interfaceVLAN = &Command{
		Name: "interface", Help: "Set network interface parameters and configure VLANs", Mode: Configure, Span: from63,
		Syntax: g.Seq(g.Word("interface", "Set network interface parameters and configure VLANs"), interfaceHardware, g.Alt(
			g.Seq(vlanID, g.Alt(vlanLogical, vlanPhysical), g.Opt(interfaceShutdown)),
			g.Seq(vlanChange, vlanID, vlanNew),
		)),
		NoSyntax: g.Seq(g.Word("interface", "Set network interface parameters and configure VLANs"), interfaceHardware, vlanID,
			g.Opt(g.Alt(vlanLogical, vlanPhysical), g.Opt(interfaceShutdown))),
		Set: setVLAN, No: removeVLAN,
		Usage: []string{
			"[no] interface <hardware_id> <vlan_id> [logical|physical] [shutdown]", "interface <hardware_id> change-vlan <old_vlan_id> <new_vlan_id>",
		},
	}
)

// vlanType is a VLAN behind its word: vlan50.
func vlanType() g.Type[int] {
	number := g.Int(1, 4094)
	return g.Type[int]{
		Label: "vlan<1-4094>",
		Parse: func(e g.Env, w string) (int, error) {
			if len(w) < len("vlan") || !strings.EqualFold(w[:len("vlan")], "vlan") {
				return 0, errKey
			}
			return number.Parse(e, w[len("vlan"):])
		},
		Sample: func(_ g.Env, r *rand.Rand) string { return "vlan" + strconv.Itoa(1+r.IntN(40)) },
	}
}

func vlanName(n int) string { return fmt.Sprintf("vlan%d", n) }

func setVLAN(c *Ctx, e *config.Edit, m *g.Match) error {
	port, at := e.View().InterfaceAt(interfaceHardware.Get(m))
	if at < 0 || port.Trunk != "" {
		return ErrUsage
	}
	id := vlanID.Get(m)
	switch {
	case vlanChange.Seen(m):
		return changeVLAN(e, port.Hardware, id, vlanNew.Get(m))
	case vlanPhysical.Seen(m):
		e.SetInterface(at, func(f *config.Interface) {
			f.VLAN, f.Shutdown = id, f.Shutdown || interfaceShutdown.Seen(m)
		})
		return nil
	}
	if f, i := e.View().InterfaceAt(vlanName(id)); i >= 0 {
		if f.Trunk != port.Hardware {
			return Errorf(release.ConfExists, vlanName(id))
		}
		e.SetInterface(i, func(f *config.Interface) { f.Shutdown = interfaceShutdown.Seen(m) })
		return nil
	}
	if len(e.View().Interfaces) >= c.Release.Limits.Interfaces {
		return Errorf(release.ConfTooMany, "interface")
	}
	e.InsertInterface(vlanPlace(e.View(), at), config.Interface{
		Hardware: vlanName(id), Trunk: port.Hardware, VLAN: id, MTU: 1500, Shutdown: interfaceShutdown.Seen(m),
	})
	return nil
}

// vlanPlace is where a further VLAN of the port at index at belongs: behind the ports and the VLANs of those up to it.
func vlanPlace(c *config.Config, at int) int {
	i := len(c.Interfaces)
	for ; i > 0 && c.Interfaces[i-1].Trunk != ""; i-- {
		if _, port := c.InterfaceAt(c.Interfaces[i-1].Trunk); port <= at {
			break
		}
	}
	return i
}

// changeVLAN gives a logical interface, or the physical VLAN, another number.
func changeVLAN(e *config.Edit, port string, was, now int) error {
	if _, i := e.View().InterfaceAt(vlanName(now)); i >= 0 {
		return Errorf(release.ConfExists, vlanName(now))
	}
	for i, f := range e.View().Interfaces {
		switch {
		case f.VLAN != was:
		case f.Hardware == port:
			e.SetInterface(i, func(f *config.Interface) { f.VLAN = now })
			return nil
		case f.Trunk == port:
			e.SetInterface(i, func(f *config.Interface) { f.VLAN, f.Hardware = now, vlanName(now) })
			return nil
		}
	}
	return found(false, vlanName(was))
}

func removeVLAN(_ *Ctx, e *config.Edit, m *g.Match) error {
	port, at := e.View().InterfaceAt(interfaceHardware.Get(m))
	id := vlanID.Get(m)
	if at >= 0 && port.VLAN == id && port.Trunk == "" && !vlanLogical.Seen(m) {
		e.SetInterface(at, func(f *config.Interface) { f.VLAN = 0 })
		return nil
	}
	f, i := e.View().InterfaceAt(vlanName(id))
	if i < 0 || f.Trunk != port.Hardware {
		return found(false, vlanName(id))
	}
	e.RemoveInterface(i)
	return nil
}

// interfaceLines are the interfaces of the machine, each followed by its VLANs.
func interfaceLines(c *config.Config, v View) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		p := printerFor(c, v)
		for _, f := range c.Interfaces {
			if f.Trunk != "" {
				continue
			}
			lines := []string{interfaceText(p, f)}
			if f.VLAN != 0 {
				lines = append(lines, vlanText(f.Hardware, f, "physical"))
			}
			for _, k := range c.Interfaces {
				if k.Trunk == f.Hardware {
					lines = append(lines, vlanText(f.Hardware, k, "logical"))
				}
			}
			for _, text := range lines {
				if !yield(Line{Section: release.SectionInterface, Text: text}) {
					return
				}
			}
		}
	}
}

func vlanText(port string, f config.Interface, kind string) string {
	text := "interface " + port + " " + vlanName(f.VLAN) + " " + kind
	if f.Shutdown && f.Trunk != "" {
		text += " shutdown"
	}
	return text
}
