package release

import "pixsim/dataplane/inspect/smtp"

// pix60: show running-config, port redirection, PDM, the PIX 515E. Its show version is that of a 6.1(1).
var pix60 = derive(pix53, func(r *Release) {
	r.Name, r.Version = "pix-6.0", Version{6, 0, 4, 0}
	r.Config.Converts = []string{"4.", "5."}                                                 // unverified: session goes
	r.Software = Software{Compiled: "Fri 08-Nov-02 15:51 by morlee", Copyright: "1996-2002"} // unverified
	r.Model = pix515e60
	r.Boot = boot60
	r.Factory = factory60
	r.SMTP = smtp.P60()
	r.NAT.MSSClamp = 1380
	r.Config.ThirdLevel, r.Config.LevelStep = 4, 2 // "intf2 security4" (6.x captures)
	r.Config.LoggingOn, r.Config.LoggingShown = false, nil
	r.Config.TrailingBlanks = []Section{SectionStatic, SectionAccessList, SectionAAAServer} // a 6.1(1) capture
	r.Console.Tab = true
	r.Console.DottedMAC = true
	r.Limits.Conns, r.Limits.Xlates = 130000, 130000
	r.Limits.Interfaces = 6
	r.Order = orderPIX61
	r.Text = join(services60, syslog60, Catalogue{
		Welcome:      "",
		SetupManager: "IP address of host running PIX Device Manager: ",
		ShowVersion: "Cisco PIX Firewall Version %[13]s\n\nCompiled on %[14]s\n\n%[1]s up %[2]s\n\n" +
			"Hardware:   %[7]s, %[6]d MB RAM, CPU %[8]s\nFlash %[9]s\nBIOS Flash %[10]s\n\n%[3]s\n" +
			"Licensed Features:\n%[4]s\nSerial Number: %[11]s\nActivation Key: %[12]s \n",

		ShunAdded:   "Shun %[1]s successful",        // unverified:
		ShunExists:  "Shun %[1]s already exists",    // unverified:
		ShunLifted:  "Shun %[1]s removed",           // unverified:
		ShunMissing: "Shun %[1]s not found",         // unverified:
		ShunLine:    "Shun %[1]s %[2]s %[3]d %[4]d", // seen on 6.1
		ShunCount:   "Shun %[1]s cnt=%[2]d",         // unverified:

		SyslogShunned:    "4-401004 Shunned packet: %[3]s ==> %[6]s on interface %[2]s",
		SyslogShunAdded:  "4-401002 Shun added: %[3]s %[6]s %[4]v %[7]v",
		SyslogLicence:    "4-407001 Deny traffic for local-host %[2]s:%[3]s, license limit of %[9]d exceeded",
		SyslogShunLifted: "4-401003 Shun deleted: %[3]s",

		ConnCount:      "%[1]d in use, %[2]d most used",
		XlateCount:     "%[1]d in use, %[2]d most used",
		XlateNAT:       "Global %[1]s Local %[3]s ",
		XlateStatic:    "Global %[1]s Local %[3]s static",
		XlatePATStatic: "PAT Global %[1]s(%[2]d) Local %[3]s(%[4]d) static",

		CPU: "CPU utilization for 5 seconds = %[1]d%%; 1 minute: %[2]d%%; 5 minutes: %[3]d%%",
		TrafficHead: "%[1]s:\n        received (in %.3[2]f secs):\n                %[3]d packets      %[4]d bytes\n" +
			"                %[5]d pkts/sec   %[6]d bytes/sec\n        transmitted (in %.3[2]f secs):\n" +
			"                %[7]d packets      %[8]d bytes\n                %[9]d pkts/sec   %[10]d bytes/sec\n",
		LoggingState: "Syslog logging: %[1]s\n    Facility: %[2]d\n    Timestamp logging: %[3]s\n    Standby logging: %[4]s\n" +
			"    Console logging: %[5]s\n    Monitor logging: %[6]s\n    Buffer logging: %[7]s\n" +
			"    Trap logging: %[8]s\n%[11]s    History logging: %[9]s\n    Device ID: %[10]s\n",
		NotModified:        "Configuration has not been modified since last system restart.",
		ModifiedBy:         "Configuration last modified by %[1]s at %[2]s",
		SyslogExecuted:     "5-111008 User '%[3]s' executed the '%[4]s' command.",
		SyslogExecutedShow: "7-111009 User '%[3]s' executed cmd: %[4]s",
		SyslogStarting:     "6-199005 PIX Startup begin",
	})
})

