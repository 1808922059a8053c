package lab

import "time"

// The Internet Mail Service: Exchange 4.0 to 5.5, a SMTP of its own without enhanced codes. Sources are those of the
// Knowledge Base articles named and of a published capture of an Exchange 5.5 (PCAP55).

var imsReplies = Replies{
	Greeting:      seen("220 {fqdn} ESMTP Server (Microsoft Exchange Internet Mail Service {version}) ready", "RECOG, PCAP55, NMAP"),
	Helo:          seen("250 OK", "KB295725, KB250507"),
	Ehlo:          seen("{fqdn} Hello [{peer}]", "PCAP55, KB262945"),
	BadHello:      inferred("501 Syntax error"),
	MailOK:        seen("250 OK - mail from <{addr}>", "KB262945, KB250507"),
	MailSizeOK:    seen("250 OK - mail from <{addr}>; can accomodate {n} bytes", "KB262945"), // sic
	RcptOK:        seen("250 OK - Recipient <{addr}>", "PCAP55"),
	DataGo:        seen("354 Send data.  End with CRLF.CRLF", "PCAP55"), // two blanks
	Queued:        seen("250 OK", "PCAP55"),
	ChunkOK:       inferred("250 OK"),
	RsetOK:        inferred("250 OK"),
	NoopOK:        inferred("250 OK"),
	Bye:           seen("221 closing connection", "PCAP55, KB262945"),
	VrfyOK:        inferred("252 Cannot VRFY user"),
	VrfyNoArg:     inferred("501 Syntax error"),
	ExpnReply:     inferred("500 Unrecognized command"),
	HelpText:      inferred("214-Commands:\n214- HELO EHLO MAIL RCPT DATA RSET NOOP QUIT\n214 HELP VRFY ETRN AUTH XEXCH50"), // only that it names XEXCH50 is seen: RECOG
	TurnNoAuth:    inferred("500 Unrecognized command"),
	TurnEmpty:     inferred("500 Unrecognized command"),
	EtrnKnown:     seen("251 No mail messages waiting for node {arg}", "KB252148"),
	EtrnUnknown:   seen("458 Node {arg} does not store mail here", "KB252148"),
	EtrnNoArg:     inferred("501 Syntax error"),
	Unknown:       seen("500 Unrecognized command", "KB295725"),
	BadSender:     inferred("501 Syntax error"),
	BadRecipient:  inferred("501 Syntax error"),
	BadArguments:  inferred("501 Syntax error"),
	NeedHelloText: inferred("503 Send hello first"),
	NeedMail:      inferred("503 Need mail command"),
	NeedRcpt:      inferred("503 Need rcpt command"),
	TwiceMail:     inferred("503 Sender already specified"),
	NeedBdat:      inferred("503 Bad sequence of commands"),
	NeedAuthText:  seen("505 Authentication required", "ATT"),
	NoRelay:       seen("550 Relaying is prohibited", "KB245787, KB258140"),
	NoUser:        inferred("550 User unknown"), // never said: the report comes later
	TooManyRcpt:   inferred("452 Too many recipients"),
	TooBig:        inferred("552 Message size exceeds fixed maximum message size"),
	NoStorage:     inferred("452 Insufficient system storage"),
	NotYou:        seen("554 Originator address does not match authentication credentials", "KB188250, KB262945"),
	TLSGo:         inferred("220 SMTP server ready"),
	TLSActive:     inferred("503 TLS already active"),
	NoCert:        seen("554 Unable to initialize security subsystem", "KB237327"),
	IdleText:      inferred(""),
	LineTooLong:   inferred(""), // it hangs up
	Busy:          inferred("421 Service not available"),
	TooManyFrom:   inferred("421 Service not available"),
	TooManyErrors: inferred("421 Too many errors"),
	AfterRefusal:  inferred(""),
	AuthCancelled: inferred("501 Authentication cancelled"),
	AuthUnknown:   inferred("504 Unrecognized authentication type"),
	AuthSequence:  inferred("503 Bad sequence of commands"),
	AuthSyntax:    inferred("501 Syntax error"),
	AuthTooLong:   inferred("500 Line too long"),
	XEXCH50Go:     seen("354 Send binary data", "CLAMSMTP, NESSUS"),
	XEXCH50OK:     inferred("250 XEXCH50 OK"),
	XEXCH50NoAuth: seen("505 Authentication required", "KB843106"), // since 5.5.2657.72
	XEXCH50Bad:    inferred("501 Syntax error"),
	LinkDone:      inferred("500 Unrecognized command"),
	LinkMore:      inferred("500 Unrecognized command"),
	LinkNoAuth:    inferred("500 Unrecognized command"),
	LinkBad:       inferred("500 Unrecognized command"),
}

