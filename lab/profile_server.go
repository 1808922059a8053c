package lab

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// ServerProfile is a mail server as data: what MailServer and POP3Server play.
type ServerProfile struct {
	Name    string
	Title   string // one line, for people
	Version string // {version}

	DateLayout string        // {date}
	GreetDelay time.Duration // before the greeting
	Ident      time.Duration // how long the greeting waits for the client's answer on TCP 113; 0: it is not asked

	Caps    []Cap    // of the EHLO reply, in order and spelling
	Verbs   []string // those it knows; the others get Unknown
	Replies Replies

	NeedHello   bool // before MAIL and AUTH
	StrictHello bool // the name in EHLO must be a domain name or an address literal
	HelloResets bool // EHLO and HELO end the mail transaction

	Mechs          []Mech
	BasicAuth      bool // mechanisms that show the password are offered and taken
	NeedAuth       bool // before MAIL
	XEXCH50Auth    bool // before XEXCH50 (MS03-046)
	Link2StateAuth bool // before X-LINK2STATE
	SenderCheck    bool // who has logged on may only send as himself
	GuestsRelay    bool // strangers may send anywhere: an open relay
	NobodyRelays   bool // not even those who have logged on
	RelayNets      []netip.Prefix
	Directory      bool // recipients at home must be users

	Cert       bool // the server's certificate is used, if it has one
	Body       Body
	MailParams []string // of MAIL, besides SIZE and BODY
	RcptParams []string

	SizeMax   int // octets of a message; 0: no limit but maxMessage
	RcptMax   int
	DropExtra bool // recipients beyond RcptMax get a good answer and nothing else
	LineMax   int  // octets of a command line

	LoneLF bool // LF without CR ends a line too
	CRNUL  bool // CR NUL does, as telnet sends it (RFC 854)

	MaxPerSource int // connections of one client's address; 0: any number

	Idle            time.Duration
	CommitOnTimeout bool // keeps what came of a message whose end never did

	MaxErrors int           // refused commands; 0: any number
	Tarpit    time.Duration // before each refusal

	KeepHeaders []string // of a message; others are taken out. nil: all are kept
	Received    Text     // the header that it adds; Say is empty where it adds none

	Log    LogFormat
	Events []EventRule
	POP3   POP3Profile
}

// Text is what a server says, and how well we know that. Words in braces stand for what is known when it is said.
type Text struct {
	Say  string
	Mark Mark
	From string // sources
}

// Mark is how well a text is known.
type Mark uint8

const (
	Inferred Mark = iota // deduced, or recalled without a source
	Mimic                // taken from a program that imitates the product
	Seen                 // read in a source
	Own                  // the lab's own: no product has it
)

func (m Mark) String() string { return [...]string{"inferred", "mimic", "seen", "own"}[m] }

func seen(say, from string) Text  { return Text{say, Seen, from} }
func mimic(say, from string) Text { return Text{say, Mimic, from} }
func inferred(say string) Text    { return Text{say, Inferred, ""} }
func own(say string) Text         { return Text{say, Own, ""} }

// ReplyKey names a reply.
type ReplyKey string

// The replies of a server. A reply of several lines has \n between them and all its hyphens.
const (
	Greeting      ReplyKey = "greeting"
	Helo          ReplyKey = "helo"
	Ehlo          ReplyKey = "ehlo" // the first line, without code: the capabilities follow
	BadHello      ReplyKey = "bad-hello"
	MailOK        ReplyKey = "mail"
	MailSizeOK    ReplyKey = "mail-size" // to a MAIL with SIZE
	RcptOK        ReplyKey = "rcpt"
	DataGo        ReplyKey = "data"
	Queued        ReplyKey = "queued" // end of data, last chunk
	ChunkOK       ReplyKey = "chunk"
	RsetOK        ReplyKey = "rset"
	NoopOK        ReplyKey = "noop"
	Bye           ReplyKey = "quit"
	VrfyOK        ReplyKey = "vrfy"
	VrfyNoArg     ReplyKey = "vrfy-noarg"
	ExpnReply     ReplyKey = "expn"
	HelpText      ReplyKey = "help"
	TurnNoAuth    ReplyKey = "turn-noauth"
	TurnEmpty     ReplyKey = "turn-empty"
	EtrnKnown     ReplyKey = "etrn"
	EtrnUnknown   ReplyKey = "etrn-unknown"
	EtrnNoArg     ReplyKey = "etrn-noarg"
	Unknown       ReplyKey = "unknown"
	BadSender     ReplyKey = "bad-sender"
	BadRecipient  ReplyKey = "bad-recipient"
	BadArguments  ReplyKey = "bad-arguments"
	NeedHelloText ReplyKey = "need-hello"
	NeedMail      ReplyKey = "need-mail"
	NeedRcpt      ReplyKey = "need-rcpt"
	TwiceMail     ReplyKey = "twice-mail"
	NeedBdat      ReplyKey = "need-bdat"
	NeedAuthText  ReplyKey = "need-auth"
	NoRelay       ReplyKey = "relay"
	NoUser        ReplyKey = "no-user"
	TooManyRcpt   ReplyKey = "too-many-recipients"
	TooBig        ReplyKey = "too-big"
	NoStorage     ReplyKey = "no-storage"
	NotYou        ReplyKey = "not-you" // SenderCheck, after the message
	TLSGo         ReplyKey = "starttls"
	TLSActive     ReplyKey = "tls-active"
	NoCert        ReplyKey = "no-cert" // empty: as Unknown
	IdleText      ReplyKey = "idle"    // empty: it just closes
	LineTooLong   ReplyKey = "line-too-long"
	Busy          ReplyKey = "busy"
	TooManyFrom   ReplyKey = "too-many-connections" // of one client: MaxPerSource
	TooManyErrors ReplyKey = "too-many-errors"
	AfterRefusal  ReplyKey = "after-refusal" // to all but QUIT once a recipient was refused; empty: no such rule
	AuthCancelled ReplyKey = "auth-cancelled"
	AuthUnknown   ReplyKey = "auth-unknown"
	AuthSequence  ReplyKey = "auth-sequence"
	AuthSyntax    ReplyKey = "auth-syntax"
	AuthTooLong   ReplyKey = "auth-too-long"
	AuthFailed    ReplyKey = "auth-failed" // the mechanism's own text; events look at it
	XEXCH50Go     ReplyKey = "xexch50"
	XEXCH50OK     ReplyKey = "xexch50-ok"
	XEXCH50NoAuth ReplyKey = "xexch50-noauth"
	XEXCH50Bad    ReplyKey = "xexch50-bad"
	LinkDone      ReplyKey = "link2state"
	LinkMore      ReplyKey = "link2state-more"
	LinkNoAuth    ReplyKey = "link2state-noauth"
	LinkBad       ReplyKey = "link2state-bad"
)

