package release

import (
	"time"

	"pixsim/dataplane/inspect/smtp"
)

// pix42 replaces mailhost by fixup protocol smtp, syslog by logging, and has the pager command.
var pix42 = derive(pix41, func(r *Release) {
	r.Name, r.Version = "pix-4.2", Version{4, 2, 5, 0}
	r.Software = Software{Compiled: "Fri 23-Jul-99 14:02 by pixbuild", Copyright: "1996-1999"} // unverified; release notes: August 1999
	r.SMTP = smtp.P42()
	r.Console.FixedPager, r.Console.HistoryNumber = 0, false
	r.Console.FallbackUser = "pix" // 6.3 command reference, aaa authentication; unverified: before 5.2
	r.Limits.Interfaces = 4        // 4.2 release notes
	r.Factory = factory42
	r.NAT.DNSGuard = true // 4.2 release notes name the feature
	r.Order = orderPIX42
	// A 4.2(2) capture has both, a 4.2(3) that of conn; unverified: that they are not what somebody had typed.
	r.Timers.Xlate, r.Timers.Conn = 3*time.Hour, time.Hour
	c := &r.Config
	c.TrapLevel, c.LoggingSwitch = -1, "on"
	// From here on a 4.2(3) capture.
	c.LoggingShown = []string{"console", "monitor", "buffered", "trap", "facility"}
	c.TimeoutLines = [][]string{{"xlate", "conn", "udp"}, {"rpc", "h323"}, {"uauth"}}
	c.ShownWidth = false
	c.UauthManner = true
	c.OldConduits = false
	c.Converts = []string{"4.0(", "4.1("} // Cisco document 4733: mailhost was replaced in 4.2
	c.TelnetTimeout = true
	r.Text = join(configText42, syslog42, Catalogue{
		Greeting:       "Type help or '?' for a list of available commands.",
		UnknownCommand: "Type help or '?' for a list of available commands.",
		Incomplete:     "Not enough arguments.",
		UsageFirst:     "Usage:  ",
		UsageNext:      "        ",
		SavedChecksum:  "Cryptochecksum: %[1]s ",
		ConduitLine:    "%[1]s ", // as the configuration has it (a 4.2(3) capture); unverified
		BootChecksum:   "Cryptochecksum(%[1]s): %[2]s ",
		ShowChecksum:   "Cryptochecksum: %[1]s",
		// Cisco's 4.x and 5.x references show whole seconds.
		TrafficHead: "%[1]s:\n        received (in %.0[2]f secs):\n                %[3]d packets      %[4]d bytes\n" +
			"                %[5]d pkts/sec   %[6]d bytes/sec\n        transmitted (in %.0[2]f secs):\n" +
			"                %[7]d packets      %[8]d bytes\n                %[9]d pkts/sec   %[10]d bytes/sec\n",
		// unverified: that a release leaves out what it has no command for, up to 5.3
		LoggingState: "Syslog logging: %[1]s\n    Console logging: %[5]s\n    Monitor logging: %[6]s\n" +
			"    Buffer logging: %[7]s\n    Trap logging: %[8]s\n%[11]s",
		LoggingLevel:  "level %[1]s, %[2]d messages logged",
		LoggingTrap:   "level %[1]s, %[3]d messages logged",
		LoggingHost:   "        Logging to %[1]s %[2]s\n",
		LoggingTCP:    "",
		LoggingDevice: `%[1]s "%[2]s"`, LoggingDeviceIf: `'%[1]s' interface IP address "%[2]s"`, // unverified:
	})
})
