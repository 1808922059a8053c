package command

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/dataplane"
)

func TestUptime(t *testing.T) {
	for d, want := range map[time.Duration]string{
		45 * time.Second:                     "45 secs",
		time.Second:                          "1 sec",
		0:                                    "0 secs",
		12*time.Minute + 5*time.Second:       "12 mins 5 secs",
		time.Hour + 5*time.Minute:            "1 hour 5 mins",
		3*time.Hour + 12*time.Minute:         "3 hours 12 mins",
		40*24*time.Hour + 23*time.Hour + 3e9: "40 days 23 hours",
		377*24*time.Hour + 5*time.Hour:       "1 year 12 days",
		252*24*time.Hour + 7*time.Hour:       "252 days 7 hours",
	} {
		compare(t, d.String(), uptime(d), want)
	}
}

// The captures from which the rule of "bytes copied" was derived.
func TestCopyTime(t *testing.T) {
	for _, c := range []struct {
		size          int
		took          time.Duration
		elapsed, rate string
	}{
		{7180, 150 * time.Millisecond, "0.150", ""},
		{3958, 80 * time.Millisecond, "0.80", ""},
		{4996, 660 * time.Millisecond, "0.660", ""},
		{2435, 3340 * time.Millisecond, "3.340", " (811 bytes/sec)"},
		{8983, 1310 * time.Millisecond, "1.310", " (8983 bytes/sec)"},
		{6854, 1020 * time.Millisecond, "1.20", " (6854 bytes/sec)"},
	} {
		elapsed, rate := copyTime(c.size, c.took)
		if elapsed != c.elapsed || rate != c.rate {
			t.Errorf("%d in %v: %s%s, want %s%s", c.size, c.took, elapsed, rate, c.elapsed, c.rate)
		}
	}
}

func TestBrief(t *testing.T) {
	for d, want := range map[time.Duration]string{39e9: "39s", 62e9: "1m2s", 3600e9: "1h0m", 90000e9: "1D1h"} {
		compare(t, d.String(), brief(d), want)
	}
}

func at(port dataplane.Port, addr string) dataplane.End {
	a := netip.MustParseAddrPort(addr)
	return dataplane.End{If: port, Real: a, Mapped: a}
}

func TestConnLine(t *testing.T) {
	c := newDesk(rel(t, "pix-6.3"), lab).box.conf
	asa := newDesk(rel(t, "asa-8.2"), lab).box.conf
	up := dataplane.ConnUp | dataplane.ConnDataIn | dataplane.ConnDataOut
	telnet := dataplane.Conn{
		Proto: 6, Lower: at(0, "192.150.49.10:23"), Higher: at(1, "10.1.1.15:1026"), Idle: 22 * time.Second, Bytes: 1774,
		State: up, Age: 62 * time.Second, Timeout: time.Hour,
	}
	mail := dataplane.Conn{
		Proto: 6, Inbound: true, Lower: at(0, "192.150.49.10:1025"), Higher: at(1, "10.1.1.2:25"), State: up, MailData: true,
	}
	dns := dataplane.Conn{Proto: 17, Lower: at(0, "192.150.49.10:53"), Higher: at(1, "10.1.1.15:1028"), Idle: 14 * time.Second}
	for _, v := range []struct {
		release string
		conf    *config.Config
		conn    dataplane.Conn
		form    ConnForm
		want    string
	}{
		{"pix-6.3", c, telnet, ConnShort, "TCP out 192.150.49.10:23 in 10.1.1.15:1026 idle 0:00:22 Bytes 1774 flags UIO"},
		{"pix-6.3", c, dns, ConnShort, "UDP out 192.150.49.10:53 in 10.1.1.15:1028 idle 0:00:14 flags D"},
		{"pix-6.3", c, mail, ConnDetailed, "TCP outside:192.150.49.10/1025 inside:10.1.1.2/25 flags UIOBM"},
		{"asa-8.2", asa, telnet, ConnShort, "TCP outside 192.150.49.10:23 inside 10.1.1.15:1026, idle 0:00:22, bytes 1774, flags UIO "},
		{"asa-8.2", asa, telnet, ConnDetailed, "TCP outside:192.150.49.10/23 inside:10.1.1.15/1026,\n" +
			"    flags UIO, idle 22s, uptime 1m2s, timeout 1h0m, bytes 1774"},
		{"pix-7.2", asa, telnet, ConnShort, "TCP out 192.150.49.10:23 in 10.1.1.15:1026, idle 0:00:22, bytes 1774, flags UIO "},
		{"asa-8.4", asa, dns, ConnShort, "UDP outside 192.150.49.10:53 inside 10.1.1.15:1028, idle 0:00:14, bytes 0, flags - "},
		{"asa-9.8", asa, mail, ConnLong, "TCP outside: 192.150.49.10/1025 (192.150.49.10/1025) inside: 10.1.1.2/25 (10.1.1.2/25), " +
			"flags UIOBM , idle 0s, uptime 0s, timeout 0s, bytes 0\n  Initiator: 192.150.49.10, Responder: 10.1.1.2\n"},
	} {
		compare(t, v.release, ConnLine(rel(t, v.release), v.conn, v.form, v.conf), v.want)
	}
}

