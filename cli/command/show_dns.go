package command

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	g "pixsim/cli/grammar"
)

// Resolver is the box's look-up of names as commands see it.
type Resolver interface {
	// Names are the names that are looked up, with what they stand for.
	Names() []ResolvedName
	// ForgetName forgets what a name stands for, or all with "": it is asked for again.
	ForgetName(name string)
}

// ResolvedName is a name with its addresses.
type ResolvedName struct {
	Name  string
	Addrs []ResolvedAddr
}

// ResolvedAddr is an address and how long it is still good.
type ResolvedAddr struct {
	Addr netip.Addr
	Left time.Duration
}

var (
	dnsShown, dnsCleared = dnsName(), dnsName()
	showDNS              = &Command{
		Name: "show dns", Help: "Show the DNS cache of names in access-lists", Mode: Privileged, Span: since84,
		Syntax: show(g.Word("dns", "Show DNS information"), g.Opt(g.Word("host", "Show a name"), dnsShown)),
		Run:    runShowDNS,
	}
	clearDNS = &Command{
		Name: "clear dns", Help: "Clear the DNS cache of names in access-lists", Mode: Privileged, Span: since84,
		Syntax: clearing(g.Word("dns", "Clear DNS information"), g.Opt(g.Word("host", "Clear a name"), dnsCleared)),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			s.Box().ForgetName(strings.ToLower(dnsCleared.Get(m)))
			return nil
		},
	}
)

func dnsName() *g.Param[string] {
	return &g.Param[string]{Name: "fqdn", Help: "Fully qualified domain name", Type: g.Ident(255)}
}

// unverified: the columns, from memory of the command reference.
func runShowDNS(_ context.Context, s Session, m *g.Match) error {
	var b strings.Builder
	name, one := dnsShown.Lookup(m)
	for _, n := range s.Box().Names() {
		if len(n.Addrs) == 0 || one && !strings.EqualFold(name, n.Name) {
			continue
		}
		fmt.Fprintf(&b, "Name: %s\n", n.Name)
		for _, a := range n.Addrs {
			left := int(a.Left / time.Second)
			fmt.Fprintf(&b, "  Address: %-39s TTL %02d:%02d:%02d\n", a.Addr, left/3600, left/60%60, left%60)
		}
	}
	return emit(s, b.String())
}
