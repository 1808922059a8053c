package command

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/dataplane"
)

// Which releases know which words: from the first one on, or from the first to the last; "" is none.
func TestWhereCommandsExist(t *testing.T) {
	for line, where := range map[string]string{
		"show version": "4.0", "who": "4.0", "write memory": "4.0", "write terminal": "4.0",
		"reload": "4.0", "ping inside 10.1.1.1": "4.0", "ping 10.1.1.1": "4.2", "ping 10.1.1.1 repeat 3": "7.0",
		"show running-config": "6.0", "show startup-config": "6.0", "show config": "4.0", "show configuration": "4.0",
		"show mailhost": "4.0 4.1", "show syslog": "4.0 4.1", "clear syslog": "4.0 4.1", "show logging": "4.2", "clear logging": "4.2 6.3",
		"clear logging buffer": "7.0", "show static": "4.0 6.3", "show conduit": "4.0 6.3", "clear conduit counters": "4.4 6.3",
		"show fixup": "4.2 6.3", "show fixup protocol smtp 25": "4.2 6.3", "show access-list": "5.0", "clear access-list x counters": "5.0",
		"clear access-list counters": "7.0", "show service-policy": "7.0", "show service-policy inspect esmtp": "7.0",
		"show xlate": "4.0", "show xlate count": "4.2", "show xlate detail": "6.2", "clear xlate": "4.0",
		"show conn": "4.0", "show conn count": "4.0", "show conn detail": "6.2", "clear conn": "8.0",
		"show local-host": "5.2", "clear local-host": "5.3", "show clock": "4.3", "clock set 12:00:00 jul 4 2003": "4.3",
		"show curpriv": "6.2", "logout": "6.2", "login": "6.2", "enable": "4.0", "enable 5": "6.2",
		"show cpu usage": "6.0", "show traffic": "4.2", "show memory": "4.0", "show checksum": "4.2",
		"show ssh sessions": "5.2", "ssh disconnect 0": "5.2", "show telnet": "4.0 6.3", "show nameif": "4.1",
		"show pager": "4.2", "show terminal": "4.2", "terminal monitor": "4.2", "terminal pager 0": "7.0",
		"no terminal pager": "7.0", "pager lines 0": "4.2 6.3", "debug icmp trace": "4.2", "no debug icmp trace": "4.2",
		"undebug all": "6.2", "capture c interface inside": "6.2", "no capture c": "6.2", "show capture": "6.2",
		"capture c type raw-data interface inside match tcp any host 10.1.1.10 eq smtp": "7.0", "more system:running-config": "7.0",
		"dir": "7.0", "copy running-config startup-config": "7.0", "show mode": "7.0", "show firewall": "7.0", "show inventory": "7.0",
		"show uptime": "", "show tech-support": "4.4", "show tech-support no-config": "6.0", "show processes": "4.0", "perfmon settings": "5.0", "show perfmon": "5.0", "clear traffic": "4.2", "clear blocks": "4.2", "clear counters": "6.0", "clear interface": "5.1", "show failover": "4.0", "show flashfs": "5.0 6.3", "show activation-key": "6.2", "show actkey": "4.0 4.4", "show hw": "4.0 4.4", "show uauth": "4.0", "show ip audit count": "5.2", "show pdm sessions": "6.0 6.3", "show arp timeout": "4.0 6.3", "end": "", "reload noconfirm": "5.0", "show interface ip brief": "7.0",
		"show hostname": "4.1", "show running-config policy-map": "7.0", "show running-config all": "7.0", "show ip": "4.0",
		"show arp": "4.0", "clear arp": "4.0", "show route": "4.0", "show history": "4.1", "show isakmp sa": "5.0", "clear crypto ipsec sa": "5.0 6.3", "show sip": "6.2 6.3", "show names": "4.1 6.3",
	} {
		for _, r := range release.All() {
			d := newDesk(r, lab)
			d.keys, d.answers = "nnnn", []string{"", "", "", ""}
			d.box.pings = []time.Duration{time.Millisecond}
			d.SetMode(Privileged)
			_, known := d.typed(t, line)
			if want := spanOf(t, where).Holds(r); known != want {
				t.Errorf("%s: %q known %v, want %v", r.Name, line, known, want)
			}
		}
	}
}

// never is a span without a release.
var never = release.Since(release.V(99, 0))

