package command

import (
	"fmt"
	"slices"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// fixup of 7.0 and later is no command of its own: it is converted to lines of the modular policy framework, and the box
// says so. Only the last releases of it, those of 6.3, are known.
var fixupASA = &Command{
	Name: "fixup", Help: "Add or delete PIX service and feature defaults", Mode: Configure, Span: inASA, Converts: true,
	Syntax: g.Seq(fixupWord, fixupProtocol, convertSyntax()),
	Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
		v := conversionOf(m)
		c.Note(release.ConfFixupConvert, v.text)
		v.add(e)
		return nil
	},
	// A silent no-op, but for the line, where there is nothing to remove.
	No: func(c *Ctx, e *config.Edit, m *g.Match) error {
		v := conversionOf(m)
		c.Note(release.ConfFixupConvert, "no "+v.text)
		v.remove(e)
		return nil
	},
}

// convertRow is one protocol of the fixup command and the inspection that it becomes.
type convertRow struct {
	proto, arg string
	lo, hi     uint16 // the usual ports; 0: takes none
	dns        bool   // takes maximum-length
	inspect    string
	transport  uint8
}

var (
	convertKeywords = map[string]*g.Keyword{}
	convertRows     = conversions()
)

// udpFixups are the protocols whose ports are those of UDP.
var udpFixups = []string{"dns", "h323 ras", "mgcp", "sip udp", "snmp", "tftp"}

// conversions are the protocols of 6.3, and icmp, which 7.0 takes without its argument (a capture).
func conversions() []convertRow {
	var rows []convertRow
	for _, p := range release.FixupProtocols {
		if p.Proto == "h323" && p.Arg == "" { // two engines since 6.2
			continue
		}
		r := convertRow{proto: p.Proto, arg: p.Arg, lo: p.Lo, hi: p.Hi, dns: p.MaxLen != 0, transport: 6}
		name := strings.TrimSpace(p.Proto + " " + p.Arg)
		if slices.Contains(udpFixups, name) {
			r.transport = 17
		}
		switch name {
		case "smtp":
			r.inspect = "esmtp"
		case "sip udp", "ftp strict":
			r.inspect = p.Proto
		case "esp-ike": // unverified:
			r.inspect = "ipsec-pass-thru"
		default:
			r.inspect = name
		}
		rows = append(rows, r)
	}
	return append(rows, convertRow{proto: "icmp", inspect: "icmp", transport: 6})
}

func convertSyntax() g.Syntax {
	var rows []g.Syntax
	for i := range convertRows {
		r := &convertRows[i]
		var parts []g.Syntax
		for _, w := range []string{r.proto, r.arg} {
			if w == "" {
				continue
			}
			if convertKeywords[w] == nil {
				convertKeywords[w] = kw(w)
			}
			parts = append(parts, convertKeywords[w])
		}
		switch {
		case r.dns:
			parts = append(parts, g.Opt(fixupMaxWord, fixupMax))
		case r.lo != 0:
			parts = append(parts, g.Opt(fixupPorts))
		}
		rows = append(rows, g.Seq(parts...))
	}
	return g.Alt(rows...)
}

// conversion is one line that was typed.
type conversion struct {
	row    *convertRow
	text   string // the line, with a blank at the end where it names no port (a capture)
	lo, hi uint16
	max    int
}

func conversionOf(m *g.Match) conversion {
	v := conversion{}
	for i := range convertRows {
		r := &convertRows[i]
		if convertKeywords[r.proto].Seen(m) && (r.arg == "" || convertKeywords[r.arg].Seen(m)) && (v.row == nil || r.arg != "") {
			v.row = r
		}
	}
	v.lo, v.hi = v.row.lo, v.row.hi
	v.text = "fixup protocol " + v.row.proto + " "
	if v.row.arg != "" {
		v.text += v.row.arg + " "
	}
	if r, typed := fixupPorts.Lookup(m); typed {
		v.lo, v.hi = r[0], r[1]
		v.text += fmt.Sprint(v.lo)
		if v.lo != v.hi {
			v.text += fmt.Sprintf("-%d", v.hi)
		}
	}
	if n, typed := fixupMax.Lookup(m); typed {
		v.max = n
		v.text += fmt.Sprintf("maximum-length %d", n)
	}
	return v
}

