package lab

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// ClientProfile is one implementation of a mail client, or of a server that sends, as data. The zero value sends EHLO,
// falls back to HELO where a 5xx refuses that, and sends the message with DATA in one write.
type ClientProfile struct {
	Name  string
	About string // for people
	Voice Voice  // whose words its notices are in

	Hello     HelloRule
	HelloName NameForm
	OnHello   OnHello

	ColonBlank bool // MAIL FROM: <a>
	MailParams MailParams
	RcptParams bool // NOTIFY, where DSN is offered
	Pipeline   Pipeline
	StopAtRcpt bool // one refused recipient ends the mail
	Noop       bool // sends NOOP before a mail

	TLS  TLSRule
	Auth Auth

	OrgMechs []string // of X-EXPS, towards a server of its own organisation; LOGIN needs a user
	OrgAuth  bool     // no mail to such a server without
	Extras   []Extra
	Blunt    bool // uses the extras even where they are not offered, and does not wait for the answer before a blob
	ExchSize int  // octets that follow XEXCH50
	ExchKind int  // its second number

	Transfer Transfer
	EOD      EOD
	Buffer   int // octets of one write of EODArbitrary; 0: 1024
	PIX      PIXWorkaround

	CharMode bool // each key is a write of its own
	Enter    string
	KeyGap   time.Duration // between two keys

	StepTimeout time.Duration // of each wait; 0: 10 minutes
	Retry       Schedule
	Expire      time.Duration // from the first attempt to the non-delivery report; 0: nothing is kept for a second attempt
	DelayNotice time.Duration // to the notice that a message is late; 0: none
	MXFailover  bool          // tries the next host also after a connection was made

	No8Bit     No8Bit
	No8BitText string // of the report, with RefuseBody
}

// HelloRule is how a client chooses its first command.
type HelloRule uint8

// The rules.
const (
	HelloEHLO HelloRule = iota
	HelloHELO
	HelloIfESMTP     // EHLO if the greeting has the word ESMTP, which stars hide
	HelloUnlessStars // EHLO unless the greeting is all 2, 0, blanks and stars
	HelloIfAuth      // EHLO if there is a user to log on, or TLS to ask for
)

// NameForm is what a client calls itself.
type NameForm uint8

// The forms.
const (
	NameFQDN NameForm = iota
	NameNetBIOS
	NameLiteral // [192.0.2.1]
)

// HelloAnswer is what a client does about a reply to EHLO.
type HelloAnswer uint8

// The answers. HelloUsual is, for 2xx, to go on, for 4xx to defer and for 5xx HELO.
const (
	HelloUsual HelloAnswer = iota
	HelloGo
	HelloFallBack
	HelloDefer
	HelloBounce
	HelloQuit // QUIT at once, and never again
)

// OnHello is what a client does about replies to EHLO: a 2xx of one line, as NOOP gets it, a 4xx and a 5xx.
type OnHello struct{ Single, Temporary, Permanent HelloAnswer }

func (o OnHello) to(r Reply) HelloAnswer {
	pick := func(set, usual HelloAnswer) HelloAnswer {
		if set == HelloUsual {
			return usual
		}
		return set
	}
	switch {
	case r.OK() && len(r.Lines) == 1:
		return pick(o.Single, HelloGo)
	case r.OK():
		return HelloGo
	case r.Code/100 == 5:
		return pick(o.Permanent, HelloFallBack)
	}
	return pick(o.Temporary, HelloDefer)
}

// MailParams are the parameters of MAIL that a client sends where the keyword is offered.
type MailParams struct{ Size, Body, Ret bool }

// Pipeline is what a client sends without waiting, where PIPELINING is offered.
type Pipeline uint8

// The groups.
const (
	PipelineNone     Pipeline = iota
	PipelineEnvelope          // MAIL and all RCPT
	PipelineData              // and DATA
	PipelineAll               // and QUIT behind the end of data
)

// TLSRule is whether a client wants TLS.
type TLSRule uint8

// The rules.
const (
	TLSNever TLSRule = iota
	TLSIfOffered
	TLSRequired
)