func ex55() *ServerProfile {
	return &ServerProfile{
		Name: "ex55", Title: "Exchange 5.5 SP4, Internet Mail Service", Version: "5.5.2653.13",
		DateLayout: "Mon, 2 Jan 2006 15:04:05 -0700",
		// VRFY is in documents, not in live lists; TURN is unknown.
		Verbs:   []string{"HELO", "EHLO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT", "HELP", "VRFY", "ETRN", "AUTH", "XEXCH50"},
		Caps:    when(WithBasic, caps("XEXCH50 | HELP | ETRN | DSN | SIZE {size} | AUTH {mechs} | AUTH=LOGIN"), "AUTH=LOGIN"), // KB262945; MS03-046 came later than SP4
		Replies: imsReplies,
		Mechs: []Mech{
			{Name: "LOGIN", Basic: true, Initial: true,
				OK: seen("235 LOGIN authentication successful", "PCAP55"), Fail: inferred("535 Authentication failed")},
			{Name: "NTLM", Hidden: true, Initial: true, Ask: inferred("334 NTLM supported"),
				OK: seen("235 ntlm authentication successful", "KB262945"), Fail: inferred("535 Authentication failed")},
		},
		BasicAuth:  true,
		MailParams: []string{"RET", "ENVID"}, RcptParams: []string{"NOTIFY", "ORCPT"},
		RcptMax: 1000, LineMax: 1000, // unverified: the limits of the Internet Mail Service
		Idle:     10 * time.Minute,
		Received: inferred("Received: from {helo} ([{ip}]) by {fqdn} with SMTP (Microsoft Exchange Internet Mail Service Version {version})\r\n\tid {id}; {date}\r\n"),
		Log:      LogIMS,
		Events: []EventRule{{On: NotYou, ID: 4151, Source: "MSExchangeIMC", Level: "Warning",
			Text: seen("An inbound mail message was not accepted on <{fqdn}> because the authentication account did not have permission to use the originator address on the message.", "KB188250")}},
		POP3: imsPOP3,
	}
}

func ex50() *ServerProfile {
	return ex55().but(func(p *ServerProfile) {
		p.Name, p.Title, p.Version = "ex50", "Exchange 5.0, Internet Mail Service", "5.0.1460.8"
		p.Replies = imsReplies.but(Replies{
			Greeting: seen("220 {fqdn} Microsoft Exchange Internet Mail Service {version} ready", "RECOG, KB164060"), // no word ESMTP
			Ehlo:     seen("{fqdn} supports the following extensions:", "XOG"),
			Bye:      seen("221 Closing Port / Mail queued for delivery", "KB153119"),
		})
		p.Caps = caps("XEXCH50 | HELP | VRFY | SIZE {size} | ETRN") // XOG; AUTH came with 5.5
		p.Verbs = []string{"HELO", "EHLO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT", "HELP", "VRFY", "ETRN", "XEXCH50"}
		p.Mechs, p.MailParams, p.RcptParams = nil, nil, nil
		p.POP3.Version = "5.0.1457.10"
	})
}

func ex55tls() *ServerProfile {
	return ex55().but(func(p *ServerProfile) {
		p.Name, p.Title, p.Version = "ex55tls", "Exchange 5.5 with a certificate", "5.5.2448.0"
		p.Cert = true
		p.Verbs = append(p.Verbs, "STARTTLS", "TLS")
		p.Caps = append(p.Caps, when(WithCert, caps("STARTTLS | TLS"), "STARTTLS", "TLS")...) // PCAP55
	})
}

// imsPOP3 is 5.5's.
var imsPOP3 = POP3Profile{
	Version:  "5.5.2655.20",
	Greeting: seen("Microsoft Exchange POP3 server version {version} ready", "KB298836, RECOG"),
	PassOK:   seen("User successfully logged on", "KB161118"),
	PassBad:  seen("Logon failure: unknown user name or bad password.", "KB298944"),
	Bye:      seen("Microsoft Exchange POP3 server version {version} signing off", "KB161118"),
	BadVerb:  seen("Command not valid", "MS-POP3"),
	AuthHead: mimic("The operation completed successfully.", "SMBRELAY"),
	NTLM:     true, // KB191558
	Events: []EventRule{{ID: 13005, Source: "MSExchange Pop3 Interface", Level: "Warning",
		Text: seen(`Logon attempt by {user} from {ip} to {mailbox} has failed: Logon failure: unknown user name or bad password.`, "KB298836")}},
}
