package command

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
	"pixsim/dataplane/inspect/smtp"
)

// defaultESMTPMap is what inspect esmtp goes by without a map of its own. It is reserved.
const defaultESMTPMap = "_default_esmtp_map"

var (
	esmtpMapName = &g.Param[string]{Name: "map_name", Help: "name of the policy-map", Type: g.Ident(40)}
	esmtpMapCmd  = &Command{
		Name: "policy-map type inspect esmtp", Help: "Configure MPF Policy Map", Mode: Configure, Span: since72,
		Syntax: g.Seq(policyMapWord, g.Word("type", "Specifies the type of policy-map"),
			g.Word("inspect", "Configure a policy-map of type inspect"), g.Word("esmtp", "Configure a policy-map of type ESMTP"), esmtpMapName),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			name := esmtpMapName.Get(m)
			if name == defaultESMTPMap {
				return Errorf(release.MPFReserved, name)
			}
			if _, ok := e.View().ESMTPMap(name); !ok {
				e.SetESMTPMap(newESMTPMap(c.Release, name))
			}
			c.Enter(ConfigESMTPMap, name)
			return nil
		},
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			name := esmtpMapName.Get(m)
			if mapInUse(e.View(), "esmtp", name) {
				return Errorf(release.MPFInUse, "policy-map type inspect esmtp "+name)
			}
			return found(e.RemoveESMTPMap(name), "policy-map type inspect esmtp "+name)
		},
		Lines: esmtpMapLines,
	}

	esmtpAbout       = &g.Param[string]{Name: "text", Help: "description of the policy-map, up to 200 characters", Type: g.Text()}
	esmtpDescription = &Command{
		Name: "description", Help: "Specify policy-map description", Mode: ConfigESMTPMap, Span: since72,
		Syntax:   g.Seq(g.Word("description", "Specify policy-map description"), esmtpAbout),
		NoSyntax: g.Seq(g.Word("description", "Specify policy-map description"), g.Opt(esmtpAbout)),
		Set: onESMTPMap(func(v *config.ESMTPMap, m *g.Match) error {
			if len(esmtpAbout.Get(m)) > 200 {
				return ErrUsage
			}
			v.Description = esmtpAbout.Get(m)
			return nil
		}),
		No: onESMTPMap(func(v *config.ESMTPMap, _ *g.Match) error { v.Description = ""; return nil }),
	}

	esmtpParameters = &Command{
		Name: "parameters", Help: "Specify this keyword to enter policy parameters", Mode: ConfigESMTPMap, Span: since72,
		Syntax: g.Word("parameters", "Specify this keyword to enter policy parameters"),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			err := onESMTPMap(func(v *config.ESMTPMap, _ *g.Match) error { v.Parameters = true; return nil })(c, e, m)
			c.Enter(ConfigESMTPParam, c.Path[0], "parameters")
			return err
		},
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			return onESMTPMap(func(v *config.ESMTPMap, _ *g.Match) error {
				fresh := newESMTPMap(c.Release, v.Name)
				fresh.Description, fresh.Matches = v.Description, v.Matches
				*v = fresh
				return nil
			})(c, e, m)
		},
	}
)

// newESMTPMap is a map as it is created: the banner is masked until no mask-banner, TLS is what the release's default map
// makes of it.
// unverified: that a new map masks the banner; recipes that stop it type no mask-banner.
func newESMTPMap(rel *release.Release, name string) config.ESMTPMap {
	return config.ESMTPMap{Name: name, MaskBanner: true, AllowTLS: rel.SMTP.AllowTLS}
}

// onESMTPMap makes a Set of a change to the map of the sub-mode.
func onESMTPMap(f func(*config.ESMTPMap, *g.Match) error) func(*Ctx, *config.Edit, *g.Match) error {
	return func(c *Ctx, e *config.Edit, m *g.Match) error {
		v, ok := e.View().ESMTPMap(c.Path[0])
		if !ok {
			return ErrUsage
		}
		if err := f(&v, m); err != nil {
			return err
		}
		e.SetESMTPMap(v)
		return nil
	}
}