// AuthRule is when a client with a user logs on.
type AuthRule uint8

// The rules.
const (
	AuthIfOffered AuthRule = iota
	AuthRequired           // no mail without
	AuthBlunt              // whether it is offered or not, and the mail goes whatever the answer is
)

// AuthSeen is which spelling of the EHLO line a client reads.
type AuthSeen uint8

// The spellings: AUTH LOGIN, AUTH=LOGIN, or both.
const (
	AuthSpace AuthSeen = iota
	AuthEquals
	AuthEither
)

// Auth is how a client logs on.
type Auth struct {
	Rule    AuthRule
	Mechs   []string // in the order of its choice; nil: LOGIN
	Initial bool     // the first answer stands on the command line
	Seen    AuthSeen
}

// Extra is a verb of Exchange servers among themselves.
type Extra string

// The verbs.
const (
	XEXPS       Extra = "X-EXPS"
	XLINK2STATE Extra = "X-LINK2STATE"
	XEXCH50     Extra = "XEXCH50"
)

// Transfer is how the message goes.
type Transfer uint8

// The ways.
const (
	TransferDATA      Transfer = iota
	TransferBDAT               // where CHUNKING is offered
	TransferBluntBDAT          // everywhere
)

// EOD is how the end of the data is cut into writes, which are segments on the wire.
type EOD uint8

// The cuts.
const (
	EODJoined     EOD = iota // one write with the message
	EODOwnSegment            // \r\n.\r\n by itself, 5 octets, behind a message that ends in CR LF already
	EODSplitDot              // ...\r\n. and \r\n
	EODArbitrary             // the message with its end in writes of Buffer octets
)

// PIXWorkaround is what Postfix does about a greeting of stars (smtp_pix_workarounds): HELO, which HelloUnlessStars is,
// and the final dot in a segment of its own, after Delay. Messages younger than After are spared the delay.
type PIXWorkaround struct{ Delay, After time.Duration }

// No8Bit is what a client does with an 8-bit message where the peer does not take one.
type No8Bit uint8

// The ways.
const (
	SendAnyway No8Bit = iota
	RefuseBody        // a non-delivery report with No8BitText, which never crosses the wire
	ConvertBody
)

// Schedule is the time from one attempt to the next.
type Schedule struct {
	Steps  []time.Duration // the last one repeats
	Square time.Duration   // attempt n, from 0, comes n*n times this after the first: qmail
}

// After is the time between attempt n, from 1, and the next; 0 when there is none.
func (s Schedule) After(n int) time.Duration {
	switch {
	case s.Square > 0:
		return time.Duration(2*n-1) * s.Square
	case len(s.Steps) > 0:
		return s.Steps[min(n, len(s.Steps))-1]
	}
	return 0
}

func minutes(n ...int) (d []time.Duration) {
	for _, m := range n {
		d = append(d, time.Duration(m)*time.Minute)
	}
	return d
}

const day = 24 * time.Hour

