package release

import (
	"time"

	"pixsim/dataplane/inspect/smtp"
)

// pix70 is the new console of 7.0, on the PIX: caret errors, ? at once, sub-modes, interface blocks, policy-maps instead of
// fixup, no conduit.
// unverified: 7.0(8) for the last of 7.0; what differs from captures of 7.2(1) and 8.2(1).
var pix70 = derive(pix63, func(r *Release) {
	r.Name, r.Version = "pix-7.0", Version{7, 0, 8, 0}
	r.Limits.CaptureOneWay = true
	r.Model = pix515e70
	r.Boot = boot70
	r.Software = Software{Compiled: "Sat 31-May-08 23:48 by builders", Copyright: "1996-2008", File: "flash:/pix%d%d%d.bin", Manager: "5.0(8)"}
	r.SMTP = smtp.P70()
	r.Config = config70(r.Config)

	c := &r.Console
	c.FallbackUser = ""
	c.KeyCommand = false
	c.Caret, c.Help = true, HelpImmediate
	c.SessionPager = true
	c.Wrap = false
	c.Scrolls = true
	c.LineMax = 512
	// Options twice, DO TTYPE behind the header, as a scanner saw them.
	c.TelnetOpen = "\xff\xfb\x03\xff\xfb\x01\xff\xfb\x03\xff\xfb\x01\r\n\r\nUser Access Verification\r\n\r\n\xff\xfd\x18"
	c.Hash = HashASA
	c.ReloadAsksSave, c.ReloadPrompt, c.ConfirmAny = true, true, false
	c.LogPrefix = true
	c.Ping = PingMarks
	c.SelfName, c.LogSelfName = "NP Identity Ifc", "NP Identity Ifc"
	c.PlainDNS = true // unverified: in 7.x
	c.LiveChecksum = true

	r.NAT.Control, r.NAT.ControlOption = false, true
	r.Limits.DenyFlows = 4096 // captures of 8.x
	r.NAT.Conduits = false
	r.NAT.SameSecurity = true
	r.NAT.SameInterface = true
	r.NAT.ForeignHosts = true
	r.NAT.ExactResets = true
	r.NAT.ReportBox = true
	r.NAT.DNSByInspection = true
	r.NAT.DropExceedMSS = true // unverified: the command reference has it of 7.0, and another default from 7.2(4) on
	r.NAT.DNSGuard = false     // a command of its own there, which is not acted on
	r.Timers.Embryonic = 30 * time.Second
	r.Timers.FINWait = 15 * time.Second // unverified: "seconds"
	r.Factory = factory70
	r.Order = orderPIX72
	r.Text = join(console70, show70, syslog70, services70, configText70, asaText, disk70, shunASA, showASA70)
})