// spanOf reads "4.2" as since and "4.2 6.3" as a first and a last release; "" is none.
func spanOf(t *testing.T, text string) release.Span {
	t.Helper()
	if text == "" {
		return never
	}
	var vs [2]release.Version
	for i, word := range strings.Fields(text) {
		if _, err := fmt.Sscanf(word, "%d.%d", &vs[i].Major, &vs[i].Minor); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	}
	return release.Span{From: vs[0], To: vs[1]}
}

// In the unprivileged mode there is little to say.
func TestUnprivileged(t *testing.T) {
	for _, r := range release.All() {
		d := newDesk(r, lab)
		d.mode = User
		for _, line := range []string{"ping inside 10.1.1.1", "who", "write terminal", "show config", "reload", "clear xlate", "show xlate", "disable"} {
			if _, known := d.typed(t, line); known {
				t.Errorf("%s: %q is not privileged", r.Name, line)
			}
		}
		for _, line := range []string{"enable", "help", "exit", "show version"} {
			if _, known := d.typed(t, line); !known {
				t.Errorf("%s: %q is not known in the unprivileged mode", r.Name, line)
			}
		}
	}
}

func TestTranscripts(t *testing.T) {
	sums := "3a115dcb 6d5645e4 94c3e380 687a5015"
	for _, c := range []struct {
		release, line string
		set           func(*desk)
		want          string
	}{
		{"pix-6.3", "write memory", nil, "Building configuration...\nCryptochecksum: " + sums + " \n[OK]\n"},
		{"pix-4.4", "write memory", nil, "Building configuration...\nCryptochecksum: " + sums + " \n[OK]\n"},
		{"pix-4.1", "write memory", nil, "Building configuration...\n[OK]\n"},
		{"asa-8.2", "write memory", func(d *desk) { d.box.took = 150 * time.Millisecond },
			"Building configuration...\nCryptochecksum: " + sums + " \n\n7180 bytes copied in 0.150 secs\n[OK]\n"},
		{"asa-8.2", "copy running-config startup-config", func(d *desk) { d.answers = []string{""}; d.box.took = 1310 * time.Millisecond },
			"\nSource filename [running-config]? \nCryptochecksum: " + sums + " \n\n7180 bytes copied in 1.310 secs (7180 bytes/sec)\n"},
		{"pix-6.3", "write erase", func(d *desk) { d.keys = "\r" }, "Erase PIX configuration in flash memory? [confirm] \n"},
		{"asa-8.2", "write erase", func(d *desk) { d.keys = "y" }, "Erase configuration in flash memory? [confirm]\n[OK]\n"},
		{"asa-8.2", "show startup-config", nil, "No Configuration\n"},
		{"pix-6.3", "reload", func(d *desk) { d.keys = "n" }, "Proceed with reload?  [confirm] \n"},
		{"asa-8.2", "reload", func(d *desk) { d.keys, d.box.dirty = "\rnx", true },
			"System config has been modified. Save? [Y]es/[N]o:  \nSystem config has been modified. Save? [Y]es/[N]o:  \nProceed with reload? [confirm] \n"},
		{"asa-8.2", "reload", func(d *desk) { d.keys, d.box.dirty, d.box.took = "yy", true, 150*time.Millisecond },
			"System config has been modified. Save? [Y]es/[N]o:  \nCryptochecksum: " + sums + " \n\n7180 bytes copied in 0.150 secs\nProceed with reload? [confirm] \nciscoasa# "},
		{"pix-6.3", "show checksum", nil, "Cryptochecksum: " + sums + "\n"},
		{"pix-6.3", "show clock", nil, "00:07:44.625 UTC Fri Jan 1 1993\n"},
		{"pix-6.3", "show history", func(d *desk) { d.past = []string{"enable", "show version", "show history"} },
			"  enable\n  show version\n  show history\n"},
		{"pix-6.3", "show curpriv", nil, "Username : enable_15\nCurrent privilege level : 15\nCurrent Mode/s : P_PRIV\n"},
		{"asa-8.2", "show curpriv", func(d *desk) { d.mode = Configure }, "Username : enable_15\nCurrent privilege level : 15\nCurrent Mode/s : P_PRIV P_CONF\n"},
		{"asa-8.2", "show curpriv", func(d *desk) { d.mode, d.level, d.user = User, 1, "enable_1" }, "Username : enable_1\nCurrent privilege level : 1\nCurrent Mode/s : P_UNPR\n"},
		{"pix-6.3", "show memory", nil, "Free memory:        4541424 bytes\nUsed memory:       12235792 bytes\n" +
			"-------------     ----------------\nTotal memory:      16777216 bytes\n"},
		{"pix-4.4", "show memory", nil, "16777216 bytes total, 4541424 bytes free\n"},
		{"pix-6.3", "show cpu usage", nil, "CPU utilization for 5 seconds = 0%; 1 minute: 0%; 5 minutes: 0%\n"},
		{"asa-8.2", "show mode", nil, "Security context mode: single\n"},
		{"asa-8.2", "show firewall", nil, "Firewall mode: Router\n"},
		{"pix-6.3", "show pager", nil, "pager lines 24\n"},
		{"pix-6.3", "show pager", func(d *desk) { d.page = 0 }, "no pager\n"},
		{"pix-6.3", "show terminal", nil, "Width = 80, no monitor\n"},
		{"asa-8.2", "show terminal", nil, "\nWidth = 80, no monitor\nterminal interactive\n"},
		{"pix-6.3", "show xlate", nil, "0 in use, 0 most used\n"},
		{"pix-4.4", "show xlate", nil, ""},
		{"pix-6.3", "show conn count", nil, "0 in use, 0 most used\n"},
		{"pix-4.4", "show conn", nil, "0 in use, 65536 remain, 0 most used\n"},
		{"pix-4.4", "show conn count", nil, "0 in use, 65536 remain, 0 most used\n"},
		{"pix-4.4", "show xlate count", nil, "0 in use, 0 most used\n"},
		{"asa-8.2", "clear conn", nil, "0 connection(s) deleted.\n"},
		{"pix-6.3", "clear xlate", nil, ""},
		{"pix-6.3", "show nameif", nil, "nameif ethernet0 outside security0\nnameif ethernet1 inside security100\n"},
		{"pix-6.3", "show mtu", nil, "mtu outside 1500\nmtu inside 1500\n"},
		{"pix-6.3", "show access-list x", nil, "ERROR: access-list <x> does not exist\n"},
		{"pix-6.3", "who", sessions, "1: 192.168.1.3\n0: 192.168.1.4\n"},
		{"pix-4.4", "who", sessions, "1: From 192.168.1.3\n0: From 192.168.1.4\n"},
		{"pix-6.3", "show ssh sessions", sessions, "Session ID      Client IP       Version Encryption      State   Username\n" +
			"    0           10.1.1.5        1.5     3DES            6       pix\n"},
		{"asa-8.2", "show ssh sessions", sessions, "SID Client IP       Version Mode Encryption Hmac     State            Username\n" +
			"0   10.1.1.5        1.5     IN   3DES       sha1     SessionStarted   pix\n" +
			"                            OUT  3DES       sha1     SessionStarted   pix\n"},
		{"pix-6.3", "ping 1.1.1.124", func(d *desk) { d.box.pings = []time.Duration{12 * time.Millisecond, time.Millisecond, 0} },
			"\t1.1.1.124 response received -- 10ms\n\t1.1.1.124 response received -- 0ms\n\t1.1.1.124 NO response received -- 1000ms\n"},
		{"asa-8.2", "ping 10.1.1.2", func(d *desk) { d.box.pings = []time.Duration{1e6, 2e6, 10e6, 1e6, 1e6} },
			"Type escape sequence to abort.\nSending 5, 100-byte ICMP Echos to 10.1.1.2, timeout is 2 seconds:\n!!!!!\n" +
				"Success rate is 100 percent (5/5), round-trip min/avg/max = 1/3/10 ms\n"},
		{"asa-8.2", "ping 10.1.1.2 repeat 2", func(d *desk) { d.box.pings = []time.Duration{0} },
			"Type escape sequence to abort.\nSending 2, 100-byte ICMP Echos to 10.1.1.2, timeout is 2 seconds:\n??\n" +
				"Success rate is 0 percent (0/2)\n"},
		{"asa-8.2", "ping 10.9.9.9", func(d *desk) { d.box.unrouted = true }, "No route to host 10.9.9.9\n"},
		{"pix-6.3", "debug icmp trace", nil, "ICMP trace on\nWarning: this may cause problems on busy networks\n"},
		{"pix-6.3", "no debug icmp trace", nil, "ICMP trace off\n"},
		{"pix-6.3", "show debug", func(d *desk) { d.box.icmp = true }, "debug icmp trace\n"},
		{"asa-8.2", "show inventory", nil, "Name: \"Chassis\", DESCR: \"ASA 5510 Adaptive Security Appliance\"\n" +
			"PID: ASA5510           , VID: V02     , SN: JMX1125K0PX\n\n"},
		{"pix-6.3", "clock set 13:14:15 feb 30 2003", nil, "Invalid time\n"},
		{"asa-8.2", "show nameif", nil, "Interface                Name                     Security\n" +
			"Ethernet0/0              outside                    0\nEthernet0/1              inside                   100\n"},
		{"asa-8.2", "show hostname", nil, "ciscoasa\n"},
		{"pix-6.3", "show hostname", nil, "hostname pixfirewall\n"},
		{"asa-8.2", "show running-config terminal", nil, "terminal width 80\n"},
		{"asa-8.2", "show running-config hostname", nil, "hostname ciscoasa\n"},
		{"pix-6.3", "show fixup protocol smtp", nil, "fixup protocol smtp 25\n"},
		{"pix-6.3", "show capture x", nil, "ERROR: capture <x> does not exist\n"},
		{"pix-6.3", "enable", func(d *desk) { d.mode, d.answers = User, []string{"abc", "abc", "abc"} },
			"Password: ***\nInvalid password\nPassword: ***\nInvalid password\nPassword: ***\nAccess denied.\n"},
		{"pix-6.3", "enable", func(d *desk) { d.mode, d.answers = User, []string{""} }, "Password: \n"},
	} {
		d := newDesk(rel(t, c.release), lab)
		if c.set != nil {
			c.set(d)
		}
		got, known := d.typed(t, c.line)
		if !known {
			t.Errorf("%s: %q is unknown", c.release, c.line)
		}
		compare(t, c.release+" "+c.line, got, c.want)
	}
}

