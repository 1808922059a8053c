package lab

import "time"

// EdgeTransport: Exchange 2007 and 2010, a service of its own with texts like those of the Windows one. EX16A and EX16B
// are of later releases of the same family.

var edgeReplies = iisReplies.but(Replies{
	Greeting:      seen("220 {fqdn} Microsoft ESMTP MAIL Service ready at {date}", "EXTEL, EX10CAP"), // one blank, none at the end
	Helo:          seen("250 {fqdn} Hello [{ip}]", "EX10CAP, EX16A"),
	Ehlo:          seen("{fqdn} Hello [{ip}]", "EX10CAP, EX16A"),
	BadHello:      seen("501 5.5.4 Invalid domain name", "EXTEL"),
	MailOK:        seen("250 2.1.0 Sender OK", "EX16A"),
	MailSizeOK:    seen("250 2.1.0 Sender OK", "EX16A"),
	RcptOK:        seen("250 2.1.5 Recipient OK", "EX16A"),
	DataGo:        seen("354 Start mail input; end with <CRLF>.<CRLF>", "EX16A"),
	Queued:        seen("250 2.6.0 {id} [InternalId={n}] Queued mail for delivery", "NAGIOS"),
	ChunkOK:       inferred("250 2.6.0 CHUNK received OK, {n} octets"),
	RsetOK:        inferred("250 2.0.0 Resetting"),
	NoopOK:        inferred("250 2.0.0 OK"),
	Bye:           seen("221 2.0.0 Service closing transmission channel", "EXTEL"),
	HelpText:      mimic("214-This server supports the following commands:\n214 HELO EHLO STARTTLS RCPT DATA RSET MAIL QUIT HELP AUTH BDAT", "HONEYD"),
	BadSender:     inferred("501 5.1.7 Invalid address"),
	BadRecipient:  inferred("501 5.1.3 Invalid address"),
	BadArguments:  inferred("501 5.5.4 Invalid arguments"),
	NeedMail:      mimic("503 5.5.2 Need mail command", "teaching servers"),
	NeedRcpt:      mimic("503 5.5.2 Need rcpt command", "teaching servers"),
	NeedAuthText:  seen("530 5.7.1 Client was not authenticated", "SQLMAIL"),
	NoRelay:       inferred("550 5.7.1 Unable to relay"),
	TLSGo:         seen("220 2.0.0 SMTP server ready", "EX10CAP"),
	NoCert:        seen("500 5.3.3 Unrecognized command", "dokuwiki-plugin-smtp 24"),
	IdleText:      seen("421 4.4.1 Connection timed out", "SERVOL"),
	Busy:          seen("421 4.3.2 Service not available", "NMAP"),
	TooManyFrom:   seen("421 4.3.2 The maximum number of concurrent connections has exceeded a limit, closing transmission channel", "ONPREM"),
	TooManyErrors: inferred("421 4.7.0 Too many errors on this connection, closing transmission channel"),
	XEXCH50NoAuth: inferred("504 5.7.4 Need to authenticate first"),
	XEXCH50Bad:    inferred("501 5.5.4 Invalid arguments"),
})

var edgeMechs = []Mech{
	{Name: "GSSAPI", Hidden: true, Ask: inferred("334 GSSAPI supported"), OK: edgeAuthOK, Fail: edgeAuthFail}, // X-EXPS lists it
	{Name: "NTLM", Ask: seen("334 NTLM supported", "NTLMINFO"), OK: edgeAuthOK, Fail: edgeAuthFail},
	{Name: "LOGIN", Basic: true, Initial: true, OK: edgeAuthOK, Fail: edgeAuthFail},
}

var (
	edgeAuthOK   = seen("235 2.7.0 Authentication successful", "MS-SMTPNTLM")
	edgeAuthFail = seen("535 5.7.3 Authentication unsuccessful", "MS-SMTPNTLM")
)

const edgeCaps = "SIZE {size} | PIPELINING | DSN | ENHANCEDSTATUSCODES | STARTTLS | X-ANONYMOUSTLS | AUTH {mechs} | X-EXPS GSSAPI NTLM | 8BITMIME | BINARYMIME | CHUNKING | XEXCH50 | XRDST"

