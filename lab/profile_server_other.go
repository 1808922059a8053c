package lab

import "time"

// Servers of the rest of the world. Their texts are recalled from the programs unless a source is named.

var postfixReplies = Replies{
	Greeting:      inferred("220 {fqdn} ESMTP Postfix"),
	Helo:          inferred("250 {fqdn}"),
	Ehlo:          inferred("{fqdn}"),
	BadHello:      inferred("501 Syntax: EHLO hostname"),
	MailOK:        inferred("250 2.1.0 Ok"),
	MailSizeOK:    inferred("250 2.1.0 Ok"),
	RcptOK:        inferred("250 2.1.5 Ok"),
	DataGo:        inferred("354 End data with <CR><LF>.<CR><LF>"),
	Queued:        inferred("250 2.0.0 Ok: queued as {queueid}"),
	ChunkOK:       inferred("250 2.0.0 Ok: {n} bytes"),
	RsetOK:        inferred("250 2.0.0 Ok"),
	NoopOK:        inferred("250 2.0.0 Ok"),
	Bye:           inferred("221 2.0.0 Bye"),
	VrfyOK:        inferred("252 2.0.0 {arg}"),
	VrfyNoArg:     inferred("501 5.5.4 Syntax: VRFY address"),
	ExpnReply:     inferred("502 5.5.2 Error: command not recognized"),
	HelpText:      inferred("502 5.5.2 Error: command not recognized"),
	TurnNoAuth:    inferred("502 5.5.2 Error: command not recognized"),
	TurnEmpty:     inferred("502 5.5.2 Error: command not recognized"),
	EtrnKnown:     inferred("250 2.0.0 Queuing started"),
	EtrnUnknown:   inferred("554 5.7.1 <{arg}>: Relay access denied"),
	EtrnNoArg:     inferred("500 Syntax: ETRN domain"),
	Unknown:       inferred("502 5.5.2 Error: command not recognized"),
	BadSender:     inferred("501 5.5.4 Syntax: MAIL FROM:<address>"),
	BadRecipient:  inferred("501 5.5.4 Syntax: RCPT TO:<address>"),
	BadArguments:  inferred("555 5.5.4 Unsupported option: {param}"),
	NeedHelloText: inferred("503 5.5.1 Error: send HELO/EHLO first"),
	NeedMail:      inferred("503 5.5.1 Error: need MAIL command"),
	NeedRcpt:      inferred("503 5.5.1 Error: need RCPT command"),
	TwiceMail:     inferred("503 5.5.1 Error: nested MAIL command"),
	NeedBdat:      inferred("503 5.5.1 Error: need BDAT command"),
	NeedAuthText:  inferred("530 5.7.0 Authentication required"),
	NoRelay:       inferred("554 5.7.1 <{addr}>: Relay access denied"),
	NoUser:        inferred("550 5.1.1 <{addr}>: Recipient address rejected: User unknown in local recipient table"),
	TooManyRcpt:   inferred("452 4.5.3 Error: too many recipients"),
	TooBig:        inferred("552 5.3.4 Message size exceeds fixed limit"),
	NoStorage:     inferred("452 4.3.1 Insufficient system storage"),
	NotYou:        inferred("553 5.7.1 <{from}>: Sender address rejected: not owned by user {user}"),
	TLSGo:         inferred("220 2.0.0 Ready to start TLS"),
	TLSActive:     inferred("554 5.5.1 Error: TLS already active"),
	NoCert:        inferred("502 5.5.1 Error: command not implemented"),
	IdleText:      inferred("421 4.4.2 {fqdn} Error: timeout exceeded"),
	LineTooLong:   inferred("500 5.5.2 Error: line too long"),
	Busy:          inferred("421 4.3.2 {fqdn} All server ports are busy"),
	TooManyFrom:   inferred("421 4.7.0 {fqdn} Error: too many connections from {ip}"),
	TooManyErrors: inferred("421 4.7.0 {fqdn} Error: too many errors"),
	AfterRefusal:  inferred(""),
	AuthCancelled: inferred("501 5.7.0 Authentication aborted"),
	AuthUnknown:   inferred("535 5.7.8 Error: authentication failed: Invalid authentication mechanism"),
	AuthSequence:  inferred("503 5.5.1 Error: already authenticated"),
	AuthSyntax:    inferred("535 5.7.8 Error: authentication failed: Invalid base64 data in initial response"),
	AuthTooLong:   inferred("500 5.5.6 Authentication exchange line is too long"),
	XEXCH50Go:     inferred("502 5.5.2 Error: command not recognized"),
	XEXCH50OK:     inferred("502 5.5.2 Error: command not recognized"),
	XEXCH50NoAuth: inferred("502 5.5.2 Error: command not recognized"),
	XEXCH50Bad:    inferred("502 5.5.2 Error: command not recognized"),
	LinkDone:      inferred("502 5.5.2 Error: command not recognized"),
	LinkMore:      inferred("502 5.5.2 Error: command not recognized"),
	LinkNoAuth:    inferred("502 5.5.2 Error: command not recognized"),
	LinkBad:       inferred("502 5.5.2 Error: command not recognized"),
}

