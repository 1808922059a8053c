package cli

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli/command"
	g "pixsim/cli/grammar"
)

// storedHeads are lines that open a sub-mode whose lines are only kept.
var storedHeads = map[command.Mode]string{
	command.ConfigRouter: "router ospf %d", command.ConfigRouting: "routing interface inside",
	command.ConfigRouteMap: "route-map m%d permit 10", command.ConfigMulticast: "multicast interface inside",
}

// storedText is the lines of a configuration with its secrets.
func storedText(c *config.Config) string {
	v := command.View{Release: c.Release, Secrets: true, Names: true}
	return strings.Join(slices.Collect(command.Render(c, v)), "\n") + "\n"
}

// Random lines of the sub-modes, each under its head: what is rendered loads without a word and renders to itself, and
// goes with its head.
func TestStoredSubmodes(t *testing.T) {
	for _, name := range []string{"pix-6.2", "pix-6.3"} {
		rel := named(t, name)
		r, taken := rand.New(rand.NewPCG(2, 9)), 0
		for round := range 30 {
			text := ""
			for c := range command.Of(rel) {
				head, ok := storedHeads[c.Mode]
				if !ok || c.Set == nil {
					continue
				}
				text += storedHead(head, 1+r.IntN(2)) + "\n"
				for range 3 {
					text += "  " + g.Generate(c.Syntax, newEnv(config.New(rel).View()), r) + "\n"
				}
			}
			c, refused := Load(rel, text)
			if len(refused) > 0 {
				t.Fatalf("%s, round %d: %q refused: %q", name, round, refused[0].Text, refused[0].Messages)
			}
			first := storedText(c)
			again, refused := Load(rel, first)
			if len(refused) > 0 || storedText(again) != first {
				t.Fatalf("%s: %v\n%s\n--- and again\n%s", name, refused, first, storedText(again))
			}
			taken += strings.Count(first, "\n  ")
			removeHeads(t, rel, first)
		}
		if taken < 60 {
			t.Errorf("%s: only %d lines of sub-modes", name, taken)
		}
	}
}

func storedHead(format string, n int) string {
	if strings.Contains(format, "%") {
		return fmt.Sprintf(format, n)
	}
	return format
}

// removeHeads takes every head back: nothing of the sub-modes is left.
func removeHeads(t *testing.T, rel *release.Release, text string) {
	t.Helper()
	for l := range strings.Lines(text) {
		for _, h := range storedHeads {
			if words := strings.Fields(h); strings.HasPrefix(l, words[0]+" ") && strings.HasPrefix(h, words[0]) && !strings.HasPrefix(l, "route ") {
				text += "no " + l
				break
			}
		}
	}
	c, refused := Load(rel, text)
	if got := storedText(c); len(refused) > 0 || strings.Contains(got, "\n  ") {
		t.Fatalf("%s: %v\n%s", rel.Name, refused, got)
	}
}

// A secret is stars wherever secrets are not shown, and itself where they are; the stars are taken for a key like any other.
func TestStoredSecrets(t *testing.T) {
	rel := named(t, "pix-6.3")
	c, refused := Load(rel, "isakmp key cisco123 address 192.0.2.9\nvpngroup g password letmein\nvpdn username u password dialin store-local\nfailover lan key f00\n")
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	shown := strings.Join(slices.Collect(command.Render(c, command.View{Release: rel})), "\n")
	for _, l := range []string{
		"isakmp key ******** address 192.0.2.9 netmask 255.255.255.255 ", "vpngroup g password ********",
		"vpdn username u password ********* store-local", "failover lan key ********",
	} {
		if !strings.Contains(shown, l+"\n") {
			t.Errorf("no %q in\n%s", l, shown)
		}
	}
	for _, secret := range []string{"cisco123", "letmein", "dialin", "f00"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%s is shown", secret)
		}
		if !strings.Contains(storedText(c), " "+secret) {
			t.Errorf("%s is lost", secret)
		}
	}
	if again, refused := Load(rel, shown); len(refused) > 0 || !strings.Contains(storedText(again), "isakmp key ******** address") {
		t.Errorf("pasted back: %v", refused)
	}
	if old, _ := Load(named(t, "pix-5.3"), "isakmp key cisco123 address 192.0.2.9\n"); !strings.Contains(
		strings.Join(slices.Collect(command.Render(old, command.View{Release: old.Release})), "\n"), "isakmp key cisco123 address") {
		t.Error("5.3 hides keys")
	}
}

// The lines of an object stand together, in the order of the box whatever the order of entry, and go with it.
func TestStoredOrder(t *testing.T) {
	rel := named(t, "pix-6.3")
	typed := `isakmp policy 20 group 2
crypto map m 20 set peer 192.0.2.2
crypto map m interface outside
crypto map m 10 set transform-set t
crypto map m 10 match address 101
crypto map m 20 ipsec-isakmp
crypto map m 10 set peer 192.0.2.1
crypto map m 10 ipsec-isakmp
crypto ipsec transform-set t esp-3des esp-sha-hmac
isakmp policy 10
isakmp enable outside
`
	want := `crypto ipsec transform-set t esp-3des esp-sha-hmac ` + `
crypto map m 10 ipsec-isakmp
crypto map m 10 match address 101
crypto map m 10 set peer 192.0.2.1
crypto map m 10 set transform-set t
crypto map m 20 ipsec-isakmp
crypto map m 20 set peer 192.0.2.2
! Incomplete
crypto map m interface outside
isakmp enable outside
isakmp policy 10 authentication rsa-sig
isakmp policy 10 encryption des
isakmp policy 10 hash sha
isakmp policy 10 group 1
isakmp policy 10 lifetime 86400
isakmp policy 20 authentication rsa-sig
isakmp policy 20 encryption des
isakmp policy 20 hash sha
isakmp policy 20 group 2
isakmp policy 20 lifetime 86400
`
	c, refused := Load(rel, typed)
	if got := storedText(c); len(refused) > 0 || !strings.Contains(got, want) {
		t.Errorf("%v\n%s", refused, got)
	}
	bare := storedText(config.New(rel).Config())
	for _, away := range []string{
		"no crypto map m 10\nno crypto map m 20 ipsec-isakmp\nno crypto map m interface outside\nno crypto ipsec transform-set t\nno isakmp policy 10\nno isakmp policy 20 group 2\nno isakmp enable outside\n",
		"clear crypto map m\nclear crypto ipsec\nclear isakmp\n",
		"no crypto map m\nno crypto ipsec transform-set t esp-3des esp-sha-hmac\nclear isakmp policy 10\nno isakmp policy 20\nno isakmp enable outside\n",
	} {
		c, refused := Load(rel, typed+away)
		if got := storedText(c); len(refused) > 0 || got != bare {
			t.Errorf("after %q: %v\n%s", away, refused, got)
		}
	}
}
