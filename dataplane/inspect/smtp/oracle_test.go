package smtp_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pixsim/dataplane/inspect/smtp"
)

// oracle is a second inspection of one connection: slow, of whole strings, and written from the rules alone, whose
// sections (of the reference on SMTP inspection) its comments name. It keeps everything that it was told and has no
// bounds. What it shares with the engine is the Profile and the Policy; of maps it knows the default one.
//
// Where the rules are silent it says what the package decided: the comments then say "decided". It does not know how a
// reply is cut, nor brackets in a command line that comes in parts, nor file names but in one way of writing them.
type oracle struct {
	p    smtp.Profile
	pol  *smtp.Policy // nil where there are no maps
	owed []debt       // what the client still waits for, in order

	mode    string // "command", "data", "auth", "tls"
	doubt   bool   // the queue may hold a line that is owed nothing
	inReply string // what the reply that has begun, and not ended, is to; "" for none
	list    bool   // it may be the reply to an EHLO
	behind  string // if it is to a DATA: what went on since, from its line end
	number  int    // its lines so far
	masked  int    // those of them that are overwritten

	text    string // in mode data: all that the server takes for the message, and the line end in front of it
	noop    bool   // a NOOP has passed that the next mail has to suffer for
	garble  bool   // this mail does
	middle  bool   // it began in the middle of a line
	mail    int    // where in text begins what the client sent since the 354
	eatNext bool   // the reply to the end of data is to be dropped

	begun  string // of a line: what has gone on without its end
	passes bool   // it is not overwritten
	verb   string // what the server may take it for, where that matters

	blob string // what the client has sent of a line of an AUTH dialogue

	rcpts    int // of the transaction
	declared int // its size, -1 for none
}

// debt is a reply that is owed to the client.
type debt struct {
	kind string // "greeting", "EHLO", "DATA", "AUTH", "STARTTLS", "end of data", "command"; "OK" is the firewall's own
	text string // of DATA: what went on from its line end
}

// view is what becomes of one segment: what each side gets to see, in order, and what is left to be sent again.
type view struct {
	toServer, toClient, rest string
	act                      smtp.Act
	log                      []string
	cuts                     []int // where a client's segment may be cut without consequence; only the oracle says that
}

func newOracle(p smtp.Profile, pol *smtp.Policy) *oracle {
	o := &oracle{p: p, owed: []debt{{kind: "greeting"}}, mode: "command", declared: -1}
	if p.Maps {
		if o.pol = pol; pol == nil {
			o.pol = smtp.DefaultPolicy(&p)
		}
	}
	return o
}

// client is a segment of the client. A drop takes nothing of it (Verdict).
func (o *oracle) client(seg string) (v view) {
	v.rest = seg
	defer func() { v.cuts = slices.DeleteFunc(v.cuts, func(at int) bool { return at <= 0 || at >= len(seg) }) }()
	for v.rest != "" && v.act == smtp.Pass {
		before, mode := v.rest, o.mode
		switch o.mode {
		case "tls":
			v.forward(o, v.rest)
			v.act = smtp.Detach
		case "data":
			o.message(&v, v.rest == seg)
		case "auth":
			o.dialogue(&v)
		default:
			o.command(&v)
		}
		if v.rest == before {
			break
		}
		// ARCHITECTURE 7: between lines, and anywhere in messages, dialogues and what is not inspected.
		for at := len(seg) - len(before); at < len(seg)-len(v.rest); at++ {
			if at == len(seg)-len(before) || mode != "command" {
				v.cuts = append(v.cuts, at)
			}
		}
	}
	if v.act == smtp.DropConn || v.act == smtp.Reset {
		v.toServer, v.rest = "", ""
	}
	return v
}

// forward lets the server have the next octets of what is left, as out.
func (v *view) forward(o *oracle, out string) {
	for i := range o.owed {
		if o.owed[i].kind == "DATA" {
			o.owed[i].text += out
		}
	}
	o.behind += out
	v.toServer += out
	v.rest = v.rest[len(out):]
}

