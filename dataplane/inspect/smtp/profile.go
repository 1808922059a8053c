package smtp

// Reject says what happens to a command whose verb is not allowed.
type Reject uint8

const (
	RejectMask   Reject = iota // overwritten with X, the server answers 5xx (5.1 and later)
	RejectNoop                 // overwritten with NOOP and blanks, the server answers 250 (4.2 to 5.0)
	RejectAnswer               // swallowed, the firewall answers 250 OK itself (4.0 and 4.1)
)

// Banner says how the 220 greeting of the server is rewritten.
type Banner uint8

const (
	BannerKeep20    Banner = iota // stars except '2', '0' and the blank of "0 " (5.1 and later)
	BannerStars                   // every character of the text a star (4.4, 5.0; a field capture of 8.x)
	BannerCmapKB                  // "SMTP/cmap____ read", as KB 320027 prints it (4.0 to 4.2)
	BannerCmapRecog               // "SMTP/cmap ready____", as scanners know it (option of 4.0 to 4.2)
	BannerPass                    // untouched
)

// Part says what happens to an incomplete last line of a segment while commands are read.
type Part uint8

const (
	PartWithhold Part = iota // not forwarded, not acknowledged (up to 6.3)
	PartMask                 // an allowed verb and a blank pass and own the line, anything else becomes X (7.0 and later)
)

// Flaws is a set of historic defects; the zero value has none.
type Flaws uint16

const (
	FlawDataBypass  Flaws = 1 << iota // CVE-2000-1022, CSCdr91002, CSCds30699: DATA state entered before the 354
	FlawDataRegress                   // CSCdu47003: the bypass again in 5.2(4), 5.2(5), 6.0(1)
	FlawEODWithhold                   // CSCds90792: CR LF . CR LF split over segments is withheld
	FlawEODReset                      // CSCds90792 as MessageLabs saw it: the connection is reset
	FlawEODEatReply                   // CSCds90792, third variant: the 250 is dropped
	FlawNoopDesync                    // CSCdk46673: after a NOOP parts of the mail become X (4.2(2))
	FlawDupHeader                     // before 7.2(3): a repeated header ends the connection
)

// Profile is the engine of one software release, as data. A Profile is not changed after it was handed to New.
type Profile struct {
	Name       string   // for diagnostics: "4.1", "6.3", "esmtp 8.2"
	Verbs      []string // allowed verbs, upper case
	Extensions []string // EHLO keywords that are shown, upper case; used only when ESMTP
	ESMTP      bool     // EHLO replies are read and masked
	Reject     Reject
	WholeLine  bool // a refused line is overwritten whole, not only its verb (7.0 and later)
	Banner     Banner
	Part       Part
	Addresses  bool // MAIL and RCPT arguments are checked for | < > (4.4 and later)
	Maps       bool // understands a Policy; without one DefaultPolicy applies (7.2 and later)
	AllowTLS   bool // what DefaultPolicy says of allow-tls
	Flaws      Flaws
}

// Policy is what a policy-map adds to a profile of 7.2 and later.
type Policy struct {
	Name        string
	MaskBanner  bool
	AllowTLS    bool
	AllowTLSLog bool
	Matches     []Rule
}

// Rule is one match line of a policy-map with its actions.
type Rule struct{}