// pix515e is the machine of 6.3: two interfaces on board.
var pix515e = Model{
	Name: "PIX-515E", MemoryMB: 128, CPU: "Pentium II 433 MHz",
	Flash: "E28F128J3 @ 0x300, 16MB", BIOS: "AM29F400B @ 0xfffd8000, 32KB",
	Serial: "806245458 (0x300e5452)", Activation: "0x3d209958 0xb2bd8b92 0x1e557e17 0x2236f310",
	Interfaces: []string{"ethernet0", "ethernet1"}, IRQ: []int{11, 10},
	NIC: "i82559", MAC: [6]byte{0x00, 0x09, 0xb7, 0x5a, 0x31, 0x0c},
	Licence: []Feature{
		{"Failover:", "Enabled"}, {"VPN-DES:", "Enabled"}, {"VPN-3DES-AES:", "Enabled"},
		{"Maximum Physical Interfaces:", "6"}, {"Maximum Interfaces:", "10"}, {"Cut-through Proxy:", "Enabled"},
		{"Guards:", "Enabled"}, {"URL-filtering:", "Enabled"}, {"Inside Hosts:", "Unlimited"}, {"Throughput:", "Unlimited"},
		{"IKE peers:", "Unlimited"},
	},
}

// pix515e60 has the list of features of a 6.1(1), where some names end in a blank.
var pix515e60 = pix515e.with(func(m *Model) {
	m.Licence = []Feature{
		{"Failover:", "Enabled"}, {"VPN-DES: ", "Enabled"}, {"VPN-3DES: ", "Enabled"}, {"Maximum Interfaces:", "6"},
		{"Cut-through Proxy: ", "Enabled"}, {"Guards: ", "Enabled"}, {"Websense: ", "Enabled"}, {"Inside Hosts: ", "Unlimited"},
		{"Throughput: ", "Unlimited"}, {"ISAKMP peers: ", "Unlimited"},
	}
})

// pix515e62: VLANs and AES come with 6.3, by its release notes. unverified: that the list is otherwise that of 6.3, its
// values in the column behind the longest name.
var pix515e62 = pix515e.with(func(m *Model) {
	m.Licence = []Feature{
		{"Failover:", "Enabled"}, {"VPN-DES:", "Enabled"}, {"VPN-3DES:", "Enabled"}, {"Maximum Interfaces:", "6"},
		{"Cut-through Proxy:", "Enabled"}, {"Guards:", "Enabled"}, {"URL-filtering:", "Enabled"}, {"Inside Hosts:", "Unlimited"},
		{"Throughput:", "Unlimited"}, {"IKE peers:", "Unlimited"},
	}
})

// boot60: from "Private Internet eXchange" to the licence seen on a 6.3(5), the rest unverified. 1 memory, MB, 2 interface
// lines, 3 version, 4 licence lines, 5 model, 6 years.
const boot60 = `CISCO SYSTEMS PIX FIREWALL
Embedded BIOS Version 4.3.207 01/02/02 16:12:22.73
Compiled by morlee
%[1]d MB RAM

PCI Device Table.
Bus Dev Func VendID DevID Class              Irq
 00  00  00   8086   7192  Host Bridge        
 00  0D  00   8086   1209  Ethernet           11
 00  0E  00   8086   1209  Ethernet           10

Cisco Secure PIX Firewall BIOS (4.2) #0: Mon Dec 31 08:34:35 PST 2001
Platform %[5]s
Flash=E28F128J3 @ 0xfff00000

Use BREAK or ESC to interrupt flash boot.
Use SPACE to begin flash boot immediately.
Flash boot in 10 seconds.
Reading 2101248 bytes of image from flash.
##################################################
%[1]dMB RAM
%[2]sSystem Flash=E28F128J3 @ 0xfff00000
BIOS Flash=am29f400b @ 0xd8000

` + ciscoLogo + `                        Cisco PIX Firewall

Cisco PIX Firewall Version %[3]s
Licensed Features:
%[4]s
This PIX has an Unrestricted (UR) license.


  ****************************** Warning *******************************
  Compliance with U.S. Export Laws and Regulations - Encryption.

  This product performs encryption and is regulated for export
  by the U.S. Government.
  ******************************* Warning *******************************

Copyright (c) %[6]s by Cisco Systems, Inc.

` + restrictedRights + "\n"

