package lab

import (
	"slices"
	"time"
)

// The SMTP proxies of other firewalls, which the article names beside Mailguard. Each profile is the proxy and the server
// behind it in one: what the proxy does not let through it answers itself, what it does let through it takes. That is how
// they look from outside: none shows the greeting of the server behind.

// rfc821Replies are the RFC's own words, for what nothing is known of.
var rfc821Replies = Replies{
	Greeting:      inferred("220 {fqdn} Service ready"),
	Helo:          inferred("250 {fqdn}"),
	Ehlo:          inferred("{fqdn}"),
	BadHello:      inferred("501 Syntax error in parameters or arguments"),
	MailOK:        inferred("250 Requested mail action okay, completed"),
	MailSizeOK:    inferred("250 Requested mail action okay, completed"),
	RcptOK:        inferred("250 Requested mail action okay, completed"),
	DataGo:        inferred("354 Start mail input; end with <CRLF>.<CRLF>"),
	Queued:        inferred("250 Requested mail action okay, completed"),
	ChunkOK:       inferred("250 Requested mail action okay, completed"),
	RsetOK:        inferred("250 Requested mail action okay, completed"),
	NoopOK:        inferred("250 Requested mail action okay, completed"),
	Bye:           inferred("221 Service closing transmission channel"),
	VrfyOK:        inferred("252 Cannot VRFY user"),
	VrfyNoArg:     inferred("501 Syntax error in parameters or arguments"),
	ExpnReply:     inferred("502 Command not implemented"),
	HelpText:      inferred("214 Help message"),
	TurnNoAuth:    inferred("502 Command not implemented"),
	TurnEmpty:     inferred("502 Command not implemented"),
	EtrnKnown:     inferred("502 Command not implemented"),
	EtrnUnknown:   inferred("502 Command not implemented"),
	EtrnNoArg:     inferred("502 Command not implemented"),
	Unknown:       inferred("500 Syntax error, command unrecognized"),
	BadSender:     inferred("501 Syntax error in parameters or arguments"),
	BadRecipient:  inferred("501 Syntax error in parameters or arguments"),
	BadArguments:  inferred("501 Syntax error in parameters or arguments"),
	NeedHelloText: inferred("503 Bad sequence of commands"),
	NeedMail:      inferred("503 Bad sequence of commands"),
	NeedRcpt:      inferred("503 Bad sequence of commands"),
	TwiceMail:     inferred("503 Bad sequence of commands"),
	NeedBdat:      inferred("503 Bad sequence of commands"),
	NeedAuthText:  inferred("530 Authentication required"),
	NoRelay:       inferred("550 Requested action not taken: mailbox unavailable"),
	NoUser:        inferred("550 Requested action not taken: mailbox unavailable"),
	TooManyRcpt:   inferred("452 Requested action not taken: insufficient system storage"),
	TooBig:        inferred("552 Requested mail action aborted: exceeded storage allocation"),
	NoStorage:     inferred("452 Requested action not taken: insufficient system storage"),
	NotYou:        inferred("553 Requested action not taken: mailbox name not allowed"),
	TLSGo:         inferred("220 Ready to start TLS"),
	TLSActive:     inferred("503 Bad sequence of commands"),
	NoCert:        inferred(""),
	IdleText:      inferred("421 Service not available, closing transmission channel"),
	LineTooLong:   inferred("500 Line too long"),
	Busy:          inferred("421 Service not available, closing transmission channel"),
	TooManyFrom:   inferred("421 Service not available, closing transmission channel"),
	TooManyErrors: inferred("421 Service not available, closing transmission channel"),
	AfterRefusal:  inferred(""),
	AuthCancelled: inferred("501 Authentication cancelled"),
	AuthUnknown:   inferred("504 Command parameter not implemented"),
	AuthSequence:  inferred("503 Bad sequence of commands"),
	AuthSyntax:    inferred("501 Syntax error in parameters or arguments"),
	AuthTooLong:   inferred("500 Line too long"),
	XEXCH50Go:     inferred("502 Command not implemented"),
	XEXCH50OK:     inferred("502 Command not implemented"),
	XEXCH50NoAuth: inferred("502 Command not implemented"),
	XEXCH50Bad:    inferred("502 Command not implemented"),
	LinkDone:      inferred("502 Command not implemented"),
	LinkMore:      inferred("502 Command not implemented"),
	LinkNoAuth:    inferred("502 Command not implemented"),
	LinkBad:       inferred("502 Command not implemented"),
}

