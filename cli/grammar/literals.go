package grammar

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"

	"pixsim/appliance/release"
)

// literal is a name for a number.
type literal struct {
	name string
	n    int
	over string       // "tcp", "udp"; "": both
	in   release.Span // where the name is known
	only bool         // accepted, but never printed: another name of the number is
}

// ports are the port literals of the 6.2/6.3 command reference. Where the two protocols disagree (514 is cmd over TCP
// and syslog over UDP) each has its own row.
var ports = []literal{
	{name: "aol", n: 5190, over: "tcp"},
	{name: "bgp", n: 179, over: "tcp"},
	{name: "biff", n: 512, over: "udp"},
	{name: "bootpc", n: 68, over: "udp"},
	{name: "bootps", n: 67, over: "udp"},
	{name: "chargen", n: 19, over: "tcp"},
	{name: "cifs", n: 3020, in: asa},
	{name: "citrix-ica", n: 1494, over: "tcp"},
	{name: "cmd", n: 514, over: "tcp", in: release.Until(release.V(6, 3))},
	{name: "cmd", n: 514, over: "tcp", only: true, in: asa},
	{name: "ctiqbe", n: 2748, over: "tcp"},
	{name: "daytime", n: 13, over: "tcp"},
	{name: "discard", n: 9},
	{name: "dnsix", n: 195, over: "udp"},
	{name: "domain", n: 53},
	{name: "echo", n: 7},
	{name: "exec", n: 512, over: "tcp"},
	{name: "finger", n: 79, over: "tcp"},
	{name: "ftp", n: 21, over: "tcp"},
	{name: "ftp-data", n: 20, over: "tcp"},
	{name: "gopher", n: 70, over: "tcp"},
	{name: "h323", n: 1720, over: "tcp"},
	{name: "hostname", n: 101, over: "tcp"},
	{name: "http", n: 80, over: "tcp", only: true},
	{name: "http", n: 80, over: "udp", only: true, in: asa},
	{name: "https", n: 443, over: "tcp", in: release.Since(release.V(6, 2))},
	{name: "ident", n: 113, over: "tcp"},
	{name: "imap4", n: 143, over: "tcp"},
	{name: "irc", n: 194, over: "tcp"},
	{name: "isakmp", n: 500, over: "udp"},
	{name: "kerberos", n: 750},
	{name: "klogin", n: 543, over: "tcp"},
	{name: "kshell", n: 544, over: "tcp"},
	{name: "ldap", n: 389, over: "tcp"},
	{name: "ldaps", n: 636, over: "tcp"},
	{name: "login", n: 513, over: "tcp"},
	{name: "lotusnotes", n: 1352, over: "tcp"},
	{name: "lpd", n: 515, over: "tcp"},
	{name: "mobile-ip", n: 434, over: "udp"},
	{name: "nameserver", n: 42, over: "udp"},
	{name: "netbios-dgm", n: 138, over: "udp"},
	{name: "netbios-ns", n: 137, over: "udp"},
	{name: "netbios-ssn", n: 139, over: "tcp"},
	{name: "nfs", n: 2049, in: asa},
	{name: "nntp", n: 119, over: "tcp"},
	{name: "ntp", n: 123, over: "udp"},
	{name: "pcanywhere-data", n: 5631, over: "tcp"},
	{name: "pcanywhere-status", n: 5632, over: "udp"},
	{name: "pim-auto-rp", n: 496},
	{name: "pop2", n: 109, over: "tcp"},
	{name: "pop3", n: 110, over: "tcp"},
	{name: "pptp", n: 1723, over: "tcp"},
	{name: "radius", n: 1645, over: "udp"},
	{name: "radius-acct", n: 1646, over: "udp"},
	{name: "rip", n: 520, over: "udp"},
	{name: "rsh", n: 514, over: "tcp", in: asa},
	{name: "rtsp", n: 554, over: "tcp", in: asa},
	{name: "secureid-udp", n: 5510, over: "udp"},
	{name: "sip", n: 5060, in: asa},
	{name: "smtp", n: 25, over: "tcp"},
	{name: "snmp", n: 161, over: "udp"},
	{name: "snmptrap", n: 162, over: "udp"},
	{name: "sqlnet", n: 1521, over: "tcp"},
	{name: "ssh", n: 22, over: "tcp"},
	{name: "sunrpc", n: 111},
	{name: "syslog", n: 514, over: "udp"},
	{name: "tacacs", n: 49},
	{name: "talk", n: 517},
	{name: "telnet", n: 23, over: "tcp"},
	{name: "tftp", n: 69, over: "udp"},
	{name: "time", n: 37, over: "udp"},
	{name: "uucp", n: 540, over: "tcp"},
	{name: "vxlan", n: 4789, over: "udp", in: release.Since(release.V(9, 4))},
	{name: "who", n: 513, over: "udp"},
	{name: "whois", n: 43, over: "tcp"},
	{name: "www", n: 80, over: "tcp"},
	{name: "www", n: 80, over: "udp", in: asa},
	{name: "xdmcp", n: 177, over: "udp"},
}

