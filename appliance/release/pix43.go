package release

import "slices"

// pix43: log messages with the time and by number, show clock, telnet from all inside interfaces.
// unverified: the maintenance number.
var pix43 = derive(pix42, func(r *Release) {
	r.Name, r.Version = "pix-4.3", Version{4, 3, 2, 0}
	r.Factory = factory43
	r.Order = orderPIX44                                 // unverified: that 4.3 is not as 4.2
	r.Config.Converts = []string{"4.0(", "4.1(", "4.2("} // unverified: tacacs-server becomes aaa-server
	c := &r.Config
	c.TrailingBlanks = append(slices.Clone(c.TrailingBlanks), SectionStatic)                                    // not in a 4.2(3) capture; unverified: before
	c.LoggingShown = []string{"on", "timestamp", "console", "monitor", "buffered", "trap", "facility", "queue"} // a 4.4(5) capture
	c.TimeoutLines = [][]string{{"xlate", "conn", "half-closed", "udp"}, {"rpc", "h323"}, {"uauth"}}
	c.ShownWidth = true
	c.LogAlways = 199005     // 5.x and 6.x command references, logging; unverified: before, and that 7.0 does without
	c.TelnetInterface = true // 4.3 release notes: telnet from all inside interfaces
	r.Text = Catalogue{
		TelnetLine: "\t%[1]s %[2]s %[3]s", // seen on 6.x
	}
})