// knownHeaders are the header fields of RFC 822 and MIME.
// unverified: the list of headers that the Firebox keeps; that it removes others is seen.
var knownHeaders = []string{
	"Return-Path", "Received", "Date", "From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Message-ID", "In-Reply-To", "References",
	"Keywords", "Subject", "Comments", "Encrypted", "Resent-Date", "Resent-From", "Resent-Sender", "Resent-To", "Resent-Cc",
	"Resent-Bcc", "Resent-Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Content-ID",
	"Content-Description", "Content-Disposition",
}

func wgProxy() *ServerProfile {
	ok, fail := inferred("235 Authentication successful"), inferred("535 Authentication failed")
	return &ServerProfile{
		Name: "wg-proxy", Title: "WatchGuard Firebox SMTP proxy and what is behind it", DateLayout: "Mon, 2 Jan 2006 15:04:05 -0700",
		Verbs: []string{"HELO", "EHLO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT", "HELP", "VRFY", "EXPN", "AUTH"},
		// unverified: what the Firebox leaves of a server's list. NTLM, GSSAPI and X-EXPS are not among the defaults (WG70).
		Caps: when(WithBasic, caps("SIZE {size} | 8BITMIME | AUTH {mechs}"), "AUTH"),
		Replies: rfc821Replies.but(Replies{
			Greeting: seen("220 SMTP service ready", "NMAP"),
			HelpText: seen("214-Commands:\n214-\tDATA\tRCPT\tMAIL\tQUIT\tRSET\n214 \tHELO\tVRFY\tEXPN\tHELP\tNOOP", "NMAP"),
			NoRelay:  seen("550 Requested action not taken: mailbox unavailable", "KB305007"),
		}),
		Mechs: []Mech{
			{Name: "PLAIN", Basic: true, Initial: true, OK: ok, Fail: fail},
			{Name: "LOGIN", Basic: true, Initial: true, OK: ok, Fail: fail},
		},
		BasicAuth: true,
		Body:      Body8Bit,
		SizeMax:   10 << 20, RcptMax: 99, DropExtra: true, LineMax: 1000, // unverified: the limits of the Firebox
		Idle:        10 * time.Minute, // Fireware
		KeepHeaders: slices.Clone(knownHeaders),
		Log:         LogPlain,
		POP3:        unixPOP3,
	}
}

func fw1Proxy() *ServerProfile {
	return &ServerProfile{
		Name: "fw1-proxy", Title: "Check Point FireWall-1 SMTP security server, which stores mail before it sends it on", DateLayout: "Mon, 2 Jan 2006 15:04:05 -0700",
		Verbs: []string{"HELO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT", "HELP", "?"},
		Replies: rfc821Replies.but(Replies{
			Greeting: seen("220 CheckPoint FireWall-1 secure SMTP server", "RECOG, NMAP"),
			NoopOK:   seen("220 OK", "RECOG"), // the wrong code is how scanners know it
		}),
		SizeMax: 10 << 20, RcptMax: 100, LineMax: 1000, // unverified: the limits of FireWall-1
		Idle: 10 * time.Minute, // unverified: that FireWall-1 waits so long
		Log:  LogPlain,
		POP3: unixPOP3,
	}
}

func raptorProxy() *ServerProfile {
	return &ServerProfile{
		Name: "raptor-proxy", Title: "Raptor firewall smtpd and what is behind it", DateLayout: "Mon, 2 Jan 2006 15:04:05 -0700",
		Verbs: []string{"HELO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT", "HELP"},
		Replies: rfc821Replies.but(Replies{
			Greeting:     seen("220 {fqdn} Generic SMTP handler", "KB245787, NMAP, RECOG"),
			Helo:         seen("250 {fqdn} talking to {helo} ([{ip}])", "KB245787"),
			MailOK:       seen("250 <{addr}>: Sender Ok", "KB245787"),
			RcptOK:       inferred("250 <{addr}>: Recipient Ok"),
			NoRelay:      seen("550 Domain invalid", "KB245787"),
			Bye:          seen("221 {fqdn} closing connection. Goodbye!", "KB245787"),
			HelpText:     seen("214 Help not supported by this implementation", "NMAP"),
			Unknown:      seen("500 Command unrecognized", "KB245787"), // the words of KB 320027
			AfterRefusal: seen("503 5.5.0 Not accepting any command except QUIT", "RECOG"),
		}),
		NobodyRelays: true,
		SizeMax:      10 << 20, RcptMax: 100, LineMax: 1000, // unverified: the limits of Raptor
		Idle: 10 * time.Minute, // unverified: that Raptor waits so long
		Log:  LogPlain,
		POP3: unixPOP3,
	}
}
