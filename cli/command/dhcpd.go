package command

import (
	"context"
	"encoding/hex"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
	"pixsim/dataplane/packet"
)

const helpDHCPD = "Configure DHCP Server"

// DHCPServer is the box's DHCP server as commands see it.
type DHCPServer interface {
	DHCPBindings() []DHCPBinding
	DHCPCounts() DHCPCounts
	ClearDHCP(bindings, counts bool)
}

// DHCPBinding is one address that was given out.
type DHCPBinding struct {
	Addr   netip.Addr
	Client string // as it is printed
	Left   time.Duration
}

// DHCPCounts are what show dhcpd statistics prints.
type DHCPCounts struct {
	Pools, Bindings, Expired, Malformed                      int
	Bootrequest, Discover, Request, Decline, Release, Inform int
	Bootreply, Offer, Ack, Nak                               int
}

// An option of DHCP that the box sends by itself, or that frames the packet, cannot be given (6.3 command reference).
var dhcpFixedOptions = map[int]bool{0: true, 12: true, 50: true, 51: true, 52: true, 53: true, 54: true, 58: true, 59: true, 61: true, 67: true, 82: true, 255: true}

var (
	dhcpWord    = g.Word("dhcpd", helpDHCPD)
	dhcpAddress = g.Word("address", "Addresses for clients")
	dhcpRange   = &g.Param[[2]netip.Addr]{Name: "ip1[-ip2]", Help: "Addresses for clients", Type: poolRange()}
	dhcpRangeIf = &g.Param[string]{Name: "if_name", Help: "interface of the clients", Type: g.IfName()}
	dhcpDNS     = g.Word("dns", "Name servers of the clients")
	dhcpWINS    = g.Word("wins", "WINS servers of the clients")
	dhcpFirst   = &g.Param[netip.Addr]{Name: "ip1", Help: "address of a server", Type: g.Addr()}
	dhcpSecond  = &g.Param[netip.Addr]{Name: "ip2", Help: "address of a second server", Type: g.Addr()}
	dhcpLease   = g.Word("lease", "Time for which a client has its address")
	dhcpSeconds = &g.Param[int]{Name: "lease_length", Help: "seconds", Type: g.Int(300, 2147483647)}
	dhcpPing    = g.Word("ping_timeout", "Time that a ping waits before an address is given out")
	dhcpMillis  = &g.Param[int]{Name: "timeout", Help: "milliseconds", Type: g.Int(100, 10000)}
	dhcpDomain  = g.Word("domain", "Domain name of the clients")
	dhcpName    = &g.Param[string]{Name: "domain_name", Help: "domain name", Type: g.Ident(80)}
	dhcpAuto    = g.Word("auto_config", "Take the servers that the box was told of by DHCP itself")
	dhcpAutoIf  = &g.Param[string]{Name: "client_ifx_name", Help: "interface whose address comes by DHCP", Type: g.IfName()}
	dhcpOption  = g.Word("option", "A further option for clients")
	dhcpCode    = &g.Param[int]{Name: "code", Help: "number of the option", Type: dhcpCodeType(1, 254)}
	dhcpPhone   = &g.Param[int]{Name: "66|150", Help: "number of the option: TFTP servers", Type: dhcpCodeType(66, 66, 150)}
	dhcpASCII   = g.Word("ascii", "a text")
	dhcpText    = &g.Param[string]{Name: "string", Help: "a text without blanks", Type: g.Ident(128)}
	dhcpHex     = g.Word("hex", "hexadecimal digits")
	dhcpDigits  = &g.Param[string]{Name: "hex_string", Help: "hexadecimal digits, two an octet", Type: hexType(128)}
	dhcpIP      = g.Word("ip", "addresses")
	dhcpEnable  = g.Word("enable", "Switch the server on")
	dhcpForWord = g.Word("interface", "For the clients of one interface")
	dhcpForIf   = &g.Param[string]{Name: "if_name", Help: "interface of the clients", Type: g.IfName()}
	dhcpFor     = g.In(inASA, g.Opt(dhcpForWord, dhcpForIf))
	dhcpOnIf    = &g.Param[string]{Name: "if_name", Help: "interface of the clients", Type: g.IfName()}

	dhcpd = &Command{
		Name: "dhcpd", Help: helpDHCPD, Mode: Configure, Span: since60,
		Syntax: g.Seq(dhcpWord, dhcpForms(true)), NoSyntax: g.Seq(dhcpWord, dhcpForms(false)),
		Set: setDHCPD, No: noDHCPD, Lines: dhcpdLines,
		Usage: []string{
			"[no] dhcpd address <ip1>[-<ip2>] [<if_name>]", "[no] dhcpd dns <dnsip1> [<dnsip2>]", "[no] dhcpd wins <winsip1> [<winsip2>]",
			"[no] dhcpd lease <lease_length>", "[no] dhcpd domain <domain_name>", "[no] dhcpd ping_timeout <timeout>",
			"[no] dhcpd option <code> {ascii <string> | hex <hex_string> | ip <address_1> [<address_2>]}",
			"[no] dhcpd auto_config [<client_ifx_name>]", "[no] dhcpd enable [<if_name>]",
		},
	}

	dhcpBindingsOnly = g.Word("binding", "Addresses that were given out")
	dhcpCountsOnly   = g.Word("statistics", "Messages that were sent and received")
	dhcpStateOnly    = g.Word("state", "State of the server on each interface")
	showDHCPD        = &Command{
		Name: "show dhcpd", Help: helpDHCPD, Mode: Privileged, Span: since60,
		Syntax: show(g.Word("dhcpd", helpDHCPD), g.Alt(g.In(inPIX, g.Opt(g.Alt(dhcpBindingsOnly, dhcpCountsOnly))),
			g.In(inASA, g.Alt(dhcpBindingsOnly, dhcpCountsOnly, dhcpStateOnly)))),
		Run: runShowDHCPD,
	}
	clearedBindings = g.Word("binding", "Forget which addresses were given out")
	clearedCounts   = g.Word("statistics", "Reset the counters")
	clearDHCPDRun   = &Command{
		Name: "clear dhcpd binding", Help: "Reset the DHCP server", Mode: Privileged, Span: since60,
		Syntax: clearing(g.Word("dhcpd", helpDHCPD), g.Alt(clearedBindings, clearedCounts)),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			s.Box().ClearDHCP(clearedBindings.Seen(m), clearedCounts.Seen(m))
			return nil
		},
	}
	dhcpdClear = &Command{
		Name: "dhcpd", Help: helpDHCPD, Mode: Configure, Span: since60, ClearSyntax: g.Word("dhcpd", helpDHCPD),
		Clear: func(_ *Ctx, e *config.Edit, _ *g.Match) error {
			e.SetDHCPD(func(d *config.DHCPD) { *d = config.DHCPD{} })
			return nil
		},
	}
)

