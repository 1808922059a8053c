package lab

import "time"

// The SMTP service of Windows 2000 and 2003, alone and with the event sinks that Exchange 2000 and 2003 put into it:
// X-EXPS, XEXCH50 and X-LINK2STATE. W3C is a published log of such a server from 2006, whose octet counts prove blanks
// and stops.

var iisReplies = Replies{
	// Two blanks before the date, no leading zero in the day, a blank at the end.
	Greeting:      seen("220 {fqdn} Microsoft ESMTP MAIL Service, Version: {version} ready at  {date} ", "VRFYCAP"),
	Helo:          seen("250 {fqdn} Hello [{ip}]", "W3C, KB251581"),
	Ehlo:          seen("{fqdn} Hello [{ip}]", "KB251581, W2KBLOG"),
	BadHello:      inferred("501 5.5.4 Invalid arguments"),
	MailOK:        seen("250 2.1.0 {addr}....Sender OK", "FORUM03, W3C"),
	MailSizeOK:    seen("250 2.1.0 {addr}....Sender OK", "FORUM03, W3C"),
	RcptOK:        seen("250 2.1.5 {addr} ", "W3C, FORUM03"), // a blank at the end
	DataGo:        seen("354 Start mail input; end with <CRLF>.<CRLF>", "W3C"),
	Queued:        seen("250 2.6.0 {msgid} Queued mail for delivery", "W3C"), // {msgid} keeps the header's blank
	ChunkOK:       inferred("250 2.0.0 {n} octets"),
	RsetOK:        mimic("250 2.0.0 Resetting", "HONEYD"),
	NoopOK:        mimic("250 2.0.0 OK", "HONEYD"),
	Bye:           seen("221 2.0.0 {fqdn} Service closing transmission channel", "HTTPX, W3C"),
	VrfyOK:        seen("252 2.1.5 Cannot VRFY user, but will take message for <{arg}@{fqdn}>", "VRFYCAP"),
	VrfyNoArg:     mimic("501 5.5.4 Argument missing", "HONEYD"),
	ExpnReply:     inferred("500 5.3.3 Unrecognized command"),
	HelpText:      seen("214-This server supports the following commands:\n214 HELO EHLO STARTTLS RCPT DATA RSET MAIL QUIT HELP AUTH TURN ETRN BDAT VRFY", "NMAP-NSE"),
	TurnNoAuth:    inferred("550 5.7.1 Client was not authenticated"),
	TurnEmpty:     inferred("550 5.7.1 No messages queued"),
	EtrnKnown:     mimic("250 2.0.0 Queuing for {arg} started", "HONEYD"),
	EtrnUnknown:   inferred("458 4.5.0 Unable to queue messages for node {arg}"),
	EtrnNoArg:     inferred("501 5.5.4 Argument missing"),
	Unknown:       seen("500 5.3.3 Unrecognized command", "EXTEL, W3C"),
	BadSender:     mimic("501 5.5.4 Invalid Address", "HONEYD"),
	BadRecipient:  mimic("501 5.5.4 Invalid Address", "HONEYD"),
	BadArguments:  mimic("501 5.5.4 Invalid arguments", "HONEYD"),
	NeedHelloText: inferred("503 5.5.2 Send hello first"),
	NeedMail:      inferred("503 5.5.2 Need mail command."),
	NeedRcpt:      seen("503 5.5.2 Need Rcpt command.", "smtp-inspection"),
	TwiceMail:     inferred("503 5.5.2 Sender already specified"),
	NeedBdat:      inferred("503 5.5.2 BDAT command expected"),
	NeedAuthText:  inferred("530 5.7.1 Client was not authenticated"),
	NoRelay:       seen("550 5.7.1 Unable to relay for {addr}", "FORUM03"),
	NoUser:        inferred("550 5.1.1 User unknown"),
	TooManyRcpt:   inferred("452 4.5.3 Too many recipients"),
	TooBig:        inferred("552 5.3.4 Message size exceeds fixed maximum message size"),
	NoStorage:     inferred("452 4.3.1 Insufficient system storage"),
	NotYou:        inferred("550 5.7.1 Client does not have permissions to send as this sender"),
	TLSGo:         inferred("220 2.0.0 SMTP server ready"),
	TLSActive:     inferred("503 5.5.2 TLS already active"),
	NoCert:        mimic("554 5.7.3 Unable to initialize security subsystem", "HONEYD"),
	IdleText:      seen("451 Timeout waiting for client input", "CASE09"),
	LineTooLong:   inferred("500 5.3.3 Line too long"),
	Busy:          inferred("421 4.3.2 Service not available"), // seen on 2010: NMAP
	TooManyFrom:   inferred("421 4.3.2 Service not available"),
	TooManyErrors: inferred("421 4.7.0 Too many errors on this connection, closing transmission channel"),
	AfterRefusal:  inferred(""),
	AuthCancelled: inferred("501 5.7.0 Authentication cancelled"),
	AuthUnknown:   inferred("504 5.7.4 Unrecognized authentication type"),
	AuthSequence:  inferred("503 5.5.2 Bad sequence of commands"),
	AuthSyntax:    inferred("501 5.5.4 Invalid arguments"),
	AuthTooLong:   inferred("500 5.5.6 Line too long"), // RFC 4954 section 4
	XEXCH50Go:     seen("354 Send binary data", "CLAMSMTP, NESSUS"),
	XEXCH50OK:     inferred("250 XEXCH50 OK"),
	XEXCH50NoAuth: seen("504 Need to authenticate first ", "KB843106"), // a blank at the end
	XEXCH50Bad:    seen("500 5.5.2 Error processing XEXCH50 command  ", "CASE09"),
	LinkDone:      inferred("200 LAST CHUNK={00000029} MULTI (5) ({00000014} DONE_RESPONSE)"),
	LinkMore:      inferred("200 NEXT CHUNK={00000000}"),
	LinkNoAuth:    inferred("530 5.7.1 Client was not authenticated"),
	LinkBad:       inferred("501 5.5.4 Invalid arguments"),
}