func sessions(d *desk) {
	d.box.sessions = []SessionInfo{
		{ID: 0, Kind: "telnet", From: netip.MustParseAddrPort("192.168.1.4:1025")},
		{ID: 0, Kind: "ssh", From: netip.MustParseAddrPort("10.1.1.5:1027"), User: "pix", Cipher: "3DES", Version: "1.5"},
		{ID: 1, Kind: "telnet", From: netip.MustParseAddrPort("192.168.1.3:1026")},
	}
}

// What commands do beside printing.
func TestEffects(t *testing.T) {
	for _, c := range []struct {
		release, line string
		set           func(*desk)
		did           func(*desk) bool
	}{
		{"pix-6.3", "enable", func(d *desk) { d.mode, d.level, d.answers = User, 1, []string{""} },
			func(d *desk) bool { return d.mode == Privileged && d.level == 15 && d.user == "enable_15" }},
		{"pix-6.3", "enable", func(d *desk) { d.mode, d.level, d.answers = User, 1, []string{"a", "b", "c"} },
			func(d *desk) bool {
				return d.mode == User && d.level == 1 && slices.Contains(d.box.events, release.SyslogEnableFailed)
			}},
		{"pix-6.3", "disable", func(d *desk) { d.mode = Configure }, func(d *desk) bool { return d.mode == User && d.level == 1 }},
		{"pix-6.3", "configure terminal", nil, func(d *desk) bool { return d.mode == Configure && d.out.Len() == 0 }},
		{"pix-6.3", "exit", func(d *desk) { d.mode = Configure }, func(d *desk) bool { return d.mode == Privileged && !d.ended }},
		{"pix-6.3", "quit", nil, func(d *desk) bool { return d.ended }},
		{"asa-8.2", "exit", func(d *desk) { d.mode, d.path = ConfigPolicyClass, Path{"global_policy", "inspection_default"} },
			func(d *desk) bool { return d.mode == ConfigPolicyMap && slices.Equal(d.path, Path{"global_policy"}) }},
		{"asa-8.2", "end", func(d *desk) { d.mode = ConfigPolicyClass }, func(d *desk) bool { return d.mode == Privileged && !d.ended }},
		{"asa-8.2", "logout", nil, func(d *desk) bool { return d.ended }},
		{"pix-6.3", "write memory", nil, func(d *desk) bool {
			return d.box.startup != "" && slices.Equal(d.box.events, []release.Key{release.SyslogWriting, release.SyslogSaved})
		}},
		{"pix-6.3", "write erase", func(d *desk) { d.box.startup, d.keys = "x", "n" }, func(d *desk) bool { return d.box.startup == "x" }},
		{"pix-6.3", "write erase", func(d *desk) { d.box.startup, d.keys = "x", "y" }, func(d *desk) bool { return d.box.startup == "" }},
		{"pix-6.3", "reload", func(d *desk) { d.keys = "\r" }, func(d *desk) bool { return d.box.reloaded && d.box.startup == "" }},
		{"pix-6.3", "reload", func(d *desk) { d.keys = " " }, func(d *desk) bool { return d.box.reloaded }},
		{"pix-6.3", "reload", func(d *desk) { d.keys = "N" }, func(d *desk) bool { return !d.box.reloaded }},
		{"pix-6.3", "reload", func(d *desk) { d.keys = "\x03" }, func(d *desk) bool { return !d.box.reloaded }},
		{"pix-6.3", "reload noconfirm", nil, func(d *desk) bool { return d.box.reloaded }},
		{"asa-8.2", "reload", func(d *desk) { d.keys, d.box.dirty = "n\r", true }, func(d *desk) bool { return d.box.reloaded && d.box.startup == "" }},
		{"asa-8.2", "reload", func(d *desk) { d.keys, d.box.dirty = "y\r", true }, func(d *desk) bool { return d.box.reloaded && d.box.startup != "" }},
		{"asa-8.2", "reload", func(d *desk) { d.keys, d.box.dirty = "\x03", true }, func(d *desk) bool { return !d.box.reloaded }},
		{"asa-8.2", "reload", func(d *desk) { d.keys = "x" }, func(d *desk) bool { return !d.box.reloaded }},
		{"asa-8.2", "reload save-config noconfirm", nil, func(d *desk) bool { return d.box.reloaded && d.box.startup != "" }},
		{"pix-6.3", "configure memory", func(d *desk) { d.box.startup = "hostname x\n" }, func(d *desk) bool { return d.merged == "hostname x\n" }},
		{"pix-6.3", "kill 2", nil, func(d *desk) bool { return slices.Equal(d.box.killed, []int{2}) }},
		{"pix-6.3", "ssh disconnect 3", nil, func(d *desk) bool { return slices.Equal(d.box.killed, []int{3}) }},
		{"pix-6.3", "clock set 13:14:15 jul 4 2003", nil, func(d *desk) bool { return stamp(d.box.clock) == "13:14:15.000 UTC Fri Jul 4 2003" }},
		{"pix-6.3", "clock set 13:14:15 4 july 2003", nil, func(d *desk) bool { return stamp(d.box.clock) == "13:14:15.000 UTC Fri Jul 4 2003" }},
		{"pix-6.3", "terminal monitor", nil, func(d *desk) bool { return d.monitor }},
		{"pix-6.3", "terminal no monitor", func(d *desk) { d.monitor = true }, func(d *desk) bool { return !d.monitor }},
		{"asa-8.2", "terminal pager 0", nil, func(d *desk) bool { return d.page == 0 }},
		{"asa-8.2", "terminal pager lines 40", nil, func(d *desk) bool { return d.page == 40 }},
		{"asa-8.2", "no terminal pager", nil, func(d *desk) bool { return d.page == 0 }},
		{"pix-6.3", "clear logging", nil, func(d *desk) bool { return d.box.cleared }},
		{"pix-6.3", "undebug all", func(d *desk) { d.box.icmp = true }, func(d *desk) bool { return !d.box.icmp }},
		{"asa-8.2", "login", func(d *desk) {
			d.mode, d.answers = User, []string{"admin", "cisco"}
			e := config.From(d.box.conf)
			e.SetUser(config.User{Name: "admin", Hash: config.Hash(d.box.rel, "cisco", "admin"), Privilege: 15})
			d.box.conf = e.Config()
		}, func(d *desk) bool { return d.mode == Privileged && d.user == "admin" }},
		{"pix-6.3", "capture c interface inside packet-length 128 circular-buffer", nil, func(d *desk) bool {
			c := d.box.caps
			return len(c) == 1 && slices.Equal(c[0].Interfaces, []string{"inside"}) && c[0].Snap == 128 && c[0].Circular && c[0].Buffer == captureBuffer
		}},
		{"asa-8.2", "capture c interface inside match tcp any host 10.1.1.10 eq smtp", nil, func(d *desk) bool {
			c := d.box.caps
			return len(c) == 1 && len(c[0].Match) == 1 && c[0].Match[0].Proto == 6 && c[0].Match[0].Permit &&
				c[0].Match[0].Dst.Port.Lo == 25 && c[0].MatchText[0] == "match tcp any host 10.1.1.10 eq smtp"
		}},
		{"pix-6.3", "capture c access-list nosuch interface inside", nil, func(d *desk) bool { return len(d.box.caps) == 0 }},
	} {
		d := newDesk(rel(t, c.release), lab)
		if c.set != nil {
			c.set(d)
		}
		if _, known := d.typed(t, c.line); !known {
			t.Errorf("%s: %q is unknown", c.release, c.line)
		} else if !c.did(d) {
			t.Errorf("%s: %q did not do it: mode %d level %d box %+v\n%s", c.release, c.line, d.mode, d.level, d.box.caps, d.out.String())
		}
	}
}

