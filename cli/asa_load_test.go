package cli

import (
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/config"
	"pixsim/cli/command"
	g "pixsim/cli/grammar"
)

// typist types configuration lines at a box and keeps what it says.
type typist struct {
	*testing.T
	loader
	said []string
}

// typed is a box that has the configuration text; "" is a box without one.
func typed(t *testing.T, name, text string) *typist {
	t.Helper()
	rel := named(t, name)
	c, refused := Load(rel, text)
	for _, r := range refused {
		if !r.Taken {
			t.Fatalf("line %d %q: %q", r.Line, r.Text, r.Messages)
		}
	}
	return &typist{T: t, loader: loader{table: newTable(rel, command.All()), edit: config.From(c), mode: command.Configure}}
}

func (b *typist) try(line string) bool {
	said, taken := b.line(line)
	b.said = said
	return taken
}

func (b *typist) must(lines ...string) {
	b.Helper()
	for _, l := range lines {
		if !b.try(l) {
			b.Fatalf("%q refused in mode %d: %q", l, b.mode, b.said)
		}
	}
}

func (b *typist) lines(v command.View) []string {
	v.Release, v.Names = b.table.rel, true
	c := *b.edit.View()
	return slices.Collect(command.Render(&c, v))
}

func (b *typist) text() string {
	return strings.Join(b.lines(command.View{Secrets: true}), "\n") + "\n"
}

const asa = "asa-8.2"