// asa is where the names came that the ASA has and the PIX up to 6.3 has not (command references of 7.0 and later).
var asa = release.Since(release.V(7, 0))

// icmpTypes are the names of ICMP types: the tables of the guides, and what a client of 9.x writes (the acls module of the
// cisco.asa collection of Ansible).
var icmpTypes = []literal{
	{name: "alternate-address", n: 6},
	{name: "conversion-error", n: 31},
	{name: "echo", n: 8},
	{name: "echo-reply", n: 0},
	{name: "information-reply", n: 16},
	{name: "information-request", n: 15},
	{name: "mask-reply", n: 18},
	{name: "mask-request", n: 17},
	{name: "mobile-redirect", n: 32},
	{name: "parameter-problem", n: 12},
	{name: "redirect", n: 5},
	{name: "router-advertisement", n: 9},
	{name: "router-solicitation", n: 10},
	{name: "source-quench", n: 4},
	{name: "time-exceeded", n: 11},
	{name: "timestamp-reply", n: 14},
	{name: "timestamp-request", n: 13},
	{name: "traceroute", n: 30, in: asa}, // the table of ICMP types of the guides of 7.0 and later, not of the PIX up to 6.3
	{name: "unreachable", n: 3},
}

// icmp6Types are the names of the types of ICMP for IPv6 (9.0 and later command reference, access-list extended).
var icmp6Types = []literal{
	{name: "echo", n: 128},
	{name: "echo-reply", n: 129},
	{name: "membership-query", n: 130},
	{name: "membership-reduction", n: 132},
	{name: "membership-report", n: 131},
	{name: "neighbor-advertisement", n: 136},
	{name: "neighbor-redirect", n: 137},
	{name: "neighbor-solicitation", n: 135},
	{name: "packet-too-big", n: 2},
	{name: "parameter-problem", n: 4},
	{name: "router-advertisement", n: 134},
	{name: "router-renumbering", n: 138},
	{name: "router-solicitation", n: 133},
	{name: "time-exceeded", n: 3},
	{name: "unreachable", n: 1},
}

// protocols are the names of IP protocols; ip is any of them.
var protocols = []literal{
	{name: "ah", n: 51},
	{name: "eigrp", n: 88},
	{name: "esp", n: 50},
	{name: "gre", n: 47},
	{name: "icmp", n: 1},
	{name: "icmp6", n: 58, in: asa},
	{name: "igmp", n: 2},
	{name: "igrp", n: 9},
	{name: "ip", n: 0},
	{name: "ipinip", n: 4},
	{name: "ipsec", n: 50, only: true},
	{name: "nos", n: 94},
	{name: "ospf", n: 89},
	{name: "pcp", n: 108},
	{name: "pim", n: 103, in: asa},
	{name: "pptp", n: 47, only: true, in: asa},
	{name: "sctp", n: 132, in: release.Since(release.V(9, 5))},
	{name: "snp", n: 109},
	{name: "tcp", n: 6},
	{name: "udp", n: 17},
}

func (l literal) known(r *release.Release, over string) bool {
	return (r == nil || l.in.Holds(r)) && (over == "" || l.over == "" || l.over == over)
}

// literalName is the printed name of n, or its digits.
func literalName(table []literal, r *release.Release, over string, n int) string {
	for _, l := range table {
		if l.n == n && !l.only && l.known(r, over) {
			return l.name
		}
	}
	return strconv.Itoa(n)
}

