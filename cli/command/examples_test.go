package command_test

import (
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli/command"
)

func parse(t *testing.T, name string) *release.Release {
	t.Helper()
	rel, err := release.Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	return rel
}

// Lines as a person types them, and what the configuration then has: captures and recipes of the references.
func TestExamples(t *testing.T) {
	for _, x := range []struct {
		rel   string
		typed []string
		has   []string
	}{
		{"pix-4.1", []string{"mailhost (inside,outside) 204.31.17.2 10.1.1.2 0 0"}, []string{"mailhost (inside,outside) 204.31.17.2 10.1.1.2 0 0"}},
		{"pix-4.1", []string{"mailhost 204.31.17.2 10.1.1.2"}, []string{"mailhost (inside,outside) 204.31.17.2 10.1.1.2 0 0"}},
		{"pix-4.1", []string{"conduit (inside,outside) 204.31.17.2 25 tcp 0 0"}, []string{"conduit (inside,outside) 204.31.17.2 25 tcp 0.0.0.0 0.0.0.0"}},
		{"pix-4.1", []string{"conduit 200.1.1.5 8 icmp 0.0.0.0 0.0.0.0"}, []string{"conduit (inside,outside) 200.1.1.5 8 icmp 0.0.0.0 0.0.0.0"}},
		{"pix-4.1", []string{"telnet 10.1.1.0 255.255.255.0"}, []string{"telnet 10.1.1.0 255.255.255.0"}},
		{"pix-4.1", []string{"syslog output 20.7", "syslog console"}, []string{"syslog output 20.7", "syslog console"}},
		{"pix-4.4", []string{"static (inside,outside) 204.31.17.2 10.1.1.2 netmask 255.255.255.255 0 0"}, []string{"static (inside,outside) 204.31.17.2 10.1.1.2 netmask 255.255.255.255 0 0 "}},
		{"pix-4.4", []string{"static (inside,outside) 204.31.17.2 10.1.1.2"}, []string{"static (inside,outside) 204.31.17.2 10.1.1.2 netmask 255.255.255.255 0 0 "}},
		{"pix-4.4", []string{"conduit permit tcp host 66.77.89.175 eq 80 any"}, []string{"conduit permit tcp host 66.77.89.175 eq www any "}},
		{"pix-4.4", []string{"conduit permit tcp 172.23.2.242 255.255.255.255 range 3100 3399 172.18.214.0 255.255.254.0"}, []string{"conduit permit tcp host 172.23.2.242 range 3100 3399 172.18.214.0 255.255.254.0 "}},
		{"pix-4.4", []string{"conduit permit icmp 0 0 0 0 8"}, []string{"conduit permit icmp any any echo "}},
		{"pix-4.4", []string{"nat (inside) 1 0 0", "global (outside) 1 204.31.17.40-204.31.17.50 netmask 255.255.255.0"}, []string{"nat (inside) 1 0.0.0.0 0.0.0.0 0 0", "global (outside) 1 204.31.17.40-204.31.17.50 netmask 255.255.255.0"}},
		{"pix-4.4", []string{"logging trap 7", "logging host inside 10.1.1.5"}, []string{"logging trap debugging", "logging host inside 10.1.1.5"}},
		{"pix-4.4", []string{"no fixup protocol smtp 25"}, []string{"no fixup protocol smtp 25"}},
		{"pix-6.3", []string{"route outside 0 0 1.1.1.124"}, []string{"route outside 0.0.0.0 0.0.0.0 1.1.1.124 1"}},
		{"pix-6.3", []string{"int e0 auto"}, []string{"interface ethernet0 auto"}},
		{"pix-6.3", []string{"interface ethernet1 100basetx"}, []string{"interface ethernet1 100baseTX"}},
		{"pix-6.3", []string{"nameif e0 out sec5"}, []string{"nameif ethernet0 out security5"}},
		{"pix-6.3", []string{"telnet 1.2.3.124 255.255.255.0"}, []string{"telnet 1.2.3.0 255.255.255.0 inside"}},
		{"pix-6.3", []string{"ip add outside 1.1.1.125 255.255.0"}, []string{"ip address outside 1.1.1.125 255.255.0.0"}},
		{"pix-6.3", []string{"passwd cisco", "enable password cisco"}, []string{"passwd 2KFQnbNIdI.2KYOU encrypted", "enable password 2KFQnbNIdI.2KYOU encrypted"}},
		{"pix-6.3", []string{"username john password cisco privilege 15"}, []string{"username john password hN7LzeyYjw12FSIU encrypted privilege 15"}},
		{"pix-6.3", []string{"static (inside,outside) tcp interface smtp 10.1.1.2 25"}, []string{"static (inside,outside) tcp interface smtp 10.1.1.2 smtp netmask 255.255.255.255 0 0 "}},
		{"pix-6.3", []string{"access-list outside_in permit tcp any interface outside eq smtp", "access-group outside_in in interface outside"}, []string{"access-list outside_in permit tcp any interface outside eq smtp ", "access-group outside_in in interface outside"}},
		{"pix-6.3", []string{"access-list a deny ip 0 0 any log 5", "access-list a permit tcp any host 10.0.0.1 eq 587", "access-list a line 1 remark the mail server"}, []string{"access-list a deny ip any any log 5 ", "access-list a permit tcp any host 10.0.0.1 eq 587 ", "access-list a remark the mail server"}},
		{"pix-6.3", []string{"access-list id1 permit ip host 10.1.1.1 any", "static (inside,outside) tcp interface smtp access-list id1 0 0"}, []string{"static (inside,outside) tcp interface smtp access-list id1 0 0 "}},
		{"pix-6.3", []string{"access-list no_nat permit ip any any", "nat (inside) 0 access-list no_nat", "nat (inside) 5 access-list no_nat 0 0"}, []string{"nat (inside) 0 access-list no_nat", "nat (inside) 5 access-list no_nat 0 0"}},
		{"pix-6.3", []string{"fixup protocol smtp 2525", "fixup protocol snmp 161-162"}, []string{"fixup protocol smtp 25", "fixup protocol smtp 2525", "fixup protocol snmp 161-162"}},
		{"pix-6.3", []string{"no fixup protocol smtp 25", "no fixup protocol smtp"}, []string{"fixup protocol smtp 25"}},
		{"pix-6.3", []string{"no fixup protocol dns"}, []string{"no fixup protocol dns maximum-length 512"}},
		{"pix-6.3", []string{"no pager"}, []string{"no pager"}},
		{"pix-6.3", []string{"icmp permit any echo outside", "icmp deny host 10.0.0.1 inside"}, []string{"icmp permit any echo outside", "icmp deny host 10.0.0.1 inside"}},
		{"pix-6.3", []string{"logging on", "logging trap 5"}, []string{"logging on", "logging trap notifications"}},
		{"pix-6.3", []string{"timeout xlate 0:05:00 conn 2:0:0"}, []string{"timeout xlate 0:05:00", "timeout conn 2:00:00 half-closed 0:10:00 udp 0:02:00 rpc 0:10:00 h225 1:00:00"}},
		{"pix-6.3", []string{"aaa authentication ssh console LOCAL", "username u nopassword"}, []string{"aaa authentication ssh console LOCAL"}},
		{"pix-6.3", []string{"floodguard disable", "snmp-server community secret", "snmp-server location the cellar"}, []string{"floodguard disable", "snmp-server community secret", "snmp-server location the cellar"}},
		{"pix-6.3", []string{"failover", "failover ip address inside 10.1.1.2"}, []string{"failover", "failover ip address inside 10.1.1.2"}},
	} {
		b := newBox(t, parse(t, x.rel))
		b.must(x.typed...)
		for _, l := range x.has {
			if !b.has(l) {
				t.Errorf("%s: %q: no line %q in\n%s", x.rel, x.typed, l, strings.Join(b.lines(), "\n"))
			}
		}
	}
}