// clientProfiles are all there are. Times between attempts are those of the programs' documents.
var clientProfiles = []ClientProfile{
	ims(ClientProfile{Name: "ex55", About: "Exchange 5.5 Internet Mail Service"}),
	iisSender(ClientProfile{Name: "ex2000", About: "Exchange 2000"}),
	iisSender(ClientProfile{Name: "ex2003", About: "Exchange 2003"}),
	edgeTransport(ClientProfile{Name: "ex2007", About: "Exchange 2007"}),
	edgeTransport(ClientProfile{Name: "ex2010", About: "Exchange 2010"}),
	outlook(ClientProfile{Name: "oe4", About: "Outlook Express 4, which reads AUTH=LOGIN", Voice: VoiceOE, Auth: Auth{Seen: AuthEquals}}),
	outlook(ClientProfile{Name: "oe6", About: "Outlook Express 6", Voice: VoiceOE, Auth: Auth{Seen: AuthEither}}),
	outlook(ClientProfile{Name: "ol2003", About: "Outlook 2003", Voice: VoiceOutlook, Auth: Auth{Seen: AuthEither}}),
	{
		Name: "sendmail", About: "sendmail 8: HELO by itself where stars hide the word ESMTP", Voice: VoiceSendmail,
		Hello: HelloIfESMTP, MailParams: MailParams{Size: true, Body: true}, MXFailover: true, No8Bit: ConvertBody,
		StepTimeout: 10 * time.Minute, Retry: Schedule{Steps: minutes(30)}, Expire: 5 * day, DelayNotice: 4 * time.Hour,
	},
	{
		Name: "qmail", About: "qmail-remote: HELO only, its end of data anywhere in a segment", Voice: VoiceQmail,
		Hello: HelloHELO, OnHello: OnHello{Permanent: HelloBounce}, EOD: EODArbitrary,
		StepTimeout: 20 * time.Minute, Retry: Schedule{Square: 400 * time.Second}, Expire: 7 * day,
	},
	{
		Name: "postfix", About: "Postfix: sees stars, says HELO, delays the final dot", Voice: VoicePostfix,
		Hello: HelloUnlessStars, OnHello: OnHello{Temporary: HelloFallBack}, Pipeline: PipelineAll,
		MailParams: MailParams{Size: true, Body: true}, MXFailover: true, No8Bit: ConvertBody,
		// smtp_pix_workaround_threshold_time is 500 s by default; the lab's host has it at 0, so that the first attempt
		// shows what it does.
		PIX:         PIXWorkaround{Delay: 10 * time.Second},
		StepTimeout: 5 * time.Minute, Expire: 5 * day,
		Retry: Schedule{Steps: []time.Duration{300e9, 300e9, 600e9, 1200e9, 2400e9, 4000e9}}, // minimal_ and maximal_backoff_time
	},
	{
		Name: "exim", About: "Exim 4: EHLO always, HELO after 5xx", Voice: VoiceExim,
		Pipeline: PipelineData, MailParams: MailParams{Size: true}, MXFailover: true,
		StepTimeout: 5 * time.Minute, Expire: 4 * day, DelayNotice: day,
		Retry: Schedule{Steps: minutes(15, 15, 15, 15, 15, 15, 15, 15, 60, 90, 135, 202, 304, 360)}, // F,2h,15m; G,16h,1h,1.5; F,4d,6h
	},
	{
		Name: "bot-nofallback", About: "a program that says EHLO and, where that is refused, QUIT",
		HelloName: NameNetBIOS, OnHello: OnHello{Temporary: HelloQuit, Permanent: HelloQuit}, StepTimeout: 30 * time.Second,
	},
	{
		Name: "tls-required", About: "a sender that demands STARTTLS", Voice: VoicePostfix,
		TLS: TLSRequired, MailParams: MailParams{Size: true, Body: true}, Pipeline: PipelineAll, MXFailover: true,
		StepTimeout: 5 * time.Minute, Retry: Schedule{Steps: []time.Duration{300e9, 300e9, 600e9, 1200e9, 2400e9, 4000e9}}, Expire: 5 * day,
	},
	{
		Name: "split-dot", About: "a sender whose final dot and its CR LF are two segments",
		EOD: EODSplitDot, Retry: Schedule{Steps: minutes(15, 30, 60, 240)}, Expire: 2 * day,
	},
	{
		Name: "noop-first", About: "a sender that says NOOP before a mail", Noop: true,
		Retry: Schedule{Steps: minutes(15, 30, 60, 240)}, Expire: 2 * day,
	},
	{
		Name: "blunt-bdat", About: "a sender that uses BDAT whether CHUNKING is offered or not", Transfer: TransferBluntBDAT,
		Retry: Schedule{Steps: minutes(15, 30, 60, 240)}, Expire: 2 * day,
	},
	iisSender(ClientProfile{Name: "blunt-xlink", About: "Exchange that sends X-LINK2STATE whether it is offered or not",
		Extras: []Extra{XLINK2STATE}, Blunt: true}),
	iisSender(ClientProfile{Name: "blunt-xexch50", About: "Exchange that sends XEXCH50 and its octets whatever the answer is",
		Extras: []Extra{XEXCH50}, Blunt: true}),
	{Name: "telnet-line", About: "telnet of Unix: a line is a segment", Enter: "\r\n"},
	{Name: "telnet-char", About: "telnet.exe of Windows: a key is a segment", CharMode: true, Enter: "\r\n", KeyGap: 120 * time.Millisecond},
	{Name: "telnet-charnul", About: "telnet of BSD in character mode: a key is a segment, Enter is CR NUL", CharMode: true,
		Enter: "\r\x00", KeyGap: 120 * time.Millisecond},
}

