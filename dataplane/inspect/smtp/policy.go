package smtp

import (
	"strconv"
	"strings"
)

// Policy is what a policy-map of type inspect esmtp adds to a profile of 7.2 and later. It is not changed after it was
// handed to New; many sessions share one.
type Policy struct {
	Name        string
	MaskBanner  bool
	AllowTLS    bool
	AllowTLSLog bool      // allow-tls action log: EventTLS is raised
	MailRelay   Relay     // recipients outside a domain
	Special     Parameter // special-character: an address with a character that is not allowed
	Matches     []Rule    // in the order of the map; at most 64 are looked at
}

// Action is what a match does to the connection or to the bytes, beside its log.
type Action uint8

const (
	ActionNone  Action = iota // log only
	ActionDrop                // drop-connection
	ActionReset               // reset
	ActionMask                // mask; only for MatchVerb and MatchEHLO
	ActionRate                // rate-limit; only for MatchVerb
)

// Parameter is a parameters line that has an action; the zero value is its `no` form.
type Parameter struct {
	On     bool
	Action Action // ActionNone or ActionDrop
	Log    bool
}

// Relay is mail-relay. Recipients whose domain is not Domain are relayed ones.
// unverified: the guides name the domain and the action only.
type Relay struct {
	Domain string
	Parameter
}

// Match names what a Rule looks at.
type Match uint8

const (
	MatchLine        Match = iota + 1 // cmd line length gt Limit, octets with the line end
	MatchVerb                         // cmd verb Words; UNKNOWN stands for every verb that the profile refuses
	MatchRCPT                         // cmd RCPT count gt Limit, in one transaction
	MatchEHLO                         // ehlo-reply-parameter Words; OTHERS stands for what the profile does not know
	MatchBody                         // body length gt Limit, octets
	MatchBodyLine                     // body line length gt Limit, octets without the line end (RFC 5322 2.1.1)
	MatchHeader                       // header length gt Limit, octets
	MatchHeaderLine                   // header line length gt Limit, octets without the line end
	MatchTo                           // header to-fields count gt Limit
	MatchInvalid                      // invalid-recipients count gt Limit: 5xx replies to RCPT in one transaction
	MatchFiletype                     // MIME filetype Regex: media type or file name of a part
	MatchFilename                     // MIME filename length gt Limit
	MatchEncoding                     // MIME encoding Words
	MatchSenderRegex                  // sender-address Regex
	MatchSenderLen                    // sender-address length gt Limit, octets between the brackets
)

// Sets of Match, by what has to be read for them.
const (
	matchCount    = int(MatchSenderLen) + 1
	partMatches   = 1<<MatchFiletype | 1<<MatchFilename | 1<<MatchEncoding
	fieldMatches  = 1<<MatchTo | partMatches
	dataMatches   = 1<<MatchBody | 1<<MatchBodyLine | 1<<MatchHeader | 1<<MatchHeaderLine | fieldMatches
	senderMatches = 1<<MatchSenderRegex | 1<<MatchSenderLen
	maxRules      = 64
)

// A Matcher is a compiled regular expression or class of them; *regexp.Regexp is one.
type Matcher interface{ Match(b []byte) bool }

// Rule is one match line of a policy-map with its actions.
type Rule struct {
	Match   Match
	Not     bool     // the match line has `not`: the condition is the other way round
	Limit   int      // of the gt forms
	Words   []string // upper case: verbs, EHLO keywords as on the wire, MIME encodings
	Regex   Matcher  // of the regex forms
	Pattern string   // how Text words Regex: "regex NAME" or "regex class NAME"
	Action  Action
	Log     bool
	Rate    int // messages a second, with ActionRate
}

var matchText = [matchCount]string{
	MatchLine: "cmd line length gt ", MatchVerb: "cmd verb ", MatchRCPT: "cmd RCPT count gt ",
	MatchEHLO: "ehlo-reply-parameter ", MatchBody: "body length gt ", MatchBodyLine: "body line length gt ",
	MatchHeader: "header length gt ", MatchHeaderLine: "header line length gt ", MatchTo: "header to-fields count gt ",
	MatchInvalid: "invalid-recipients count gt ", MatchFiletype: "MIME filetype ", MatchFilename: "MIME filename length gt ",
	MatchEncoding: "MIME encoding ", MatchSenderRegex: "sender-address ", MatchSenderLen: "sender-address length gt ",
}

// Text is the match line without the word match, as show service-policy and message 108004 print it:
// "header line length gt 998".
func (r *Rule) Text() string {
	if int(r.Match) >= matchCount || r.Match == 0 {
		return ""
	}
	t := matchText[r.Match]
	if r.Not {
		t = "not " + t
	}
	switch r.Match {
	case MatchVerb:
		return t + strings.Join(r.Words, " ")
	case MatchEHLO, MatchEncoding:
		return t + strings.Join(r.lowerWords(), " ")
	case MatchFiletype, MatchSenderRegex:
		return t + r.Pattern
	}
	return t + strconv.Itoa(r.Limit)
}

func (r *Rule) lowerWords() []string {
	words := make([]string, len(r.Words))
	for i, w := range r.Words {
		words[i] = strings.ToLower(w)
		if w == "ENHANCEDSTATUSCODES" {
			words[i] = "ecode" // the command line's name for it
		}
	}
	return words
}

// DefaultPolicy is _default_esmtp_map of a release (Cisco ASA firewall configuration guide, defaults for ESMTP
// inspection). The caller owns it.
func DefaultPolicy(p *Profile) *Policy {
	return &Policy{
		Name:       "_default_esmtp_map",
		MaskBanner: true,
		AllowTLS:   p.AllowTLS,
		Matches: []Rule{
			{Match: MatchLine, Limit: 512, Action: ActionDrop, Log: true},
			{Match: MatchRCPT, Limit: 100, Action: ActionDrop, Log: true},
			{Match: MatchBodyLine, Limit: 998, Log: true},
			{Match: MatchHeaderLine, Limit: 998, Action: ActionDrop, Log: true},
			{Match: MatchSenderLen, Limit: 320, Action: ActionDrop, Log: true},
			{Match: MatchFilename, Limit: 255, Action: ActionDrop, Log: true},
			{Match: MatchEHLO, Words: []string{"OTHERS"}, Action: ActionMask},
		},
	}
}

// The two default maps there are, shared by the sessions that New is given none for. Never written to.
var (
	defaultPolicy    = DefaultPolicy(&Profile{})
	defaultPolicyTLS = DefaultPolicy(&Profile{AllowTLS: true})
)