// A reader who quits the pager stops the output of every command that may be long.
func TestQuitStops(t *testing.T) {
	for line, want := range map[string]int{"show running-config": 400, "write terminal": 400, "show version": 2000, "help": 4000} {
		d := newDesk(rel(t, "pix-6.3"), lab)
		whole, _ := d.typed(t, line)
		d.quitAt = 1
		cut, _ := d.typed(t, line)
		if len(whole) < 300 || len(cut) >= len(whole) && line != "show version" && line != "help" || len(cut) > want {
			t.Errorf("%q printed %d of %d octets after the reader quit", line, len(cut), len(whole))
		}
	}
}

// The factory configuration, loaded and shown, is the listing of a new box.
func TestShowRunningDocument(t *testing.T) {
	for _, r := range release.All() {
		d := newDesk(r, lab)
		d.box.sum = EmptySum
		got, known := d.typed(t, "write terminal")
		if !known {
			t.Fatalf("%s: no write terminal", r.Name)
		}
		got = strings.TrimSuffix(strings.TrimPrefix(got, r.Say(release.TerminalHead)), r.Say(release.TerminalTail))
		want := Document(d.box.conf, View{Release: r, Names: true}, Header{Sum: EmptySum})
		compare(t, r.Name, got, want)
	}
}

func TestSectionLines(t *testing.T) {
	lines := slices.Values([]string{
		"interface Ethernet0/0", " nameif outside", "!", "interface Ethernet0/1", " nameif inside", "!",
		"no snmp-server location", "class-map inspection_default", " match default-inspection-traffic", "!",
		"policy-map type inspect dns preset_dns_map", " parameters", "policy-map global_policy", " class inspection_default", "!",
	})
	for _, c := range []struct{ section, name, want string }{
		{"interface", "", "interface Ethernet0/0\n nameif outside\n!\ninterface Ethernet0/1\n nameif inside\n!"},
		{"interface", "Ethernet0/1", "interface Ethernet0/1\n nameif inside\n!"},
		{"snmp-server", "", "no snmp-server location"},
		{"class-map", "", "class-map inspection_default\n match default-inspection-traffic\n!"},
		{"policy-map", "global_policy", "policy-map global_policy\n class inspection_default\n!"},
		{"policy-map", "type inspect dns", "policy-map type inspect dns preset_dns_map\n parameters\n!"},
		{"route", "", ""},
	} {
		got := strings.Join(slices.Collect(sectionLines(lines, c.section, c.name)), "\n")
		compare(t, c.section+" "+c.name, got, c.want)
	}
}