var console70 = Catalogue{
	InvalidInput: "ERROR: % Invalid input detected at '^' marker.",
	Incomplete:   "ERROR: % Incomplete command",
	Ambiguous:    `ERROR: %% Ambiguous command:  "%[1]s"`, // unverified
	Unrecognized: "ERROR: % Unrecognized command",
	InvalidHost:  "ERROR: % Invalid Hostname",
	HelpIntro:    "",
	HelpHeader:   "%[1]s commands/options:",
	BootRefused:  `*** Output from config line %[1]d, "%[2]s"`,
	BootChecksum: "Cryptochecksum (%[1]s): %[2]s",

	BytesCopied:   "\n%[1]d bytes copied in %[2]s secs%[3]s",
	CopyTarget:    "\nDestination filename [%[1]s]? ",
	TerminalHead:  "",
	TerminalTail:  "",
	EraseConfirm:  "Erase configuration in flash memory? [confirm]",
	EraseDone:     "[OK]",
	NoConfig:      "No Configuration",
	NotBuilt:      "ERROR: %% %[1]s is not supported",
	ReloadSave:    "System config has been modified. Save? [Y]es/[N]o:  ",
	ReloadConfirm: "Proceed with reload? [confirm] ",
	Rebooting: "\n\n***\n*** --- START GRACEFUL SHUTDOWN ---\nShutting down isakmp\nShutting down File system\n\n\n\n" +
		"***\n*** --- SHUTDOWN NOW ---\nProcess shutdown finished\nRebooting.....\n\n",
	VersionLine: "PIX Version %[1]s ",
	KeyName:     "INFO: The name for the keys will be: %[1]s",
	KeyBegin:    "Keypair generation process begin. Please wait...\n",
	KeyExists:   "WARNING: You have a RSA keypair already defined named %[1]s.\n\nDo you really want to replace them? [yes/no]: ",

	NoRoute:        "No route to host %[1]s",
	UnknownIf:      "ERROR: %% Invalid input detected at '^' marker.",
	ConnsCleared:   "%[1]d connection(s) deleted.",
	NoSuchSession:  "ERROR: Session %[1]d does not exist", // unverified
	ModeSingle:     "Security context mode: single",
	FirewallRouter: "Firewall mode: Router",
	ClockBad:       "ERROR: % Invalid input detected at '^' marker.",

	SetupAsk:      "Pre-configure Firewall now through interactive prompts [yes]? ",
	SetupMode:     "Firewall Mode [Routed]: ",
	SetupRecovery: "Allow password recovery [yes]? ",
	SetupConfirm:  "\nUse this configuration and write to flash? ",
	SetupManager:  "IP address of host running Device Manager: ",
	SetupLine: "Enable password: %[1]s\nAllow password recovery: yes\nClock (UTC): %[2]s\nFirewall Mode: Routed\n" +
		"Inside IP address: %[3]s\nInside network mask: %[4]s\nHost name: %[5]s\nDomain name: %[6]s\n",

	ReasonDeny:   "Flow closed by inspection",
	ReasonTraced: "Free the flow created as result of packet injection",
	// unverified: from memory of the product
	CaptureLive: "Warning: using this option with a slow console connection may\n         result in an excessive amount of non-displayed packets\n" +
		"         due to performance limitations.\n\nUse ctrl-c to terminate real-time capture\n",
	TracerMalformed: "ERROR: Unable to trace packet", // unverified
	ReasonConnClear: "Flow closed by inspection",     // unverified
}