// pix61, after captures of a 6.1(1).
var pix61 = derive(pix60, func(r *Release) {
	r.Name, r.Version = "pix-6.1", Version{6, 1, 1, 0}
	r.Software = Software{Compiled: "Tue 11-Sep-01 07:45 by morlee", Copyright: "1996-2001"}
	r.Factory = factory61
})

// pix62: connections and translations logged by interface, privilege levels, capture, show ... detail.
var pix62 = derive(pix61, func(r *Release) {
	r.Name, r.Version = "pix-6.2", Version{6, 2, 4, 0}
	r.Software = Software{Compiled: "Wed 26-Jan-05 12:33 by morlee", Copyright: "1996-2005"} // unverified
	r.Model = pix515e62
	r.Limits.Interfaces = 8
	r.Limits.CaptureSnap = 68                                // recalled from the 6.2 and 6.3 command references; unverified: that 7.0 has it still
	r.Config.Converts = []string{"4.", "5.", "6.0(", "6.1("} // unverified: h323 becomes h323 h225
	r.Factory = factory62
	r.Console.TelnetOpen = "\xff\xfb\x01\r\r\nUser Access Verification\r\r\n\r\r\n" // a scanner's probe of a 6.3(1)
	r.Console.TelnetPrompt = "Password: "
	r.Config.TrailingBlanks = []Section{SectionStatic, SectionObjectGroup, SectionAccessList, SectionAAAServer} // a 6.3 capture
	r.Config.MemberIndent = 2
	r.Text = join(consoleText62, listWords, syslog62, Catalogue{
		// Seen on 6.3; unverified for 6.2.
		ShowVersion: "Cisco PIX Firewall Version %[13]s\n\nCompiled on %[14]s\n\n%[1]s up %[2]s\n\n" +
			"Hardware:   %[7]s, %[6]d MB RAM, CPU %[8]s\nFlash %[9]s\nBIOS Flash %[10]s\n\n%[3]s" +
			"Licensed Features:\n%[4]s\nThis PIX has an Unrestricted (UR) license.\n\n" +
			"Serial Number: %[11]s\nRunning Activation Key: %[12]s \n%[5]s\n",
		VersionFeature: "%-19[1]s %[2]s",

		FactoryRefused: "'config factory-default' is not supported on %[1]s", // unverified
		// unverified: the layout, from memory of the 6.2 reference.
		KeyShown: "Serial Number: %[1]s\nRunning Activation Key: %[2]s \nLicensed Features:\n%[3]s\n" +
			"The flash activation key is the SAME as the running key.\n",
		KeySame:         "The flash activation key is the SAME as the running key.",
		KeyRefused:      "ERROR: The requested activation key was not saved because it is not valid for this system.",
		HelpUsage:       "USAGE:", // unverified: that 6.2 has the page of 6.3
		HelpDescription: "DESCRIPTION:",
		HelpSyntax:      "SYNTAX:",
		HelpAlso:        "see also:       %[1]s",

		// The 7.x command reference has the lines, and "user configuration"; unverified: 6.2 and 6.3, and the other source.
		ClockTyped:    "Time source is user configuration",
		ClockHardware: "Time source is hardware calendar",
		ClockSummer:   "Summer time starts %[1]s\nSummer time ends %[2]s",

		WrittenBy: ": Written by %[1]s at %[2]s",
		Curpriv:   "Username : %[1]s\nCurrent privilege level : %[2]d\nCurrent Mode/s : %[3]s",
		Memory: "Free memory:    %11[1]d bytes\nUsed memory:    %11[2]d bytes\n-------------     ----------------\n" +
			"Total memory:   %11[3]d bytes\n",
		ListHead: "access-list %[1]s; %[2]d elements",
		ConnLegend: `Flags: A - awaiting inside ACK to SYN, a - awaiting outside ACK to SYN,
       B - initial SYN from outside, D - DNS, d - dump,
       E - outside back connection, F - outside FIN, f - inside FIN,
       G - group, H - H.323, I - inbound data, M - SMTP data,
       O - outbound data, P - inside back connection,
       q - SQL*Net data, R - outside acknowledged FIN,
       R - UDP RPC, r - inside acknowledged FIN, S - awaiting inside SYN,
       s - awaiting outside SYN, U - up`,
		ConnDetail: "%[1]s %[9]s:%[2]s/%[3]d %[10]s:%[4]s/%[5]d flags %[8]s",
		XlateLegend: `Flags: D - DNS, d - dump, I - identity, i - inside, n - no random,
       o - outside, r - portmap, s - static`,
		XlateDetail:    "NAT from %[1]s:%[2]s to %[3]s:%[4]s flags %[5]s",
		XlatePATDetail: "%[6]s PAT from %[1]s:%[2]s to %[3]s:%[4]s flags %[5]s",
		XlateTimes:     " idle %[1]s timeout %[2]s",                           // unverified
		NoSuchCapture:  "ERROR: capture <%[1]s> does not exist",               // unverified
		CaptureNoRoom:  "ERROR: Unable to allocate memory for capture buffer", // unverified
		CaptureExists:  "ERROR: capture <%[1]s> already exists",               // unverified
		CaptureLine:    "capture %[1]s%[2]s%[3]s",
		CapturedHead:   "%[1]d packet%[2]s captured\n",
		CapturedTail:   "%[1]d packet%[2]s shown\n",
		CapturedFrame:  "%[2]s %[3]s ",

		SyslogBuiltTCP:      "6-302013 Built %[1]s TCP connection %[2]v for %[3]s:%[4]s (%[5]s) to %[6]s:%[7]s (%[8]s)",
		SyslogTornTCP:       "6-302014 Teardown TCP connection %[2]v for %[3]s:%[4]s to %[6]s:%[7]s duration %[9]s bytes %[10]v %[11]s",
		SyslogBuiltUDP:      "6-302015 Built %[1]s UDP connection %[2]v for %[3]s:%[4]s (%[5]s) to %[6]s:%[7]s (%[8]s)",
		SyslogTornUDP:       "6-302016 Teardown UDP connection %[2]v for %[3]s:%[4]s to %[6]s:%[7]s duration %[9]s bytes %[10]v",
		SyslogBuiltXlate:    "6-305009 Built %[1]s translation from %[3]s:%[4]s to %[5]s:%[6]s",
		SyslogTornXlate:     "6-305010 Teardown %[1]s translation from %[3]s:%[4]s to %[5]s:%[6]s duration %[7]s",
		SyslogBuiltPAT:      "6-305011 Built %[1]s %[2]s translation from %[3]s:%[4]s to %[5]s:%[6]s",
		SyslogTornPAT:       "6-305012 Teardown %[1]s %[2]s translation from %[3]s:%[4]s to %[5]s:%[6]s duration %[7]s",
		SyslogBuiltHost:     "7-609001 Built local-host %[1]s:%[2]s",
		SyslogTornHost:      "7-609002 Teardown local-host %[1]s:%[2]s duration %[3]s",
		SyslogPrivilege:     "5-502103 User priv level changed: Uname: %[3]s From: %[5]d To: %[6]d",
		SyslogAuthenticated: "6-611101 User authentication succeeded: Uname: %[3]s",
		SyslogAuthFailed:    "6-611102 User authentication failed: Uname: %[3]s",
		SyslogLoggedOut:     "5-611103 User logged out: Uname: %[3]s",
	})
})