func TestShowVersion(t *testing.T) {
	d := newDesk(rel(t, "pix-6.3"), lab)
	d.box.changed = true
	got, _ := d.typed(t, "show version")
	for _, line := range []string{
		"Cisco PIX Firewall Version 6.3(5)", "pixfirewall up 40 days 23 hours",
		"Hardware:   PIX-515E, 128 MB RAM, CPU Pentium II 433 MHz", "0: ethernet0: address is 0009.b75a.310c, irq 11",
		"Licensed Features:", "Failover:                    Enabled", "VPN-3DES-AES:                Enabled",
		"This PIX has an Unrestricted (UR) license.", "Serial Number: 806245458 (0x300e5452)",
		"Running Activation Key: 0x3d209958 0xb2bd8b92 0x1e557e17 0x2236f310 ",
		"Configuration last modified by enable_15 at 00:07:44.625 UTC Fri Jan 1 1993",
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("6.3 lacks %q:\n%s", line, got)
		}
	}
	asa := newDesk(rel(t, "asa-8.2"), lab)
	got, _ = asa.typed(t, "show version")
	for _, line := range []string{
		"\nCisco Adaptive Security Appliance Software Version 8.2(1) ", "ciscoasa up 40 days 23 hours",
		"Hardware:   ASA5510, 256 MB RAM, CPU Pentium 4 Celeron 1600 MHz",
		" 0: Ext: Ethernet0/0         : address is 001b.d589.7e4c, irq 9", "Maximum VLANs                : 100       ",
		"This platform has an ASA 5510 Security Plus license.", "Configuration has not been modified since last system restart.",
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("8.2 lacks %q:\n%s", line, got)
		}
	}
	for _, r := range release.All() {
		if text, _ := newDesk(r, lab).typed(t, "show version"); strings.Contains(text, "%!") {
			t.Errorf("%s: %s", r.Name, text)
		}
	}
}