// iisMechs are the mechanisms of the service; the texts of NTLM are seen in MS-SMTPNTLM 4.
var iisMechs = []Mech{
	{Name: "GSSAPI", Ask: inferred("334 GSSAPI supported"), OK: iisAuthOK, Fail: iisAuthFail},
	{Name: "NTLM", Ask: seen("334 ntlm supported", "MS-SMTPNTLM"), OK: seen("235 2.7.0 Authentication successful", "MS-SMTPNTLM"), Fail: iisAuthFail},
	{Name: "LOGIN", Basic: true, Initial: true, OK: iisAuthOK, Fail: iisAuthFail},
}

var (
	iisAuthOK   = inferred("235 2.7.0 Authentication successful.") // the stop is recalled
	iisAuthFail = seen("535 5.7.3 Authentication unsuccessful", "MS-SMTPNTLM")
)

const (
	iisReceived = "Received: from {helo} ([{ip}]) by {fqdn} with Microsoft SMTPSVC({version});\r\n\t {date}\r\n"

	// unverified: where TLS and STARTTLS stand in lists with X lines; seen behind VRFY without them (EQLOG).
	iisTLS = "TLS | STARTTLS"
)

func iis5() *ServerProfile {
	return &ServerProfile{
		Name: "iis5", Title: "SMTP service of Windows 2000 SP4", Version: "5.0.2195.6713",
		DateLayout: "Mon, 2 Jan 2006 15:04:05 -0700",
		Verbs: []string{"HELO", "EHLO", "MAIL", "RCPT", "DATA", "BDAT", "RSET", "NOOP", "QUIT", "HELP", "VRFY", "TURN", "ATRN",
			"ETRN", "AUTH", "STARTTLS", "TLS"},
		Caps: iisCaps("AUTH {mechs} | AUTH=LOGIN | TURN | ATRN | SIZE {size} | ETRN | PIPELINING | DSN | ENHANCEDSTATUSCODES | 8bitmime | BINARYMIME | CHUNKING | VRFY | " + iisTLS + " | OK"), // W2KBLOG, EQLOG
		Replies: iisReplies.but(Replies{
			HelpText:     mimic("214-This server supports the following commands:\n214 HELO EHLO STARTTLS RCPT DATA RSET MAIL QUIT HELP AUTH TURN ATRN ETRN BDAT VRFY", "HONEYD"),
			NeedAuthText: inferred("530 5.7.3 Client was not authenticated"),
		}),
		NeedHello: true,
		Mechs:     iisMechs, BasicAuth: true,
		Body:       BodyBinary,
		MailParams: []string{"RET", "ENVID", "AUTH"}, RcptParams: []string{"NOTIFY", "ORCPT"},
		SizeMax: 2 << 20, RcptMax: 100, LineMax: 1000, // unverified: the length of a line that the Windows service takes
		Idle:     10 * time.Minute, // cc782956
		Received: inferred(iisReceived),
		Log:      LogW3C,
		POP3:     ex2000POP3,
	}
}