// What the device says, and whether it takes the line all the same.
func TestMessages(t *testing.T) {
	for _, x := range []struct {
		rel   string
		lines []string // the last one is judged
		said  string
		taken bool
	}{
		{"pix-6.3", []string{"nameif e0 outside sec5"}, `interface name "outside" is reserved for interface with security0`, false},
		{"pix-6.3", []string{"global (outside) 1 204.31.17.25"}, "Global 204.31.17.25 will be Port Address Translated", true},
		{"pix-6.3", []string{"global (outside) 1 interface"}, "outside interface address added to PAT pool", true},
		{"pix-4.4", []string{"nat (inside) 0 10.1.1.0 255.255.255.0"}, "nat 0 10.1.1.0 will be non-translated", true},
		{"pix-6.3", []string{"nat (inside) 0 10.1.1.0 255.255.255.0"}, "nat 0 10.1.1.0 will be identity translated for outbound", true},
		{"pix-6.3", []string{"route outside 0 0 1.1.1.1", "route outside 0 0 1.1.1.1"}, "Route already exists", false},
		{"pix-6.3", []string{"access-list a permit ip any any", "access-list a permit ip 0 0 0 0"}, "ACE not added. Possible duplicate entry", true},
		{"pix-6.3", []string{"access-group acl101 in interface outside"}, "ERROR: access-list <acl101> does not exist", false},
		{"pix-6.3", []string{"no fixup protocol smtp 2525"}, "", true},
		{"pix-6.3", []string{"no access-list a permit ip any any"}, "ERROR: access-list <a> does not exist", false},
		{"pix-4.1", []string{"mailhost 204.31.17.2 10.1.1.2", "static (inside,outside) 204.31.17.2 10.1.1.2"}, "static 204.31.17.2 overlapped/redundant", false},
	} {
		b := newBox(t, parse(t, x.rel))
		b.must(x.lines[:len(x.lines)-1]...)
		b.said = nil
		taken := b.try(x.lines[len(x.lines)-1])
		if said := strings.Join(b.said, "\n"); said != x.said || taken != x.taken {
			t.Errorf("%s: %q: said %q, taken %v", x.rel, x.lines, said, taken)
		}
	}
}

