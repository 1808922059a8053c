package cli

import (
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/config"
	"pixsim/cli/command"
)

// 8.3 makes a table of the translations of 8.2, and the list on the outside names real addresses. What is made loads again
// without a word, and stays as it is.
func TestNATUpgrade(t *testing.T) {
	const old = `ASA Version 8.2(1)
interface Ethernet0/0
 nameif outside
 security-level 0
 ip address 203.0.113.1 255.255.255.0
interface Ethernet0/1
 nameif inside
 security-level 100
 ip address 10.1.1.1 255.255.255.0
object-group network vpn
 network-object 172.31.0.0 255.255.0.0
access-list nonat extended permit ip 10.1.1.0 255.255.255.0 object-group vpn
access-list outside_in remark mail
access-list outside_in extended permit tcp any host 203.0.113.10 eq smtp
access-list outside_in extended permit tcp any host 203.0.113.1 eq 2525
access-list outside_in extended permit tcp any host 10.1.1.10 eq smtp
access-list pol extended permit ip 10.1.1.0 255.255.255.0 host 198.51.100.9
nat-control
global (outside) 1 203.0.113.50-203.0.113.60
global (outside) 1 203.0.113.70-203.0.113.72
global (outside) 1 interface
global (outside) 2 203.0.113.77
nat (inside) 0 access-list nonat
nat (inside) 0 10.1.1.200 255.255.255.255
nat (inside) 2 access-list pol
nat (inside) 1 10.1.1.0 255.255.255.0
static (inside,outside) tcp interface 2525 10.1.1.11 smtp netmask 255.255.255.255
static (inside,outside) 203.0.113.10 10.1.1.10 netmask 255.255.255.255 dns
access-group outside_in in interface outside
`
	const want = `object network obj-10.1.1.0
 subnet 10.1.1.0 255.255.255.0
object network obj-172.31.0.0
 subnet 172.31.0.0 255.255.0.0
object network obj-10.1.1.11
 host 10.1.1.11
object network obj-10.1.1.10
 host 10.1.1.10
object network obj-10.1.1.200
 host 10.1.1.200
object network obj-198.51.100.9
 host 198.51.100.9
object network obj-203.0.113.77
 host 203.0.113.77
object network obj-203.0.113.50-203.0.113.60
 range 203.0.113.50 203.0.113.60
object network obj-203.0.113.70-203.0.113.72
 range 203.0.113.70 203.0.113.72
object network obj-0.0.0.0
 host 0.0.0.0
object network obj_any
 subnet 0.0.0.0 0.0.0.0
object-group network vpn
 network-object 172.31.0.0 255.255.0.0
object-group network og-global-outside_1
 network-object object obj-203.0.113.50-203.0.113.60
 network-object object obj-203.0.113.70-203.0.113.72
access-list nonat extended permit ip 10.1.1.0 255.255.255.0 object-group vpn
access-list outside_in remark mail
access-list outside_in extended permit tcp any host 10.1.1.10 eq smtp
access-list outside_in extended permit tcp any host 10.1.1.11 eq smtp
access-list pol extended permit ip 10.1.1.0 255.255.255.0 host 198.51.100.9
nat (inside,any) source static obj-10.1.1.0 obj-10.1.1.0 destination static obj-172.31.0.0 obj-172.31.0.0
nat (inside,outside) source dynamic obj-10.1.1.0 obj-203.0.113.77 destination static obj-198.51.100.9 obj-198.51.100.9
!
object network obj-10.1.1.0
 nat (inside,outside) dynamic og-global-outside_1 interface
object network obj-10.1.1.11
 nat (inside,outside) static interface service tcp smtp 2525
object network obj-10.1.1.10
 nat (inside,outside) static 203.0.113.10 dns
object network obj-10.1.1.200
 nat (inside,any) static 10.1.1.200
object network obj_any
 nat (inside,outside) dynamic obj-0.0.0.0
access-group outside_in in interface outside
`
	r := named(t, "asa-8.3")
	c, refused := Load(r, old)
	for _, l := range refused {
		if !l.Taken {
			t.Errorf("%q: %q", l.Text, l.Messages)
		}
	}
	if got := aboutNAT(c); got != want {
		t.Errorf("it becomes\n%s\nwant\n%s", got, want)
	}
	whole := strings.Join(slices.Collect(command.Render(c, command.View{Release: r, Secrets: true})), "\n")
	again, refused := Load(r, "ASA Version 8.3(2)\n"+whole)
	if len(refused) > 0 {
		t.Errorf("its own text is refused: %+v", refused)
	}
	if got := aboutNAT(again); got != want {
		t.Errorf("its own text becomes\n%s", got)
	}
}

// aboutNAT are the lines of a configuration that translations have to do with.
func aboutNAT(c *config.Config) string {
	text, on := "", false
	for line := range command.Render(c, command.View{Release: c.Release}) {
		first, _, _ := strings.Cut(line, " ")
		switch {
		case first == "object" || first == "object-group" || first == "access-list" || first == "access-group" || first == "nat":
			on = true
		case first == "!":
			on = strings.Contains(text, "nat (") && !strings.Contains(text, "access-group")
		case first != "":
			on = false
		}
		if on {
			text += strings.TrimRight(line, " ") + "\n"
		}
	}
	return text
}

// Rules that leave an address as it is went by the route up to 8.4(1); from 8.4(2) on they say so.
func TestIdentityUpgrade(t *testing.T) {
	const old = `interface GigabitEthernet0/0
 nameif outside
 security-level 0
 ip address 203.0.113.1 255.255.255.0
interface GigabitEthernet0/1
 nameif inside
 security-level 100
 ip address 10.1.1.1 255.255.255.0
object network near
 subnet 10.1.1.0 255.255.255.0
object network one
 host 10.1.1.9
 nat (inside,outside) static 10.1.1.9
object network two
 host 10.1.1.10
 nat (inside,outside) static 203.0.113.10
object network far
 host 198.51.100.9
nat (inside,outside) source static near near destination static far far
`
	for _, v := range []struct{ version, want string }{
		{"8.3(2)", " no-proxy-arp route-lookup"}, {"8.4(1)", " no-proxy-arp route-lookup"}, {"8.4(7)", ""},
	} {
		c, refused := Load(named(t, "asa-8.4"), "ASA Version "+v.version+" \n"+old)
		if len(refused) > 0 {
			t.Errorf("%s: %+v", v.version, refused)
		}
		text := strings.Join(slices.Collect(command.Render(c, command.View{Release: c.Release})), "\n")
		for _, line := range []string{
			"nat (inside,outside) source static near near destination static far far" + v.want, " nat (inside,outside) static 10.1.1.9" + v.want,
			" nat (inside,outside) static 203.0.113.10",
		} {
			if !strings.Contains(text, "\n"+line+"\n") {
				t.Errorf("%s: there is no %q in\n%s", v.version, line, text)
			}
		}
	}
}