// iisCaps gives a list the conditions of the family.
func iisCaps(list string) []Cap {
	return when(WithCert, when(WithBasic, caps(list), "AUTH=LOGIN", "X-EXPS=LOGIN"), "TLS", "STARTTLS")
}

func iis6() *ServerProfile {
	return iis5().but(func(p *ServerProfile) {
		p.Name, p.Title, p.Version = "iis6", "SMTP service of Windows Server 2003 SP2", "6.0.3790.3959"
		p.Replies = iisReplies
		p.Caps = iisCaps("AUTH {mechs} | AUTH=LOGIN | TURN | SIZE {size} | ETRN | PIPELINING | DSN | ENHANCEDSTATUSCODES | 8bitmime | BINARYMIME | CHUNKING | VRFY | " + iisTLS + " | OK") // MS-SMTPNTLM 4.1
		p.drop("ATRN")
		p.BasicAuth = false // so in the source of the list
		p.POP3 = ex2003POP3
	})
}

// protocolLog is event 7010, at a diagnostic level of medium or higher (KB843106).
var protocolLog = EventRule{ID: 7010, Source: "MSExchangeTransport", Level: "Error", Refusals: true,
	Text: seen(`This is an SMTP protocol log for virtual server ID 1, connection #{conn}. The client at "{ip}" sent a "{verb}" command, and the SMTP server responded with "{reply} ". The full command sent was "{line}". This will probably cause the connection to fail.`, "KB843106")}

func ex2000() *ServerProfile {
	return iis5().but(func(p *ServerProfile) {
		p.Name, p.Title = "ex2000", "Exchange 2000 on Windows 2000 SP4"
		p.Caps = iisCaps("TURN | ATRN | SIZE {size} | ETRN | PIPELINING | DSN | ENHANCEDSTATUSCODES | 8bitmime | BINARYMIME | CHUNKING | VRFY | " + iisTLS + " | X-EXPS {mechs} | X-EXPS=LOGIN | AUTH {mechs} | AUTH=LOGIN | X-LINK2STATE | XEXCH50 | OK") // KB257569, ITTB
		p.Verbs = append(p.Verbs, "X-EXPS", "XEXCH50", "X-LINK2STATE")
		p.XEXCH50Auth = true // SP3 with the patch of MS03-046
		p.LineMax = 2048     // X-LINK2STATE needs 1024 (KB812455)
		p.Events = []EventRule{protocolLog}
	})
}

func ex2003() *ServerProfile {
	return ex2000().but(func(p *ServerProfile) {
		p.Name, p.Title, p.Version = "ex2003", "Exchange 2003 on Windows Server 2003 SP2", "6.0.3790.3959"
		p.Replies = iisReplies
		p.Caps = iisCaps("TURN | SIZE | ETRN | PIPELINING | DSN | ENHANCEDSTATUSCODES | 8bitmime | BINARYMIME | CHUNKING | VRFY | " + iisTLS + " | X-EXPS {mechs} | X-EXPS=LOGIN | AUTH {mechs} | AUTH=LOGIN | X-LINK2STATE | XEXCH50 | OK") // NMAP-NSE, FORUM03
		p.drop("ATRN")
		p.SizeMax = 0
		p.Link2StateAuth = true // unverified: that Exchange 2003 wants it
		p.POP3 = ex2003POP3
	})
}

