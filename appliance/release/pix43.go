package release

import "slices"

// pix43: log messages with the time and by number, show clock, telnet from all inside interfaces.
// unverified: the maintenance number.
var pix43 = derive(pix42, func(r *Release) {
	r.Name, r.Version = "pix-4.3", Version{4, 3, 2, 0}
	r.Software.Compiled = "Wed 14-Apr-99 09:47 by pixbuild" // unverified; release notes of 4.3: February 1999, of 4.4(1): June
	r.Factory = factory43
	r.Order = orderPIX44 // unverified: that 4.3 is not as 4.2
	c := &r.Config
	c.TrailingBlanks = append(slices.Clone(c.TrailingBlanks), SectionStatic)                                    // not in a 4.2(3) capture; unverified: before
	c.LoggingShown = []string{"on", "timestamp", "console", "monitor", "buffered", "trap", "facility", "queue"} // a 4.4(5) capture
	c.TimeoutLines = [][]string{{"xlate", "conn", "half-closed", "udp"}, {"rpc", "h323"}, {"uauth"}}
	c.ShownWidth = true
	c.LogAlways = 199005     // 5.x and 6.x command references, logging; unverified: before, and that 7.0 does without
	c.TelnetInterface = true // 4.3 release notes: telnet from all inside interfaces
	r.Text = Catalogue{
		LoggingState: "Syslog logging: %[1]s\n    Timestamp logging: %[3]s\n    Console logging: %[5]s\n" +
			"    Monitor logging: %[6]s\n    Buffer logging: %[7]s\n    Trap logging: %[8]s\n%[11]s",
		TelnetLine: "\t%[1]s %[2]s %[3]s", // seen on 6.x
	}
})