var show70 = Catalogue{
	// unverified: the layout of 8.x with the words of the PIX.
	ShowVersion: "\nCisco PIX Security Appliance Software Version %[13]s \nDevice Manager Version %[16]s\n\n" +
		"Compiled on %[14]s\nSystem image file is \"%[15]s\"\n" +
		"Config file at boot was \"%[18]s\"\n\n%[1]s up %[2]s\n\n" +
		"Hardware:   %[7]s, %[6]d MB RAM, CPU %[8]s\nFlash %[9]s\nBIOS Flash %[10]s\n\n%[3]s\n" +
		"Licensed features for this platform:\n%[4]s\nThis platform has an Unrestricted (UR) license.\n\n" +
		"Serial Number: %[11]s\nRunning Activation Key: %[12]s \n%[5]s\n",
	VersionInterface: "%2[1]d: Ext: %-20[2]s: address is %[3]s, irq %[4]d",
	VersionFeature:   "%-28[1]s: %-10[2]s",

	ConnLine: "%[1]s out %[2]s:%[3]d in %[4]s:%[5]d, idle %[6]s, bytes %[7]d, flags %[8]s ",                                                           // unverified
	ConnUDP:  "%[1]s out %[2]s:%[3]d in %[4]s:%[5]d, idle %[6]s, bytes %[7]d, flags %[8]s ",                                                           // unverified
	ConnLong: "%[1]s %[9]s: %[2]s/%[3]d (%[14]s) %[10]s: %[4]s/%[5]d (%[15]s), flags %[8]s , idle %[11]s, uptime %[12]s, timeout %[13]s, bytes %[7]d", // unverified: that of 9.16 without its second line
	ConnLegend: `Flags: A - awaiting inside ACK to SYN, a - awaiting outside ACK to SYN,
       B - initial SYN from outside, C - CTIQBE media, D - DNS, d - dump,
       E - outside back connection, F - outside FIN, f - inside FIN,
       G - group, g - MGCP, H - H.323, h - H.225.0, I - inbound data,
       i - incomplete, J - GTP, j - GTP data, K - GTP t3-response
       k - Skinny media, M - SMTP data, m - SIP media, n - GUP
       O - outbound data, P - inside back connection, p - Phone-proxy TFTP connection,
       q - SQL*Net data, R - outside acknowledged FIN,
       R - UDP SUNRPC, r - inside acknowledged FIN, S - awaiting inside SYN,
       s - awaiting outside SYN, T - SIP, t - SIP transient, U - up,
       V - VPN orphan, W - WAAS,
       X - inspected by service module`,
	ConnDetail: "%[1]s %[9]s:%[2]s/%[3]d %[10]s:%[4]s/%[5]d,\n" +
		"    flags %[8]s, idle %[11]s, uptime %[12]s, timeout %[13]s, bytes %[7]d",
	XlateNAT:       "Global %[1]s Local %[3]s",
	XlateStatic:    "Global %[1]s Local %[3]s",
	XlatePATStatic: "PAT Global %[1]s(%[2]d) Local %[3]s(%[4]d)",

	InterfaceHead: `Interface %[1]s "%[2]s", is %[3]s, line protocol is %[4]s`,
	InterfaceBody: "  Hardware is %[1]s, BW %[13]d Mbps, DLY %[22]d usec\n\t%[12]s\n" +
		"\tInput flow control is unsupported, output flow control is off\n%[16]s" +
		"\tMAC address %[2]s, MTU %[3]s\n%[4]s" +
		"\t%[5]d packets input, %[6]d bytes, %[18]d no buffer\n" +
		"\tReceived %[7]d broadcasts, %[10]d runts, %[17]d giants\n" +
		"\t%[19]d input errors, 0 CRC, 0 frame, 0 overrun, 0 ignored, 0 abort\n" +
		"\t0 pause input, 0 resume input\n\t0 L2 decode drops\n" +
		"\t%[8]d packets output, %[9]d bytes, 0 underruns\n\t0 pause output, 0 resume output\n" +
		"\t0 output errors, 0 collisions, 0 interface resets\n",
	// a capture of an i82557
	InterfacePackets: "\t0 babbles, 0 late collisions, 0 deferred\n\t0 lost carrier, 0 no carrier\n" +
		"\t0 input reset drops, 0 output reset drops\n" +
		"\tinput queue (curr/max packets): hardware (%[1]d/%[2]d) software (0/0)\n" +
		"\toutput queue (curr/max packets): hardware (0/0) software (0/0)\n",
	InterfaceHangs: "\t0 late collisions, 0 deferred\n\t0 input reset drops, 0 output reset drops, 0 tx hangs\n" +
		"\tinput queue (blocks free curr/low): hardware (255/230)\n" +
		"\toutput queue (blocks free curr/low): hardware (255/254)\n",
	// Captures of 9.x on several machines.
	InterfaceVLAN: "  Hardware is %[1]s, BW %[5]d Mbps, DLY %[8]d usec\n\tVLAN identifier %[6]s\n%[7]s" +
		"\tMAC address %[2]s, MTU %[3]s\n%[4]s",
	InterfaceNoVLAN: "  Hardware is %[1]s, BW %[5]d Mbps, DLY %[8]d usec\n\tVLAN identifier %[6]s\n%[7]s" +
		"\tAvailable but not configured with VLAN or via nameif\n",
	InterfaceRings: "\t0 late collisions, 0 deferred\n\t0 input reset drops, 0 output reset drops\n" +
		"\tinput queue (blocks free curr/low): hardware (511/511)\n" +
		"\toutput queue (blocks free curr/low): hardware (511/511)\n",
	InterfaceUnplugged: "down", // show interface ip brief and show interface of 9.x
	InterfaceBlocked:   "\tManagement-only interface. Blocked 0 through-the-device packets\n",
	InterfaceTraffic: "  Traffic Statistics for \"%[1]s\":\n\t%[2]d packets input, %[3]d bytes\n" +
		"\t%[4]d packets output, %[5]d bytes\n\t%[6]d packets dropped\n%[7]s",
	InterfaceRates: "      %[1]d minute input rate %[2]d pkts/sec,  %[3]d bytes/sec\n" +
		"      %[1]d minute output rate %[4]d pkts/sec,  %[5]d bytes/sec\n      %[1]d minute drop rate, %[6]d pkts/sec\n",
	InterfaceAddress:   "\tIP address %[1]s, subnet mask %[2]s\n",
	InterfaceNoAddress: "\tIP address unassigned\n",
	IPAddressHead:      "System IP Addresses:\nInterface                Name                   IP address      Subnet mask     Method ",
	IPAddressNow:       "Current IP Addresses:\nInterface                Name                   IP address      Subnet mask     Method ",
	IPAddressLine:      "%-24[4]s %-22[1]s %-15[2]s %-15[3]s %[5]s",
	NameifHead:         "Interface                Name                     Security",
	NameifLine:         "%-24[1]s %-24[2]s %3[3]d",
	RouteHead: `
Codes: C - connected, S - static, I - IGRP, R - RIP, M - mobile, B - BGP
       D - EIGRP, EX - EIGRP external, O - OSPF, IA - OSPF inter area
       N1 - OSPF NSSA external type 1, N2 - OSPF NSSA external type 2
       E1 - OSPF external type 1, E2 - OSPF external type 2, E - EGP
       i - IS-IS, L1 - IS-IS level-1, L2 - IS-IS level-2, ia - IS-IS inter area
       * - candidate default, U - per-user static route, o - ODR
       P - periodic downloaded static route

%[1]s

`,
	RouteNoGateway: "Gateway of last resort is not set",
	RouteGateway:   "Gateway of last resort is %[1]s to network 0.0.0.0",
	RouteStatic:    "S%[6]s   %[2]s %[3]s [%[5]d/0] via %[4]s, %[1]s",
	RouteLeased:    "d%[6]s   %[2]s %[3]s [%[5]d/0] via %[4]s, %[1]s", // unverified
	RouteConnected: "C    %[2]s %[3]s is directly connected, %[1]s",
	ARPLine:        "\t%[1]s %[2]s %[3]s %[4]s",
	ListGroup:      "access-list %[5]s line %[2]d %[6]s (hitcnt=%[3]d)%[7]s %[4]s ",   // seen on 8.x and later
	ListInner:      "  access-list %[5]s line %[2]d %[6]s (hitcnt=%[3]d)%[7]s %[4]s ", // the same
	ListHead:       "access-list %[1]s; %[2]d elements; name hash: %[3]s",
	ListLine:       "access-list %[5]s line %[2]d %[6]s (hitcnt=%[3]d)%[7]s %[4]s ",
	ListRemark:     "access-list %[5]s line %[2]d %[6]s", // no blank behind it, unlike behind a hash (a capture that has both)
	NoSuchList:     "ERROR: access-list <%[1]s> does not exist",
	SSHSessionHead: "SID Client IP       Version Mode Encryption Hmac     State            Username",
	SSHSession: "%-3[1]d %-15[2]s %-7[3]s IN   %-10[4]s sha1     SessionStarted   %[5]s\n" +
		"                            OUT  %-10[4]s sha1     SessionStarted   %[5]s",
	LoggingState: "Syslog logging: %[1]s\n    Facility: %[2]d\n    Timestamp logging: %[3]s\n    Standby logging: %[4]s\n" +
		"    Debug-trace logging: disabled\n    Deny Conn when Queue Full: disabled\n    Console logging: %[5]s\n" +
		"    Monitor logging: %[6]s\n    Buffer logging: %[7]s\n    Trap logging: %[8]s\n%[11]s" +
		"    Permit-hostdown logging: %[14]s\n    History logging: %[9]s\n    Device ID: %[10]s\n" +
		"    Mail logging: %[15]s\n    ASDM logging: %[12]s\n",
	LoggingTrap: "level %[1]s, facility %[2]d, %[3]d messages logged",
	Memory: "Free memory:    %15[1]d bytes (%2[4]d%%)\nUsed memory:    %15[2]d bytes (%2[5]d%%)\n" +
		"-------------     ----------------\nTotal memory:   %15[3]d bytes (100%%)\n",
	Terminal: "\nWidth = %[1]d, %[2]s\nterminal interactive\n",
	TrafficHead: "%[1]s:\n\treceived (in %.3[2]f secs):\n\t\t%[3]d packets      %[4]d bytes\n" +
		"\t\t%[5]d pkts/sec   %[6]d bytes/sec\n\ttransmitted (in %.3[2]f secs):\n" +
		"\t\t%[7]d packets      %[8]d bytes\n\t\t%[9]d pkts/sec   %[10]d bytes/sec\n%[11]s",
	LocalHost: "local host: <%[1]s>,\n    TCP flow count/limit = %[2]d/%[5]s\n    TCP embryonic count to host = %[3]d\n" +
		"    TCP intercept watermark = %[6]s\n    UDP flow count/limit = %[4]d/unlimited",
	LocalXlate: "\n  Xlate:",
	LocalConn:  "\n  Conn:",
	// unverified
	InventoryAll: "Name: \"Chassis\", DESCR: \"PIX 515E Security Appliance\"\nPID: PIX-515E          , VID: V01     , SN: %[1]s\n\n",
	PingStart:    "Type escape sequence to abort.\nSending %[1]d, %[2]d-byte ICMP Echos to %[3]s, timeout is %[4]d seconds:\n",
	PingGood:     "!",
	PingBad:      "?",
	PingEnd:      "Success rate is %[1]d percent (%[2]d/%[3]d)%[4]s",
	PingTimes:    ", round-trip min/avg/max = %[1]d/%[2]d/%[3]d ms",

	CaptureLine:   "capture %[1]s type %[6]s%[2]s%[3]s [%[5]s - %[4]d bytes] ",
	CapturedHead:  "\n%[1]d packet%[2]s captured\n\n",
	CapturedFrame: "%4[1]d: %[2]s %[3]s ",

	ServiceGlobal:    "\nGlobal policy: \n",
	ServiceInterface: "\nInterface %[1]s:\n",
	ServicePolicy:    "  Service-policy: %[1]s",
	ServiceClass:     "    Class-map: %[1]s",
	ServiceInspect:   "      Inspect: %[1]s, packet %[2]d, drop %[3]d, reset-drop %[4]d",
}