func ex2007() *ServerProfile {
	return &ServerProfile{
		Name: "ex2007", Title: "Exchange 2007, hub transport", Version: "08.01.0240.000",
		DateLayout: "Mon, 2 Jan 2006 15:04:05 -0700",
		Verbs:      []string{"HELO", "EHLO", "MAIL", "RCPT", "DATA", "BDAT", "RSET", "NOOP", "QUIT", "HELP", "AUTH", "X-EXPS", "XEXCH50", "STARTTLS", "X-ANONYMOUSTLS"},
		Caps:       when(WithCert, caps(edgeCaps), "STARTTLS", "X-ANONYMOUSTLS"), // NMAP
		Replies: edgeReplies.but(Replies{
			Queued: inferred("250 2.6.0 {id} Queued mail for delivery"),
		}),
		NeedHello: true, StrictHello: true, HelloResets: true,
		Mechs:       edgeMechs,
		XEXCH50Auth: true, // unverified: that Exchange 2007 and 2010 want it
		Cert:        true, // it makes one itself
		Body:        BodyBinary,
		MailParams:  []string{"RET", "ENVID", "AUTH"}, RcptParams: []string{"NOTIFY", "ORCPT"},
		SizeMax: 10 << 20, RcptMax: 200, LineMax: 2000, // unverified: the limits of Exchange 2007 and 2010
		MaxPerSource: 20, // MaxInboundConnectionPerSource
		Idle:         5 * time.Minute,
		MaxErrors:    5, Tarpit: 5 * time.Second,
		Received: inferred("Received: from {helo} ({ip}) by {fqdn} ({localip}) with Microsoft SMTP Server id {version}; {date}\r\n"),
		Log:      LogCSV2007,
		Events: []EventRule{{On: TooManyFrom, ID: 1021, Source: "MSExchangeTransport", Level: "Warning", // the text is recalled
			Text: inferred("Receive connector Default {netbios} rejected an incoming connection from IP address {ip}. The maximum number of connections per source (20) for this connector has been reached by this source IP address.")}, {On: AuthFailed, ID: 1035, Source: "MSExchangeTransport", Level: "Warning", // the text is recalled
			Text: inferred("Inbound authentication failed with error LogonDenied for Receive connector Default {netbios}. The authentication mechanism is {mech}. The source IP address of the client who tried to authenticate to Microsoft Exchange is [{ip}].")}},
		POP3: edgePOP3("Microsoft Exchange Server 2007 POP3 service ready", "User successfully logged on", "Microsoft Exchange Server 2007 POP3 server signing off."),
	}
}

func ex2010() *ServerProfile {
	return ex2007().but(func(p *ServerProfile) {
		p.Name, p.Title, p.Version = "ex2010", "Exchange 2010, hub transport", "14.1.218.12"
		p.Caps = when(WithCert, caps(edgeCaps+" | XSHADOW"), "STARTTLS", "X-ANONYMOUSTLS") // EX10CAP, EX10GIT
		p.Replies = edgeReplies
		p.POP3 = edgePOP3("The Microsoft Exchange POP3 service is ready.", "User successfully logged on.", "Microsoft Exchange Server 2010 POP3 server signing off.")
	})
}

func ex2010edge() *ServerProfile {
	return ex2010().but(func(p *ServerProfile) {
		p.Name, p.Title = "ex2010edge", "Exchange 2010, Edge transport: the recipients are looked up"
		// unverified: that an Edge offers no AUTH and no X-EXPS.
		p.Caps = when(WithCert, caps("SIZE {size} | PIPELINING | DSN | ENHANCEDSTATUSCODES | STARTTLS | X-ANONYMOUSTLS | 8BITMIME | BINARYMIME | CHUNKING | XEXCH50 | XRDST | XSHADOW"), "STARTTLS", "X-ANONYMOUSTLS")
		p.drop("AUTH", "X-EXPS")
		p.Mechs = nil
		p.Directory = true
		p.Idle = time.Minute
	})
}

func edgePOP3(greeting, passOK, bye string) POP3Profile {
	return POP3Profile{
		Greeting: seen(greeting, "NMAP"),
		PassOK:   seen(passOK, "FETCH"),
		PassBad:  seen("Logon failure: unknown user name or bad password.", "KB298944"),
		Bye:      inferred(bye), // seen of 2016
		BadVerb:  seen("Command not valid", "MS-POP3"),
		Capa:     []string{"TOP", "UIDL", "SASL NTLM", "USER"}, // FETCH; of the mechanisms only what this server does
		AuthHead: inferred(""),
		NTLM:     true,
	}
}