// Replies are the texts by key.
type Replies map[ReplyKey]Text

// but are the same texts with changes.
func (r Replies) but(changes Replies) Replies {
	all := maps.Clone(r)
	maps.Copy(all, changes)
	return all
}

// Cap is a line of the EHLO reply and when it is there. One whose first word is a verb, or a transfer that the server is
// not capable of, is left out by itself.
type Cap struct {
	Text string
	When When
}

// When is a condition; several must all hold.
type When uint8

const (
	WithCert  When = 1 << iota // there is a certificate, and TLS has not begun
	WithTLS                    // TLS is active
	WithBasic                  // BasicAuth
	WithAuth                   // somebody has logged on
)

// caps are lines without a condition, separated by |.
func caps(list string) (all []Cap) {
	for _, text := range strings.Split(list, "|") {
		all = append(all, Cap{Text: strings.TrimSpace(text)})
	}
	return all
}

// when gives a condition to the lines that begin with one of the words.
func when(cond When, all []Cap, words ...string) []Cap {
	for i, c := range all {
		if slices.Contains(words, strings.Fields(c.Text)[0]) {
			all[i].When |= cond
		}
	}
	return all
}

// Mech is an AUTH mechanism, for AUTH and X-EXPS alike.
type Mech struct {
	Name    string
	Hidden  bool // taken though {mechs} does not list it
	Basic   bool // shows the password: only with BasicAuth
	Initial bool // the client's first token may stand on the AUTH line
	Ask     Text // before the client's first token, 334 included; empty: the mechanism's own challenge
	OK      Text
	Fail    Text
}

// Body is what a message may consist of.
type Body uint8

const (
	Body7Bit Body = iota
	Body8Bit
	BodyBinary
)

// POP3Profile is a POP3 service. Texts are what follows +OK or -ERR and the blank.
type POP3Profile struct {
	Version string // {version}

	Greeting Text
	PassOK   Text
	PassBad  Text
	Bye      Text
	BadVerb  Text
	CapaHead Text
	Capa     []string // nil: CAPA is no command
	AuthHead Text     // of AUTH without a mechanism
	NTLM     bool     // AUTH NTLM
	Events   []EventRule
}

// Clone is a copy that may be changed.
func (p *ServerProfile) Clone() *ServerProfile {
	c := *p
	c.Caps, c.Verbs, c.Mechs = slices.Clone(p.Caps), slices.Clone(p.Verbs), slices.Clone(p.Mechs)
	c.Replies = maps.Clone(p.Replies)
	c.MailParams, c.RcptParams = slices.Clone(p.MailParams), slices.Clone(p.RcptParams)
	c.RelayNets, c.KeepHeaders = slices.Clone(p.RelayNets), slices.Clone(p.KeepHeaders)
	return &c
}

// but is a clone with changes.
func (p *ServerProfile) but(change func(*ServerProfile)) *ServerProfile {
	c := p.Clone()
	change(c)
	return c
}

// DefaultServerProfile is the name of the one that a lab plays unless told otherwise.
const DefaultServerProfile = "lab"

// ServerProfiles are all there are, the lab's own first. They are the caller's.
func ServerProfiles() []*ServerProfile {
	all := []*ServerProfile{
		labServer(),
		ex50(), ex55(), ex55tls(),
		iis5(), iis6(), ex2000(), ex2003(),
		ex2007(), ex2010(), ex2010edge(),
		postfix(), sendmail(),
		strict4xx(), commitOnTimeout(),
		wgProxy(), fw1Proxy(), raptorProxy(),
	}
	for i, p := range all {
		all[i] = p.Clone() // families share their texts
	}
	return all
}

// ServerProfileNames are the names of all of them.
func ServerProfileNames() (names []string) {
	for _, p := range ServerProfiles() {
		names = append(names, p.Name)
	}
	return names
}

// FindServerProfile is the one with a name, and the caller's. Its error lists the names there are.
func FindServerProfile(name string) (*ServerProfile, error) {
	for _, p := range ServerProfiles() {
		if p.Name == name {
			return p, nil
		}
	}
	return nil, fmt.Errorf("no mail server profile %q: there are %s", name, strings.Join(ServerProfileNames(), ", "))
}

// expand puts what is known into a text. Values are not looked into again: they come from the network.
func expand(text string, value func(name string) (string, bool)) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		if v, known := value(name); closed && known {
			b.WriteString(v)
			text = after
			continue
		}
		b.WriteByte('{') // X-LINK2STATE has braces of its own
		text = rest
	}
}
