package release

import (
	"slices"

	"pixsim/dataplane/inspect/smtp"
)

// pix50: access-lists and access-group, domain-name, IPSec lines. The configuration is a capture of 5.3(1) without what came
// between.
var pix50 = derive(pix44, func(r *Release) {
	r.Name, r.Version = "pix-5.0", Version{5, 0, 3, 0}
	r.Software = Software{Compiled: "Tue 16-May-00 16:09 by bhochuli", Copyright: "1996-1999"} // unverified
	r.Model = pix520v5
	r.Boot = boot50
	r.Config.Converts = []string{"4."} // unverified: Private Link goes
	r.Factory = factory50
	r.Console.KeyCommand = true
	r.Config.InterfaceName = "intf%d" // a 5.3(1) capture
	r.Config.LoggingShown = append(slices.Clone(r.Config.LoggingShown), "standby")
	r.Text = join(configText50, consoleText50, syslog50, Catalogue{
		ShowVersion: "Cisco Secure PIX Firewall Version %[13]s\n\n" + // the first line is known; unverified: the rest
			"Compiled on %[14]s\n\nFinesse Bios V3.3\n\n%[1]s up %[2]s\n\n" +
			"Hardware:   %[7]s, %[6]d MB RAM, CPU %[8]s\nFlash %[9]s\nBIOS Flash %[10]s\n%[3]s\n" +
			"Licensed Features:\n%[4]s\nSerial Number: %[11]s\nActivation Key: %[12]s\n",
		VersionFeature: "%[1]s\t%[2]s", // seen on 6.1
		LoggingState: "Syslog logging: %[1]s\n    Timestamp logging: %[3]s\n    Standby logging: %[4]s\n" +
			"    Console logging: %[5]s\n    Monitor logging: %[6]s\n    Buffer logging: %[7]s\n" +
			"    Trap logging: %[8]s\n%[11]s",

		FlashHead: "flash file system: version:1 magic:0x12345679", // unverified; the 5.0 reference has the command
		FlashLine: "  file %[1]d: origin: %7[2]d length:%[3]d",

		// unverified: that 5.x has perfmon with the layout of 6.2 (Cisco document 22040); the 5.0 reference has the command.
		PerfmonHead: "PERFMON STATS:    Current      Average",
		PerfmonTail: "",
		PerfmonLine: "%-16[1]s%7[2]d/s%11[3]d/s",
		PerfmonSet:  "interval: %[1]d (seconds)\n%[2]s\n",
		FailoverOff: "Failover Off\nCable status: My side not connected\nReconnect timeout %[1]s\nPoll frequency %[2]s seconds\n",
		FailoverOn: "Failover On\n%[6]sCable status: Other side not connected\nReconnect timeout %[1]s\nPoll frequency %[2]s seconds\n" +
			"        This host: Primary - Active \n                Active time: %[3]d (sec)\n%[4]s" +
			"        Other host: Secondary - Standby \n                Active time: 0 (sec)\n%[5]s%[7]s",

		CryptoIdent: "   local  ident (addr/mask/prot/port): %[1]s\n   remote ident (addr/mask/prot/port): %[2]s\n" +
			"   current_peer: %[3]s\n     PERMIT, flags={origin_is_acl,}\n",

		ListLine:          "%[1]s (hitcnt=%[3]d) ", // seen on 6.1
		ListHead:          "",
		ListCache:         "",
		ListGroup:         "",
		ListInner:         "",
		NoSuchList:        "ERROR: access-list <%[1]s> does not exist", // unverified
		SyslogDenyACL:     `4-106023 Deny %[1]s src %[2]s:%[3]s/%[4]v dst %[5]s:%[6]s/%[7]v by access-group "%[11]s"`,
		SyslogDenyACLICMP: `4-106023 Deny icmp src %[2]s:%[3]s dst %[5]s:%[6]s (type %[9]v, code %[10]v) by access-group "%[11]s"`,
		// 305006 as 6.3 and 8.0 print it ("regular translation creation failed for protocol 47 src inside:...").
		SyslogNoPort:       "3-305006 %[15]s translation creation failed for %[1]s src %[2]s:%[3]s/%[4]v dst %[5]s:%[6]s/%[7]v",
		SyslogNoPortICMP:   "3-305006 %[15]s translation creation failed for icmp src %[2]s:%[3]s dst %[5]s:%[6]s (type %[9]v, code %[10]v)",
		SyslogNoPortOther:  "3-305006 %[15]s translation creation failed for protocol %[1]s src %[2]s:%[3]s dst %[5]s:%[6]s",
		SyslogDenyACLOther: `4-106023 Deny protocol %[1]v src %[2]s:%[3]s dst %[5]s:%[6]s by access-group "%[11]s"`,
		SyslogACLLog:       "",
		SyslogLogFlows:     "",
	})
})