func TestConnFlags(t *testing.T) {
	const (
		U, S, s, A, a = dataplane.ConnUp, dataplane.ConnWaitInSYN, dataplane.ConnWaitOutSYN, dataplane.ConnWaitInACK, dataplane.ConnWaitOutACK
		I, O          = dataplane.ConnDataIn, dataplane.ConnDataOut
		F, f, R, r    = dataplane.ConnFINOut, dataplane.ConnFINIn, dataplane.ConnFINAckOut, dataplane.ConnFINAckIn
	)
	for _, c := range []struct {
		state   dataplane.ConnState
		inbound bool
		want    string
	}{
		{s | a | A, false, "saA"}, {A, false, "A"}, {U, false, "U"}, {U | O, false, "UO"}, {U | I | O, false, "UIO"},
		{U | f | I | O, false, "UfIO"}, {U | F | I | O, false, "UFIO"}, {U | f | F | R | r | I | O, false, "UfFRrIO"},
		{S | a | A, true, "SaAB"}, {a, true, "aB"}, {U, true, "UB"}, {U | I | O, true, "UIOB"}, {U | f | r | I | O, true, "UfrIOB"},
	} {
		compare(t, "flags", connFlags(rel(t, "asa-8.2"), dataplane.Conn{Proto: 6, State: c.state, Inbound: c.inbound}), c.want)
	}
}