// Names of what a conversion makes (captures of upgraded 7.x and 8.x).
const (
	globalPolicy      = "global_policy"
	inspectionDefault = "inspection_default"
	migratedDNSMap    = "migrated_dns_map_1"
)

// usual reports whether the ports are those that the default class covers.
func (v conversion) usual() bool { return v.lo == v.row.lo && v.hi == v.row.hi }

// class is the class-map of the conversion: the default one, or one of the port, named after the protocol. A second port
// of a protocol gets a number.
// unverified: the number.
func (v conversion) class(c *config.Config) (name string, exists bool) {
	if v.usual() {
		_, ok := c.ClassMap(inspectionDefault)
		return inspectionDefault, ok
	}
	base := "custom_" + strings.ReplaceAll(strings.TrimSpace(v.row.proto+" "+v.row.arg), " ", "_") + "_inspection"
	for m := range c.ClassMaps.Values() { // not by number: one before it may be gone
		if strings.HasPrefix(m.Name, base) && m.Kind == config.MatchPort && m.Proto == v.row.transport && m.Lo == v.lo && m.Hi == v.hi {
			return m.Name, true
		}
	}
	name = base
	for n := 2; ; n++ {
		if _, taken := c.ClassMap(name); !taken {
			return name, false
		}
		name = fmt.Sprintf("%s_%d", base, n)
	}
}

func (v conversion) inspect() config.Inspect {
	i := config.Inspect{Proto: v.row.inspect}
	switch {
	case v.row.arg == "strict":
		i.Map = "strict"
	case v.max != 0:
		i.Map = migratedDNSMap
	}
	return i
}

// add makes the class, the policy and the inspect line where they are missing, and puts the policy in force where none
// is global.
func (v conversion) add(e *config.Edit) {
	name, exists := v.class(e.View())
	switch {
	case exists:
	case v.usual():
		e.SetClassMap(config.ClassMap{Name: name, Kind: config.MatchDefaultInspection})
	default:
		e.SetClassMap(config.ClassMap{Name: name, Kind: config.MatchPort, Proto: v.row.transport, Lo: v.lo, Hi: v.hi})
	}
	i := v.inspect()
	switch {
	case v.max == 0:
	case !e.Release().Config.InspectMaps:
		i.Map = fmt.Sprintf("maximum-length %d", v.max)
	default:
		keepDNSMap(e, migratedDNSMap, v.max)
	}
	p, ok := e.View().PolicyMap(globalPolicy)
	if !ok {
		p = config.PolicyMap{Name: globalPolicy}
	}
	class, at := p.Class(name)
	class.Class = name
	class = class.WithInspect(i)
	if at < 0 {
		p = withClassBefore(p, class)
	} else {
		p = p.WithClass(class)
	}
	e.SetPolicyMap(p)
	for _, s := range e.View().ServicePolicies {
		if s.If == "" {
			return
		}
	}
	e.SetServicePolicy(config.ServicePolicy{Policy: globalPolicy})
}

// remove takes the inspect line out; a class of its own goes with it.
func (v conversion) remove(e *config.Edit) {
	p, ok := e.View().PolicyMap(globalPolicy)
	name, exists := v.class(e.View())
	class, at := p.Class(name)
	if !ok || !exists || at < 0 {
		return
	}
	class = class.WithoutInspect(v.row.inspect)
	if v.usual() || len(class.Inspects)+len(class.Other) > 0 {
		e.SetPolicyMap(p.WithClass(class))
		return
	}
	e.SetPolicyMap(p.WithoutClass(name))
	if !classInUse(e.View(), name) {
		e.RemoveClassMap(name)
	}
}