// command is the next line in command mode. LF ends a line when verbs are checked (1.8).
func (o *oracle) command(v *view) {
	line, _, whole := strings.Cut(v.rest, "\n")
	if whole {
		line += "\n"
	}
	if o.begun != "" || !whole {
		o.part(v, line, whole)
		return
	}
	if o.over(v, smtp.MatchLine, len(line)) { // 1.6
		return
	}
	verb := verbOf(line)
	switch {
	case verb == "": // an empty line passes (C07)
		v.forward(o, line)
	case o.allowed(verb):
		if o.limits(v, verb, line) {
			return
		}
		out := o.addresses(v, verb, line)
		if v.act != smtp.Pass {
			return
		}
		v.forward(o, out)
		o.noop = o.noop || verb == "NOOP" && o.p.Flaws&smtp.FlawNoopDesync != 0
		o.owe(verb, line)
		return
	case o.p.Reject == smtp.RejectAnswer: // 1.2: swallowed; the OK waits for what is owed
		if !o.answer(v) {
			return
		}
		v.rest = v.rest[len(line):]
		return
	default:
		v.forward(o, refused(o.p, line))
	}
	o.owe("", line)
}

// part is a part of a line, or what follows one (1.8, as decided). Up to 6.3 it is withheld. From 7.0 on one that begins
// with an allowed verb and a blank passes and owns the rest of its line; of any other every octet becomes X, and of its
// line. Brackets in parts are not the oracle's matter.
func (o *oracle) part(v *view, piece string, whole bool) {
	if o.p.Part == smtp.PartWithhold {
		return
	}
	if o.begun == "" {
		verb := verbOf(piece)
		o.passes = verb != "" && o.allowed(verb) && strings.ContainsAny(strings.TrimLeft(piece, " \t"), " \t")
		o.verb = ""
		if o.passes {
			o.verb = verb
		}
	}
	if o.over(v, smtp.MatchLine, len(o.begun+piece)) || whole && o.passes && o.limits(v, o.verb, o.begun+piece) {
		return
	}
	o.begun += piece
	if !o.passes {
		piece = exes(piece)
	}
	v.forward(o, piece)
	if whole {
		line := o.begun
		o.begun = ""
		if !o.passes {
			line = exes(line)
		}
		o.owe(o.verb, line)
	}
}

// owe notes that line has gone to the server. verb is that of an allowed command.
func (o *oracle) owe(verb, line string) {
	due := debt{kind: "command"}
	if slices.Contains([]string{"EHLO", "DATA", "AUTH", "STARTTLS"}, verb) {
		due.kind = verb
	}
	if verb == "DATA" {
		due.text = "\r\n" // the line end of DATA counts, also for a server that took a bare LF
	}
	o.owed = append(o.owed, due)
	// Decided: servers answer an empty line or not, and read on over a bare LF or not.
	o.doubt = o.doubt || strings.Trim(line, " \t\r\n") == "" || !strings.HasSuffix(line, "\r\n")
	// 3.1: the flaw enters DATA by the command.
	if due.kind == "DATA" && o.bypass() {
		o.mode, o.text, o.mail, o.middle = "data", due.text, len(due.text), false
		o.garble, o.noop = o.noop, false
	}
}

// bypass: the release is in DATA by the command (3.1), and so need not go there by the 354.
func (o *oracle) bypass() bool { return o.p.Flaws&(smtp.FlawDataBypass|smtp.FlawDataRegress) != 0 }

// verbOf is the first token, in capitals (1.2).
func verbOf(line string) string {
	f := strings.FieldsFunc(withoutEnd(line), func(c rune) bool { return c == ' ' || c == '\t' })
	if len(f) == 0 {
		return ""
	}
	return strings.ToUpper(f[0])
}

