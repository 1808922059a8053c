package command

import (
	"context"
	"net/netip"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
	"pixsim/dataplane/packet"
)

// configure factory-default of the small boxes: the factory configuration with an inside address of one's own.
var (
	factoryAddr = &g.Param[netip.Addr]{Name: "inside_ip_address", Help: "The address of the inside interface", Type: plainAddr()}
	factoryMask = &g.Param[netip.Addr]{Name: "address_mask", Help: "The network mask of the inside interface", Type: g.Mask()}

	configureFactory = &Command{
		Name: "configure factory-default", Help: helpConfigure, Mode: Configure, Span: pixFrom(6, 2),
		Syntax: g.Seq(g.Word("configure", helpConfigure), g.Word("factory-default", "Go back to the factory configuration"),
			g.Opt(factoryAddr, g.Opt(factoryMask))),
		Run:   runFactoryDefault,
		Usage: []string{"configure factory-default [<inside_ip_address> [<address_mask>]]"},
	}
)

// configureFactoryASA says each line that it types.
var configureFactoryASA = &Command{
	Name: "configure factory-default", Help: helpConfigure, Mode: Configure, Span: onASA,
	Syntax: g.Seq(g.Word("configure", helpConfigure), g.Word("factory-default", "Go back to the factory configuration"),
		g.Opt(factoryAddr, g.Opt(factoryMask))),
	Run: runFactoryASA,
}

// poolMost are the addresses that dhcpd gives out on an interface.
const poolMost = 256

// factoryAt is text with the address that was typed for the inside, if one was.
func factoryAt(m *g.Match, text string) (string, error) {
	a, ok := factoryAddr.Lookup(m)
	if !ok {
		return text, nil
	}
	mask := maskOr(m, factoryMask, a)
	inside, ok := config.Net{Addr: a, Mask: mask}.Prefix()
	if !ok || inside.Bits() > 30 || a.IsMulticast() {
		return "", Errorf(release.ConfBadMask, a, mask)
	}
	return factoryWithin(text, inside), nil
}

func runFactoryASA(ctx context.Context, s Session, m *g.Match) error {
	rel := s.Release()
	text, err := factoryAt(m, rel.Commands)
	if err != nil {
		return err
	}
	if name, n := factoryPool(text); n > 0 && n < poolMost {
		s.Say(release.FactoryPool, name, n)
		s.Printf("\n")
	}
	s.Say(release.FactoryBegin)
	if err := s.Box().Edit(func(e *config.Edit) error { *e = *config.New(rel); return nil }); err != nil {
		return err
	}
	if err := s.Merge(ctx, policyDefaults(rel)); err != nil {
		return err
	}
	said, err := s.Apply(ctx, text)
	n := 0
	for line := range strings.Lines(text) {
		n++
		s.Say(release.FactoryLine, strings.TrimSuffix(line, "\n"))
		for _, words := range said[n] {
			s.Printf("%s\n", words)
		}
	}
	s.Say(release.FactoryDone)
	return err
}

// factoryPool is the interface of the pool in the lines and how many addresses it has.
func factoryPool(text string) (ifname string, n int) {
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) == 4 && strings.HasPrefix(line, "dhcpd address ") {
			first, last, _ := strings.Cut(words[2], "-")
			return words[3], int(packet.U32(netip.MustParseAddr(last))-packet.U32(netip.MustParseAddr(first))) + 1
		}
	}
	return "", 0
}

func runFactoryDefault(ctx context.Context, s Session, m *g.Match) error {
	rel := s.Release()
	if !rel.Model.FactoryDefault {
		s.Say(release.FactoryRefused, rel.Model.Name)
		return nil
	}
	text, err := factoryAt(m, rel.Factory)
	if err != nil {
		return err
	}
	if err := s.Box().Edit(func(e *config.Edit) error { *e = *config.New(rel); return nil }); err != nil {
		return err
	}
	return s.Merge(ctx, text)
}

// factoryWithin is a factory configuration, or the lines that make it, that was written for one inside network with another: the addresses of the
// interface and of the web server's clients change, and the pool of dhcpd follows the interface's address, as long as the
// network has room for it.
func factoryWithin(text string, inside netip.Prefix) string {
	const dhcpd = "dhcpd address "
	mask := config.MaskOf(inside.Bits()).String()
	was, lines := netip.Prefix{}, strings.Split(text, "\n")
	for i, l := range lines {
		words := strings.Fields(l)
		switch {
		case strings.HasPrefix(l, "ip address inside "):
			a := netip.MustParseAddr(words[3])
			was = netip.PrefixFrom(a, 24)
			lines[i] = "ip address inside " + inside.Addr().String() + " " + mask
		case len(words) == 4 && words[0] == "ip" && words[2] != "dhcp":
			was = netip.PrefixFrom(netip.MustParseAddr(words[2]), 24)
			lines[i] = strings.Replace(l, words[2]+" "+words[3], inside.Addr().String()+" "+mask, 1)
		case strings.HasPrefix(l, "http ") && len(words) == 4:
			lines[i] = "http " + inside.Masked().Addr().String() + " " + mask + " " + words[3]
		case strings.HasPrefix(l, dhcpd):
			_, last, _ := strings.Cut(words[2], "-")
			most := packet.U32(netip.MustParseAddr(last)) - packet.U32(was.Addr())
			lines[i] = dhcpd + poolBehind(inside, most) + " " + words[3]
		}
	}
	return strings.Join(lines, "\n")
}

// poolBehind are most addresses behind that of the interface, or as many as there are before the network ends; before
// it, where none are behind it.
func poolBehind(inside netip.Prefix, most uint32) string {
	own := packet.U32(inside.Addr())
	begin := packet.U32(inside.Masked().Addr()) + 1
	end := begin + 1<<(32-inside.Bits()) - 3
	from, to := own+1, min(own+most, end)
	if from > end {
		from, to = begin, own-1
	}
	return packet.Addr(from).String() + "-" + packet.Addr(to).String()
}