func TestXlateLine(t *testing.T) {
	addr := func(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }
	pat := dataplane.Xlate{Proto: 6, RealIf: 1, PAT: true, Real: addr("10.1.1.50:1028"), Mapped: addr("20.1.1.50:1024")}
	ping := dataplane.Xlate{Proto: 1, RealIf: 1, PAT: true, Real: addr("10.1.1.50:340"), Mapped: addr("20.1.1.50:0"), ICMPID: 340}
	pool := dataplane.Xlate{RealIf: 1, Real: addr("10.1.1.11:0"), Mapped: addr("204.31.17.26:0"), Conns: 2}
	static := dataplane.Xlate{RealIf: 1, Real: addr("10.1.1.2:0"), Mapped: addr("204.31.17.2:0"), Static: true, Conns: 1}
	redirect := dataplane.Xlate{Proto: 6, RealIf: 1, Real: addr("10.1.1.2:25"), Mapped: addr("204.31.17.1:25"), Static: true, PAT: true}
	for _, c := range []struct {
		release string
		x       dataplane.Xlate
		detail  bool
		want    string
	}{
		{"pix-6.3", ping, false, "PAT Global 20.1.1.50(0) Local 10.1.1.50 ICMP id 340"},
		{"pix-6.3", pat, false, "PAT Global 20.1.1.50(1024) Local 10.1.1.50(1028)"},
		{"pix-6.3", pool, false, "Global 204.31.17.26 Local 10.1.1.11 "},
		{"pix-6.3", static, false, "Global 204.31.17.2 Local 10.1.1.2 static"},
		{"pix-6.3", redirect, false, "PAT Global 204.31.17.1(25) Local 10.1.1.2(25) static"},
		{"pix-6.3", pat, true, "TCP PAT from inside:10.1.1.50/1028 to outside:20.1.1.50/1024 flags ri"},
		{"pix-6.3", static, true, "NAT from inside:10.1.1.2 to outside:204.31.17.2 flags s"},
		{"pix-4.4", static, false, "Global 204.31.17.2 Local 10.1.1.2 static nconns 1 econns 0 flags s"},
		{"pix-4.4", pool, false, "Global 204.31.17.26 Local 10.1.1.11 nconns 2 econns 0 flags -"},
		{"pix-4.4", pat, false, "PAT Global 20.1.1.50(1024) Local 10.1.1.50(1028)"},
		{"asa-8.2", static, false, "Global 204.31.17.2 Local 10.1.1.2"},
		{"asa-8.2", pat, true, "TCP PAT from inside:10.1.1.50/1028 to outside:20.1.1.50/1024 flags ri"},
	} {
		r := rel(t, c.release)
		compare(t, c.release, XlateLine(r, c.x, c.detail, newDesk(r, lab).box.conf), c.want)
	}
}

func TestInterfaceText(t *testing.T) {
	r := rel(t, "pix-6.3")
	f := config.Interface{Hardware: "ethernet0", Name: "outside", Speed: "10baset", Shutdown: true, MTU: 1500, Addr: netip.MustParsePrefix("10.10.42.1/24")}
	want := `interface ethernet0 "outside" is administratively down, line protocol is down
  Hardware is i82559 ethernet, address is 0009.b75a.310c
  IP address 10.10.42.1, subnet mask 255.255.255.0
  MTU 1500 bytes, BW 10000 Kbit half duplex
	0 packets input, 0 bytes, 0 no buffer
	Received 0 broadcasts, 0 runts, 0 giants
	0 input errors, 0 CRC, 0 frame, 0 overrun, 0 ignored, 0 abort
	0 packets output, 0 bytes, 0 underruns
	0 output errors, 0 collisions, 0 interface resets
	0 babbles, 0 late collisions, 0 deferred
	0 lost carrier, 0 no carrier
	input queue (curr/max blocks): hardware (128/128) software (0/0)
	output queue (curr/max blocks): hardware (0/0) software (0/0)
`
	compare(t, "6.3", InterfaceText(r, f, 0, PortState{Carrier: true}), want)

	r = rel(t, "asa-8.2")
	f = config.Interface{Hardware: "Ethernet0/1", Name: "inside", MTU: 1500, Addr: netip.MustParsePrefix("10.1.1.1/24"), Description: "LAN side"}
	n := dataplane.IfCounters{InPackets: 29989, InBytes: 3240033, Broadcasts: 111, OutPackets: 12345, OutBytes: 1234567, Dropped: 15}
	got := InterfaceText(r, f, 1, PortState{IfCounters: n, Carrier: true})
	for _, line := range []string{
		`Interface Ethernet0/1 "inside", is up, line protocol is up`,
		"  Hardware is i82546GB rev03, BW 100 Mbps, DLY 100 usec",
		"\tAuto-Duplex(Full-duplex), Auto-Speed(100 Mbps)",
		"\tDescription: LAN side",
		"\tMAC address 001b.d589.7e4d, MTU 1500",
		"\tIP address 10.1.1.1, subnet mask 255.255.255.0",
		"\t29989 packets input, 3240033 bytes, 0 no buffer",
		`  Traffic Statistics for "inside":`,
		"\t15 packets dropped",
		"      5 minute drop rate, 0 pkts/sec",
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("8.2 lacks %q:\n%s", line, got)
		}
	}
	bare := InterfaceText(r, config.Interface{Hardware: "Ethernet0/2", Shutdown: true, MTU: 1500}, 2, PortState{})
	for _, line := range []string{
		`Interface Ethernet0/2 "", is administratively down, line protocol is down`, "\tAvailable but not configured via nameif",
		"\tMAC address 001b.d589.7e4e, MTU not set", "\tIP address unassigned",
	} {
		if !strings.Contains(bare, line+"\n") {
			t.Errorf("8.2, unnamed, lacks %q:\n%s", line, bare)
		}
	}
	if strings.Contains(bare, "Traffic Statistics") {
		t.Error("an unnamed interface has traffic statistics")
	}
}