// unixPOP3 is the service of a server that is no Exchange; it has the lab's own words.
var unixPOP3 = POP3Profile{
	Greeting: own("POP3 server ready"),
	PassOK:   own("Logged in"),
	PassBad:  own("Authentication failed"),
	Bye:      own("Logging out"),
	BadVerb:  own("Unknown command"),
	Capa:     []string{"TOP", "USER", "UIDL"},
	AuthHead: own(""),
}

func postfix() *ServerProfile {
	ok, fail := inferred("235 2.7.0 Authentication successful"), inferred("535 5.7.8 Error: authentication failed: authentication failure")
	return &ServerProfile{
		Name: "postfix", Title: "Postfix", DateLayout: "Mon, _2 Jan 2006 15:04:05 -0700 (MST)",
		Verbs:     []string{"HELO", "EHLO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT", "VRFY", "ETRN", "AUTH", "STARTTLS"},
		Caps:      when(WithCert, caps("PIPELINING | SIZE {size} | VRFY | ETRN | STARTTLS | AUTH {mechs} | ENHANCEDSTATUSCODES | 8BITMIME | DSN"), "STARTTLS"),
		Replies:   postfixReplies,
		NeedHello: true, HelloResets: true,
		Mechs: []Mech{
			{Name: "PLAIN", Basic: true, Initial: true, OK: ok, Fail: fail},
			{Name: "LOGIN", Basic: true, Initial: true, OK: ok, Fail: fail},
		},
		Cert: true, Body: Body8Bit,
		MailParams: []string{"RET", "ENVID", "AUTH"}, RcptParams: []string{"NOTIFY", "ORCPT"},
		SizeMax: 10240000, RcptMax: 1000, LineMax: 2048,
		LoneLF:    true,
		Idle:      5 * time.Minute,
		MaxErrors: 20,
		Received:  inferred("Received: from {helo} (unknown [{ip}])\r\n\tby {fqdn} (Postfix) with ESMTP id {queueid}; {date}\r\n"),
		Log:       LogPostfix,
		POP3:      unixPOP3,
	}
}

