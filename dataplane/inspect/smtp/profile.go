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
	FlawDataBypass      Flaws = 1 << iota // CVE-2000-1022, CSCdr91002, CSCds30699: DATA state entered before the 354
	FlawDataRegress                       // CSCdu47003: the bypass again in 5.2(4), 5.2(5), 6.0(1). unverified: by the same sequence
	FlawEODWithhold                       // CSCds90792: CR LF . CR LF split over segments is withheld
	FlawEODReset                          // CSCds90792 as MessageLabs saw it: the connection is reset
	FlawEODEatReply                       // CSCds90792, third variant: the 250 is dropped
	FlawNoopDesync                        // CSCdk46673: after a NOOP parts of the mail become X (4.2(2))
	FlawDupHeader                         // before 7.2(3): a repeated header ends the connection
	FlawEODSegmentStart                   // a segment of DATA that begins with . CR LF ends it, wherever the line began
)

// bypass are the flaws that enter DATA with the client's DATA.
const bypass = FlawDataBypass | FlawDataRegress

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

// The sets of verbs and of EHLO keywords that the releases share. They are data: nobody writes to them.
var (
	// SevenVerbs is the minimum of RFC 821 4.5.1, all that passes up to 6.3 (KB 320027).
	SevenVerbs = []string{"HELO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT"}

	// FifteenVerbs is what inspect esmtp lets through (Cisco ASA configuration guide, ESMTP inspection). STARTTLS is
	// added by allow-tls, not by a list.
	FifteenVerbs = []string{
		"AUTH", "DATA", "EHLO", "ETRN", "HELO", "HELP", "MAIL", "NOOP", "QUIT", "RCPT", "RSET", "SAML", "SEND", "SOML", "VRFY",
	}

	// KnownExtensions are the EHLO keywords that inspect esmtp shows: everything else is `others`. VRFY and AUTH=LOGIN are
	// masked in the one byte-exact capture; another shows an AUTH=... in first place, where nothing is masked, as it is.
	// unverified: CHECKPOINT stands here because the command line knows it by name.
	KnownExtensions = []string{
		"8BITMIME", "AUTH", "BINARYMIME", "CHECKPOINT", "DSN", "ENHANCEDSTATUSCODES", "ETRN", "PIPELINING", "SIZE",
	}

	// KnownExtensionsVRFY is the option of a release that shows VRFY as well.
	// unverified: one hand-edited capture.
	KnownExtensionsVRFY = append(KnownExtensions[:len(KnownExtensions):len(KnownExtensions)], "VRFY")
)

// P40 is `mailhost` of 4.0 and 4.1: the firewall answers a refused verb itself (KB 320027; Cisco document 4733).
func P40() Profile {
	return Profile{Name: "4.0", Verbs: SevenVerbs, Reject: RejectAnswer, Banner: BannerCmapKB}
}

// P42 is `fixup protocol smtp` of 4.2 and 4.3.
// unverified: the greeting text of 4.2 and 4.3; that addresses are not looked at.
func P42() Profile {
	return Profile{Name: "4.2", Verbs: SevenVerbs, Reject: RejectNoop, Banner: BannerCmapKB}
}

// P44 is `fixup protocol smtp` of 4.4 (KB 320027: the whole banner becomes stars) and 5.0.
// unverified: 5.0 is taken to be like 4.4.
func P44() Profile {
	return Profile{Name: "4.4", Verbs: SevenVerbs, Reject: RejectNoop, Banner: BannerStars, Addresses: true}
}

// P51 is `fixup protocol smtp` of 5.1 to 5.3 (KB 320027: banner rule, 500 Command unrecognized).
func P51() Profile {
	return Profile{Name: "5.1", Verbs: SevenVerbs, Reject: RejectMask, Banner: BannerKeep20, Addresses: true}
}

// P60 is `fixup protocol smtp` of 6.0 to 6.3: 5.1 with other flaws, of which it has none here.
func P60() Profile {
	p := P51()
	p.Name = "6.0"
	return p
}

// P70 is `inspect esmtp` of 7.0 and 7.1, which know no policy-map for it (Cisco PIX 7.0 configuration guide).
func P70() Profile {
	return Profile{
		Name: "esmtp 7.0", Verbs: FifteenVerbs, Extensions: KnownExtensions, ESMTP: true,
		Reject: RejectMask, WholeLine: true, Banner: BannerKeep20, Part: PartMask, Addresses: true,
	}
}

// P72 is `inspect esmtp` of 7.2 to 8.2, with policy-maps.
func P72() Profile {
	p := P70()
	p.Name, p.Maps = "esmtp 7.2", true
	return p
}

// P83 is `inspect esmtp` of 8.3 to 9.3.
func P83() Profile {
	p := P72()
	p.Name = "esmtp 8.3"
	return p
}

// P94 is `inspect esmtp` of 9.4 and later, whose default map allows TLS.
// unverified: recalled from the 9.4 release notes.
func P94() Profile {
	p := P83()
	p.Name, p.AllowTLS = "esmtp 9.4", true
	return p
}

// SMTPOnly is `inspect smtp` of a release of 7.0 or later, given its `inspect esmtp`: the seven verbs, no EHLO, no map.
func SMTPOnly(p Profile) Profile {
	p.Name, p.Verbs, p.Extensions = "smtp only, "+p.Name, SevenVerbs, nil
	p.ESMTP, p.Maps, p.AllowTLS = false, false, false
	return p
}
