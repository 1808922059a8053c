package command_test

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli/command"
	g "pixsim/cli/grammar"
)

// asaBox is a box of 8.2 whose interfaces have names, which is the ASA's own commands' work.
func asaBox(t *testing.T) *box {
	b := newBox(t, parse(t, "asa-8.2"))
	for i, n := range []string{"outside", "inside", "dmz"} {
		b.edit.SetInterface(i, func(f *config.Interface) {
			f.Name, f.Level, f.Addr = n, 50*i, netip.PrefixFrom(netip.AddrFrom4([4]byte{172, 31, byte(i), 1}), 24)
		})
	}
	return b
}

// shared are the lines of the commands of this table only, in the order of the release.
func shared(b *box) []string {
	var all []command.Line
	for _, c := range command.ConfigCommands {
		if c.Lines != nil && c.Span.Holds(b.rel) {
			for l := range c.Lines(b.edit.View(), b.view()) {
				all = append(all, l)
			}
		}
	}
	place := func(l command.Line) int { return slices.Index(b.rel.Order, l.Section) }
	slices.SortStableFunc(all, func(a, b command.Line) int { return place(a) - place(b) })
	var out []string
	for _, l := range all {
		out = append(out, l.Text)
	}
	return out
}

// What PIX and ASA share renders by the ASA's ways (captures of 8.2(1)).
func TestSharedOnASA(t *testing.T) {
	for _, x := range []struct{ typed, has string }{
		{"access-list outside_in permit tcp any host 203.0.113.10 eq 25", "access-list outside_in extended permit tcp any host 203.0.113.10 eq smtp "},
		{"access-list a extended permit ip 0 0 any", "access-list a extended permit ip any any"},
		{"access-list a extended deny udp any any log 4", "access-list a extended deny udp any any log warnings "},
		{"static (inside,outside) 203.0.113.10 10.1.1.10", "static (inside,outside) 203.0.113.10 10.1.1.10 netmask 255.255.255.255 "},
		{"static (inside,outside) tcp interface 25 10.1.1.10 smtp", "static (inside,outside) tcp interface smtp 10.1.1.10 smtp netmask 255.255.255.255 "},
		{"nat (inside) 1 0 0", "nat (inside) 1 0.0.0.0 0.0.0.0"},
		{"global (outside) 1 interface", "global (outside) 1 interface"},
		{"route outside 0 0 172.31.0.254", "route outside 0.0.0.0 0.0.0.0 172.31.0.254 1"},
		{"aaa authentication ssh console LOCAL", "aaa authentication ssh console LOCAL "},
		{"username cisco password cisco", "username cisco password 3USUcOPFUiMCO4Jk encrypted"},
		{"logging on", "logging enable"},
		{"mtu inside 1400", "mtu inside 1400"},
		{"telnet 10.1.1.0 255.255.255.0 inside", "telnet 10.1.1.0 255.255.255.0 inside"},
		{"name 10.1.1.2 mail description the mail server", "name 10.1.1.2 mail description the mail server"},
	} {
		b := asaBox(t)
		b.must(x.typed)
		if !slices.Contains(shared(b), x.has) {
			t.Errorf("%q: no line %q in\n%s", x.typed, x.has, strings.Join(shared(b), "\n"))
		}
	}
}

func TestSharedRoundTripOnASA(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 40 {
		b := asaBox(t)
		for range 12 {
			for _, c := range command.ConfigCommands {
				if c.Set != nil && c.Span.Holds(b.rel) {
					b.try(g.Generate(c.Syntax, b, r))
				}
			}
		}
		want, again := shared(b), asaBox(t)
		for _, l := range want {
			if l != "!" { // ends a group of dhcpd
				again.must(l)
			}
		}
		if got := shared(again); !slices.Equal(got, want) {
			t.Fatalf("not a fixed point\n%s", diff(want, got))
		}
	}
}

// A long list of conduits costs the same for each further one: the oracle is the duplicate that is told at once.
func TestManyConduits(t *testing.T) {
	rel, err := release.Parse("pix-4.4")
	if err != nil {
		t.Fatal(err)
	}
	e := config.New(rel)
	host := func(i int) config.Conduit {
		a := netip.AddrFrom4([4]byte{192, 0, byte(i >> 8), byte(i)})
		return config.Conduit{Permit: true, Proto: 6, Global: config.Host(a), Foreign: config.AnyNet, ICMPType: -1}
	}
	for i := range 20000 {
		if !e.AddConduit(host(i)) {
			t.Fatalf("conduit %d refused", i)
		}
	}
	if e.AddConduit(host(12345)) || !e.RemoveConduit(host(0)) || e.View().Conduits.Len() != 19999 {
		t.Error("duplicates, removal or length")
	}
}