func TestRoutes(t *testing.T) {
	pix := newDesk(rel(t, "pix-6.3"), lab)
	compare(t, "6.3", Routes(pix.box.rel, pix.box.conf, pix.box.conf), "\toutside 0.0.0.0 0.0.0.0 1.1.1.124 1 OTHER static\n"+
		"\toutside 1.1.1.0 255.255.255.0 1.1.1.125 1 CONNECT static\n\tinside 1.2.3.0 255.255.255.0 1.2.3.125 1 CONNECT static\n")
	asa := newDesk(rel(t, "asa-8.2"), lab)
	got := Routes(asa.box.rel, asa.box.conf, asa.box.conf)
	tail := "Gateway of last resort is 1.1.1.124 to network 0.0.0.0\n\nC    1.1.1.0 255.255.255.0 is directly connected, outside\n" +
		"C    1.2.3.0 255.255.255.0 is directly connected, inside\nS*   0.0.0.0 0.0.0.0 [1/0] via 1.1.1.124, outside\n"
	if !strings.HasPrefix(got, "\nCodes: C - connected") || !strings.HasSuffix(got, tail) {
		t.Errorf("8.2:\n%s", got)
	}
}

func TestARPText(t *testing.T) {
	e := dataplane.ARPEntry{Port: 0, Addr: netip.MustParseAddr("1.1.1.124"), MAC: [6]byte{0, 0x10, 0x7b, 0x3a, 0x9f, 1}, Age: 15 * time.Second}
	pix, asa := newDesk(rel(t, "pix-6.3"), lab), newDesk(rel(t, "asa-8.2"), lab)
	compare(t, "6.3", ARPText(pix.box.rel, pix.box.conf, e), "\toutside 1.1.1.124 0010.7b3a.9f01 ")
	compare(t, "8.2", ARPText(asa.box.rel, asa.box.conf, e), "\toutside 1.1.1.124 0010.7b3a.9f01 15")
	e.Static = true
	compare(t, "8.2, static", ARPText(asa.box.rel, asa.box.conf, e), "\toutside 1.1.1.124 0010.7b3a.9f01 -")
}