// dhcpForms are the lines; set says whether their values must be there.
func dhcpForms(set bool) g.Syntax {
	need := func(parts ...g.Syntax) g.Syntax {
		if set {
			return g.Seq(parts...)
		}
		return g.Opt(parts...)
	}
	values := need(g.Alt(g.Seq(dhcpASCII, dhcpText), g.In(since63, dhcpHex, dhcpDigits), g.Seq(dhcpIP, dhcpFirst, g.Opt(dhcpSecond))))
	return g.Alt(
		g.Seq(dhcpAddress, dhcpRange, g.In(inPIX, g.Opt(dhcpRangeIf)), g.In(inASA, dhcpRangeIf)),
		g.Seq(dhcpDNS, need(dhcpFirst, g.Opt(dhcpSecond)), dhcpFor),
		g.Seq(dhcpWINS, need(dhcpFirst, g.Opt(dhcpSecond)), dhcpFor),
		g.Seq(dhcpLease, need(dhcpSeconds), dhcpFor),
		g.Seq(dhcpPing, need(dhcpMillis), dhcpFor),
		g.Seq(dhcpDomain, need(dhcpName), dhcpFor),
		g.Seq(dhcpAuto, g.Opt(dhcpAutoIf)),
		g.In(dhcpPhoneOnly, dhcpOption, dhcpPhone, values), // unverified: that 6.2 knows these two only
		g.In(since63, dhcpOption, dhcpCode, values, dhcpFor),
		g.Seq(dhcpEnable, g.In(inPIX, g.Opt(dhcpOnIf)), g.In(inASA, dhcpOnIf)),
	)
}

