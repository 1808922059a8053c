package appliance_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/release"
)

// layout is what programs that read a show command take: every line of the reply is one of lines, and there is one of each.
type layout struct {
	command string
	span    release.Span
	lines   []string // regular expressions of whole lines; "?" before one: it need not be there
}

const (
	anAddress = `\d+\.\d+\.\d+\.\d+`
	aMAC      = `[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}`
	aRule     = `[-=+ ]{3,}`
)

var (
	fromASA = release.Since(release.V(7, 0))
	asaOnly = fromASA.Only(release.ASA)
	from84  = release.Since(release.V(8, 4))
)

// interfaceLines are those of one interface in show interface.
var interfaceLines = []string{
	`Interface \S+ "\w*", is (up|down|administratively down), line protocol is (up|down)`,
	`  Hardware is \S+( \w+)*, BW \d+ Mbps, DLY \d+ usec`,
	`\t(Auto|Full|Half)-Duplex(\(\w+-duplex\))?, (Auto-Speed|\d+ Mbps)(\(\d+ Mbps\))?`,
	`\tInput flow control is unsupported, output flow control is off`,
	`\tMAC address ` + aMAC + `, MTU (\d+|not set)`,
	`\tIP address (unassigned|` + anAddress + `, subnet mask ` + anAddress + `)`,
	`\t\d+ packets input, \d+ bytes, \d+ no buffer`,
	`\tReceived \d+ broadcasts, \d+ runts, \d+ giants`,
	`\t\d+ input errors, \d+ CRC, \d+ frame, \d+ overrun, \d+ ignored, \d+ abort`,
	`\t\d+ pause input, \d+ resume input`,
	`\t\d+ L2 decode drops`,
	`\t\d+ packets output, \d+ bytes, \d+ underruns`,
	`\t\d+ pause output, \d+ resume output`,
	`\t\d+ output errors, \d+ collisions, \d+ interface resets`,
	`\t(\d+ babbles, )?\d+ late collisions, \d+ deferred`,
	`?\t\d+ lost carrier, \d+ no carrier`,
	`\t\d+ input reset drops, \d+ output reset drops(, \d+ tx hangs)?`,
	`\t(in|out)put queue \((blocks free curr/low|curr/max packets)\): hardware \(\d+/\d+\)( software \(\d+/\d+\))?`,
	`  Traffic Statistics for "\w+":`,
	`\t\d+ packets (in|out)put, \d+ bytes`,
	`\t\d+ packets dropped`,
	`      [15] minute (in|out)put rate \d+ pkts/sec,  \d+ bytes/sec`,
	`      [15] minute drop rate, \d+ pkts/sec`,
}

// routeLegend is what stands above a routing table.
var routeLegend = []string{`Codes: [CL] - \w+, .*`, `       \S+ - \w.*`}