// Words of the parameters.
var (
	esmtpDomain = &g.Param[string]{Name: "domain_name", Help: "domain of the mail server", Type: g.Ident(128)}
	esmtpDrop   = g.Word("drop-connection", "Close connection")
	esmtpLog    = g.Word("log", "Generate log message")
	esmtpReset  = g.Word("reset", "Reset connection")
	esmtpMask   = g.Word("mask", "Mask the offending characters")
	esmtpRate   = &g.Param[int]{Name: "rate", Help: "messages per second", Type: g.Int(1, 4294967295)}
	actionWord  = g.Word("action", "Action to take")
	actionDrop  = g.Alt(g.Seq(esmtpDrop, g.Opt(esmtpLog)), esmtpLog)

	maskBanner   = g.Word("mask-banner", "Mask banner")
	mailRelay    = g.Word("mail-relay", "Enable detection of mail relay")
	specialChars = g.Word("special-character", "Enable detection of special characters in the address")
	allowTLS     = g.Word("allow-tls", "Allow TLS connections")
)

func esmtpParam(word *g.Keyword, args, noArgs g.Syntax, set, no func(*config.ESMTPMap, *g.Match)) *Command {
	wrap := func(f func(*config.ESMTPMap, *g.Match)) func(*Ctx, *config.Edit, *g.Match) error {
		return onESMTPMap(func(v *config.ESMTPMap, m *g.Match) error { f(v, m); return nil })
	}
	return &Command{
		Name: word.Text, Help: word.Help, Mode: ConfigESMTPParam, Span: since72,
		Syntax: g.Seq(word, args), NoSyntax: g.Seq(word, noArgs), Set: wrap(set), No: wrap(no),
	}
}

// esmtpParams are the lines of parameters. allow-tls and special-character came with 7.2(3); 7.2 is taken whole.
func esmtpParams() []*Command {
	nothing := g.Seq()
	relay := g.Seq(esmtpDomain, actionWord, actionDrop)
	special := g.Seq(actionWord, actionDrop)
	return []*Command{
		esmtpParam(maskBanner, nothing, nothing,
			func(v *config.ESMTPMap, _ *g.Match) { v.MaskBanner, v.NoMask = true, false },
			func(v *config.ESMTPMap, _ *g.Match) { v.MaskBanner, v.NoMask = false, true }),
		esmtpParam(mailRelay, relay, g.Opt(esmtpDomain, g.Opt(actionWord, actionDrop)),
			func(v *config.ESMTPMap, m *g.Match) {
				v.MailRelay, v.RelayDrop, v.RelayLog = esmtpDomain.Get(m), esmtpDrop.Seen(m), esmtpLog.Seen(m)
			},
			func(v *config.ESMTPMap, _ *g.Match) { v.MailRelay, v.RelayDrop, v.RelayLog = "", false, false }),
		esmtpParam(specialChars, special, g.Opt(special),
			func(v *config.ESMTPMap, m *g.Match) {
				v.Special, v.SpecialDrop, v.SpecialLog = true, esmtpDrop.Seen(m), esmtpLog.Seen(m)
			},
			func(v *config.ESMTPMap, _ *g.Match) { v.Special, v.SpecialDrop, v.SpecialLog = false, false, false }),
		esmtpParam(allowTLS, g.Opt(actionWord, esmtpLog), g.Opt(actionWord, esmtpLog),
			func(v *config.ESMTPMap, m *g.Match) { v.AllowTLS, v.AllowTLSLog = true, esmtpLog.Seen(m) },
			func(v *config.ESMTPMap, _ *g.Match) { v.AllowTLS, v.AllowTLSLog = false, false }),
	}
}

// esmtpRow is one kind of match line.
type esmtpRow struct {
	kind  config.ESMTPMatchKind
	words string // between match [not] and the value
	value esmtpValue
	kws   []*g.Keyword
	than  *g.Param[int]
	list  *g.Param[string]
}

type esmtpValue uint8

const (
	valueThan     esmtpValue = iota // gt N
	valueVerbs                      // in capitals
	valueExts                       // EHLO keywords
	valueEncoding                   // MIME encodings
	valueRegex                      // regex R | regex class C
)