var ex2000POP3 = POP3Profile{
	Version:  "6.0.6249.0",
	Greeting: seen("Microsoft Exchange 2000 POP3 server version {version} ({fqdn}) ready.", "RECOG, PATTERNS"),
	PassOK:   seen("User successfully logged on", "KB161118"),
	PassBad:  seen("Logon failure: unknown user name or bad password.", "KB298944"),
	Bye:      mimic("Microsoft Exchange 2000 POP3 server version {version} signing off.", "HONEYD"),
	BadVerb:  seen("Command not valid", "MS-POP3"),
	CapaHead: mimic("Capability list follows", "HONEYD"),
	Capa:     []string{"TOP", "USER", "UIDL"}, // unverified: what CAPA lists
	AuthHead: mimic("The operation completed successfully.", "SMBRELAY"),
	NTLM:     true,
}

var ex2003POP3 = POP3Profile{
	Version:  "6.5.7638.1",
	Greeting: seen("Microsoft Exchange Server 2003 POP3 server version {version} ({fqdn}) ready.", "RECOG, PATTERNS"),
	PassOK:   seen("User successfully logged on", "KB161118"),
	PassBad:  seen("Logon failure: unknown user name or bad password.", "KB298944"),
	Bye:      mimic("Microsoft Exchange Server 2003 POP3 server version {version} signing off.", "HONEYD"),
	BadVerb:  seen("Command not valid", "MS-POP3"),
	CapaHead: mimic("Capability list follows", "HONEYD"),
	Capa:     []string{"TOP", "USER", "UIDL"}, // unverified: what CAPA lists
	AuthHead: mimic("The operation completed successfully.", "SMBRELAY"),
	NTLM:     true,
}

// labServer is what the lab has unless told otherwise: an Exchange 2000 with the greeting and the reply to unknown verbs
// that KB 320027 prints, and a list of capabilities without what needs a domain controller. PLAIN is ours.
func labServer() *ServerProfile {
	return ex2000().but(func(p *ServerProfile) {
		p.Name, p.Title = DefaultServerProfile, "an Exchange 2000 with the texts of KB 320027: the lab's own"
		p.Version = "5.0.2195.4905" // by the length of the article's greeting
		p.Caps = iisCaps("SIZE {size} | PIPELINING | ENHANCEDSTATUSCODES | 8bitmime | BINARYMIME | CHUNKING | VRFY | X-EXPS LOGIN | X-EXPS=LOGIN | AUTH {mechs} | AUTH=LOGIN | X-LINK2STATE | XEXCH50 | " + iisTLS + " | OK")
		p.Replies = p.Replies.but(Replies{
			Unknown:  seen("500 Command unrecognized", "KB320027"),
			HelpText: mimic("214-This server supports the following commands:\n214 HELO EHLO STARTTLS RCPT DATA RSET MAIL QUIT HELP AUTH BDAT VRFY", "HONEYD"),
			NoCert:   own(""),
		})
		p.drop("TURN", "ATRN", "ETRN")
		p.Mechs = []Mech{
			{Name: "LOGIN", Basic: true, Initial: true, OK: iisAuthOK, Fail: iisAuthFail},
			{Name: "PLAIN", Basic: true, Initial: true, OK: iisAuthOK, Fail: iisAuthFail},
		}
		p.MailParams, p.RcptParams = []string{"AUTH"}, nil
		p.Cert = true
		p.SizeMax = 10 << 20 // the service's default of 2 MiB would refuse attachments, and look like a fault of the firewall
	})
}

// drop takes verbs away.
func (p *ServerProfile) drop(verbs ...string) {
	for _, v := range verbs {
		p.setVerb(v, false)
	}
}