// ims is the Internet Mail Service of Exchange 5.5.
func ims(p ClientProfile) ClientProfile {
	p.Voice = VoiceIMS
	p.MailParams, p.RcptParams = MailParams{Size: true, Ret: true}, true // KB 262945
	p.Retry, p.Expire = Schedule{Steps: minutes(15, 30, 60, 240)}, 2*day // KB 146669, KB 156063
	p.Auth.Rule = AuthRequired
	p.No8Bit, p.No8BitText = RefuseBody, "500 Host does not support 8bitmime"
	return p
}

// iisSender is the SMTP service of Windows 2000 and 2003 with Exchange. unverified: HELO after a 5xx, and that it goes on
// after an EHLO reply of one line.
func iisSender(p ClientProfile) ClientProfile {
	p.Voice = VoiceIIS
	p.MailParams, p.Pipeline = MailParams{Size: true, Body: true}, PipelineEnvelope
	p.OrgMechs = []string{"GSSAPI", "LOGIN"}
	if p.Extras == nil {
		p.Extras = []Extra{XEXPS, XLINK2STATE, XEXCH50}
	}
	p.ExchSize, p.ExchKind = 1028, 2
	p.Transfer, p.MXFailover = TransferBDAT, true
	p.Retry, p.Expire, p.DelayNotice = Schedule{Steps: minutes(15, 30, 60, 240)}, 2*day, 12*time.Hour
	p.No8Bit, p.No8BitText = RefuseBody, "554 5.6.1 Body type not supported by Remote Host"
	return p
}

// edgeTransport is Exchange 2007 and 2010. unverified: as iisSender; that TLS is used where it is offered.
func edgeTransport(p ClientProfile) ClientProfile {
	p.Voice = VoiceEdge
	p.MailParams, p.Pipeline = MailParams{Size: true, Body: true, Ret: true}, PipelineEnvelope
	p.OrgMechs, p.OrgAuth = []string{"GSSAPI", "LOGIN"}, true
	p.TLS = TLSIfOffered
	p.Extras, p.ExchSize, p.ExchKind = []Extra{XEXPS, XEXCH50}, 1028, 2
	p.Transfer, p.MXFailover, p.No8Bit = TransferBDAT, true, ConvertBody
	p.Retry = Schedule{Steps: minutes(1, 1, 1, 1, 5, 5, 5, 5, 5, 5, 10)}
	p.Expire, p.DelayNotice = 2*day, 4*time.Hour
	return p
}

// outlook is what Outlook and Outlook Express have in common. unverified: HELO where nobody logs on, and after a 5xx.
func outlook(p ClientProfile) ClientProfile {
	p.Hello, p.HelloName, p.ColonBlank = HelloIfAuth, NameNetBIOS, true
	p.StopAtRcpt, p.EOD = true, EODOwnSegment
	p.StepTimeout = time.Minute
	return p
}

// Clients are the names of the profiles.
func Clients() (names []string) {
	for _, p := range clientProfiles {
		names = append(names, p.Name)
	}
	return names
}

// FindClient is the profile of a name. Its error lists the names.
func FindClient(name string) (ClientProfile, error) {
	i := slices.IndexFunc(clientProfiles, func(p ClientProfile) bool { return p.Name == name })
	if i < 0 {
		return ClientProfile{}, fmt.Errorf("no mail client %q: there are %s", name, strings.Join(Clients(), ", "))
	}
	return clientProfiles[i], nil
}
