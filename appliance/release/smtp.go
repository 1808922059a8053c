package release

import "pixsim/dataplane/inspect/smtp"

// The engines of SMTP inspection, by the release that brought them.

var sevenVerbs = []string{"HELO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT"} // RFC 821 4.5.1

func smtpP40() smtp.Profile {
	return smtp.Profile{Name: "4.0", Verbs: sevenVerbs, Reject: smtp.RejectAnswer, Banner: smtp.BannerCmapKB}
}

func smtpP42() smtp.Profile {
	return smtp.Profile{Name: "4.2", Verbs: sevenVerbs, Reject: smtp.RejectNoop, Banner: smtp.BannerCmapKB}
}

func smtpP44() smtp.Profile {
	return smtp.Profile{Name: "4.4", Verbs: sevenVerbs, Reject: smtp.RejectNoop, Banner: smtp.BannerStars, Addresses: true}
}

func smtpP51() smtp.Profile {
	return smtp.Profile{Name: "5.1", Verbs: sevenVerbs, Reject: smtp.RejectMask, Addresses: true}
}

func smtpP60() smtp.Profile {
	return smtp.Profile{Name: "6.0", Verbs: sevenVerbs, Reject: smtp.RejectMask, Addresses: true}
}

func smtpP72() smtp.Profile {
	return smtp.Profile{
		Name:  "esmtp 7.2",
		Verbs: append(sevenVerbs[:len(sevenVerbs):len(sevenVerbs)], "AUTH", "EHLO", "ETRN", "HELP", "SAML", "SEND", "SOML", "VRFY"),
		ESMTP: true, Reject: smtp.RejectMask, WholeLine: true, Part: smtp.PartMask, Addresses: true, Maps: true,
	}
}