func TestServicePolicyText(t *testing.T) {
	d := newDesk(rel(t, "asa-8.2"), lab, func(e *config.Edit) {
		e.SetPolicyMap(config.PolicyMap{Name: "global_policy", Classes: []config.PolicyClass{{
			Class:    "inspection_default",
			Inspects: []config.Inspect{{Proto: "dns", Map: "preset_dns_map"}, {Proto: "esmtp"}, {Proto: "skinny"}},
		}}})
		e.SetServicePolicy(config.ServicePolicy{Policy: "global_policy"})
	})
	got, _ := d.typed(t, "show service-policy")
	compare(t, "all", got, `
Global policy: 
  Service-policy: global_policy
    Class-map: inspection_default
      Inspect: dns preset_dns_map, packet 0, drop 0, reset-drop 0
      Inspect: esmtp _default_esmtp_map, packet 0, drop 0, reset-drop 0
      Inspect: skinny , packet 0, drop 0, reset-drop 0
               tcp-proxy: bytes in buffer 0, bytes dropped 0
`)
	got, _ = d.typed(t, "show service-policy inspect esmtp")
	compare(t, "esmtp", got, `
Global policy: 
  Service-policy: global_policy
    Class-map: inspection_default
      Inspect: esmtp _default_esmtp_map, packet 0, drop 0, reset-drop 0
        mask-banner, count 0
        match cmd line length gt 512
          drop-connection log, packet 0
        match cmd RCPT count gt 100
          drop-connection log, packet 0
        match body line length gt 998
          log, packet 0
        match header line length gt 998
          drop-connection log, packet 0
        match sender-address length gt 320
          drop-connection log, packet 0
        match MIME filename length gt 255
          drop-connection log, packet 0
        match ehlo-reply-parameter others
          mask, packet 0
`)
}