var (
	esmtpVerbs = []string{"AUTH", "DATA", "EHLO", "ETRN", "HELO", "HELP", "MAIL", "NOOP", "QUIT", "RCPT", "RSET", "SAML", "SEND", "SOML", "STARTTLS", "UNKNOWN", "VRFY"}
	// esmtpExts is inferred from the keywords that pass unmasked; some guides spell binarymime binaryname.
	esmtpExts      = []string{"8bitmime", "auth", "binarymime", "checkpoint", "dsn", "ecode", "etrn", "others", "pipelining", "size", "vrfy"}
	esmtpEncodings = []string{"7bit", "8bit", "base64", "binary", "others", "quoted-printable"}

	esmtpNot        = g.Word("not", "Negate this match result")
	esmtpRegex      = &g.Param[string]{Name: "regex_name", Help: "name of a regular expression", Type: g.Ident(40)}
	esmtpRegexClass = &g.Param[string]{Name: "class_name", Help: "class-map of type regex", Type: g.Ident(40)}

	// esmtpRows are the match lines (firewall configuration guide, ESMTP inspection policy maps).
	esmtpRows = []esmtpRow{
		{kind: config.ESMTPBodyLength, words: "body length"},
		{kind: config.ESMTPBodyLineLength, words: "body line length"},
		{kind: config.ESMTPCmdVerb, words: "cmd verb", value: valueVerbs},
		{kind: config.ESMTPCmdLineLength, words: "cmd line length"},
		{kind: config.ESMTPCmdRcptCount, words: "cmd RCPT count"},
		{kind: config.ESMTPEhloReply, words: "ehlo-reply-parameter", value: valueExts},
		{kind: config.ESMTPHeaderLength, words: "header length"},
		{kind: config.ESMTPHeaderLineLength, words: "header line length"},
		{kind: config.ESMTPHeaderToFields, words: "header to-fields count"},
		{kind: config.ESMTPInvalidRecipients, words: "invalid-recipients count"},
		{kind: config.ESMTPMIMEFiletype, words: "MIME filetype", value: valueRegex},
		{kind: config.ESMTPMIMEFilenameLength, words: "MIME filename length"},
		{kind: config.ESMTPMIMEEncoding, words: "MIME encoding", value: valueEncoding},
		{kind: config.ESMTPSenderRegex, words: "sender-address", value: valueRegex},
		{kind: config.ESMTPSenderLength, words: "sender-address length"},
	}

	esmtpMatchCmd = &Command{
		Name: "match", Help: "Configure match criteria", Mode: ConfigESMTPMap, Span: since72,
		Syntax: g.Seq(g.Word("match", "Configure match criteria"), g.Opt(esmtpNot), esmtpMatchSyntax()),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			typed := esmtpMatchOf(m)
			key := esmtpMatchText(typed)
			err := onESMTPMap(func(v *config.ESMTPMap, _ *g.Match) error {
				if esmtpMatchAt(*v, key) < 0 {
					v.Matches = append(slices.Clip(v.Matches), typed)
				}
				return nil
			})(c, e, m)
			c.Enter(ConfigESMTPMatch, c.Path[0], key)
			return err
		},
		No: onESMTPMap(func(v *config.ESMTPMap, m *g.Match) error {
			key := esmtpMatchText(esmtpMatchOf(m))
			at := esmtpMatchAt(*v, key)
			if at >= 0 {
				v.Matches = slices.Delete(slices.Clone(v.Matches), at, at+1)
			}
			return found(at >= 0, key)
		}),
	}
)

// esmtpMatchSyntax makes the words of the rows a tree: rows that begin alike share their keywords.
func esmtpMatchSyntax() g.Syntax {
	shared := map[string]*g.Keyword{}
	var rows []g.Syntax
	for i := range esmtpRows {
		r := &esmtpRows[i]
		var parts []g.Syntax
		for w := range strings.FieldsSeq(r.words) {
			if shared[w] == nil {
				shared[w] = kw(w)
			}
			r.kws, parts = append(r.kws, shared[w]), append(parts, shared[w])
		}
		r.than = &g.Param[int]{Name: "number", Help: "limit", Type: g.Int(1, 4294967295)}
		switch r.value {
		case valueThan:
			parts = append(parts, g.Word("gt", "Greater than"), r.than)
		case valueRegex:
			parts = append(parts, g.Word("regex", "Regular expression"), g.Alt(g.Seq(g.Word("class", "Class of regular expressions"), esmtpRegexClass), esmtpRegex))
		default:
			words := map[esmtpValue][]string{valueVerbs: esmtpVerbs, valueExts: esmtpExts, valueEncoding: esmtpEncodings}[r.value]
			r.list = &g.Param[string]{Name: "word", Help: "one or more", Type: g.Enum(words...)}
			parts = append(parts, g.Many(r.list))
		}
		rows = append(rows, g.Seq(parts...))
	}
	return g.Alt(rows...)
}

