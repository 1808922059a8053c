package release

import "pixsim/dataplane/inspect/smtp"

// to72 is what 7.2 brings on either machine: policy-map type inspect with esmtp maps, regular expressions, prompt.
func to72(r *Release) {
	r.SMTP = smtp.P72()
	r.Config.InspectMaps = true
	r.NAT.DropExceedMSS = false
	r.Limits.CaptureSnap = 1518 // unverified: that it begins here
}

// pix72, after the factory configuration of a 7.2(1).
var pix72 = derive(pix70, func(r *Release) {
	to72(r)
	r.Name, r.Version = "pix-7.2", Version{7, 2, 4, 0}
	r.Software.Compiled, r.Software.Manager = "Sun 06-Apr-08 13:39 by builders", "5.2(4)" // unverified
	r.Factory, r.Captured = factory72, true
	r.Text = join(syslog72)
})

// pix80 is the last software of the PIX.
var pix80 = derive(pix72, func(r *Release) {
	r.Name, r.Version = "pix-8.0", Version{8, 0, 4, 0}
	r.Software.Compiled, r.Software.Manager = "Thu 07-Aug-08 20:53 by builders", "6.1(3)" // unverified
	r.Factory = factory80
})
