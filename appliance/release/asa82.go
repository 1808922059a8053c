package release

import "pixsim/dataplane/inspect/smtp"

// asa82, after captures of an 8.2(1) on a 5505: esmtp inspection maps, hashes in show access-list.
var asa82 = derive(asa70, func(r *Release) {
	r.Name, r.Version = "asa-8.2", Version{8, 2, 1, 0}
	r.SMTP = smtp.P72()
	r.Config.InspectMaps = true // since 7.2
	r.Config.TimeoutLines = [][]string{
		{"xlate"}, {"conn", "half-closed", "udp", "icmp"}, {"sunrpc", "h323", "h225", "mgcp", "mgcp-pat"},
		{"sip", "sip_media", "sip-invite", "sip-disconnect"}, {"sip-provisional-media", "uauth"}, {"tcp-proxy-reassembly"},
	}
	r.Factory = factory82
	r.Text = Catalogue{
		XlatesCleared: "INFO: %[1]d xlate deleted", // unverified
		ReasonIdle:    "Connection timeout",
	}
})