func TestLoggingText(t *testing.T) {
	off := config.Logging{Console: -1, Monitor: -1, Buffered: -1, Trap: -1, History: -1, ASDM: -1, Facility: 20}
	text := func(name string, l config.Logging, n LogState) string {
		return LoggingText(rel(t, name), &config.Config{Release: rel(t, name), Logging: l}, n)
	}
	compare(t, "8.2", text("asa-8.2", off, LogState{}), `Syslog logging: disabled
    Facility: 20
    Timestamp logging: disabled
    Standby logging: disabled
    Debug-trace logging: disabled
    Deny Conn when Queue Full: disabled
    Console logging: disabled
    Monitor logging: disabled
    Buffer logging: disabled
    Trap logging: disabled
    Permit-hostdown logging: disabled
    History logging: disabled
    Device ID: disabled
    Mail logging: disabled
    ASDM logging: disabled
`)
	e := config.New(rel(t, "pix-6.3"))
	e.SetLogging(func(l *config.Logging) {
		*l = off
		l.On, l.Buffered, l.Trap = true, 7, 6
	})
	e.AddLogHost(config.LogHost{If: "inside", Addr: netip.MustParseAddr("10.1.1.5")})
	on := e.View().Logging
	compare(t, "6.3", text("pix-6.3", on, LogState{Buffered: 37, Trap: 37}), `Syslog logging: enabled
    Facility: 20
    Timestamp logging: disabled
    Standby logging: disabled
    Console logging: disabled
    Monitor logging: disabled
    Buffer logging: level debugging, 37 messages logged
    Trap logging: level informational, 37 messages logged
        Logging to inside 10.1.1.5
    History logging: disabled
    Device ID: disabled
`)
	if got := text("pix-4.4", on, LogState{}); strings.Contains(got, "Facility") || strings.Contains(got, "Device ID") {
		t.Errorf("4.4:\n%s", got)
	}
	if got := text("asa-8.2", on, LogState{Trap: 5}); !strings.Contains(got, "    Trap logging: level informational, facility 20, 5 messages logged\n        Logging to inside 10.1.1.5\n") {
		t.Errorf("8.2:\n%s", got)
	}
}

func TestListLines(t *testing.T) {
	rule := func(line int, text string, hits uint64) listed {
		return listed{text: "access-list outside_in " + text, rest: text, ace: &config.ACE{ID: 0x12342d1a7f10}, line: line, hits: hits}
	}
	permit := rule(1, "permit tcp any host 204.31.17.2 eq smtp", 12)
	compare(t, "6.1", lineText(rel(t, "pix-6.1"), "outside_in", permit), "access-list outside_in permit tcp any host 204.31.17.2 eq smtp (hitcnt=12) ")
	compare(t, "6.3", lineText(rel(t, "pix-6.3"), "outside_in", permit), "access-list outside_in line 1 permit tcp any host 204.31.17.2 eq smtp (hitcnt=12) ")
	remark := listed{text: "access-list outside_in remark mail", rest: "remark mail", ace: &config.ACE{Kind: config.ACERemark}, line: 1}
	logged := rule(2, "extended deny ip any any log", 0)
	logged.ace = &config.ACE{ID: 0x18ba1124, Log: config.LogOn, LogLevel: 6, Interval: 300}
	compare(t, "8.2", lineText(rel(t, "asa-8.2"), "outside_in", remark), "access-list outside_in line 1 remark mail")
	compare(t, "8.2", lineText(rel(t, "asa-8.2"), "outside_in", logged),
		"access-list outside_in line 2 extended deny ip any any log informational interval 300 (hitcnt=0) 0x18ba1124 ")
}

func TestFrameText(t *testing.T) {
	syn := "001122334455" + "66778899aabb" + "0800" + // Ethernet
		"45000030" + "00010000" + "80060000" + "c096310a" + "cc1f1102" + // IPv4, 192.150.49.10 > 204.31.17.2
		"04010019" + "00120223" + "00000000" + "70022000" + "00000000" + "020405b4" + "01010402" // SYN
	for _, c := range []struct{ frame, want string }{
		{syn, "192.150.49.10.1025 > 204.31.17.2.25: S 1180195:1180195(0) win 8192 <mss 1460,nop,nop,sackOK>"},
		{"001122334455", "[|ether]"},
		{"ffffffffffff" + "66778899aabb" + "0806" + "0001080006040001" + "66778899aabb" + "0a010101" + "000000000000" + "0a01010a",
			"arp who-has 10.1.1.10 tell 10.1.1.1"},
		{"001122334455" + "66778899aabb" + "0800" + "4500001c00010000" + "80010000" + "0a010114" + "0a010101" + "0800000000010001",
			"10.1.1.20 > 10.1.1.1: icmp: echo request"},
		{"001122334455" + "66778899aabb" + "0800" + "4500001c00010000" + "80110000" + "0a010114" + "0a010101" + "0035040000080000",
			"10.1.1.20.53 > 10.1.1.1.1024: udp 0"},
	} {
		var b []byte
		for i := 0; i+1 < len(c.frame); i += 2 {
			b = append(b, unhex(c.frame[i])<<4|unhex(c.frame[i+1]))
		}
		compare(t, "frame", FrameText(dataplane.Captured{Frame: b, Length: len(b)}, false), c.want)
	}
}