func TestCaptured(t *testing.T) {
	for name, want := range map[string]string{
		"pix-6.3": "1 packet captured\n00:07:44.625000 [|ether] \n1 packet shown\n",
		"asa-8.2": "\n1 packet captured\n\n   1: 00:07:44.625000 [|ether] \n1 packet shown\n",
	} {
		d := newDesk(rel(t, name), lab)
		d.typed(t, "capture c interface inside")
		d.box.frames["c"] = []dataplane.Captured{{At: boxTime, Frame: []byte{1}}}
		got, _ := d.typed(t, "show capture c")
		compare(t, name, got, want)
	}
	d := newDesk(rel(t, "asa-8.2"), lab)
	d.typed(t, "capture capin interface inside match tcp host 10.0.0.25 any eq smtp")
	d.box.caps[0].Octets = 1518
	got, _ := d.typed(t, "show capture")
	compare(t, "list", got, "capture capin type raw-data interface inside [Capturing - 1518 bytes] \n  match tcp host 10.0.0.25 any eq smtp \n")
}

// The parts of a capture come one by one and go one by one; what is left unsaid stays.
func TestCaptureParts(t *testing.T) {
	d := newDesk(rel(t, "pix-6.3"), lab)
	e := config.From(d.box.conf)
	for _, name := range []string{"a", "b"} {
		e.AddACE(name, 0, config.ACE{Permit: true})
	}
	d.box.conf = e.Config()
	for _, c := range []struct{ line, want string }{
		{"capture c access-list a circular-buffer", "capture c access-list a circular-buffer\n"},
		{"capture c ethernet-type arp interface outside", "capture c access-list a ethernet-type arp circular-buffer interface outside\n"},
		{"capture c buffer 2000 packet-length 100 ethernet-type 33079 interface inside",
			"capture c access-list a ethernet-type 0x8137 buffer 2000 packet-length 100 circular-buffer interface outside interface inside\n"},
		{"capture c interface inside packet-length 68 buffer 524288 ethernet-type ip",
			"capture c access-list a ethernet-type ip circular-buffer interface outside interface inside\n"},
		{"no capture c access-list b", "capture c access-list a ethernet-type ip circular-buffer interface outside interface inside\n"},
		{"no capture c interface outside", "capture c access-list a ethernet-type ip circular-buffer interface inside\n"},
		{"no capture c circular-buffer access-list a interface inside", "capture c ethernet-type ip\n"},
		{"no capture c", ""},
	} {
		if got, _ := d.typed(t, c.line); got != "" {
			t.Errorf("%s: %q", c.line, got)
		}
		got, _ := d.typed(t, "show capture")
		compare(t, c.line, got, c.want)
	}
	got, _ := d.typed(t, "no capture c interface inside")
	compare(t, "none", got, "ERROR: capture <c> does not exist\n")
}