func sendmail() *ServerProfile {
	return postfix().but(func(p *ServerProfile) {
		p.Name, p.Title, p.Version = "sendmail", "sendmail 8.11, which asks the client's ident service first", "8.11.6/8.11.6"
		p.Caps = caps("ENHANCEDSTATUSCODES | EXPN | VERB | 8BITMIME | SIZE | DSN | ONEX | ETRN | XUSR | HELP")
		p.Verbs = []string{"HELO", "EHLO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT", "HELP", "VRFY", "EXPN", "ETRN"}
		p.Ident = 5 * time.Second // its Timeout.ident
		p.Mechs = nil
		p.Cert = false
		p.SizeMax = 0
		p.DateLayout = "Mon, 2 Jan 2006 15:04:05 -0700"
		p.MaxErrors = 25
		p.Idle = time.Hour // its Timeout.command
		p.Received = inferred("Received: from {helo} ({peer} [{ip}])\r\n\tby {fqdn} ({version}) with ESMTP id {queueid}; {date}\r\n")
		p.Log = LogSendmail
		p.Replies = postfixReplies.but(Replies{
			Greeting:      inferred("220 {fqdn} ESMTP Sendmail {version}; {date}"),
			Helo:          inferred("250 {fqdn} Hello {peer} [{ip}], pleased to meet you"),
			Ehlo:          inferred("{fqdn} Hello {peer} [{ip}], pleased to meet you"),
			BadHello:      inferred("501 5.0.0 EHLO requires domain address"),
			MailOK:        inferred("250 2.1.0 {addr}... Sender ok"),
			MailSizeOK:    inferred("250 2.1.0 {addr}... Sender ok"),
			RcptOK:        inferred("250 2.1.5 {addr}... Recipient ok"),
			DataGo:        inferred(`354 Enter mail, end with "." on a line by itself`),
			Queued:        inferred("250 2.0.0 {queueid} Message accepted for delivery"),
			RsetOK:        inferred("250 2.0.0 Reset state"),
			NoopOK:        inferred("250 2.0.0 OK"),
			Bye:           inferred("221 2.0.0 {fqdn} closing connection"),
			VrfyOK:        inferred("252 2.5.2 Cannot VRFY user; try RCPT to attempt delivery (or try finger)"),
			VrfyNoArg:     inferred("501 5.5.2 Argument required"),
			ExpnReply:     inferred("502 5.7.0 Sorry, we do not allow this operation"),
			HelpText:      inferred("214-2.0.0 This is sendmail version {version}\n214-2.0.0 Topics:\n214-2.0.0 \tHELO\tEHLO\tMAIL\tRCPT\tDATA\n214-2.0.0 \tRSET\tNOOP\tQUIT\tHELP\tVRFY\n214-2.0.0 \tEXPN\tVERB\tETRN\tDSN\n214 2.0.0 End of HELP info"),
			EtrnKnown:     inferred("250 2.0.0 Queuing for node {arg} started"),
			EtrnUnknown:   seen("458 Node {arg} does not store mail here", "KB252148"),
			EtrnNoArg:     inferred("500 5.5.2 Parameter required"),
			Unknown:       inferred(`500 5.5.1 Command unrecognized: "{line}"`),
			BadSender:     inferred(`501 5.5.2 Syntax error in parameters scanning "{param}"`),
			BadRecipient:  inferred(`501 5.5.2 Syntax error in parameters scanning "{param}"`),
			BadArguments:  inferred("501 5.5.4 {param} parameter unrecognized"),
			NeedHelloText: inferred("503 5.0.0 Polite people say HELO first"),
			NeedMail:      inferred("503 5.0.0 Need MAIL before RCPT"),
			NeedRcpt:      inferred("503 5.0.0 Need RCPT (recipient)"),
			TwiceMail:     inferred("503 5.5.0 Sender already specified"),
			NoRelay:       inferred("550 5.7.1 {addr}... Relaying denied"),
			NoUser:        inferred("550 5.1.1 {addr}... User unknown"),
			TooManyRcpt:   inferred("452 4.5.3 Too many recipients"),
			TooBig:        inferred("552 5.2.3 Message exceeds maximum fixed size"),
			IdleText:      inferred("421 4.4.1 {fqdn} Lost input channel from {peer} [{ip}]"),
			TooManyErrors: inferred("421 4.7.0 {fqdn} Too many bad commands; closing connection"),
		})
	})
}

// strict4xx answers what it does not know as if that would pass: a peer behind Mailguard whose EHLO became XXXX waits and
// tries again for days.
func strict4xx() *ServerProfile {
	return postfix().but(func(p *ServerProfile) {
		p.Name, p.Title = "strict4xx", "a server that answers unknown verbs with a passing error"
		p.Replies = postfixReplies.but(Replies{Unknown: seen("402 4.5.2 Error: command not recognized", "LZEIT")})
	})
}

// commitOnTimeout keeps what it got of a message whose end never came. Its sender has read no answer, so it sends again:
// copies pile up.
func commitOnTimeout() *ServerProfile {
	return postfix().but(func(p *ServerProfile) {
		p.Name, p.Title = "commit-on-timeout", "a server that keeps a message whose end did not come"
		p.CommitOnTimeout = true
	})
}