func unhex(c byte) byte {
	if c >= 'a' {
		return c - 'a' + 10
	}
	return c - '0'
}

// Whatever was caught, the text of it is one line and no panic.
func FuzzFrameText(f *testing.F) {
	f.Add([]byte("\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\x08\x00\x45"))
	f.Add([]byte("\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\x08\x06\x45"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, detail := range []bool{false, true} {
			if text := FrameText(dataplane.Captured{Frame: b, Length: len(b)}, detail); text == "" || strings.Contains(text, "\n") {
				t.Errorf("%x: %q", b, text)
			}
		}
		hexRows(b)
	})
}

func TestTrafficText(t *testing.T) {
	n := dataplane.IfCounters{InPackets: 3051312134, InBytes: 3372506524, OutPackets: 3680162240, OutBytes: 3426881395}
	up := 1806806980 * time.Millisecond
	want := `outside:
        received (in 1806806.980 secs):
                3051312134 packets      3372506524 bytes
                1688 pkts/sec   1866 bytes/sec
        transmitted (in 1806806.980 secs):
                3680162240 packets      3426881395 bytes
                2036 pkts/sec   1896 bytes/sec
`
	compare(t, "6.3", rel(t, "pix-6.3").Say(release.TrafficHead, append(TrafficArgs("outside", up, n), "")...), want)
}

func TestIPAddresses(t *testing.T) {
	pix := newDesk(rel(t, "pix-6.3"), lab)
	compare(t, "6.3", IPAddresses(pix.box.rel, pix.box.conf, pix.box.AddressAtBoot), `System IP Addresses:
	ip address outside 1.1.1.125 255.255.255.0
	ip address inside 1.2.3.125 255.255.255.0
Current IP Addresses:
	ip address outside 1.1.1.125 255.255.255.0
	ip address inside 1.2.3.125 255.255.255.0
`)
	asa := newDesk(rel(t, "asa-8.2"), lab)
	row := "Ethernet0/0              outside                1.1.1.125       255.255.255.0   CONFIG\n"
	if got := IPAddresses(asa.box.rel, asa.box.conf, asa.box.AddressAtBoot); strings.Count(got, row) != 2 {
		t.Errorf("8.2:\n%s", got)
	}
}

// TCP Intercept came with 5.2, and its row with it.
func TestPerfmonRows(t *testing.T) {
	done := dataplane.Done{Intercepts: 400, Joined: 300, SYNTimeouts: 10}
	if got := slices.Collect(PerfmonLines(rel(t, "asa-9.1"), done, dataplane.Done{})); !slices.Equal(got[9:12], []string{
		"TCP Intercept Established Conns      60/s          0/s",
		"TCP Intercept Attempts               80/s          0/s",
		"TCP Embryonic Conns Timeout           2/s          0/s",
	}) || got[0] != "" || !slices.Equal(got[len(got)-3:], []string{
		"", "VALID CONNS RATE in TCP INTERCEPT:    Current      Average", "                                    75.00%         N/A",
	}) {
		t.Errorf("9.1:\n%s", strings.Join(got, "\n"))
	}
	for name, want := range map[string]bool{"pix-5.0": false, "pix-5.1": false, "pix-5.2": true, "pix-6.3": true} {
		rows := strings.Join(slices.Collect(PerfmonLines(rel(t, name), dataplane.Done{}, dataplane.Done{})), "\n")
		if got := strings.Contains(rows, "TCPIntercept"); got != want || !strings.Contains(rows, "AAA Account") {
			t.Errorf("%s:\n%s", name, rows)
		}
	}
}
