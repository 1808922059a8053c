package release

import (
	"time"

	"pixsim/dataplane/inspect/smtp"
)

// pix40 is the root of the tree: two interfaces, mailhost, syslog, a fixed pager.
var pix40 = &Release{
	Name:     "pix-4.0",
	Platform: PIX,
	Version:  Version{4, 0, 7, 0},
	Software: Software{Compiled: "Wed 20-Aug-97 10:31 by pixbuild", Copyright: "1996-1997"}, // unverified; release notes: 22 August 1997
	Model:    pix520,
	Text:     join(console40, show40, syslog40, syslogNone, services40, configText),
	Console: ConsoleTraits{
		Prompt:     "pixfirewall",
		Help:       HelpOnEnter, // the 4.0 reference shows "int ?" answered by usage lines
		CtrlZ:      true,
		FixedPager: 22, // Cisco PIX 4.0 command reference: more after 22 lines
		Wrap:       true,
		LineMax:    512, // unverified
		LoginTries: 3,
		// Telnet options WILL SGA, WILL ECHO, twice, as scanners saw up to 6.1.
		TelnetOpen:    "\xff\xfb\x03\xff\xfb\x01\xff\xfb\x03\xff\xfb\x01\r\n\r\n",
		TelnetPrompt:  "PIX passwd: ",
		Hash:          HashPIX,
		MaxTelnet:     5,
		SyslogTag:     "PIX",
		BootTime:      2 * time.Second,
		ConfirmAny:    true,
		ConsoleLogoff: true,
		HistorySize:   20,
		Ping:          PingThree,
		Loopback:      true,
	},
	Config: ConfigTraits{
		InterfaceName: "pix/intf%d", ThirdLevel: 10, LevelStep: 5, // write terminal of a new 4.4(5)
		LoggingOn: true, TrapLevel: 3, // unverified: that syslog output starts as 20.3
		TimeoutLines:   [][]string{{"xlate", "conn", "udp"}, {"rpc", "h323", "uauth"}}, // unverified
		ShownLimits:    true,
		OldConduits:    true, // Cisco PIX 4.1 command reference; unverified: that ports are never named
		ShownWidth:     true,
		ShownPrivilege: true,
		OneRoute:       true,                         // unverified
		TrailingBlanks: []Section{SectionAccessList}, // 6.1 and 6.3 captures
	},
	SMTP: smtp.P40(),
	NAT: NATTraits{
		Control:        true,
		Conduits:       true,
		ProxyARP:       true,
		ICMPStateless:  true,
		RandomSequence: true,
		// Cisco's "How the ASA allocates PAT translations" names the three ranges, for the PIX too. The ports of a range are
		// given out in turn, not kept: 6.x samples show 1026 become 1024. unverified: before 6.x.
		PATRanges: []uint16{1, 512, 1024},
	},
	Limits: Limits{
		Conns: 65536, Xlates: 65536, ARP: 4096, // "Licensed connections: 65536"
		Fragments: 1024, FragmentQueue: 200, FragmentChain: 24, // the latter two are the log guides'; the first is the simulator's own
		TelnetEntries: 16, DHCPPool: 256, LogBuffer: 4096,
		HostName: 16, NameLen: 16, RouteEntries: 1024, Interfaces: 2,
		Elements: 400000, DenyFlows: 1024, // 6.3 has the latter (a capture); the former is the simulator's own
	},
	Timers: Timers{
		Xlate: 24 * time.Hour, PATXlate: 30 * time.Second, Conn: 12 * time.Hour,
		HalfClosed: 10 * time.Minute, UDP: 2 * time.Minute, ICMP: 2 * time.Second,
		Embryonic: 2 * time.Minute, FINWait: 10 * time.Minute, Uauth: 5 * time.Minute,
	},
	Order:   orderPIX41,
	Factory: factory40,
	Boot:    boot40,
}

// pix520 is the machine of 4.x: Pentium II, flash on an ISA board of 2 MB: that of 16 MB must not be used with 4.4(1) (5.1(1)
// release notes).
var pix520 = Model{
	Name: "PIX-520", Board: "SE440BX", MemoryMB: 128, CPU: "Pentium II 349 MHz",
	Flash: "AT29C040A @ 0x300", BIOS: "AT29C257 @ 0xfffd8000, 32KB",
	Serial: "480430945 (0x1ca2c8a1)", Activation: "0x5c5d3b4e 0x1a2c7f00 0x93d14b22 0x6e80f5c7",
	Interfaces: []string{"ethernet0", "ethernet1"}, IRQ: []int{11, 10},
	NIC: "i82557", MAC: [6]byte{0x00, 0xa0, 0xc9, 0x48, 0x33, 0x23},
	Licence: []Feature{{"Licensed connections:", "65536"}},
}

// boot40 is unverified: no capture of a 4.x console at boot was found. 1 memory, MB, 2 interface lines, 3 version, 6
// years, 8 flash.
const boot40 = `
PIX BIOS (3.3) #9: Mon Sep 22 14:24:06 PDT 1997
Flash=%[8]s
Reading flash image...
##########################
%[1]dMB RAM
%[2]sSystem Flash=%[8]s

` + ciscoLogo + `
PIX Version %[3]s
Copyright (c) %[6]s by Cisco Systems, Inc.
` + restrictedRights + "\n"

const ciscoLogo = `  -----------------------------------------------------------------------
                               ||        ||
                               ||        ||
                              ||||      ||||
                          ..:||||||:..:||||||:..
                         c i s c o S y s t e m s
                        Private Internet eXchange
  -----------------------------------------------------------------------
`