var dhcpPhoneOnly = release.Since(release.V(6, 2)).Through(release.V(6, 2))

// dhcpCodeType is the number of an option: of a range, or one of several.
func dhcpCodeType(lo, hi int, more ...int) g.Type[int] {
	t := g.Int(lo, hi)
	number := g.Int(1, 254)
	t.Parse = func(e g.Env, w string) (int, error) {
		n, err := number.Parse(e, w)
		if err != nil || dhcpFixedOptions[n] {
			return 0, g.ErrAddress
		}
		for _, m := range more {
			if n == m {
				return n, nil
			}
		}
		if n < lo || n > hi {
			return 0, g.ErrAddress
		}
		return n, nil
	}
	t.Sample = func(g.Env, *rand.Rand) string { return "66" }
	return t
}

func hexType(max int) g.Type[string] {
	t := g.Ident(max)
	t.Parse = func(_ g.Env, w string) (string, error) {
		if b, err := hex.DecodeString(w); err != nil || len(w) > max || len(b) == 0 {
			return "", g.ErrAddress
		}
		return w, nil
	}
	t.Sample = func(_ g.Env, r *rand.Rand) string { return fmt.Sprintf("%08x", r.Uint32()) }
	return t
}

func setDHCPD(c *Ctx, e *config.Edit, m *g.Match) error {
	switch {
	case dhcpAddress.Seen(m):
		return setDHCPPool(c, e, m)
	case dhcpOption.Seen(m):
		e.SetDHCPD(onDHCPValues(m, func(v *config.DHCPValues) { v.SetOption(dhcpOptionOf(m)) }))
	case dhcpEnable.Seen(m):
		e.SetDHCPD(func(d *config.DHCPD) { d.Enable(orElse(dhcpOnIf.Get(m), e.View().Inside())) })
	default:
		e.SetDHCPD(func(d *config.DHCPD) { setDHCPValue(d, m, true) })
	}
	return nil
}

// setDHCPPool wants addresses of the interface's network, not its own, and no more than the model serves.
func setDHCPPool(c *Ctx, e *config.Edit, m *g.Match) error {
	r := dhcpRange.Get(m)
	p := config.DHCPPool{If: orElse(dhcpRangeIf.Get(m), e.View().Inside()), First: r[0], Last: r[1]}
	if most := c.Release.Limits.DHCPPool; span(p) > most {
		return Errorf(release.DHCPTooMany, most)
	}
	if f, ok := e.View().Interface(p.If); ok && f.Addr.IsValid() && !p.Fits(f.Addr) {
		return Errorf(release.DHCPBadPool, p.If)
	}
	e.SetDHCPD(func(d *config.DHCPD) { d.SetPool(p) })
	return nil
}

// losesPool makes a change of an interface and says so where that took its pool away.
func losesPool(c *Ctx, e *config.Edit, name string, change func() error) error {
	_, had := e.View().DHCPD.Pool(name)
	err := change()
	if _, has := e.View().DHCPD.Pool(name); had && !has {
		c.Note(release.DHCPPoolGone, name)
	}
	return err
}

// span is how many addresses a pool has.
func span(p config.DHCPPool) int {
	return int(packet.U32(p.Last)-packet.U32(p.First)) + 1
}

func dhcpOptionOf(m *g.Match) config.DHCPOption {
	code, ok := dhcpCode.Lookup(m)
	if !ok {
		code = dhcpPhone.Get(m)
	}
	switch {
	case dhcpASCII.Seen(m):
		return config.DHCPOption{Code: code, Kind: "ascii", Text: dhcpText.Get(m)}
	case dhcpHex.Seen(m):
		return config.DHCPOption{Code: code, Kind: "hex", Text: dhcpDigits.Get(m)}
	}
	return config.DHCPOption{Code: code, Kind: "ip", Addrs: [2]netip.Addr{dhcpFirst.Get(m), dhcpSecond.Get(m)}}
}