// pix520v5 is the machine of 4.x with the flash and the list of features of 5.x.
// unverified: memories as a scanner's sample names them.
var pix520v5 = pix520.with(func(m *Model) {
	m.Board = "SE440BX2"
	m.Flash, m.BIOS = "AT29C040A @ 0x300, 2MB", "AM28F256 @ 0xfffd8000, 32KB"
	m.Licence = []Feature{{"Failover:", "Enabled"}, {"VPN-DES: ", "Enabled"}, {"VPN-3DES: ", "Disabled"}}
})

// boot50 is unverified: between boot40 and boot60. Arguments as boot60; 8 flash.
const boot50 = `
PIX BIOS (4.0) #0: Thu Mar  2 22:59:20 PST 2000
Platform %[5]s
Flash=%[8]s

Use BREAK or ESC to interrupt flash boot.
Use SPACE to begin flash boot immediately.
Reading image from flash...
##########################
%[1]dMB RAM
%[2]sFlash=%[8]s
BIOS Flash=AM28F256 @ 0xd8000

` + ciscoLogo + `
Cisco Secure PIX Firewall Version %[3]s
Licensed Features:
%[4]s
Copyright (c) %[6]s by Cisco Systems, Inc.
` + restrictedRights + "\n"

// pix51: the greeting's 2 and 0 pass, a refused verb becomes X, fixup protocol ftp strict.
var pix51 = derive(pix50, func(r *Release) {
	r.Name, r.Version = "pix-5.1", Version{5, 1, 4, 0}
	r.Config.Converts = []string{"4.", "5.0("}                                                 // unverified: aaa rules say include and exclude
	r.Software = Software{Compiled: "Mon 13-Nov-00 10:15 by bhochuli", Copyright: "1996-2000"} // unverified
	r.SMTP = smtp.P51()
	r.Config.OwnHop = true // "Cisco Secure Internet Security Solutions", route: improved in 5.1
	r.Config.LoggingShown = append(slices.Clone(r.Config.LoggingShown), "history")
	r.Text = Catalogue{
		LoggingState: "Syslog logging: %[1]s\n    Timestamp logging: %[3]s\n    Standby logging: %[4]s\n" +
			"    Console logging: %[5]s\n    Monitor logging: %[6]s\n    Buffer logging: %[7]s\n" +
			"    Trap logging: %[8]s\n%[11]s    History logging: %[9]s\n",
	}
	r.Config.TimeoutLines = [][]string{ // unverified: the layout of a 5.3(1) without sip
		{"xlate"}, {"conn", "half-closed", "udp", "rpc", "h323"}, {"uauth"},
	}
	r.Factory = factory51
})