var layouts = []layout{
	{"show interface", fromASA, append([]string{`?\tAvailable but not configured via nameif`}, interfaceLines...)},
	{"show interface detail", fromASA, append([]string{
		`  Control Point Interface States:`, `\tInterface number is \d+`, `\tInterface config status is (not )?active`, `\tInterface state is (not )?active`,
	}, interfaceLines...)},
	{"show interface summary", fromASA, []string{
		interfaceLines[0], `\tMAC address ` + aMAC + `, MTU (\d+|not set)`, `\tIP address (unassigned|` + anAddress + `, subnet mask ` + anAddress + `)`,
		`?\tAvailable but not configured via nameif`,
	}},
	{"show interface ip brief", fromASA, []string{
		`Interface                  IP-Address      OK\? Method Status                Protocol`,
		`\S{2,26} +(unassigned|` + anAddress + `) +YES (manual|CONFIG|unset|DHCP) +(up|down|administratively down) +(up|down) *`,
	}},
	{"show interface inside ip brief", fromASA, []string{
		`Interface                  IP-Address      OK\? Method Status                Protocol`, `\S+ +10\.1\.1\.1 +YES \w+ +up +up  `,
	}},
	{"show nameif", fromASA, []string{`Interface                Name                     Security`, `\S+ +\w+ +\d+`}},
	{"show failover", fromASA, []string{
		`Failover Off `, `Failover unit (Primary|Secondary)`, `Failover LAN Interface: not Configured`, `?Reconnect timeout \d+:\d\d:\d\d`,
		`Unit Poll frequency \d+ seconds, holdtime \d+ seconds`, `Interface Poll frequency \d+ seconds, holdtime \d+ seconds`, `Interface Policy 1`,
		`Monitored Interfaces 2 of \d+ maximum`, `?MAC Address Move Notification Interval not set`,
	}},
	{"show module", asaOnly, []string{
		`Mod {1,2}Card Type {36}Model {14}Serial No\. `, `Mod {1,2}MAC Address Range {17}Hw Version   Fw Version   Sw Version     `,
		`Mod {1,2}SSM Application Name {11}Status           SSM Application Version`, `Mod {1,2}Status             Data Plane Status     Compatibility`,
		aRule, ` {2,3}[01] \S.{43} ASA\S+ +\w+ *`, ` {2,3}[01] ` + aMAC + ` to ` + aMAC + `  \S+ +\S+ +\d+\.\d+\(\d+\)`,
		` {2,3}[01] Up Sys             Not Applicable        `, ``,
	}},
	{"show inventory", fromASA, []string{`Name: "Chassis", DESCR: ".+"`, `PID: \S+ +, VID: V\d\d +, SN: \w+`, ``}},
	{"show vpn-sessiondb", fromASA, []string{
		aRule, `VPN Session Summary +`, ` +Active : Cumulative : Peak Concur : Inactive`, `(AnyConnect Client|Clientless VPN|Site-to-Site VPN) +: +0 : +0 : +0( : +0)?`,
		`Total Active and Inactive +: +0 +Total Cumulative : +0`, `Device Total VPN Capacity +: +\w+`, `Device Load +: +0%`,
		`Tunnels Summary +`, ` +Active : Cumulative : Peak Concurrent +`, `(Clientless|AnyConnect-Parent) +: +0 : +0 : +0`, `Totals +: +0 : +0`, ``,
	}},
	{"show vpn load-balancing", asaOnly, []string{
		aRule, `Status     Role     Failover   Encryption   Peers     Cluster IP        `, `Disabled +Backup +n/a +Disabled +0 +0\.0\.0\.0`, `Peers:`,
		`Role    Pri  Model             Load-Balancing Version  Public IP         `, `Backup +\d+ +ASA\S+ +4  ` + anAddress + `\*`, `Total License Load:`,
		`AnyConnect Premium/Essentials        Other VPN         Public IP         `, `-{29}   -{21} +`, `Limit    Used   Load          Limit    Used   Load +`,
		`\d+ +\d+ +\d+% +\d+ +\d+ +\d+%  ` + anAddress + `\*`, ``,
	}},
	{"show crypto isakmp sa", fromASA, []string{``, `There are no (isakmp sas|IKEv[12] SAs)`}},
	{"show crypto ikev1 sa detail", from84, []string{``, `There are no IKEv1 SAs`}},
	{"show crypto ikev2 sa", from84, []string{``, `There are no IKEv2 SAs`}},
	{"show crypto ipsec sa", fromASA, []string{``, `There are no ipsec sas`}},
	{"show cpu usage detailed", release.Since(release.V(8, 2)), []string{
		`Break down of per-core data path versus control point cpu usage:`, `Core +5 sec +1 min +5 min`,
		`Core \d+ +\d+\.\d \( *\d+\.\d \+ +\d+\.\d\) +\d+\.\d \( *\d+\.\d \+ +\d+\.\d\) +\d+\.\d \( *\d+\.\d \+ +\d+\.\d\)`,
		`Current control point elapsed versus the maximum control point elapsed for:`, `CPU utilization of external processes for:`,
		`Total CPU utilization for:`, ` +5 seconds = \d+\.\d%; 1 minute: \d+\.\d%; 5 minutes: \d+\.\d%`, ``,
	}},
	{"show processes cpu-usage", fromASA, []string{
		`PC         Thread       5Sec     1Min     5Min   Process`, `0x0{8} 0x0{8} +\d+\.\d% +\d+\.\d% +\d+\.\d%   \S.*`,
	}},
	{"show resource usage", fromASA, []string{
		`Resource              Current         Peak      Limit        Denied Context`, `(Conns|Hosts|Xlates|SSH|Telnet) +\d+ +\d+ +(\d+|N/A) +\d+ System`,
	}},
	{"show memory detail", fromASA, []string{`(Free|Used) memory.*: +\d+ bytes \( *\d+%\)`, ` {3}\w[^:]*: +\d+ bytes \( *\d+%\)`, aRule, `Total memory: +\d+ bytes \(100%\)`}},
	{"show traffic", fromASA, []string{
		`(inside|outside|\w*Ethernet\d+(/\d+)?|Management\d/\d):`, `\t(received|transmitted) \(in \d+\.\d{3} secs\):`, `\t\t\d+ packets +\d+ bytes`,
		`\t\t\d+ pkts/sec +\d+ bytes/sec`, `      [15] minute (in|out)put rate \d+ pkts/sec,  \d+ bytes/sec`, `      [15] minute drop rate, \d+ pkts/sec`,
		aRule, `Aggregated Traffic on Physical Interface`, ``,
	}},
	{"show ntp status", fromASA, []string{`Clock is unsynchronized, .*`, `(nominal freq|reference time|clock offset|root dispersion) is .*`}},
	{"show ntp associations", fromASA, []string{` +address +ref clock +st +when +poll +reach +delay +offset +disp`, ` \* master \(synced\), .*`}},
	{"show dhcpd state", fromASA, []string{`Context  Not Configured for DHCP`, `Interface \w+, Not Configured for DHCP`}},
	{"show uauth", fromASA, []string{` +Current +Most Seen`, `Authenticated Users +0 +0`, `Authen In Progress +0 +0`}},
	{"show snmp-server statistics", fromASA, []string{`0 SNMP packets (in|out)put`, `    0 [A-Z].*`}},
	{"show aaa-server", fromASA, []string{
		`Server Group:    LOCAL`, `Server Protocol: Local database`, `Server Address:  None`, `Server port:     None`, `Server status:   ACTIVE, .*`,
		`Number of [a-z ]+ +0`, `Average round trip time +0ms`, ``,
	}},
	{"show flash:", fromASA, []string{`--#--  --length--  -----date/time------  path`, ``, `\d+ bytes total \(\d+ bytes free\)`}},
	{"dir", fromASA, []string{``, `Directory of (disk0|flash):/`, `No files in directory`, `?0 file\(s\) total size: 0 bytes`, `\d+ bytes total \(\d+ bytes free(/\d+% free)?\)`}},
	{"show bootvar", fromASA, []string{``, `(Current )?(BOOT|CONFIG_FILE) variable = `}},
	{"show port-channel summary", from84, []string{
		`(Flags:|      )  \S.*`, `Number of channel-groups in use: 0`, `Group  Port-channel  Protocol  Span-cluster  Ports`, aRule,
	}},
	{"show cluster info", release.Since(release.V(9, 1)), []string{`Clustering is not configured`}},
	{"show route", release.Since(release.V(9, 4)), append([]string{
		`Gateway of last resort is 203\.0\.113\.254 to network 0\.0\.0\.0`, `S\* {7}0\.0\.0\.0 0\.0\.0\.0 \[1/0\] via 203\.0\.113\.254, outside`,
		`[CL] {8}` + anAddress + ` ` + anAddress + ` is directly connected, (in|out)side`, ``,
	}, routeLegend...)},
	{"show route", fromASA.Through(release.V(9, 1)), append([]string{
		`Gateway of last resort is 203\.0\.113\.254 to network 0\.0\.0\.0`, `S\* {3}0\.0\.0\.0 0\.0\.0\.0 \[1/0\] via 203\.0\.113\.254, outside`,
		`C {4}` + anAddress + ` ` + anAddress + ` is directly connected, (in|out)side`, ``,
	}, routeLegend...)},
	{"show route inside", fromASA, append([]string{
		`Gateway of last resort is 203\.0\.113\.254 to network 0\.0\.0\.0`, `[CL] +10\.1\.1\.\d+ ` + anAddress + ` is directly connected, inside`, ``,
	}, routeLegend...)},
	{"show route static", fromASA, append([]string{
		`Gateway of last resort is 203\.0\.113\.254 to network 0\.0\.0\.0`, `S\* +0\.0\.0\.0 0\.0\.0\.0 \[1/0\] via 203\.0\.113\.254, outside`, ``,
	}, routeLegend...)},
	{"show arp", fromASA, []string{`?\t\w+ ` + anAddress + ` ` + aMAC + ` (\d+|-)`}},
	{"ping 10.1.1.10", fromASA, []string{
		`Type escape sequence to abort\.`, `Sending 5, 100-byte ICMP Echos to 10\.1\.1\.10, timeout is 2 seconds:`, `[!?]{5}`,
		`Success rate is \d+ percent \(\d/5\)(, round-trip min/avg/max = \d+/\d+/\d+ ms)?`,
	}},
}