// PortName is how r prints a port of over ("tcp", "udp"; "": whichever has a name) in its configuration.
func PortName(r *release.Release, over string, port uint16) string {
	return literalName(ports, r, over, int(port))
}

// ICMPTypeName is how r prints an ICMP type.
func ICMPTypeName(r *release.Release, t int) string { return literalName(icmpTypes, r, "", t) }

// ProtoName is how r prints an IP protocol; 0 is ip.
func ProtoName(r *release.Release, p uint8) string { return literalName(protocols, r, "", int(p)) }

// Port is a port of over ("tcp", "udp"; "": either), 0 to 65535, by number or name.
func Port(over string) Type[uint16] {
	t := literals(ports, over, 65535)
	return Type[uint16]{
		Label: t.Label, Words: t.Words, Sample: t.Sample,
		Parse: func(e Env, w string) (uint16, error) { n, err := t.Parse(e, w); return uint16(n), err },
	}
}

// PortRange is a port or, without blanks, a range of ports: 25, 25-30, smtp. Both ends are the same for one port.
func PortRange(over string) Type[[2]uint16] {
	one := Port(over)
	return Type[[2]uint16]{
		Label: "<1-65535>[-<1-65535>]",
		Parse: func(e Env, w string) ([2]uint16, error) {
			if p, err := one.Parse(e, w); err == nil && p > 0 {
				return [2]uint16{p, p}, nil
			}
			a, b, _ := strings.Cut(w, "-")
			lo, err := one.Parse(e, a)
			hi, err2 := one.Parse(e, b)
			if err != nil || err2 != nil || lo == 0 || hi < lo {
				return [2]uint16{}, errFit
			}
			return [2]uint16{lo, hi}, nil
		},
		Sample: func(_ Env, r *rand.Rand) string {
			lo := 1 + r.IntN(60000)
			if r.IntN(2) == 0 {
				return strconv.Itoa(lo)
			}
			return strconv.Itoa(lo) + "-" + strconv.Itoa(lo+1+r.IntN(5000))
		},
	}
}

// ICMPType is an ICMP type, 0 to 255, by number or name.
func ICMPType() Type[int] { return literals(icmpTypes, "", 255) }

// ICMP6Type is a type of ICMP for IPv6, by number or name.
func ICMP6Type() Type[int] { return literals(icmp6Types, "", 255) }

// ICMP6TypeName is how r prints one.
func ICMP6TypeName(r *release.Release, t int) string { return literalName(icmp6Types, r, "", t) }

// Proto is an IP protocol, 0 (any, ip) to 255, by number or name.
func Proto() Type[uint8] {
	t := literals(protocols, "", 255)
	return Type[uint8]{
		Label: t.Label, Words: t.Words, Sample: t.Sample,
		Parse: func(e Env, w string) (uint8, error) { n, err := t.Parse(e, w); return uint8(n), err },
	}
}

// literals is a number up to hi or one of the names of table.
func literals(table []literal, over string, hi int) Type[int] {
	of := func(e Env) *release.Release {
		if e == nil {
			return nil
		}
		return e.Release()
	}
	num := Int(0, hi)
	known := func(r *release.Release) []string {
		var names []string
		for _, l := range table {
			if l.known(r, over) {
				names = append(names, l.name)
			}
		}
		return names
	}
	var lists sync.Map // *release.Release -> []string: long configurations are mostly lines with literals
	return Type[int]{
		Label: num.Label,
		Words: func(e Env) []string {
			r := of(e)
			names, ok := lists.Load(r)
			if !ok {
				names, _ = lists.LoadOrStore(r, known(r))
			}
			return names.([]string)
		},
		Parse: func(e Env, w string) (int, error) {
			for _, l := range table {
				if l.known(of(e), over) && strings.EqualFold(l.name, w) {
					return l.n, nil
				}
			}
			return num.Parse(e, w)
		},
		Sample: func(e Env, r *rand.Rand) string {
			n := r.IntN(hi + 1)
			if r.IntN(2) == 0 {
				n = table[r.IntN(len(table))].n
			}
			return literalName(table, of(e), over, n)
		},
	}
}
