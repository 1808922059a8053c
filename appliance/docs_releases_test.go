package appliance_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pixsim/appliance/release"
	"pixsim/dataplane/inspect/smtp"
)

// The tables of docs/releases.md: a row a fact, a column for releases that have all of its facts in common.

type docsRow struct {
	name  string
	value func(r *release.Release) string
}

func docsTable(rows []docsRow) string {
	head, body := "| |", make([]string, len(rows))
	for names, column := range shared(func(r *release.Release) string {
		var cells []string
		for _, row := range rows {
			cells = append(cells, strings.ReplaceAll(row.value(r), "|", `\|`))
		}
		return strings.Join(cells, "\n")
	}) {
		head += " " + names + " |"
		for i, cell := range strings.Split(column, "\n") {
			body[i] += " " + cell + " |"
		}
	}
	b := &strings.Builder{}
	fmt.Fprintf(b, "%s\n|%s\n", head, strings.Repeat("---|", strings.Count(head, "|")-1))
	for i, row := range rows {
		fmt.Fprintf(b, "| %s |%s\n", row.name, body[i])
	}
	return b.String()
}

// docsHardware is a row a release.
func docsHardware() string {
	b := &strings.Builder{}
	b.WriteString("| | software | hardware | CPU | memory | flash | interfaces | factory configuration |\n|---|---|---|---|---|---|---|---|\n")
	for _, r := range release.All() {
		m := &r.Model
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %d MB | %s | %s | %s |\n", r.Name, r.Version, m.Name, m.CPU, m.MemoryMB, m.Flash,
			span(m.Interfaces), factorySource(r))
	}
	return b.String()
}

// factorySource is where a factory configuration is from.
func factorySource(r *release.Release) string {
	if r.Captured {
		return "captured"
	}
	return "derived"
}

// docsBuilds is a row for the builds of a release that have the same flaws.
func docsBuilds() string {
	b := &strings.Builder{}
	b.WriteString("| builds | flaws |\n|---|---|\n")
	for _, r := range release.All() {
		for _, builds := range r.Builds() {
			if names := builds.FlawNames(); len(names) > 0 {
				fmt.Fprintf(b, "| `%s`%s | `%s` |\n", r.Name, builds, strings.Join(names, "`, `"))
			}
		}
	}
	return b.String()
}

// docsOptions is a row an option of the SMTP inspection.
func docsOptions() string {
	b := &strings.Builder{}
	b.WriteString("| option | values | what it says | other names |\n|---|---|---|---|\n")
	for _, o := range release.SMTPOptions() {
		fmt.Fprintf(b, "| `%s` | `%s` | %s | %s |\n", o.Name, strings.Join(o.Values, "`, `"), inTable(o.Help), orDash(strings.Join(o.Aliases, ", ")))
	}
	return b.String()
}

// span is a list by its first and last.
func span(words []string) string {
	if len(words) < 3 {
		return strings.Join(words, ", ")
	}
	return words[0] + " to " + words[len(words)-1]
}