// esmtpMatchOf is the line that was typed, without action.
func esmtpMatchOf(m *g.Match) config.ESMTPMatch {
	var row *esmtpRow
	for i := range esmtpRows {
		r := &esmtpRows[i]
		_, than := r.than.Lookup(m)
		listed := r.list != nil && len(r.list.All(m)) > 0
		regex := r.value == valueRegex && !slices.ContainsFunc(r.kws, func(k *g.Keyword) bool { return !k.Seen(m) })
		if than || listed || regex && row == nil {
			row = r
		}
	}
	v := config.ESMTPMatch{Not: esmtpNot.Seen(m), Kind: row.kind, Than: row.than.Get(m)}
	if row.list != nil {
		for _, w := range row.list.All(m) {
			if w = strings.ToLower(w); !slices.Contains(v.Words, w) {
				v.Words = append(v.Words, w)
			}
		}
	}
	if row.value == valueRegex {
		v.Regex = esmtpRegex.Get(m)
		if name, typed := esmtpRegexClass.Lookup(m); typed {
			v.Regex, v.Class = name, true
		}
	}
	return v
}

// esmtpMatchText is the line behind its first word, which also names the match in its map.
func esmtpMatchText(v config.ESMTPMatch) string {
	i := slices.IndexFunc(esmtpRows, func(r esmtpRow) bool { return r.kind == v.Kind })
	text := esmtpRows[i].words
	if v.Not {
		text = "not " + text
	}
	switch esmtpRows[i].value {
	case valueVerbs:
		return text + " " + strings.ToUpper(strings.Join(v.Words, " "))
	case valueExts, valueEncoding:
		return text + " " + strings.Join(v.Words, " ")
	case valueRegex:
		if v.Class {
			return text + " regex class " + v.Regex
		}
		return text + " regex " + v.Regex
	}
	return text + " gt " + strconv.Itoa(v.Than)
}

func esmtpMatchAt(v config.ESMTPMap, key string) int {
	return slices.IndexFunc(v.Matches, func(o config.ESMTPMatch) bool { return esmtpMatchText(o) == key })
}

// esmtpActions are the lines under a match. A line replaces the one that was there.
func esmtpActions() []*Command {
	action := func(word *g.Keyword, syntax g.Syntax, of func(*g.Match) config.ESMTPAction, kinds ...config.ESMTPMatchKind) *Command {
		return &Command{
			Name: word.Text, Help: word.Help, Mode: ConfigESMTPMatch, Span: since72, Syntax: syntax,
			Set: onESMTPMatch(func(v *config.ESMTPMatch, m *g.Match) error {
				if len(kinds) > 0 && !slices.Contains(kinds, v.Kind) {
					return ErrUsage
				}
				v.Action = of(m)
				return nil
			}),
			No: onESMTPMatch(func(v *config.ESMTPMatch, m *g.Match) error {
				had := v.Action == of(m)
				if had {
					v.Action = config.ESMTPAction{}
				}
				return found(had, word.Text)
			}),
		}
	}
	logged := func(word *g.Keyword) g.Syntax { return g.Seq(word, g.Opt(esmtpLog)) }
	rate := g.Word("rate-limit", "Limit the rate of messages")
	return []*Command{
		action(esmtpDrop, logged(esmtpDrop), func(m *g.Match) config.ESMTPAction {
			return config.ESMTPAction{Drop: true, Log: esmtpLog.Seen(m)}
		}),
		action(esmtpReset, logged(esmtpReset), func(m *g.Match) config.ESMTPAction {
			return config.ESMTPAction{Reset: true, Log: esmtpLog.Seen(m)}
		}),
		action(esmtpMask, logged(esmtpMask), func(m *g.Match) config.ESMTPAction {
			return config.ESMTPAction{Mask: true, Log: esmtpLog.Seen(m)}
		}, config.ESMTPEhloReply, config.ESMTPCmdVerb),
		action(esmtpLog, esmtpLog, func(*g.Match) config.ESMTPAction { return config.ESMTPAction{Log: true} }),
		action(rate, g.Seq(rate, esmtpRate), func(m *g.Match) config.ESMTPAction {
			return config.ESMTPAction{Rate: esmtpRate.Get(m)}
		}, config.ESMTPCmdVerb),
	}
}