// subinterfaceLines are those of a subinterface in show interface.
var subinterfaceLines = []string{
	interfaceLines[0], interfaceLines[1], `\tVLAN identifier (\d+|none)`, `\tAvailable but not configured with VLAN or via nameif`,
	`\tDescription: .+`, interfaceLines[4], interfaceLines[5], `  Traffic Statistics for "\w+":`, `\t\d+ packets (in|out)put, \d+ bytes`, `\t\d+ packets dropped`,
}

// richLines make a box of which there is more to show; PORT stands for its first port without a name.
const richLines = `interface PORT.60
 description the servers
 vlan 60
 nameif dmz
 ip address 192.0.2.1 255.255.255.0
interface PORT.61
router ospf 7
 network 10.1.1.0 255.255.255.0 area 0
 network 192.0.2.0 255.255.255.0 area 0.0.1.1
name 10.1.1.20 desk
crypto map vpn 10 match address outside_in
crypto map vpn 10 set pfs
crypto map vpn 10 set peer 198.51.100.1
crypto map vpn 10 set security-association lifetime seconds 3600
crypto map vpn interface outside
`

// richLayouts are of such a box.
var richLayouts = []layout{
	{"show interface dmz", fromASA, append([]string{`?` + subinterfaceLines[3]}, without(subinterfaceLines, 3)...)},
	{"show interface PORT.61", fromASA, subinterfaceLines[:4]},
	{"show interface ip brief", fromASA, []string{
		`Interface                  IP-Address      OK\? Method Status                Protocol`,
		`\S{2,26} +(unassigned|` + anAddress + `) +YES (manual|CONFIG|unset|DHCP) +(up|down|administratively down) +(up|down) *`,
	}},
	{"show name", fromASA, []string{`name 10\.1\.1\.20 desk`}},
	{"show ospf interface brief", release.Since(release.V(9, 0)), []string{
		`Interface {4}PID {3}Area {12}IP Address/Mask {4}Cost {2}State Nbrs F/C`, `(inside|dmz) +7 +(0|0\.0\.1\.1) +` + anAddress + `/` + anAddress + ` +10 +\w+ \d+/\d+`,
	}},
	{"show ospf neighbor", fromASA, nil},
	{"show running-config crypto map", release.Since(release.V(7, 2)), []string{
		`crypto map vpn 10 match address outside_in`, `crypto map vpn 10 set pfs `, `crypto map vpn 10 set peer 198\.51\.100\.1 ?`,
		`crypto map vpn 10 set security-association lifetime seconds 3600`, `crypto map vpn interface outside`,
	}},
}