// show capture shows what an access-list selects, as many packets as are wanted, and counts what it shows.
func TestShowCaptureOfSome(t *testing.T) {
	d := newDesk(rel(t, "asa-8.2"), lab)
	e := config.From(d.box.conf)
	e.AddACE("a", 0, config.ACE{Permit: true})
	d.box.conf = e.Config()
	d.typed(t, "capture c interface inside")
	for _, first := range []byte{1, 2, 1, 2} {
		d.box.frames["c"] = append(d.box.frames["c"], dataplane.Captured{At: boxTime, Frame: []byte{first}})
	}
	frame := func(n int) string { return fmt.Sprintf("   %d: 00:07:44.625000 [|ether] \n", n) }
	for line, want := range map[string]string{
		"show capture c count 3":               frame(1) + frame(2) + frame(3) + "3 packets shown\n",
		"show capture c count 0":               "0 packet shown\n",
		"show capture c access-list a":         frame(2) + frame(4) + "2 packets shown\n",
		"show capture c count 1 access-list a": frame(2) + "1 packet shown\n",
		"show capture c dump detail count 1":   frame(1) + "1 packet shown\n",
	} {
		got, _ := d.typed(t, line)
		compare(t, line, got, "\n4 packets captured\n\n"+want)
	}
	got, _ := d.typed(t, "show capture c access-list b")
	compare(t, "no list", got, "ERROR: access-list <b> does not exist\n")
}

// Every management message that exec commands raise takes its arguments in the order its key numbers.
func TestNotices(t *testing.T) {
	r := rel(t, "pix-6.3")
	_, _, text, ok := r.Syslog(release.SyslogEnableFailed, notice{from: "10.1.1.20", tries: 3}.args()...)
	if !ok || text != "PIX console enable password incorrect for 3 tries (from 10.1.1.20)" {
		t.Error(text)
	}
	_, _, text, ok = r.Syslog(release.SyslogPrivilege, notice{user: "enable_15", was: 1, level: 15}.args()...)
	if !ok || text != "User priv level changed: Uname: enable_15 From: 1 To: 15" {
		t.Error(text)
	}
	_, _, text, ok = r.Syslog(release.SyslogWriting, notice{from: "console", device: "memory"}.args()...)
	if !ok || text != "Begin configuration: console writing to memory" {
		t.Error(text)
	}
}

// A try without an answer takes as long as the box says that it took: a second, from 7.0 on two, or what was typed.
func TestPingWaits(t *testing.T) {
	for _, c := range []struct {
		release, line string
		wait          time.Duration
	}{
		{"pix-4.1", "ping inside 1.1.1.124", time.Second},
		{"pix-6.3", "ping 1.1.1.124", time.Second},
		{"asa-8.2", "ping 1.1.1.124", 2 * time.Second},
		{"asa-8.2", "ping 1.1.1.124 timeout 7 repeat 1", 7 * time.Second},
	} {
		d := newDesk(rel(t, c.release), lab)
		d.box.pings = []time.Duration{0}
		got, _ := d.typed(t, c.line)
		if !slices.Equal(d.box.waits, []time.Duration{c.wait}) || c.wait > 2*time.Second && !strings.Contains(got, "timeout is 7 seconds") {
			t.Errorf("%s %s: %v\n%s", c.release, c.line, d.box.waits, got)
		}
	}
}
