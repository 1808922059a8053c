package release

import (
	"pixsim/dataplane/inspect/smtp"
)

// pix44: six interfaces, shorter timeouts, stars in the greeting of a mail server. The console is a capture of a new
// 4.4(5) with six interfaces.
var pix44 = derive(pix43, func(r *Release) {
	r.Name, r.Version = "pix-4.4", Version{4, 4, 5, 0}
	r.Software = Software{Compiled: "Fri 14-Jul-00 11:26 by pixbuild", Copyright: "1996-2000"} // unverified; release notes of 4.4(3): January 2000
	r.SMTP = smtp.P44()
	r.Config.Converts = []string{"4.0(", "4.1(", "4.2(", "4.3("} // unverified: tacacs-server becomes aaa-server
	r.Model.Interfaces = []string{"ethernet0", "ethernet1", "ethernet2", "ethernet3", "ethernet4", "ethernet5"}
	r.Model.IRQ = []int{11, 10, 9, 11, 10, 9}
	r.Limits.Interfaces = 6
	r.Factory, r.Captured = factory44, true
	r.Text = Catalogue{
		SyslogSMTPReplaced: "2-108002 SMTP replaced %[10]s: out %[1]s in %[2]s data: %[3]s",

		ConduitLine:   "%[1]s (hitcnt=%[2]d) ", // seen on 6.1
		IPAddressHead: "System IP Addresses:",  // seen on 6.x; unverified for 4.4
		IPAddressNow:  "Current IP Addresses:",
		IPAddressLine: "\tip address %[1]s %[2]s %[3]s",
	}
})