func onESMTPMatch(f func(*config.ESMTPMatch, *g.Match) error) func(*Ctx, *config.Edit, *g.Match) error {
	return func(c *Ctx, e *config.Edit, m *g.Match) error {
		return onESMTPMap(func(v *config.ESMTPMap, m *g.Match) error {
			at := esmtpMatchAt(*v, c.Path[1])
			if at < 0 {
				return ErrUsage
			}
			v.Matches = slices.Clone(v.Matches)
			return f(&v.Matches[at], m)
		})(c, e, m)
	}
}

// esmtpMapLines are the maps; among all lines also the default one.
func esmtpMapLines(c *config.Config, v View) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		maps := c.ESMTPMaps
		if v.All {
			maps = append([]config.ESMTPMap{esmtpDefault(c.Release)}, maps...)
		}
		for _, m := range maps {
			for _, l := range esmtpBlock(c.Release, m, v.All) {
				l.Section = release.SectionInspectMap
				if !yield(l) {
					return
				}
			}
		}
	}
}

// esmtpDefault is the map of the engine, in the words of the configuration.
func esmtpDefault(rel *release.Release) config.ESMTPMap {
	p := smtp.DefaultPolicy(&rel.SMTP)
	out := config.ESMTPMap{
		Name: p.Name, Description: "Default ESMTP policy-map", Parameters: true, MaskBanner: p.MaskBanner, AllowTLS: p.AllowTLS,
	}
	for i := range p.Matches {
		r := &p.Matches[i]
		for _, row := range esmtpRows {
			if !startsWith(r.Text(), row.words) || row.value == valueRegex {
				continue
			}
			v := config.ESMTPMatch{Kind: row.kind, Than: r.Limit}
			for _, w := range r.Words {
				v.Words = append(v.Words, strings.ToLower(w))
			}
			v.Action = config.ESMTPAction{Drop: r.Action == smtp.ActionDrop, Reset: r.Action == smtp.ActionReset, Mask: r.Action == smtp.ActionMask, Log: r.Log}
			out.Matches = append(out.Matches, v)
		}
	}
	return out
}

func esmtpBlock(rel *release.Release, m config.ESMTPMap, all bool) []Line {
	out := []Line{{Text: "policy-map type inspect esmtp " + m.Name}}
	say := func(depth int, text string) { out = append(out, Line{Depth: depth, Text: text}) }
	if m.Description != "" {
		say(1, "description "+m.Description)
	}
	params := esmtpParamTexts(rel, m, all)
	if m.Parameters || all || len(params) > 0 {
		say(1, "parameters")
	}
	for _, p := range params {
		say(2, p)
	}
	for _, v := range m.Matches {
		say(1, "match "+esmtpMatchText(v))
		if a := esmtpActionText(v.Action); a != "" {
			say(2, a)
		}
	}
	return out
}

// esmtpParamTexts are the parameters that differ from those of a new map, or all of them.
func esmtpParamTexts(rel *release.Release, m config.ESMTPMap, all bool) []string {
	fresh := newESMTPMap(rel, m.Name)
	var out []string
	flag := func(text string, on, usual bool) {
		switch {
		case on && (all || !usual):
			out = append(out, text)
		case !on && (all || usual):
			word, _, _ := strings.Cut(text, " ")
			out = append(out, "no "+word)
		}
	}
	flag("mask-banner", m.MaskBanner, fresh.MaskBanner)
	flag("mail-relay "+m.MailRelay+" action "+dropText(m.RelayDrop, m.RelayLog), m.MailRelay != "", false)
	flag("special-character action "+dropText(m.SpecialDrop, m.SpecialLog), m.Special, false)
	tls := "allow-tls"
	if m.AllowTLSLog {
		tls += " action log"
	}
	flag(tls, m.AllowTLS, fresh.AllowTLS && !m.AllowTLSLog)
	return out
}

func dropText(drop, log bool) string {
	return esmtpActionText(config.ESMTPAction{Drop: drop, Log: log})
}

func esmtpActionText(a config.ESMTPAction) string {
	var words []string
	for _, w := range []struct {
		on   bool
		text string
	}{{a.Drop, "drop-connection"}, {a.Reset, "reset"}, {a.Mask, "mask"}, {a.Rate > 0, "rate-limit " + strconv.Itoa(a.Rate)}, {a.Log, "log"}} {
		if w.on {
			words = append(words, w.text)
		}
	}
	return strings.Join(words, " ")
}
