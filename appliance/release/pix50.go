package release

import (
	"slices"

	"pixsim/dataplane/inspect/smtp"
)

// pix50: access-lists, SSH from 5.2, the greeting's 2 and 0 pass from 5.1. Not offered yet.
var pix50 = derive(pix44, func(r *Release) {
	r.Name, r.Version = "pix-5.0", Version{5, 0, 3, 0}
	r.Config.InterfaceName = "intf%d" // a 5.3(1) capture
	r.Config.LoggingShown = append(slices.Clone(r.Config.LoggingShown), "standby", "history")
	r.Text = join(configText50, Catalogue{
		ListLine:           "%[1]s (hitcnt=%[3]d) ", // seen on 6.1
		ListHead:           "",
		ListCache:          "",
		NoSuchList:         "ERROR: access-list <%[1]s> does not exist", // unverified
		SyslogDenyACL:      `4-106023 Deny %[1]s src %[2]s:%[3]s/%[4]v dst %[5]s:%[6]s/%[7]v by access-group "%[11]s"`,
		SyslogDenyACLICMP:  `4-106023 Deny icmp src %[2]s:%[3]s dst %[5]s:%[6]s (type %[9]v, code %[10]v) by access-group "%[11]s"`,
		SyslogDenyACLOther: `4-106023 Deny protocol %[1]v src %[2]s:%[3]s dst %[5]s:%[6]s by access-group "%[11]s"`,
		SyslogACLLog:       "",
	})
})

// pix52: SSH, icmp, TCP intercept, the first-boot dialogue, the login prompt with a header.
var pix52 = derive(pix50, func(r *Release) {
	r.Name, r.Version = "pix-5.2", Version{5, 2, 9, 0}
	r.SMTP = smtp.P51()
	r.NAT.TCPIntercept = true
	r.Config.TimeoutLines = [][]string{ // a 5.3(1) capture; 5.1 has the same lines, without sip
		{"xlate"}, {"conn", "half-closed", "udp", "rpc", "h323", "sip", "sip_media"}, {"uauth"},
	}
	r.Console.FirstBootDialog = true
	r.Console.SSHUser = "pix"
	r.Console.SSHVersion = "SSH-2.0-Cisco-1.25" // the box says SSH-1.5-Cisco-1.25: no client of today speaks that
	r.Console.MaxSSH = 5
	r.Text = Catalogue{
		NoStartup:      "",
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
		SetupManager:   "IP address of host running PIX Device Manager: ",
		SetupReview:    "\nThe following configuration will be used:",
		SetupConfirm:   "\nUse this configuration and write to flash? ",
		SetupInterface: "inside",
		SetupLine: "Enable password: %[1]s\nClock (UTC): %[2]s\nInside IP address: %[3]s\nInside network mask: %[4]s\n" +
			"Host name: %[5]s\nDomain name: %[6]s\n",
		SSHSessionHead: "Session ID      Client IP       Version Encryption      State   Username",
		SSHSession:     "    %-12[1]d%-16[2]s%-8[3]s%-16[4]s6       %[5]s",
		SSHLine:        "\t%[1]s %[2]s %[3]s",

		LocalHostIf: "Interface %[1]s: %[2]d active, %[3]d maximum active, 0 denied",
		LocalHost:   "local host: <%[1]s>, conn(s)/limit = %[2]d/0, embryonic(s)/limit = %[3]d/0",
		LocalXlate:  "  Xlate(s):",
		LocalConn:   "  Conn(s):",

		SyslogBoxICMP:   "3-313001 Denied ICMP type=%[9]v, code=%[10]v from %[3]s on interface %[2]s",
		SyslogBoxSSH:    "3-315001 Denied SSH session from %[3]s on interface %[2]s",
		SyslogSSHIn:     `6-315002 Permitted SSH session from %[1]s on interface %[7]s for user "%[3]s"`,
		SyslogSSHFailed: `6-315003 SSH login session failed from %[1]s (%[11]v attempts) on interface %[7]s by user "%[3]s"`,
		SyslogSSHClosed: `6-315011 SSH session from %[1]s on interface %[7]s for user "%[3]s" disconnected by SSH server, reason: "%[12]s"`,
		SyslogSSHNoKey:  "3-315004 Fail to establish SSH session because PIX RSA host key retrieval failed.",
	}
})
