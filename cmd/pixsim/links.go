package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"pixsim/appliance"
	"pixsim/dataplane/link"
	"pixsim/lab"
)

// plug is what an interface of the box is plugged into.
type plug struct {
	name    string // as --link has it; "" of the lab's own wires
	spec    string // of package link; "" the lab
	segment int    // of the lab
}

// The words of --link for the wires of the lab.
const (
	labWire        = "lab"
	labWireOutside = "lab:outside"
	labWireInside  = "lab:inside"
)

// linkHelp lists what --link takes.
func linkHelp() string {
	text := ""
	for _, k := range append(link.Kinds(), [2]string{"lab, lab:outside, lab:inside", "the lab's hosts of that side; lab alone: those inside, but for the first interface"}) {
		text += "  " + k[0] + "\n" + hanging(6, "      "+k[1]) + "\n"
	}
	return text
}

// splitLink cuts NAME=SPEC.
func splitLink(text string) (name, spec string, err error) {
	name, spec, ok := strings.Cut(text, "=")
	if !ok || name == "" || spec == "" {
		return "", "", fmt.Errorf("--link: %q is not INTERFACE=LINK, such as outside=packet:eth1", text)
	}
	return name, spec, nil
}

// cables finds the interfaces that --link names, and what every interface is plugged into: without a word of it, the first
// two into the lab.
func (c runCmd) cables(st *start, _ streams) error {
	st.plugs = map[int]plug{lab.Outside: {segment: lab.Outside}, lab.Inside: {segment: lab.Inside}}
	if c.Offload && !slices.ContainsFunc(c.Link, func(l string) bool { return strings.Contains(l, "=packet:") }) {
		return usageError{errors.New("--offload: it is between packet links: --link INTERFACE=packet:IFNAME")}
	}
	if len(c.Link) == 0 {
		return nil
	}
	var names, specs []string
	for _, text := range c.Link {
		name, spec, err := splitLink(text)
		if err != nil {
			return usageError{err}
		}
		names, specs = append(names, name), append(specs, spec)
	}
	text, err := c.bootText(st)
	if err != nil {
		return err
	}
	rel, at, err := appliance.Sockets(st.rel, text, names)
	if err != nil {
		return usageError{named("link", err)}
	}
	st.rel = rel
	return st.plugIn(names, specs, at)
}

// bootText is the configuration that the box will boot from.
func (c runCmd) bootText(st *start) (string, error) {
	if c.Flash == "" {
		return st.seed, nil
	}
	flash, err := appliance.DirFlash(c.Flash)
	if err != nil {
		return "", named("flash", err)
	}
	text, found, err := appliance.StartupText(flash)
	if err != nil || found {
		return text, named("flash", err)
	}
	return st.seed, nil
}

// plugIn plugs interface at[i] into specs[i]. A side of the lab has one plug: who asks for it takes it from where it was.
func (st *start) plugIn(names, specs []string, at []int) error {
	asked := map[int]string{}
	sides := map[int]string{}
	for i, port := range at {
		if other, twice := asked[port]; twice {
			return usageError{fmt.Errorf("--link: %s and %s are one interface", other, names[i])}
		}
		asked[port] = names[i]
		p := plug{name: names[i], spec: specs[i]}
		side, isLab := labSide(specs[i], port)
		if !isLab {
			st.plugs[port] = p
			continue
		}
		if other, twice := sides[side]; twice {
			return usageError{fmt.Errorf("--link: %s and %s want the same side of the lab", other, names[i])}
		}
		sides[side] = names[i]
		if old, own := st.plugs[side]; own && old.name == "" && side != port {
			delete(st.plugs, side)
		}
		p.spec, p.segment = "", side
		st.plugs[port] = p
	}
	return nil
}

// labSide is the side of the lab that a spec for an interface names.
func labSide(spec string, port int) (int, bool) {
	switch {
	case spec == labWireOutside, spec == labWire && port == lab.Outside:
		return lab.Outside, true
	case spec == labWireInside, spec == labWire:
		return lab.Inside, true
	}
	return 0, false
}

// plugged tells whether a side of the lab leads to the box.
func (st *start) plugged(side int) bool {
	for _, p := range st.plugs {
		if p.spec == "" && p.segment == side {
			return true
		}
	}
	return false
}

// wire opens the links. They are the box's once it runs, and closed by it.
func (c runCmd) wire(st *start, s streams) error {
	most := -1
	for port := range st.plugs {
		most = max(most, port)
	}
	st.links = make([]link.Link, most+1)
	for port, p := range st.plugs {
		if p.spec == "" {
			st.links[port] = st.lab.Links()[p.segment]
			continue
		}
		l, err := link.Open(p.spec)
		var wrong link.SpecError
		switch {
		case errors.As(err, &wrong):
			return usageError{named("link "+p.name, err)}
		case err != nil:
			return named("link "+p.name, portTaken(err))
		}
		st.links[port] = l
		st.opened = append(st.opened, l)
		if a := link.Addr(l); a != nil {
			st.picked = append(st.picked, "link "+p.name+" at "+a.String())
		}
	}
	if c.Offload {
		var err error
		if st.offload, err = link.NewOffload(st.links); err != nil {
			fmt.Fprintf(s.err, "pixsim: no --offload, all packets go through the box itself: %v\n", err)
		}
	}
	return nil
}

// startLinks tells what waits for its interface, and starts what plays frames.
func (st *start) startLinks(diag io.Writer) {
	for port, l := range st.links {
		if l == nil {
			continue
		}
		if what := link.Waiting(l); what != "" {
			fmt.Fprintf(diag, "pixsim: link %s waits: %s\n", st.plugs[port].name, what)
		}
		link.Start(l)
	}
}