// Commands that a release does not have are none.
func TestSpans(t *testing.T) {
	for line, has := range map[string]string{
		"mailhost 204.31.17.2 10.1.1.2":                        "4.0 4.1",
		"syslog console":                                       "4.0 4.1",
		"fixup protocol smtp 25":                               "4.2 6.3",
		"fixup protocol h323 1720":                             "4.2 6.1",
		"fixup protocol dns maximum-length 512":                "6.3 6.3",
		"access-list a permit ip any any":                      "5.0 6.3",
		"conduit permit ip any any":                            "4.2 6.3",
		"ssh 10.0.0.0 255.0.0.0 inside":                        "5.2 6.3",
		"console timeout 5":                                    "6.3 6.3",
		"global (outside) 1 interface":                         "6.0 6.3",
		"static (inside,outside) tcp interface 25 10.1.1.2 25": "6.0 6.3",
		"logging on":                                           "4.2 6.3",
		"username x password y":                                "6.2 6.3",
		"pager lines 10":                                       "4.2 6.3",
		"clear fixup":                                          "4.2 6.3",
		"clear":                                                "",
		"static (inside,outside) 1.1.1.1 10.1.1.1 dns":         "6.2 6.3",
	} {
		for _, rel := range pixReleases() {
			if got := newBox(t, rel).try(line); got != command.SpanOf(t, has).Holds(rel) {
				t.Errorf("%s: %q taken: %v", rel.Name, line, got)
			}
		}
	}
}

// With names on, addresses print as their names wherever an address stands; off, as numbers.
func TestNames(t *testing.T) {
	b := newBox(t, parse(t, "pix-6.3"))
	b.must("name 10.1.1.2 mail", "name 203.0.113.2 mail-global", "name 203.0.113.254 isp",
		"static (inside,outside) mail-global mail", "conduit permit tcp host mail-global eq smtp any",
		"route outside 0 0 isp", "access-list a permit ip host mail any", "telnet mail 255.255.255.255 inside")
	named := []string{
		"static (inside,outside) mail-global mail netmask 255.255.255.255 0 0 ", "conduit permit tcp host mail-global eq smtp any ",
		"route outside 0.0.0.0 0.0.0.0 isp 1", "access-list a permit ip host mail any ", "telnet mail 255.255.255.255 inside",
	}
	for _, l := range named {
		if !b.has(l) {
			t.Errorf("no line %q", l)
		}
	}
	fixedPoint(t, b)
	b.must("no names")
	if !b.has("name 10.1.1.2 mail") || !b.has("static (inside,outside) 203.0.113.2 10.1.1.2 netmask 255.255.255.255 0 0 ") {
		t.Error("no names: still names, or the name lines are gone")
	}
	fixedPoint(t, b)
}

// Every configuration command that renders has its section in the order of every release that knows it, and every
// command of 4.x to 6.3 has usage lines.
func TestSections(t *testing.T) {
	for _, rel := range release.All() {
		b := newBox(t, rel)
		for c := range command.Of(rel) {
			if c.Lines == nil {
				continue
			}
			for l := range c.Lines(b.edit.View(), b.view()) {
				if !slices.Contains(rel.Order, l.Section) {
					t.Errorf("%s: section %q of %s has no place", rel.Name, l.Section, c.Name)
				}
			}
			if c.Set != nil && !rel.Console.Caret && len(c.Usage) == 0 {
				t.Errorf("%s: %s has no usage", rel.Name, c.Name)
			}
		}
	}
}

// The checksum is of the text: it moves with it, and comes back with it.
func TestChecksum(t *testing.T) {
	b := newBox(t, parse(t, "pix-6.3"))
	sum := func() [16]byte { c := config.From(b.edit.View()).Config(); return command.Checksum(c) }
	was := sum()
	b.must("no fixup protocol smtp 25")
	if sum() == was {
		t.Error("another configuration, the same checksum")
	}
	b.must("fixup protocol smtp 25")
	if sum() != was {
		t.Error("the same configuration, another checksum")
	}
}