var syslog70 = Catalogue{
	SyslogBoxFull:   "7-710004 TCP connection limit exceeded from %[8]s to %[7]s:%[10]s (current connections/connection limit = %[11]v/%[11]v)", // a field sample of an ASA
	SyslogClassHalf: "6-201010 Embryonic connection limit exceeded %[14]v/%[9]v for %[11]s packet from %[3]s/%[4]v to %[6]s/%[7]v on interface %[2]s",
	ReasonWindow:    "TCP unexpected window size variation",

	SyslogBuiltICMP:    "6-302020 Built %[1]s ICMP connection for faddr %[5]s gaddr %[8]s laddr %[7]s",
	SyslogTornICMP:     "6-302021 Teardown ICMP connection for faddr %[5]s gaddr %[8]s laddr %[7]s",
	SyslogDenyICMP:     "3-106014 Deny inbound icmp src %[2]s:%[3]s dst %[5]s:%[6]s (type %[9]v, code %[10]v)",
	SyslogDenyACL:      `4-106023 Deny %[1]s src %[2]s:%[3]s/%[4]v dst %[5]s:%[6]s/%[7]v by access-group "%[11]s" [%[12]s, 0x0]`,
	SyslogDenyACLICMP:  `4-106023 Deny icmp src %[2]s:%[3]s dst %[5]s:%[6]s (type %[9]v, code %[10]v) by access-group "%[11]s" [%[12]s, 0x0]`,
	SyslogDenyACLOther: `4-106023 Deny protocol %[1]v src %[2]s:%[3]s dst %[5]s:%[6]s by access-group "%[11]s" [%[12]s, 0x0]`,
	SyslogACLLog:       "%[16]d-106100 access-list %[11]s %[13]s %[1]s %[2]s/%[3]s(%[4]v) -> %[5]s/%[6]s(%[7]v) hit-cnt %[14]v %[15]s [%[12]s, 0x00000000]",
	SyslogDNSLong:      "4-410001 Dropped UDP DNS reply from %[2]s:%[3]s/%[4]v to %[5]s:%[6]s/%[7]v; packet length %[14]v bytes exceeds configured limit of %[9]v bytes",
	SyslogDisallow:     "3-201008 Disallowing new connections.",
	SyslogIPOption:     `6-106012 Deny IP from %[3]s to %[6]s, IP options: "%[11]s"`, // field samples of ASAs

	SyslogSMTPReplaced: "2-108002 SMTP replaced %[10]s: out %[1]s in %[2]s data: %[3]s",
	SyslogSMTPAddress:  "2-108003 Terminating ESMTP/SMTP connection; malicious pattern detected in the mail address from %[4]s:%[5]s to %[6]s:%[7]s. Data:%[3]s",
	SyslogSMTPMatched:  "4-108004 %[12]s: %[9]s ESMTP %[8]s from %[4]s:%[5]s to %[6]s:%[7]s; %[10]s: %[11]s",
	SyslogSMTPLogged:   "6-108005 %[12]s: Received ESMTP %[8]s from %[4]s:%[5]s to %[6]s:%[7]s; %[10]s: %[11]s",
	SyslogSMTPSize:     "7-108006 Detected ESMTP size violation from %[4]s:%[5]s to %[6]s:%[7]s; %[3]s",
	SyslogSMTPTLS:      "6-108007 TLS started on ESMTP session between client %[4]s:%[5]s and server %[6]s:%[7]s",
	SyslogInspectKill:  "4-507003 tcp flow from %[4]s:%[5]s to %[6]s:%[7]s terminated by inspection engine, reason - inspector disconnected, dropped packet.",

	SyslogRunning:      "5-111010 User '%[3]s', running 'CLI' from IP %[1]s, executed '%[4]s'",
	SyslogReload:       "5-199001 Reload command executed from console",
	SyslogReloadRemote: "5-199001 Reload command executed from telnet (remote %[1]s).",
	SyslogEnableFailed: "6-308001 console enable password incorrect for %[11]v tries (from %[1]s)",
	SyslogStarted:      "6-199002 Startup completed.  Beginning operation.",
	SyslogStarting:     "6-199005 Startup begin",
}