var mailguardRows = []docsRow{
	{"in the lab's configuration", func(r *release.Release) string { return "`" + mailguardCommand(r) + "`" }},
	{"verbs that pass", func(r *release.Release) string { return strings.Join(r.SMTP.Verbs, " ") }},
	{"any other verb", func(r *release.Release) string { return rejectText(&r.SMTP) }},
	{"the greeting", func(r *release.Release) string { return bannerText(r.SMTP.Banner) }},
	{"EHLO", func(r *release.Release) string { return ehloText(&r.SMTP) }},
	{"EHLO keywords that stay", func(r *release.Release) string { return orDash(strings.Join(r.SMTP.Extensions, " ")) }},
	{"a command cut by a segment's end", func(r *release.Release) string { return partText(r.SMTP.Part) }},
	{"addresses in MAIL and RCPT", func(r *release.Release) string {
		if r.SMTP.Addresses {
			return "`|` and stray `<` `>` become blanks"
		}
		return "not looked at"
	}},
	{"limits of an inspection map", func(r *release.Release) string { return yesNo(r.SMTP.Maps) }},
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func rejectText(p *smtp.Profile) string {
	switch {
	case p.Reject == smtp.RejectAnswer:
		return "never reaches the server; the firewall answers `250 OK`"
	case p.Reject == smtp.RejectNoop:
		return "becomes `NOOP` and blanks; the server answers 250"
	case p.WholeLine:
		return "the line becomes X; the server answers 500"
	}
	return "its verb becomes X; the server answers 500"
}

func bannerText(b smtp.Banner) string {
	switch b {
	case smtp.BannerKeep20:
		return "stars, but for `2`, `0` and the blank behind a `0`"
	case smtp.BannerStars:
		return "`220 ` and stars"
	case smtp.BannerCmapKB:
		return "`220 SMTP/cmap____ read`"
	case smtp.BannerCmapRecog:
		return "`220 SMTP/cmap ready____`"
	}
	return "as the server sends it"
}

func ehloText(p *smtp.Profile) string {
	if p.ESMTP {
		return "passes; unknown keywords of the reply become X and a letter"
	}
	return "is refused like any other verb"
}

func partText(p smtp.Part) string {
	if p == smtp.PartMask {
		return "passes if it begins with an allowed verb and a blank, else becomes X"
	}
	return "waits: it is not acknowledged until the whole line comes in one segment"
}

var consoleRows = []docsRow{
	{"prompt", func(r *release.Release) string { return "`" + r.Console.Prompt + ">`" }},
	{"telnet asks", func(r *release.Release) string { return "`" + strings.TrimSpace(r.Console.TelnetPrompt) + "`" }},
	{"greeting of a session", said(release.Greeting)},
	{"an unknown command", func(r *release.Release) string {
		if r.Console.Caret {
			return "a caret under the word, `" + r.Say(release.InvalidInput) + "`"
		}
		return said(release.UnknownCommand)(r)
	}},
	{"a command cut short", func(r *release.Release) string {
		if r.Console.Caret {
			return said(release.Incomplete)(r)
		}
		return "its usage behind `" + strings.TrimSpace(r.Say(release.UsageFirst)) + "`"
	}},
	{"`help COMMAND`", func(r *release.Release) string {
		switch {
		case r.Console.Caret:
			return "usage"
		case r.Say(release.HelpUsage) == "":
			return "usage, as `COMMAND ?`"
		}
		return "a page: usage, description, syntax, see also"
	}},
	{"`?`", func(r *release.Release) string {
		if r.Console.Help == release.HelpImmediate {
			return "answered at once"
		}
		return "a word, answered after Enter"
	}},
	{"TAB completes", func(r *release.Release) string { return yesNo(r.Console.Tab) }},
	{"`^Z` leaves configuration", func(r *release.Release) string { return yesNo(r.Console.CtrlZ) }},
	{"pager", func(r *release.Release) string {
		switch {
		case r.Console.FixedPager > 0:
			return fmt.Sprintf("%d lines, fixed", r.Console.FixedPager)
		case r.Console.SessionPager:
			return "`pager lines`, and `terminal pager` for the session"
		}
		return "`pager lines`"
	}},
	{"output filters", func(r *release.Release) string {
		if !r.Console.Filters {
			return "no"
		}
		return "`" + strings.Join(r.Console.FilterWords, "`, `") + "`"
	}},
	{"lines wrap at the terminal's width", func(r *release.Release) string { return yesNo(r.Console.Wrap) }},
	{"telnet sessions", func(r *release.Release) string { return fmt.Sprint(r.Console.MaxTelnet) }},
	{"SSH", func(r *release.Release) string {
		if r.Console.SSHVersion == "" {
			return "no"
		}
		who := "user `" + r.Console.SSHUser + "`"
		if r.Console.SSHUser == "" {
			who = "accounts only"
		}
		return fmt.Sprintf("`%s`, %s, %d sessions", r.Console.SSHVersion, who, r.Console.MaxSSH)
	}},
	{"`reload` asks whether to save", func(r *release.Release) string { return yesNo(r.Console.ReloadAsksSave) }},
	{"dialogue at first boot", func(r *release.Release) string { return yesNo(r.Console.FirstBootDialog) }},
	{"login password from the factory", func(r *release.Release) string {
		if r.Config.NoPasswd {
			return "none"
		}
		return "`cisco`"
	}},
	{"enable password from the factory", func(r *release.Release) string {
		if r.Console.EnableLeast > 0 {
			return "none: `enable` asks for one"
		}
		return "blank"
	}},
	{"secrets of `enable` and accounts", func(r *release.Release) string {
		if r.Console.Hash == release.HashPBKDF2 {
			return "PBKDF2 with a salt"
		}
		return "MD5"
	}},
	{"tells of the logins before", func(r *release.Release) string { return yesNo(r.Console.LoginHistory) }},
	{"the first `configure terminal` asks about call-home", func(r *release.Release) string { return yesNo(r.Console.AsksCallHome) }},
	{"log messages begin with", func(r *release.Release) string { return "`%" + r.Console.SyslogTag + "-`" }},
}

// said are the words of a message without arguments.
func said(key release.Key) func(*release.Release) string {
	return func(r *release.Release) string {
		words := strings.TrimSpace(r.Say(key))
		if words == "" {
			return "-"
		}
		if strings.Contains(words, "`") {
			return "`` " + words + " ``"
		}
		return "`" + words + "`"
	}
}

var natRows = []docsRow{
	{"inside to outside needs a translation", func(r *release.Release) string {
		switch {
		case r.NAT.ControlOption:
			return "by `nat-control`"
		case r.NAT.Control:
			return "yes"
		}
		return "no"
	}},
	{"`conduit`", func(r *release.Release) string { return yesNo(r.NAT.Conduits) }},
	{"MSS lowered to", func(r *release.Release) string { return numberOrDash(r.NAT.MSSClamp) }},
	{"above the embryonic limit", func(r *release.Release) string {
		if r.NAT.TCPIntercept {
			return "the box answers SYN itself"
		}
		return "a SYN is dropped"
	}},
	{"ICMP through the box", func(r *release.Release) string {
		if r.NAT.ICMPStateless {
			return "replies need a permit of their own"
		}
		return "replies pass"
	}},
	{"traffic between equal levels", func(r *release.Release) string {
		if r.NAT.SameSecurity {
			return "`same-security-traffic`"
		}
		return "never"
	}},
}

func numberOrDash(n int) string {
	if n == 0 {
		return "-"
	}
	return strconv.Itoa(n)
}

var timerRows = []docsRow{
	{"translation", timer(func(t release.Timers) time.Duration { return t.Xlate })},
	{"translation of a port (PAT)", timer(func(t release.Timers) time.Duration { return t.PATXlate })},
	{"TCP connection, idle", timer(func(t release.Timers) time.Duration { return t.Conn })},
	{"half-closed", timer(func(t release.Timers) time.Duration { return t.HalfClosed })},
	{"embryonic", timer(func(t release.Timers) time.Duration { return t.Embryonic })},
	{"after both FINs", timer(func(t release.Timers) time.Duration { return t.FINWait })},
	{"UDP", timer(func(t release.Timers) time.Duration { return t.UDP })},
	{"ICMP", timer(func(t release.Timers) time.Duration { return t.ICMP })},
	{"authentication", timer(func(t release.Timers) time.Duration { return t.Uauth })},
}

func timer(of func(release.Timers) time.Duration) func(*release.Release) string {
	return func(r *release.Release) string {
		s := int(of(r.Timers).Seconds())
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
}

var limitRows = []docsRow{
	{"connections", func(r *release.Release) string { return fmt.Sprint(r.Limits.Conns) }},
	{"translations", func(r *release.Release) string { return fmt.Sprint(r.Limits.Xlates) }},
	{"interfaces", func(r *release.Release) string { return fmt.Sprint(r.Limits.Interfaces) }},
	{"characters of a host name", func(r *release.Release) string { return fmt.Sprint(r.Limits.HostName) }},
	{"characters of a name", func(r *release.Release) string { return fmt.Sprint(r.Limits.NameLen) }},
	{"`telnet` lines", func(r *release.Release) string { return fmt.Sprint(r.Limits.TelnetEntries) }},
	{"octets of a command line", func(r *release.Release) string { return fmt.Sprint(r.Console.LineMax) }},
	{"octets of the log buffer", func(r *release.Release) string { return fmt.Sprint(r.Limits.LogBuffer) }},
	{"fragments kept", func(r *release.Release) string { return fmt.Sprint(r.Limits.Fragments) }},
}

// What a configuration looks like, beside the lines that its commands have.
var configRows = []docsRow{
	{"a stored configuration of another release", func(r *release.Release) string {
		if len(r.Config.Converts) == 0 {
			return "is read as it stands"
		}
		return "is converted if it is of " + strings.ReplaceAll(strings.Join(r.Config.Converts, "x, ")+"x", "(x", "")
	}},
	{"`interface` lines", func(r *release.Release) string {
		if i := slices.Index(r.Order, release.SectionInterface); i == 0 {
			return "first"
		} else if i > 0 {
			return "behind `" + string(r.Order[i-1]) + "`"
		}
		return "-"
	}},
	{"the third interface is", func(r *release.Release) string {
		if r.Config.InterfaceName == "" {
			return "nameless"
		}
		return fmt.Sprintf("`%s security%d`", fmt.Sprintf(r.Config.InterfaceName, 2), r.Config.ThirdLevel)
	}},
	{"an interface without an address", func(r *release.Release) string {
		if r.Console.Loopback {
			return "`127.0.0.1 255.255.255.255`"
		}
		return "`no ip address`"
	}},
	{"`access-group` and `conduit`", func(r *release.Release) string {
		group, conduit := slices.Index(r.Order, release.SectionAccessGroup), slices.Index(r.Order, release.SectionConduit)
		switch {
		case group < 0 && conduit < 0:
			return "-"
		case group < 0:
			return "`conduit`"
		case conduit < 0:
			return "`access-group`"
		case group < conduit:
			return "`access-group` first"
		}
		return "`conduit` first"
	}},
	{"logging that is off", func(r *release.Release) string {
		if len(r.Config.LoggingShown) == 0 {
			return "is not printed"
		}
		return "`" + strings.Join(r.Config.LoggingShown, "`, `") + "`"
	}},
	{"`fixup` lines", func(r *release.Release) string {
		if r.Config.SortFixups {
			return "by the alphabet"
		}
		return "in an order of their own"
	}},
	{"`timeout` lines", func(r *release.Release) string {
		var lines []string
		for _, l := range r.Config.TimeoutLines {
			lines = append(lines, "`"+strings.Join(l, " ")+"`")
		}
		return strings.Join(lines, "; ")
	}},
	{"`telnet` lines", func(r *release.Release) string {
		if r.Config.TelnetInterface {
			return "name the interface"
		}
		return "name none"
	}},
	{"lines of `access-list` end in a blank", func(r *release.Release) string {
		return yesNo(slices.Contains(r.Config.TrailingBlanks, release.SectionAccessList))
	}},
	{"lines of `aaa-server` end in a blank", func(r *release.Release) string {
		return yesNo(slices.Contains(r.Config.TrailingBlanks, release.SectionAAAServer))
	}},
}

// wire is a mail session through the engine of one release: what either side sends, and what the other gets.
type wire struct {
	s   *smtp.Session
	out strings.Builder
}

// pass offers one segment to the engine and writes down what becomes of it.
func (w *wire) pass(d smtp.Dir, seg string) (forwarded string) {
	b := []byte(seg)
	v := w.s.Segment(tourDate, d, b)
	forwarded = string(b[:v.Take])
	who, to := "client", "server"
	if d == smtp.ToClient {
		who, to = to, who
	}
	w.lines(who+" sends", seg)
	if forwarded != "" && forwarded != seg {
		w.lines(to+" gets", forwarded)
	}
	if forwarded == "" {
		w.lines(to+" gets", "(nothing)")
	}
	if len(v.Answer) > 0 {
		w.lines("firewall says", string(v.Answer))
	}
	return forwarded
}

func (w *wire) lines(who, text string) {
	for l := range strings.SplitSeq(strings.TrimRight(text, "\r\n"), "\n") {
		fmt.Fprintf(&w.out, "%-14s %s\n", who, strings.TrimRight(l, "\r"))
		who = ""
	}
}

// docsWire is the same few lines of a mail session through the engine of each release.
func docsWire() string {
	b := &strings.Builder{}
	for names, text := range shared(wireText) {
		fmt.Fprintf(b, "%s:\n\n```text\n%s```\n\n", names, text)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func wireText(r *release.Release) string {
	p := r.SMTP
	w := &wire{s: smtp.New(&p, nil)}
	w.pass(smtp.ToClient, "220 mail.example.com Microsoft ESMTP MAIL Service, Version: 5.0.2195.4905 ready at  Thu, 3 Oct 2002 13:14:25 -0500\r\n")
	for _, line := range []string{"goodmorning\r\n", "EHLO client.example.net\r\n", "RCPT TO:<|x@example.com>\r\n"} {
		got := w.pass(smtp.ToServer, line)
		switch {
		case got == "":
		case strings.HasPrefix(got, "EHLO"):
			w.pass(smtp.ToClient, "250-mail.example.com Hello [198.51.100.25]\r\n250-SIZE 10485760\r\n250-CHUNKING\r\n250-AUTH LOGIN PLAIN\r\n250 STARTTLS\r\n")
		case strings.HasPrefix(got, "NOOP"):
			w.pass(smtp.ToClient, "250 2.0.0 OK\r\n")
		case strings.HasPrefix(got, "RCPT"):
			w.pass(smtp.ToClient, "250 2.1.5 OK\r\n")
		default:
			w.pass(smtp.ToClient, "500 Command unrecognized\r\n")
		}
	}
	return w.out.String()
}

func docsFactory() string {
	b := &strings.Builder{}
	for _, r := range release.All() {
		fmt.Fprintf(b, "<details><summary>%s</summary>\n\n```text\n%s\n```\n\n</details>\n", r.Name, strings.TrimSpace(r.Factory))
	}
	return b.String()
}

// docsUnverified is every remark in the release's data that says so, with the words or the line that it stands at.
func docsUnverified(t *testing.T) string {
	var rows []string
	for _, dir := range []string{"release", "../dataplane/inspect/smtp", "../cli/command", "../lab"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", dir, len(files), err)
		}
		for _, f := range files {
			if !strings.HasSuffix(f, "_test.go") {
				rows = append(rows, unverifiedIn(t, f)...)
			}
		}
	}
	if len(rows) < 20 {
		t.Fatalf("only %d remarks found", len(rows))
	}
	return "| where | what | remark |\n|---|---|---|\n" + strings.Join(rows, "")
}

func unverifiedIn(t *testing.T, file string) []string {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, file, text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	name := strings.TrimPrefix(filepath.ToSlash(filepath.Clean(filepath.Join("appliance", file))), "appliance/release/")
	var rows []string
	for _, group := range tree.Comments {
		remark := strings.Join(strings.Fields(group.Text()), " ")
		if !strings.Contains(remark, "unverified") {
			continue
		}
		rows = append(rows, fmt.Sprintf("| %s | %s | %s |\n", name, inCode(subject(fset, lines, group)), inTable(short(remark))))
	}
	return slices.Compact(rows)
}

// subject is the code that a comment stands behind, or above.
func subject(fset *token.FileSet, lines []string, group *ast.CommentGroup) string {
	at := fset.Position(group.Pos())
	code := strings.TrimSpace(lines[at.Line-1][:at.Column-1])
	if end := fset.Position(group.End()).Line; code == "" && end < len(lines) {
		code = strings.TrimSpace(lines[end])
	}
	return strings.TrimRight(strings.Join(strings.Fields(code), " "), " ,{+(")
}

// short is the part of a remark that matters here: the one mark means "derived, not seen".
func short(remark string) string {
	for _, mark := range []string{"unverified: ", "unverified:", "unverified"} {
		if rest, ok := strings.CutPrefix(remark, mark); ok {
			return rest
		}
	}
	return remark
}

func inTable(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

func inCode(code string) string {
	if strings.Contains(code, "`") {
		return "`` " + inTable(code) + " ``"
	}
	return "`" + inTable(code) + "`"
}