// setDHCPValue sets a line that is there once, to what was typed or to nothing.
func setDHCPValue(d *config.DHCPD, m *g.Match, on bool) {
	if dhcpAuto.Seen(m) {
		d.Auto, d.AutoIf = on, ""
		if on {
			d.AutoIf = dhcpAutoIf.Get(m)
		}
		return
	}
	onDHCPValues(m, func(v *config.DHCPValues) { setDHCPTold(v, m, on) })(d)
}

// onDHCPValues makes a change of what all clients are told, or those of the interface that was typed.
func onDHCPValues(m *g.Match, f func(*config.DHCPValues)) func(*config.DHCPD) {
	return func(d *config.DHCPD) {
		if of, one := dhcpForIf.Lookup(m); one {
			d.SetOwn(of, f)
			return
		}
		f(&d.DHCPValues)
	}
}

func setDHCPTold(d *config.DHCPValues, m *g.Match, on bool) {
	var servers []netip.Addr
	if a, ok := dhcpFirst.Lookup(m); ok && on {
		servers = append(servers, a)
		if b, ok := dhcpSecond.Lookup(m); ok {
			servers = append(servers, b)
		}
	}
	number := func(p *g.Param[int]) int {
		if !on {
			return 0
		}
		return p.Get(m)
	}
	switch {
	case dhcpDNS.Seen(m):
		d.DNS = servers
	case dhcpWINS.Seen(m):
		d.WINS = servers
	case dhcpLease.Seen(m):
		d.Lease = number(dhcpSeconds)
	case dhcpPing.Seen(m):
		d.Ping = number(dhcpMillis)
	case dhcpDomain.Seen(m):
		d.Domain = ""
		if on {
			d.Domain = dhcpName.Get(m)
		}
	}
}

// noDHCPD is silent about what is not there: configurations that were made by programs begin so.
func noDHCPD(c *Ctx, e *config.Edit, m *g.Match) error {
	e.SetDHCPD(func(d *config.DHCPD) {
		switch {
		case dhcpAddress.Seen(m):
			d.RemovePool(orElse(dhcpRangeIf.Get(m), e.View().Inside()))
		case dhcpOption.Seen(m):
			onDHCPValues(m, func(v *config.DHCPValues) { v.RemoveOption(dhcpOptionOf(m).Code) })(d)
		case dhcpEnable.Seen(m):
			d.Disable(orElse(dhcpOnIf.Get(m), e.View().Inside()))
		default:
			setDHCPValue(d, m, false)
		}
	})
	return nil
}

// dhcpdLines are in the order of a 501's configuration; the places of dns, wins, domain and option are unverified. From 7.0 on
// they are the general lines and then those of each interface, every group ended by "!" (captures of 8.2(1) and 9.7).
func dhcpdLines(c *config.Config, v View) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		p, d := printerFor(c, v), &c.DHCPD
		all := func(lines []string) bool {
			for _, l := range lines {
				if !yield(Line{Section: release.SectionDHCPD, Text: strings.TrimSpace("dhcpd " + l)}) {
					return false
				}
			}
			return true
		}
		if !c.Release.Config.DHCPGroups {
			all(slices.Concat(poolText(d, ""), toldText(p, &d.DHCPValues, ""), autoText(d), optionText(p, &d.DHCPValues, ""), enabledText(d, "")))
			return
		}
		group := func(lines []string) bool {
			return all(lines) && (len(lines) == 0 || yield(Line{Section: release.SectionDHCPD, Text: "!"}))
		}
		if !group(slices.Concat(toldText(p, &d.DHCPValues, ""), optionText(p, &d.DHCPValues, ""), autoText(d))) {
			return
		}
		for _, f := range namedInterfaces(c) {
			lines := poolText(d, f.Name)
			for _, o := range d.Own {
				if o.If == f.Name {
					lines = slices.Concat(lines, toldText(p, &o.DHCPValues, " interface "+f.Name), optionText(p, &o.DHCPValues, " interface "+f.Name))
				}
			}
			if !group(append(lines, enabledText(d, f.Name)...)) {
				return
			}
		}
	}
}