// pix515e70 is the machine of the PIX of 7.x and 8.0: that of 6.x, with other names and another list of features.
var pix515e70 = pix515e.with(func(m *Model) {
	m.Flash, m.BIOS = "E28F128J3 @ 0xfff00000, 16MB", "AM29F400B @ 0xfffd8000, 32KB"
	m.Interfaces = []string{"Ethernet0", "Ethernet1"}
	m.Serial = "806245458"
	m.Activation = "0x3d209958 0xb2bd8b92 0x1e557e17 0x2236f310 0x0d1c3a9e"
	m.Licence = []Feature{
		{"Maximum Physical Interfaces", "6"}, {"Maximum VLANs", "25"}, {"Inside Hosts", "Unlimited"},
		{"Failover", "Active/Active"}, {"VPN-DES", "Enabled"}, {"VPN-3DES-AES", "Enabled"}, {"Cut-through Proxy", "Enabled"},
		{"Guards", "Enabled"}, {"URL Filtering", "Enabled"}, {"Security Contexts", "2"}, {"GTP/GPRS", "Disabled"},
		{"VPN Peers", "Unlimited"},
	}
})

// boot70 is unverified but for what it has in common with boot60 and with boot72ASA. Arguments as boot60, and 7 the image.
const boot70 = `CISCO SYSTEMS PIX FIREWALL
Embedded BIOS Version 4.3.207 01/02/02 16:12:22.73
Compiled by morlee
%[1]d MB RAM

Cisco Secure PIX Firewall BIOS (4.2) #0: Mon Dec 31 08:34:35 PST 2001
Platform %[5]s
Flash=E28F128J3 @ 0xfff00000

Use BREAK or ESC to interrupt flash boot.
Use SPACE to begin flash boot immediately.
Reading %[7]s...
%[1]dMB RAM
Total NICs found: 2
%[2]sBIOS Flash=am29f400b @ 0xd8000

` + ciscoLogo + `
Licensed features for this platform:
%[4]s
This platform has an Unrestricted (UR) license.

Cisco PIX Security Appliance Software Version %[3]s

Copyright (c) %[6]s by Cisco Systems, Inc.

` + restrictedRights + "\n"