func labStartup(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../lab/startup/" + asa)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The configurations that the box comes with load without a refused line and render back byte for byte.
func TestASARendersToItself(t *testing.T) {
	for _, want := range []string{labStartup(t), named(t, asa).Factory} {
		b := typed(t, asa, want)
		c := *b.edit.View()
		bare := !strings.Contains(want, "Cryptochecksum:")
		got := command.Document(&c, command.View{Release: b.table.rel, Secrets: true, Names: true}, command.Header{Bare: bare})
		if got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

// A stored interface block without shutdown is up; one that a person opens stays as it is.
func TestInterfaceComesUp(t *testing.T) {
	b := typed(t, asa, "interface Ethernet0/0\n nameif outside\n")
	b.must("interface Ethernet0/1", "interface e0/2", "no shutdown")
	for i, down := range []bool{false, true, false, true} {
		if got := b.edit.View().Interfaces[i].Shutdown; got != down {
			t.Errorf("interface %d is down: %v", i, got)
		}
	}
}

// Which mode a line leaves the console in: sub-modes open and close, and a global line leaves them all.
func TestASAModes(t *testing.T) {
	b := typed(t, asa, labStartup(t))
	for _, x := range []struct {
		line string
		mode command.Mode
		path command.Path
	}{
		{"interface Ethernet0/2", command.ConfigInterface, command.Path{"Ethernet0/2"}},
		{"speed 100", command.ConfigInterface, command.Path{"Ethernet0/2"}},
		{"interface ethernet 0/2.10", command.ConfigSubinterface, command.Path{"Ethernet0/2.10"}},
		{"vlan 10", command.ConfigSubinterface, command.Path{"Ethernet0/2.10"}},
		{"hostname fw", command.Configure, nil},
		{"policy-map global_policy", command.ConfigPolicyMap, command.Path{"global_policy"}},
		{"class inspection_default", command.ConfigPolicyClass, command.Path{"global_policy", "inspection_default"}},
		{"no inspect esmtp", command.ConfigPolicyClass, command.Path{"global_policy", "inspection_default"}},
		{"class class-default", command.ConfigPolicyClass, command.Path{"global_policy", "class-default"}},
		{"exit", command.ConfigPolicyMap, command.Path{"global_policy"}},
		{"policy-map type inspect esmtp M", command.ConfigESMTPMap, command.Path{"M"}},
		{"parameters", command.ConfigESMTPParam, command.Path{"M", "parameters"}},
		{"allow-tls", command.ConfigESMTPParam, command.Path{"M", "parameters"}},
		{"match cmd verb vrfy", command.ConfigESMTPMatch, command.Path{"M", "cmd verb VRFY"}},
		{"reset log", command.ConfigESMTPMatch, command.Path{"M", "cmd verb VRFY"}},
		{"match header line length gt 2000", command.ConfigESMTPMatch, command.Path{"M", "header line length gt 2000"}},
		{"policy-map type inspect dns preset_dns_map", command.ConfigInspectMap, command.Path{"policy-map type inspect dns preset_dns_map"}},
		{"parameters", command.ConfigPolicyParam, command.Path{"policy-map type inspect dns preset_dns_map", "parameters"}},
		{"message-length maximum 1024", command.ConfigPolicyParam, command.Path{"policy-map type inspect dns preset_dns_map", "parameters"}},
		{"class-map type regex match-any R", command.ConfigRegexClass, command.Path{"R"}},
		{"match regex a", command.ConfigRegexClass, command.Path{"R"}},
		{"class-map C", command.ConfigClassMap, command.Path{"C"}},
		{"tcp-map T", command.ConfigTCPMap, command.Path{"tcp-map T"}},
		{"webvpn", command.ConfigWebVPN, command.Path{"webvpn"}},
		{"tunnel-group G type ipsec-l2l", command.Configure, nil},
		{"exit", command.Configure, nil},
		{"interface Ethernet0/2", command.ConfigInterface, command.Path{"Ethernet0/2"}},
		{"end", command.Configure, nil},
	} {
		b.must(x.line)
		if b.mode != x.mode || !slices.Equal(b.path, x.path) {
			t.Fatalf("after %q: mode %d path %q", x.line, b.mode, b.path)
		}
	}
}

// Blocks as a person types them, and how they are printed.
func TestASABlocks(t *testing.T) {
	for _, x := range []struct{ typed, printed string }{
		{"interface Ethernet0/2\nnameif dmz\nip address 172.16.1.1\nspeed 100\nduplex full\nmanagement-only\nsecurity 50\ndescription the DMZ\nno shut",
			"interface Ethernet0/2\n description the DMZ\n speed 100\n duplex full\n nameif dmz\n security-level 50\n ip address 172.16.1.1 255.255.0.0 \n management-only\n!\n"},
		{"interface Ethernet0/3.7\nvlan 7\ninterface Ethernet0/2\nip address dhcp setroute",
			"interface Ethernet0/2\n shutdown\n no nameif\n no security-level\n ip address dhcp setroute \n!\n"},
		{"interface Ethernet0/3.7\nvlan 7", "interface Ethernet0/3.7\n vlan 7\n no nameif\n no security-level\n no ip address\n!\ninterface Management0/0\n"},
		{"class-map C\nmatch port tcp eq 25\ndescription mail", "class-map C\n description mail\n match port tcp eq smtp\n!\n"},
		{"class-map C\nmatch port udp range 10 514", "class-map C\n match port udp range 10 syslog\n!\n"},
		{"class-map C\nmatch access-list outside_in\nmatch access-list outside_in", "class-map C\n match access-list outside_in\n!\n"},
		{"class-map C\nmatch any\npolicy-map P\nclass class-default\nset connection timeout idle 1:0:0\nset connection timeout tcp 0:5:0\nclass C\ninspect smtp\nset connection conn-max 5",
			"policy-map P\n class C\n  inspect esmtp \n  set connection conn-max 5\n class class-default\n  set connection timeout tcp 0:05:00\n!\n"},
		{"policy-map type inspect esmtp M\nparameters\nno mask-banner\nallow-tls action log\nmail-relay example.com action drop-connection log\nspecial action log",
			"policy-map type inspect esmtp M\n parameters\n  no mask-banner\n  mail-relay example.com action drop-connection log\n  special-character action log\n  allow-tls action log\npolicy-map global_policy\n"},
		{"policy-map type inspect esmtp M\ndescription mail\nmatch ehlo others vrfy others\nmask log\nmatch not cmd rcpt count gt 5\nrate\nreset\nmatch mime filet regex class K\nlog\nmatch sender length gt 100\nmatch cmd verb HELP unknown\nrate-limit 3\nno match sender-address length gt 100",
			"policy-map type inspect esmtp M\n description mail\n match ehlo-reply-parameter others vrfy\n  mask log\n match not cmd RCPT count gt 5\n  reset\n match MIME filetype regex class K\n  log\n match cmd verb HELP UNKNOWN\n  rate-limit 3\npolicy-map global_policy\n"},
		{"policy-map type inspect dns preset_dns_map\nparameters\nmessage-length maximum 1024\nno tcp-inspection\nno id-mismatch\ndescription names\nmatch header-flag QR\ndrop",
			"policy-map type inspect dns preset_dns_map\n description names\n parameters\n  message-length maximum 1024\n  no id-mismatch\n match header-flag QR\n  drop\npolicy-map global_policy\n"},
		{"class-map type regex match-any R\nmatch regex a\nmatch regex b", "!\nclass-map type regex match-any R\n match regex a\n match regex b\nclass-map inspection_default\n"},
		{"class-map type regex match-any R\nmatch regex a\nmatch regex b\nmatch regex a\ndescription both\nno match regex a", "!\nclass-map type regex match-any R\n description both\n match regex b\nclass-map inspection_default\n"},
		{"class-map type regex match-any R\nno class-map type regex match-any R", "!\nclass-map inspection_default\n"},
		{"regex a \"x y\"", "regex a \"x y\"\nftp mode passive\n"},
		{"regex a x\nregex b \"  y\"\nregex a [xz]\nregex c c\nno regex c", "regex a \"[xz]\"\nregex b \"  y\"\nftp mode passive\n"},
		{"tcp-map T\nqueue-limit 10\nqueue-limit 20", "tcp-map T\n  queue-limit 20\n"},
		{"dns server-group DefaultDNS\nname-server 10.1.1.5\nname-server 10.1.1.6", "dns server-group DefaultDNS\n name-server 10.1.1.5\n name-server 10.1.1.6\n"},
		{"dhcpd dns 10.1.1.5\ndhcpd address 10.1.1.50-10.1.1.60 inside\ndhcpd auto_config outside\ndhcpd enable inside",
			"dhcpd dns 10.1.1.5\ndhcpd auto_config outside\n!\ndhcpd address 10.1.1.50-10.1.1.60 inside\ndhcpd enable inside\n!\n"},
		{"same-security-traffic permit intra-interface\nsame permit inter", "same-security-traffic permit inter-interface\nsame-security-traffic permit intra-interface\n"},
		{"nat-control", "nat-control\nglobal "},
		{"username u nopassword\nusername u attributes\nservice-type admin", "username u nopassword\nusername u attributes\n service-type admin\n"},
		{"asdm image disk0:/asdm.bin", "asdm image disk0:/asdm.bin\nno asdm history enable\n"},
		{"no threat-detection basic-threat\nthreat-detection statistics tcp-intercept", "no threat-detection basic-threat\nthreat-detection statistics access-list\nthreat-detection statistics tcp-intercept\n"},
		{"policy-map P\nservice-policy P interface inside", "service-policy global_policy global\nservice-policy P interface inside\n"},
	} {
		b := typed(t, asa, labStartup(t))
		for l := range strings.SplitSeq(x.typed, "\n") {
			if !b.try(l) && l != "no tcp-inspection" && l != "rate" {
				t.Errorf("%q refused: %q", l, b.said)
			}
		}
		if !strings.Contains(b.text(), x.printed) {
			t.Errorf("%q: no\n%s\nin\n%s", x.typed, x.printed, b.text())
		}
		if again := typed(t, asa, b.text()); again.text() != b.text() {
			t.Errorf("%q renders to\n%s\nand that to\n%s", x.typed, b.text(), again.text())
		}
	}
}

// What the box says, and whether it takes the line all the same. The last line of each is judged.
func TestASAMessages(t *testing.T) {
	const caret = "ERROR: % Invalid input detected at '^' marker."
	for _, x := range []struct {
		typed, said string
		taken       bool
	}{
		{"interface e0/2\nnameif dmz", `INFO: Security level for "dmz" set to 0 by default.`, true},
		{"interface e0/2\nsecurity-level 50\nnameif dmz", "", true},
		{"interface e0/1\nno nameif\nnameif INSIDE", `INFO: Security level for "INSIDE" set to 100 by default.`, true},
		{"interface e0/1\nnameif lan", "", true},
		{"interface e0/2\nnameif Inside", `ERROR: Name "Inside" has been assigned to interface or address`, false},
		{"interface e0/2\nip address 10.1.1.9 255.255.255.0", "ERROR: This IP address overlaps with the subnet of interface inside", false},
		{"interface e0/2\nip address 10.9.1.9 255.0.255.0", "ERROR: Bad mask 255.0.255.0 for address 10.9.1.9", false},
		{"no interface Ethernet0/1", caret, false},
		{"class-map class-default", "ERROR: class-default is a reserved name", false},
		{"no class-map inspection_default", "ERROR: Removing class-map inspection_default not allowed, it is being used", false},
		{"no class-map nosuch", "Removing class-map nosuch failed; it does not exist", false},
		{"class-map C\nmatch any\nmatch port tcp eq 25", "ERROR: Multiple match commands are not supported except for the 'match tunnel-group or default-inspect-traffic' command.", false},
		{"class-map C\nmatch access-list nosuch", "ERROR: access-list <nosuch> does not exist", false},
		{"class-map C\nmatch port tcp range 30 20", "ERROR: invalid range", false},
		{"policy-map global_policy\nclass nosuch", "ERROR: % class-map nosuch not configured", false},
		{"policy-map global_policy\nclass inspection_default\ninspect esmtp nosuch", "ERROR: % inspect map nosuch of type esmtp not configured", false},
		{"policy-map type inspect esmtp M\npolicy-map global_policy\nclass inspection_default\ninspect esmtp M", "ERROR: Inspect configuration of this type exists, first remove that configuration and then add the new configuration", false},
		{"policy-map global_policy\nclass inspection_default\ninspect esmtp", "", true},
		{"policy-map global_policy\nclass inspection_default\nno inspect http", "Removing inspect http failed; it does not exist", false},
		{"no policy-map global_policy", "ERROR: Removing policy-map global_policy not allowed, it is being used", false},
		{"no policy-map type inspect dns preset_dns_map", "ERROR: Removing policy-map type inspect dns preset_dns_map not allowed, it is being used", false},
		{"policy-map P\nservice-policy P global", "ERROR: Policymap global_policy is already configured as a service policy", false},
		{"service-policy nosuch interface inside", "ERROR: % policy-map nosuch not configured", false},
		{"service-policy global_policy global", "", true},
		{"policy-map type inspect esmtp _default_esmtp_map", "ERROR: _default_esmtp_map is a reserved name", false},
		{"policy-map type inspect esmtp M\nmatch header length gt 5\nmask", caret, false},
		{"policy-map type inspect esmtp M\nmatch ehlo-reply-parameter others\nrate-limit 5", caret, false},
		{"conduit permit tcp any any", caret, false},
		{"nameif ethernet0 outside security0", caret, false},
		{"fixup protocol icmp", "INFO: converting 'fixup protocol icmp ' to MPF commands", true},
		{"fixup protocol smtp 25", "INFO: converting 'fixup protocol smtp 25' to MPF commands", true},
		{"no fixup protocol smtp 25", "INFO: converting 'no fixup protocol smtp 25' to MPF commands", true},
		{"no fixup protocol smtp 25\nno fixup protocol smtp 25", "INFO: converting 'no fixup protocol smtp 25' to MPF commands", true},
		{"fixup protocol http 80-88", "INFO: converting 'fixup protocol http 80-88' to MPF commands", true},
	} {
		b := typed(t, asa, labStartup(t))
		lines := strings.Split(x.typed, "\n")
		b.must(lines[:len(lines)-1]...)
		taken := b.try(lines[len(lines)-1])
		said := strings.Join(b.said, "\n")
		if strings.HasSuffix(said, caret) && x.said == caret {
			said = caret
		}
		if said != x.said || taken != x.taken {
			t.Errorf("%q: %q, taken %v", x.typed, said, taken)
		}
	}
}

// What fixup makes of the configuration of the lab: the lines that go and those that come.
func TestFixupConversion(t *testing.T) {
	for _, x := range []struct{ typed, gone, come string }{
		{"no fixup protocol smtp 25", "  inspect esmtp ", ""},
		{"no fixup protocol smtp", "  inspect esmtp ", ""},
		{"no fixup protocol smtp 25\nfixup protocol smtp 25", "", ""},
		{"fixup protocol smtp 25", "", ""},
		{"fixup protocol icmp", "", "  inspect icmp "},
		{"fixup protocol icmp error", "", "  inspect icmp error "},
		{"fixup protocol http", "", "  inspect http "},
		{"fixup protocol ftp strict 21", "  inspect ftp ", "  inspect ftp strict "},
		{"no fixup protocol smtp 2525", "", ""},
		{"fixup protocol smtp 2525", "", "class-map custom_smtp_inspection| match port tcp eq 2525| class custom_smtp_inspection|  inspect esmtp "},
		{"fixup protocol http 80-88", "", "class-map custom_http_inspection| match port tcp range www 88| class custom_http_inspection|  inspect http "},
		{"fixup protocol tftp 6969", "", "class-map custom_tftp_inspection| match port udp eq 6969| class custom_tftp_inspection|  inspect tftp "},
		{"fixup protocol smtp 2525\nfixup protocol smtp 2626\nno fixup protocol smtp 2525", "", "class-map custom_smtp_inspection_2| match port tcp eq 2626| class custom_smtp_inspection_2|  inspect esmtp "},
		{"fixup protocol smtp 2525\nno fixup protocol smtp 2525", "", ""},
		{"clear configure service-policy\nno fixup protocol smtp 25", "  inspect esmtp |service-policy global_policy global", ""},
		{"policy-map global_policy\nno class inspection_default\nno fixup protocol smtp 25", "*", ""},
		{"fixup protocol dns maximum-length 700", "  inspect dns preset_dns_map ", "policy-map type inspect dns migrated_dns_map_1| parameters|  message-length maximum 700|  inspect dns migrated_dns_map_1 "},
	} {
		b := typed(t, asa, labStartup(t))
		was := b.lines(command.View{})
		for l := range strings.SplitSeq(x.typed, "\n") {
			b.must(l)
		}
		now := b.lines(command.View{})
		if gone := missing(was, now); x.gone != "*" && gone != x.gone {
			t.Errorf("%q: gone %q", x.typed, gone)
		}
		if come := missing(now, was); come != x.come {
			t.Errorf("%q: came %q", x.typed, come)
		}
	}
}

// missing are the lines of a that b has fewer of.
func missing(a, b []string) string {
	left := slices.Clone(b)
	var out []string
	for _, l := range a {
		if i := slices.Index(left, l); i >= 0 {
			left = slices.Delete(left, i, i+1)
			continue
		}
		out = append(out, l)
	}
	return strings.Join(out, "|")
}

// A box without policies gets them from fixup, and nothing but the notice from its removal.
func TestFixupOnEmptyBox(t *testing.T) {
	b := typed(t, asa, "")
	was := b.text()
	b.must("no fixup protocol smtp 25")
	if b.text() != was {
		t.Errorf("removal changed\n%s", b.text())
	}
	b.must("fixup protocol smtp 25")
	const want = "!\nclass-map inspection_default\n match default-inspection-traffic\n!\n!\npolicy-map global_policy\n class inspection_default\n  inspect esmtp \n!\nservice-policy global_policy global\n"
	if !strings.Contains(b.text(), want) {
		t.Errorf("no\n%s\nin\n%s", want, b.text())
	}
}

// The configuration of a 6.3 boots on 8.2: all but its conduits is converted. Typed by a person, the old lines are none.
func TestUpgrade(t *testing.T) {
	text, err := os.ReadFile("../startup-config")
	if err != nil {
		t.Fatal(err)
	}
	rel := named(t, asa)
	c, refused := Load(rel, string(text))
	for _, r := range refused {
		if !r.Taken && (!strings.HasPrefix(r.Text, "conduit ") || r.Messages[0] != "   ^") {
			t.Errorf("line %d %q: %q", r.Line, r.Text, r.Messages)
		}
	}
	if n := len(slices.DeleteFunc(refused, func(r Refused) bool { return r.Taken })); n != 2 {
		t.Errorf("%d lines refused", n)
	}
	got := strings.Join(slices.Collect(command.Render(c, command.View{Release: rel})), "\n")
	for _, want := range []string{
		"interface Ethernet0/0\n nameif outside\n security-level 0\n ip address 203.0.113.1 255.255.255.0 \n!\n",
		"interface Ethernet0/1\n nameif inside\n security-level 100\n ip address 10.1.1.1 255.255.255.0 \n!\n",
		"asdm history enable\n", "nat-control\nglobal (outside) 1 interface\n", "timeout sunrpc 0:10:00 ", "nat (inside) 1 10.1.1.0 255.255.255.0\n",
		"  inspect dns migrated_dns_map_1 \n", "  inspect esmtp \n", "service-policy global_policy global\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if again, refused := Load(rel, got); len(refused) > 1 || strings.Join(slices.Collect(command.Render(again, command.View{Release: rel})), "\n") != got {
		t.Errorf("what was converted does not load again: %v", refused)
	}
	for _, off := range []struct{ line, want string }{
		{"interface ethernet2 100full shutdown", "interface Ethernet0/2\n speed 100\n duplex full\n shutdown\n no nameif\n"},
		{"nameif e2 dmz sec50", "interface Ethernet0/2\n shutdown\n nameif dmz\n security-level 50\n"},
		{"no fixup protocol smtp 25", "\n"}, {"ip address inside dhcp setroute", " ip address dhcp setroute \n"},
		{"timeout conn 2:00:00 rpc 0:20:00", "timeout sunrpc 0:20:00 "}, {"floodguard disable", "\n"},
	} {
		c, refused := Load(rel, string(text)+off.line+"\n")
		got := strings.Join(slices.Collect(command.Render(c, command.View{Release: rel})), "\n") + "\n"
		if last := refused[len(refused)-1]; last.Text == off.line && !last.Taken || !strings.Contains(got, off.want) {
			t.Errorf("%q: %v, no %q in\n%s", off.line, last, off.want, got)
		}
	}
	// A configuration of its own kind is not converted.
	if _, refused := Load(rel, "ASA Version 8.2(1)\nnameif ethernet0 outside security0\n"); len(refused) != 1 {
		t.Error("an old line in a new configuration was taken")
	}
}

// Random valid lines in every mode -> render -> load -> render: equal, nothing refused. And "no" of a line in its block
// makes the line go, or says why not.
func TestASARoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	taken := map[*command.Command]int{}
	start := typed(t, asa, labStartup(t))
	untaken := func() bool {
		return slices.ContainsFunc(start.table.cmds, func(c *command.Command) bool {
			return c.Set != nil && taken[c] == 0 && c.Mode > command.Configure && !c.Stored
		})
	}
	for round := 0; round < 40 || round < 120 && untaken(); round++ { // some lines need what another has made by chance
		b := start.with(start.edit.View())
		for range 400 {
			typeRandom(b, r, taken)
		}
		text := b.text()
		again := start.with(config.New(b.table.rel).Config())
		again.startup = true
		for line := range strings.Lines(text) {
			again.must(strings.TrimSuffix(line, "\n"))
		}
		if got := again.text(); got != text {
			was, now := strings.Split(text, "\n"), strings.Split(got, "\n")
			for i, l := range was {
				if i >= len(now) || now[i] != l {
					t.Errorf("line %d is %q, was %q", i, now[i], l)
					break
				}
			}
			t.Fatalf("rendered\n%s\nloaded and rendered again: gone %s, come %s", text, missing(was, now), missing(now, was))
		}
		removeAll(b, text)
	}
	for _, c := range start.table.cmds {
		if c.Set != nil && taken[c] == 0 && c.Mode > command.Configure && !c.Stored { // those that are stored have a test of their own
			t.Errorf("no generated line of %q (mode %d) was ever taken", c.Name, c.Mode)
		}
	}
}

// with is another box of the same release.
func (b *typist) with(c *config.Config) *typist {
	return &typist{T: b.T, loader: loader{table: b.table, edit: config.From(c), mode: command.Configure}}
}

// typeRandom types a line of the mode that the box is in, or of configuration mode; now and then one that leads where
// random names never do.
func typeRandom(b *typist, r *rand.Rand, taken map[*command.Command]int) {
	if r.IntN(10) == 0 {
		for _, l := range [][]string{
			{"policy-map global_policy", "class inspection_default"}, {"service-policy global_policy interface inside"},
			{"interface Ethernet0/2.3"}, {"policy-map global_policy", "class class-default"},
			{"policy-map type inspect dns preset_dns_map", "parameters"}, {"policy-map type inspect esmtp M", "match cmd verb VRFY"},
			{"object-group network n1", "object-group network n2"}, {"object-group protocol p1", "object-group protocol p2"},
			{"object-group icmp-type i1", "object-group icmp-type i2"}, {"object-group service s1 tcp", "object-group service s2 tcp"},
		}[r.IntN(10)] {
			b.try(l)
		}
		return
	}
	mode := b.mode
	if r.IntN(6) == 0 {
		mode, b.mode, b.path = command.Configure, command.Configure, nil
	}
	var own []*command.Command
	for _, c := range b.table.cmds {
		if c.Set != nil && c.Mode == mode {
			own = append(own, c)
		}
	}
	c := own[r.IntN(len(own))]
	line := g.Generate(c.Syntax, newEnv(b.edit.View()), r)
	if classes := b.edit.View().ClassMaps; c.Mode == command.ConfigPolicyMap && c.Name == "class" && classes.Len() > 0 {
		line = "class " + classes.At(r.IntN(classes.Len())).Name // a random name is hardly ever one of them
	}
	if b.try(line) {
		taken[c]++
	}
}

// removeAll types "no" and each line of a block, in the mode of the block.
func removeAll(b *typist, text string) {
	b.Helper()
	var heads []string
	var indents []int // of the heads
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		indent := len(line) - len(strings.TrimLeft(line, " "))
		line = strings.TrimSpace(line)
		depth := len(heads)
		for depth > 0 && indents[depth-1] >= indent {
			depth--
		}
		heads, indents = heads[:depth], indents[:depth]
		if depth > 0 && !strings.HasPrefix(line, "no ") && line != "quit" {
			one := b.with(b.edit.View())
			one.must(heads...)
			before := one.text()
			if !one.try("no " + line) {
				if len(one.said) == 1 && strings.HasSuffix(one.said[0], "cannot become empty") {
					continue // a group in use
				}
				b.Fatalf("no %q under %q refused: %q", line, heads, one.said)
			}
			// An interface with a name has a level, 0 at the least.
			if one.text() == before && len(one.said) == 0 && line != "security-level 0" {
				b.Fatalf("no %q under %q left it in\n%s", line, heads, before)
			}
		}
		heads, indents = append(heads, line), append(indents, indent)
	}
}

// The default map is shown with all lines, and with them only.
func TestDefaultESMTPMap(t *testing.T) {
	b := typed(t, asa, labStartup(t))
	const want = `policy-map type inspect esmtp _default_esmtp_map
 description Default ESMTP policy-map
 parameters
  mask-banner
  no mail-relay
  no special-character
  no allow-tls
 match cmd line length gt 512
  drop-connection log
 match cmd RCPT count gt 100
  drop-connection log
 match body line length gt 998
  log
 match header line length gt 998
  drop-connection log
 match sender-address length gt 320
  drop-connection log
 match MIME filename length gt 255
  drop-connection log
 match ehlo-reply-parameter others
  mask
`
	if all := strings.Join(b.lines(command.View{All: true}), "\n"); !strings.Contains(all, want) {
		t.Errorf("all lines:\n%s", all)
	}
	if strings.Contains(b.text(), "_default_esmtp_map") {
		t.Error("the default map is shown without all")
	}
}

// What nothing could match is refused when it is typed, and what something names stays.
func TestRegexRefusals(t *testing.T) {
	b := typed(t, asa, labStartup(t))
	was := b.text()
	for _, line := range []string{`regex a "("`, "regex a [b-a]", `regex a "` + strings.Repeat("a", 101) + `"`, `regex a x"y`} {
		if b.try(line) || len(b.said) != 1 || !strings.HasPrefix(b.said[0], "ERROR: Invalid regular expression: ") {
			t.Errorf("%q: %q", line, b.said)
		}
	}
	if b.text() != was {
		t.Errorf("they left\n%s", b.text())
	}
	b.must("regex a a", "regex b b", "class-map type regex match-any R", "match regex a", "exit",
		"policy-map type inspect esmtp M", "match sender-address regex b", "exit", "match MIME filetype regex class R", "exit", "exit")
	for _, line := range []string{"no regex a", "no regex b", "clear configure regex", "no class-map type regex match-any R", "clear configure class-map"} {
		if b.try(line) || len(b.said) != 1 || !strings.Contains(b.said[0], "it is being used") {
			t.Errorf("%q: %q", line, b.said)
		}
	}
	b.must("no policy-map type inspect esmtp M", "no class-map type regex match-any R", "clear configure regex")
	if text := b.text(); strings.Contains(text, "regex") {
		t.Errorf("left in\n%s", text)
	}
}