// withoutEnd is a line without its LF or CR LF.
func withoutEnd(line string) string { return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r") }

// allowed: section 0, the seven and the fifteen; STARTTLS with allow-tls (1.4).
func (o *oracle) allowed(verb string) bool {
	return slices.Contains(o.p.Verbs, verb) || verb == "STARTTLS" && o.pol != nil && o.pol.AllowTLS
}

// refused is what becomes of a line whose verb is not allowed, where the firewall edits (1.2).
func refused(p smtp.Profile, line string) string {
	body := withoutEnd(line)
	end := line[len(body):]
	if p.WholeLine && p.Reject == smtp.RejectMask {
		return exes(body) + end
	}
	blanks := body[:len(body)-len(strings.TrimLeft(body, " \t"))]
	verb := body[len(blanks):]
	if i := strings.IndexAny(verb, " \t"); i >= 0 {
		verb = verb[:i]
	}
	arguments := body[len(blanks)+len(verb):]
	out := exes(verb)
	if p.Reject == smtp.RejectNoop && len(verb) >= 4 && !strings.Contains(verb, "\r") { // CR stays where it is
		out = "NOOP" + strings.Repeat(" ", len(verb)-4)
	}
	return blanks + out + arguments + end
}

// exes overwrites all but the octets of line ends.
func exes(s string) string {
	b := []byte(s)
	for i := range b {
		if b[i] != '\r' && b[i] != '\n' {
			b[i] = 'X'
		}
	}
	return string(b)
}

// answer is the firewall's own OK, at once or behind the replies that are owed (ARCHITECTURE 7, Verdict). At most four
// wait; a fifth refused line is withheld.
func (o *oracle) answer(v *view) bool {
	if len(o.owed) == 0 && o.inReply == "" {
		v.toClient += "250 OK\r\n"
		return true
	}
	waiting := 0
	for _, d := range o.owed {
		if d.kind == "OK" {
			waiting++
		}
	}
	if waiting == 4 {
		return false
	}
	o.owed = append(o.owed, debt{kind: "OK"})
	return true
}

// addresses blanks what an address must not have in the arguments of MAIL and RCPT (1.5). special-character may end the
// connection instead. Decided: of nested brackets the first '<' and the first '>' behind it are a pair.
func (o *oracle) addresses(v *view, verb, line string) string {
	if !o.p.Addresses || verb != "MAIL" && verb != "RCPT" {
		return line
	}
	b := []byte(line)
	var at []int // what has to go
	open := false
	for i, c := range b {
		switch {
		case c == '<' && !open && strings.Contains(line[i:], ">"):
			open = true
		case c == '>' && open:
			open = false
		case c == '|' || c == '<' || c == '>':
			at = append(at, i)
		}
	}
	if len(at) > 0 && o.pol != nil && o.pol.Special.On && o.pol.Special.Action == smtp.ActionDrop {
		v.act = smtp.DropConn
		v.log = append(v.log, "mail address")
		return line
	}
	for _, i := range at {
		v.log = append(v.log, fmt.Sprintf("replaced %c: %.128s", line[i], strings.TrimRight(line, "\r\n")))
		b[i] = ' '
	}
	return string(b)
}

// limits are those of section 1.6 that concern allowed commands, and what a transaction is.
func (o *oracle) limits(v *view, verb, line string) bool {
	switch verb {
	case "MAIL":
		o.rcpts = 0
		o.declared = sizeOf(line)
		return o.over(v, smtp.MatchSenderLen, len(sender(line)))
	case "RCPT":
		o.rcpts++
		return o.over(v, smtp.MatchRCPT, o.rcpts)
	case "RSET", "HELO", "EHLO":
		o.rcpts, o.declared = 0, -1
	}
	return false
}

// sender is what stands between the brackets of a MAIL. Decided: without brackets it is what stands there instead.
func sender(line string) string {
	line = strings.TrimRight(line, "\r\n")
	if _, a, ok := strings.Cut(line, "<"); ok {
		a, _, _ = strings.Cut(a, ">")
		return a
	}
	_, a, _ := strings.Cut(line, ":") // without brackets, up to its parameters
	a, _, _ = strings.Cut(strings.TrimLeft(a, " \t"), " ")
	return a
}

// sizeOf is the SIZE of a MAIL (RFC 1870), or -1.
func sizeOf(line string) int {
	for _, f := range strings.Fields(line) {
		if n, ok := strings.CutPrefix(strings.ToUpper(f), "SIZE="); ok {
			if n, err := strconv.Atoi(n); err == nil {
				return n
			}
		}
	}
	return -1
}

// over applies the rules of the map for m whose limit n is over, and reports whether it ended the connection (1.6).
func (o *oracle) over(v *view, m smtp.Match, n int) bool {
	if o.pol == nil {
		return false
	}
	for i, r := range o.pol.Matches {
		if r.Match != m || n <= r.Limit {
			continue
		}
		entry := fmt.Sprintf("Class %d: %s", i+1, r.Text())
		if r.Log && !slices.Contains(v.log, entry) { // at most once a segment (Event)
			v.log = append(v.log, entry)
		}
		if r.Action == smtp.ActionDrop {
			v.act = smtp.DropConn
			return true
		}
	}
	return false
}

const end = "\r\n.\r\n"

// message is what follows in DATA: nothing is edited, and CR LF . CR LF ends it, however it is cut (1.7).
func (o *oracle) message(v *view, starts bool) {
	whole := o.text + v.rest
	at := strings.Index(whole, end)
	n := len(v.rest) // of the message
	ended := at >= 0
	if ended {
		n = at + len(end) - len(o.text)
	}
	// A segment that begins with the dot line ends the message wherever it stood (G03).
	if o.p.Flaws&smtp.FlawEODSegmentStart != 0 && starts && strings.HasPrefix(v.rest, ".\r\n") {
		n, ended = 3, true
		at = len(o.text)
	}
	if o.judge(v, o.text[o.mail:], strings.TrimSuffix(v.rest[:n], dot(ended))) {
		return
	}
	// 3.2: the end of data over segments.
	// A cut behind the first CR LF does no harm: it is the '.' and the CR LF that must not come apart, and Postfix cures
	// it by a segment of its own for them (4).
	if ended && at < len(o.text) && len(o.text)-at != 2 {
		switch {
		case o.p.Flaws&smtp.FlawEODReset != 0:
			v.act = smtp.Reset
			return
		case o.p.Flaws&smtp.FlawEODWithhold != 0:
			v.act = smtp.DropSegment
			return
		case o.p.Flaws&smtp.FlawEODEatReply != 0:
			o.eatNext = true
		}
	}
	old := len(o.text)
	o.text += v.rest[:n]
	v.rest = v.rest[n:]
	if out := o.text[o.mail:]; o.garble {
		v.toServer += garbled(out)[old-o.mail:]
	} else {
		v.toServer += out[old-o.mail:]
	}
	if !ended {
		return
	}
	// RFC 1870 6: without the dot line. Decided: stuffed dots count.
	if size := len(strings.TrimSuffix(o.text[o.mail:], ".\r\n")); o.pol != nil && o.declared > 0 && size > o.declared {
		v.log = append(v.log, fmt.Sprintf("declared size is: %d, actual size is %d", o.declared, size))
	}
	o.mode, o.text = "command", ""
	o.rcpts, o.declared = 0, -1
	o.owed = append(o.owed, debt{kind: "end of data"})
}

// garbled is a mail behind a NOOP in the release that takes its lines for commands (3.2a): their first words become X.
// Lines that begin with a dot are spared, for such mail did end.
func garbled(mail string) string {
	var out strings.Builder
	for line := range strings.Lines(mail) {
		word := line
		if i := strings.IndexAny(line, " \t\r\n"); i >= 0 {
			word = line[:i]
		}
		if strings.HasPrefix(line, ".") {
			word = ""
		}
		out.WriteString(exes(word) + line[len(word):])
	}
	return out.String()
}

// dot is what of the end of data is no line of the message.
func dot(ended bool) string {
	if ended {
		return ".\r\n"
	}
	return ""
}

// judge looks at the lines of a message that seg adds to, and reports whether one ended the connection (1.6, 3.3).
func (o *oracle) judge(v *view, before, seg string) bool {
	if o.middle {
		before = "x" + before // the line had begun: it is no field, and not empty
	}
	text, old := before+seg, len(before)
	header, at := true, 0
	names := map[string]bool{}
	for line := range strings.Lines(text) {
		at += len(line)
		body := strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if header && body == "" {
			header = false
			continue
		}
		isNew := at > old
		m := smtp.MatchBodyLine
		if header {
			m = smtp.MatchHeaderLine
			if isNew && o.over(v, smtp.MatchFilename, len(fileName(body))) {
				return true
			}
		}
		if isNew && o.over(v, m, len(body)) {
			return true
		}
		if name := fieldName(body); header && name != "" {
			if isNew && names[name] && o.p.Flaws&smtp.FlawDupHeader != 0 {
				v.act = smtp.DropConn
				return true
			}
			names[name] = true
		}
	}
	return false
}

// fieldName is the name of the header field that a line begins, "" for none. Decided: blanks in it do not count, and
// Received, which each relay adds, does not either.
func fieldName(line string) string {
	name, _, ok := strings.Cut(line, ":")
	if !ok || strings.ContainsAny(line[:1], " \t") || strings.Contains(name, "\r") {
		return ""
	}
	name = strings.ToLower(strings.Join(strings.Fields(name), ""))
	if name == "received" {
		return ""
	}
	return name
}

// fileName is that of a Content-Disposition, the way this test writes it.
func fileName(line string) string {
	name, ok := strings.CutPrefix(line, `Content-Disposition: attachment; filename="`)
	if !ok {
		return ""
	}
	name, _, _ = strings.Cut(name, `"`)
	return name
}

// dialogue is the line that answers a 334: it passes unread (1.4). Decided: one line for each 334.
func (o *oracle) dialogue(v *view) {
	line, _, whole := strings.Cut(v.rest, "\n")
	if whole {
		line += "\n"
	}
	// Its length counts (mail-hosts 1.4: a blob of Kerberos meets the limit of the map).
	if o.over(v, smtp.MatchLine, len(o.blob+line)) {
		return
	}
	o.blob += line
	v.forward(o, line)
	if whole {
		o.mode = "command"
		o.owed = append(o.owed, debt{kind: "AUTH"})
	}
}

// server is a segment of the server, of whole lines.
func (o *oracle) server(seg string) view {
	var v view
	at := 0
	for line := range strings.Lines(seg) {
		if o.eatNext && o.inReply == "" && len(o.owed) > 0 && o.owed[0].kind == "end of data" { // 3.2, S8
			if v.rest = seg[at:]; v.rest == seg {
				v.act = smtp.DropSegment
			}
			return v
		}
		at += len(line)
		if o.mode == "tls" {
			v.act = smtp.Detach
			v.toClient += line
			continue
		}
		o.reply(&v, line)
	}
	return v
}

// reply is the next line of a reply. A line without a code (RFC 5321 4.2) is none. Decided: of lines with different codes
// the first binds the reply, the last says what it changes.
func (o *oracle) reply(v *view, line string) {
	if !hasCode(line) {
		v.toClient += line
		return
	}
	code, more := line[:3], line[3] == '-'
	if o.inReply == "" {
		o.bind(code, more)
		o.number, o.masked = 0, 0
	}
	switch {
	case o.inReply == "greeting" && code == "220":
		v.toClient += o.greeting(line)
	case o.list && code == "250" && o.number > 0:
		v.toClient += o.capability(v, line)
	default:
		v.toClient += line
	}
	if o.number++; more {
		return
	}
	o.doubt = o.doubt && len(o.owed) > 0
	switch to := o.inReply; {
	case to == "greeting" && code == "220" && o.masksGreeting():
		v.log = append(v.log, "a greeting masked")
	case to == "DATA" && code == "354" && !o.bypass():
		o.mode, o.text, o.mail = "data", o.behind, len(o.behind)
		o.middle, o.begun = o.begun != "", ""
		o.garble, o.noop = o.noop, false
		o.doubt = false
		o.owed = slices.DeleteFunc(o.owed, func(d debt) bool { return d.kind != "OK" }) // what went on behind DATA is the message's
	case to == "AUTH" && code == "334":
		o.challenge()
	case to == "STARTTLS" && code == "220":
		o.mode = "tls"
		v.act = smtp.Detach
		if o.pol.AllowTLSLog {
			v.log = append(v.log, "TLS")
		}
	case to == "nobody" && code != "334" && o.mode == "auth":
		o.mode = "command" // decided: a final reply that nobody asked for ends a dialogue
	}
	o.inReply = ""
	o.answers(v)
}

// hasCode reports whether a line begins with a reply code.
func hasCode(line string) bool {
	return len(line) > 3 && strings.Trim(line[:3], "0123456789") == ""
}

// answers lets the client have the firewall's own answers whose turn it is.
func (o *oracle) answers(v *view) {
	for len(o.owed) > 0 && o.owed[0].kind == "OK" {
		v.toClient += "250 OK\r\n"
		o.owed = o.owed[1:]
	}
}

// bind finds the command that a reply is to. It is the one whose turn it is, but a code that fits only one kind of command
// is taken for the reply to the first such (decided: replies may be counted that no server gives). The greeting is always
// the first.
func (o *oracle) bind(code string, more bool) {
	o.inReply, o.list = "nobody", false
	if len(o.owed) == 0 {
		return
	}
	kind := map[string]string{"354": "DATA", "334": "AUTH", "220": "STARTTLS"}[code]
	at := slices.IndexFunc(o.owed, func(d debt) bool { return d.kind == kind })
	if at > 0 && o.owed[0].kind != "greeting" {
		answers := slices.DeleteFunc(slices.Clone(o.owed[:at]), func(d debt) bool { return d.kind != "OK" })
		o.owed = slices.Concat(o.owed[at:at+1], answers, o.owed[at+1:])
	}
	head := o.owed[0]
	if head.kind == "EHLO" && kind != "" {
		return // no such code answers it
	}
	o.owed = o.owed[1:]
	o.inReply = head.kind
	o.list = o.p.ESMTP && (head.kind == "EHLO" || code == "250" && more && o.doubt && head.kind != "greeting" && slices.Contains(o.owed, debt{kind: "EHLO"}))
	o.behind = head.text
}

// challenge is a 334: the next line of the client answers it, also one that went on already.
func (o *oracle) challenge() {
	if len(o.owed) > 0 {
		o.owed[0] = debt{kind: "AUTH"}
		return
	}
	if o.begun != "" {
		o.verb = "AUTH"
		return
	}
	o.mode, o.blob = "auth", ""
}

// masksGreeting: 1.1, and no mask-banner.
func (o *oracle) masksGreeting() bool {
	return o.p.Banner != smtp.BannerPass && (o.pol == nil || o.pol.MaskBanner)
}

// greeting is a line of the 220 greeting as the client sees it (1.1).
func (o *oracle) greeting(line string) string {
	text := strings.TrimRight(line, "\r\n")
	eol := line[len(text):]
	if len(text) < 4 || !o.masksGreeting() {
		return line
	}
	code, text := text[:4], text[4:]
	if c := code[3]; c != ' ' && c != '-' { // it is text
		code = "220" + o.fourth(c)
	}
	switch o.p.Banner {
	case smtp.BannerStars:
		text = strings.Repeat("*", len(text))
	case smtp.BannerCmapKB:
		text = fill("SMTP/cmap", len(text), " read")
	case smtp.BannerCmapRecog:
		text = fill("SMTP/cmap ready", len(text), "")
	case smtp.BannerKeep20:
		var out strings.Builder
		for i := range len(text) {
			before := line[i+3]
			switch c := text[i]; {
			case c == '2' || c == '0' || c == ' ' && before == '0':
				out.WriteByte(c)
			default:
				out.WriteByte('*')
			}
		}
		text = out.String()
	}
	return code + text + eol
}

// fourth is the fourth octet of a greeting that has neither blank nor hyphen there (decided).
func (o *oracle) fourth(c byte) string {
	switch {
	case o.p.Banner == smtp.BannerCmapKB || o.p.Banner == smtp.BannerCmapRecog:
		return " "
	case o.p.Banner == smtp.BannerKeep20 && (c == '2' || c == '0'):
		return string(c)
	}
	return "*"
}

// fill is left, underscores and right, n octets in all; a text that is too long is cut (B03).
func fill(left string, n int, right string) string {
	s := left + strings.Repeat("_", max(0, n-len(left)-len(right))) + right
	return s[:n]
}

// capability is a line of an EHLO reply behind the first as the client sees it (1.3).
func (o *oracle) capability(v *view, line string) string {
	body := strings.TrimRight(line, "\r\n")
	if len(body) < 5 {
		return line
	}
	code, text := body[:4], body[4:]
	word := strings.TrimLeft(text, " \t") // decided: blanks before a keyword do not make another of it
	if i := strings.IndexAny(word, " \t"); i >= 0 {
		word = word[:i]
	}
	word = strings.ToUpper(word)
	if slices.Contains(o.p.Extensions, word) || word == "STARTTLS" && o.pol != nil && o.pol.AllowTLS {
		return line
	}
	if o.pol != nil && !slices.Contains(v.log, "a list masked") {
		v.log = append(v.log, "a list masked") // at most once a segment
	}
	letter := 'A' + rune(o.masked%26)
	o.masked++
	return code + strings.Repeat("X", len(text)-1) + string(letter) + line[len(body):]
}
