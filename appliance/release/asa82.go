package release

import "pixsim/dataplane/inspect/smtp"

// asa82, after captures of an 8.2(1) on a 5505: esmtp inspection maps, hashes in show access-list.
var asa82 = derive(asa70, func(r *Release) {
	r.Name, r.Version = "asa-8.2", Version{8, 2, 1, 0}
	r.SMTP = smtp.P72()
	r.Factory = factory82
	r.Text = Catalogue{
		XlatesCleared: "INFO: %[1]d xlates deleted", // unverified
		ReasonIdle:    "Connection timeout",
	}
})