// poolText are the addresses of an interface, or of all.
func poolText(d *config.DHCPD, of string) (out []string) {
	for _, v := range d.Pools {
		text := v.First.String()
		if v.Last != v.First {
			text += "-" + v.Last.String()
		}
		if of == "" || of == v.If {
			out = append(out, "address "+text+" "+v.If)
		}
	}
	return out
}

func autoText(d *config.DHCPD) []string {
	if !d.Auto {
		return nil
	}
	return []string{"auto_config " + d.AutoIf}
}

func enabledText(d *config.DHCPD, of string) (out []string) {
	for _, name := range d.Enabled {
		if of == "" || of == name {
			out = append(out, "enable "+name)
		}
	}
	return out
}

// toldText is what clients are told but for the options.
func toldText(p printer, d *config.DHCPValues, end string) []string {
	var out []string
	add := func(words ...string) { out = append(out, strings.Join(words, " ")+end) }
	for _, s := range []struct {
		word  string
		addrs []netip.Addr
	}{{"dns", d.DNS}, {"wins", d.WINS}} {
		if len(s.addrs) > 0 {
			add(append([]string{s.word}, p.addrs(s.addrs)...)...)
		}
	}
	if d.Lease != 0 {
		add("lease", fmt.Sprint(d.Lease))
	}
	if d.Ping != 0 {
		add("ping_timeout", fmt.Sprint(d.Ping))
	}
	if d.Domain != "" {
		add("domain", d.Domain)
	}
	return out
}

func optionText(p printer, d *config.DHCPValues, end string) (out []string) {
	for _, o := range d.Options {
		text := o.Text
		if o.Kind == "ip" {
			text = strings.Join(p.addrs(o.Addrs[:]), " ")
		}
		out = append(out, fmt.Sprintf("option %d %s %s", o.Code, o.Kind, text)+end)
	}
	return out
}

// addrs are those of all that are valid.
func (p printer) addrs(all []netip.Addr) []string {
	var out []string
	for _, a := range all {
		if a.IsValid() {
			out = append(out, p.addr(a))
		}
	}
	return out
}

func runShowDHCPD(_ context.Context, s Session, m *g.Match) error {
	switch {
	case dhcpBindingsOnly.Seen(m):
		s.Say(release.DHCPBindingHead)
		for _, b := range s.Box().DHCPBindings() {
			s.Say(release.DHCPBinding, b.Addr, b.Client, int(b.Left/time.Second))
		}
		return nil
	case dhcpCountsOnly.Seen(m):
		n := s.Box().DHCPCounts()
		return tell(s, release.DHCPStatistics, n.Pools, n.Bindings, n.Expired, n.Malformed, n.Bootrequest, n.Discover, n.Request,
			n.Decline, n.Release, n.Inform, n.Bootreply, n.Offer, n.Ack, n.Nak)
	case dhcpStateOnly.Seen(m):
		return emit(s, dhcpStates(s))
	}
	return emitLines(s, block(s.Running(View{Release: s.Release(), Names: true}), "dhcpd"))
}

// dhcpStates is whether the box is server or client, by interface (ASA command reference).
func dhcpStates(s Session) string {
	served := behindLines(s, "dhcpd enable ")
	text := "Context  Configured as DHCP Server\n"
	if len(served) == 0 {
		text = "Context  Not Configured for DHCP\n"
	}
	for _, f := range s.Box().Config().Interfaces {
		switch {
		case f.Name == "":
		case f.DHCP:
			text += "Interface " + f.Name + ", Configured for DHCP CLIENT\n"
		case slices.Contains(served, f.Name):
			text += "Interface " + f.Name + ", Configured for DHCP SERVER\n"
		default:
			text += "Interface " + f.Name + ", Not Configured for DHCP\n"
		}
	}
	return text
}