// pix52: SSH, icmp, TCP intercept, the first-boot dialogue, the login prompt with a header.
var pix52 = derive(pix51, func(r *Release) {
	r.Name, r.Version = "pix-5.2", Version{5, 2, 9, 0}
	r.Software = Software{Compiled: "Fri 19-Jul-02 09:42 by morlee", Copyright: "1996-2002"} // unverified
	r.Factory = factory52
	r.Model.Flash = "i28F640J5 @ 0x300, 16MB" // 5.2 installation guide: at least 16 MB; unverified: the chip
	r.NAT.TCPIntercept = true
	r.Config.TimeoutLines = [][]string{ // a 5.3(1) capture
		{"xlate"}, {"conn", "half-closed", "udp", "rpc", "h323", "sip", "sip_media"}, {"uauth"},
	}
	r.Console.FirstBootDialog = true
	r.Console.SSHUser = "pix"
	r.Console.SSHVersion = "SSH-2.0-Cisco-1.25" // the box says SSH-1.5-Cisco-1.25: no client of today speaks that
	r.Console.MaxSSH = 5
	r.Text = join(consoleText52, syslog52, Catalogue{
		NoStartup:      "",
		AuditCount:     "IP AUDIT GLOBAL COUNTERS\n\n",
		AuditCountIf:   "IP AUDIT INTERFACE COUNTERS: %[1]s\n\n",
		AuditLine:      "%[1]d %[2]s %-23[3]s %[4]d", // the layout of the 7.0 reference; unverified for 5.2 to 6.3
		SetupAsk:       "Pre-configure PIX Firewall now through interactive prompts [yes]? ",
		SetupMode:      "",
		SetupEnable:    "Enable password [<use current password>]: ",
		SetupRecovery:  "",
		SetupClock:     "Clock (UTC):",
		SetupYear:      "  Year [%[1]s]: ",
		SetupMonth:     "  Month [%[1]s]: ",
		SetupDay:       "  Day [%[1]s]: ",
		SetupTime:      "  Time [%[1]s]: ",
		SetupAddress:   "Inside IP address: ",
		SetupMask:      "Inside network mask: ",
		SetupHost:      "Host name: ",
		SetupDomain:    "Domain name: ",
		SetupManager:   "", // it came with 6.0
		SetupReview:    "\nThe following configuration will be used:",
		SetupConfirm:   "\nUse this configuration and write to flash? ",
		SetupInterface: "inside",
		SetupLine: "Enable password: %[1]s\nClock (UTC): %[2]s\nInside IP address: %[3]s\nInside network mask: %[4]s\n" +
			"Host name: %[5]s\nDomain name: %[6]s\n",
		SSHSessionHead: "Session ID      Client IP       Version Encryption      State   Username",
		SSHSession:     "    %-12[1]d%-16[2]s%-8[3]s%-16[4]s6       %[5]s",
		SSHLine:        "\t%[1]s %[2]s %[3]s",

		LocalHostIf: "Interface %[1]s: %[2]d active, %[3]d maximum active, %[4]d denied",
		LocalHost:   "local host: <%[1]s>, conn(s)/limit = %[2]d/%[7]d, embryonic(s)/limit = %[3]d/%[8]d",
		LocalXlate:  "  Xlate(s):",
		LocalConn:   "  Conn(s):",

		SyslogReversePath: "1-106021 Deny %[1]s reverse path check from %[3]s to %[6]s on interface %[2]s",

		SyslogBoxICMP:   "3-313001 Denied ICMP type=%[9]v, code=%[10]v from %[3]s on interface %[2]s",
		SyslogBoxSSH:    "3-315001 Denied SSH session from %[3]s on interface %[2]s",
		SyslogSSHIn:     `6-315002 Permitted SSH session from %[1]s on interface %[7]s for user "%[3]s"`,
		SyslogSSHFailed: `6-315003 SSH login session failed from %[1]s (%[11]v attempts) on interface %[7]s by user "%[3]s"`,
		SyslogSSHClosed: `6-315011 SSH session from %[1]s on interface %[7]s for user "%[3]s" %[12]s`,
		SyslogSSHNoKey:  "3-315004 Fail to establish SSH session because PIX RSA host key retrieval failed.",
	})
})

// pix53, the factory configuration of a 5.3(1).
var pix53 = derive(pix52, func(r *Release) {
	r.Name, r.Version = "pix-5.3", Version{5, 3, 1, 0}
	r.Software = Software{Compiled: "Thu 11-Jan-01 11:32 by morlee", Copyright: "1996-2001"} // unverified
	r.Factory, r.Captured = factory53, true
})