func without(lines []string, at int) []string { return slices.Delete(slices.Clone(lines), at, at+1) }

// The same of a box that holds more than the lab's.
func TestShowLayoutsOfMore(t *testing.T) {
	used := map[string]bool{}
	for _, r := range release.All() {
		if !fromASA.Holds(r) {
			continue
		}
		t.Run(r.Name, func(t *testing.T) {
			port := r.Model.Interfaces[min(2, len(r.Model.Interfaces)-1)]
			p := newTourist(t, r.Name)
			for _, line := range strings.Split("enable\ncisco\nterminal pager 0\nconfigure terminal\n"+richLines+"end", "\n") {
				p.typed(strings.ReplaceAll(line, "PORT", port))
			}
			for _, l := range richLayouts {
				if l.span.Holds(r) {
					used[l.command] = true
					l.check(t, p.replyTo(strings.ReplaceAll(l.command, "PORT", port)))
				}
			}
			rows := p.replyTo("show interface ip brief")
			if !regexp.MustCompile(`\n` + port + ` .*\n` + port + `\.60 .*\n` + port + `\.61 `).MatchString(rows) {
				t.Errorf("the subinterfaces do not stand behind their port: %s", rows)
			}
		})
	}
	for _, l := range richLayouts {
		if !used[l.command] {
			t.Errorf("no release was asked %q", l.command)
		}
	}
}

// Every release that has a command prints it in the lines that programs read.
func TestShowLayouts(t *testing.T) {
	used := map[string]bool{}
	for _, r := range release.All() {
		if !fromASA.Holds(r) {
			continue
		}
		t.Run(r.Name, func(t *testing.T) {
			p := newTourist(t, r.Name)
			p.typed("enable")
			p.typed("cisco")
			p.typed("terminal pager 0")
			p.typed("configure terminal")
			p.mail("QUIT")
			for _, l := range layouts {
				if l.span.Holds(r) {
					used[l.command] = true
					l.check(t, p.replyTo(l.command))
				}
			}
		})
	}
	for _, l := range layouts {
		if !used[l.command] {
			t.Errorf("no release was asked %q", l.command)
		}
	}
}

// replyTo is what stands between a command and the next prompt.
func (p *tourist) replyTo(line string) string {
	_, text, _ := strings.Cut(p.typed(line), "\n")
	return text[:strings.LastIndexByte(text, '\n')+1]
}

func (l layout) check(t *testing.T, reply string) {
	t.Helper()
	seen := make([]bool, len(l.lines))
	for line := range strings.Lines(reply) {
		line = strings.TrimSuffix(line, "\n")
		known := false
		for i, e := range l.lines {
			if regexp.MustCompile("^(?:" + strings.TrimPrefix(e, "?") + ")$").MatchString(line) {
				seen[i], known = true, true
			}
		}
		if !known {
			t.Errorf("%s: nothing takes the line %q", l.command, line)
		}
	}
	for i, e := range l.lines {
		if !seen[i] && !strings.HasPrefix(e, "?") {
			t.Errorf("%s: no line is %q in\n%s", l.command, e, reply)
		}
	}
}
