package command

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// show running-config X of 7.0 and later is a rule: X is what the lines of a command of the configuration begin with, in the
// releases that have those lines, and behind it the names that stand there in the lines.

// begin is how lines of a command begin.
type begin struct {
	words string
	span  release.Span
	names int // how many words may stand behind, of those that the lines have there
}

// otherNames are words of show running-config for lines that begin with others (command references of 7.0 and 8.x).
var otherNames = []struct {
	word, lines string
	span        release.Span
}{
	{"ipsec", "crypto ipsec", inASA},
	{"isakmp", "crypto isakmp", since72.Through(release.V(8, 3))},
}

// shownSection is a begin as words behind show running-config.
type shownSection struct {
	begin
	lines string // how the lines begin where that is not by the words
	keys  []*g.Keyword
	names []*g.Param[string]
}

// elsewhere are the words that show running-config has in a form of their own.
var elsewhere = []spanWord{{word: "interface"}, {word: "object-group"}, {word: "object", span: since83}, {word: "nat", span: since83}}

// sections are those of all commands, the longer ones of a word behind it.
var sections = sync.OnceValue(func() []shownSection { return sectionsOf(slices.Concat(configCommands(), asaCommands())) })

func sectionsOf(commands []*Command) []shownSection {
	all := map[string]*begin{}
	for _, c := range commands {
		if c.Mode != Configure || c.Lines == nil && c.begins == nil {
			continue
		}
		for _, b := range c.lineBegins() {
			span, ok := b.span.Meet(c.Span)
			if span, ok = common(span, ok, inASA); !ok || special(b.words, span) {
				continue
			}
			if was := all[b.words]; was != nil {
				was.span, was.names = was.span.Join(span), max(was.names, b.names)
			} else {
				all[b.words] = &begin{b.words, span, b.names}
			}
		}
	}
	var out []shownSection
	for _, b := range all {
		out = append(out, b.shown())
	}
	for _, n := range otherNames {
		s := (&begin{words: n.word, span: n.span}).shown()
		s.lines = n.lines
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b shownSection) int { return cmp.Compare(a.words, b.words) })
	return out
}

func common(s release.Span, ok bool, o release.Span) (release.Span, bool) {
	if !ok {
		return s, false
	}
	return s.Meet(o)
}

func special(words string, span release.Span) bool {
	first, _, _ := strings.Cut(words, " ")
	return slices.ContainsFunc(elsewhere, func(w spanWord) bool {
		_, both := w.span.Meet(span)
		return w.word == first && both && span.From.Compare(w.span.From) >= 0
	})
}

// lineBegins are how the lines of c begin: its first words, all of their beginnings among them.
func (c *Command) lineBegins() []begin {
	all := c.begins
	if all == nil {
		all = []begin{{c.Name, release.Span{}, namedLines[c.Name]}}
	}
	var out []begin
	for _, b := range all {
		words := strings.Fields(b.words)
		for n := range len(words) {
			names := 0
			if n+1 == len(words) {
				names = b.names
			}
			out = append(out, begin{strings.Join(words[:n+1], " "), b.span, names})
		}
	}
	return out
}

// namedLines are the commands without a table of forms that are asked for by name, with the number of names.
var namedLines = map[string]int{"access-list": 1, "class-map": 1, "policy-map": 1, "username": 1, "policy-map type inspect esmtp": 1, "class-map type regex": 1}

func (b *begin) shown() shownSection {
	s := shownSection{begin: *b}
	help := cmp.Or(sectionHelp[b.words], "Show "+b.words+" configuration")
	for w := range strings.FieldsSeq(b.words) {
		s.keys = append(s.keys, g.Word(w, help))
	}
	for range b.names {
		s.names = append(s.names, &g.Param[string]{Name: "name", Help: "Name", Type: g.Ident(241)})
	}
	return s
}

func sectionSyntax() g.Syntax { return g.Alt(syntaxesOf(sections())...) }

func syntaxesOf(sections []shownSection) []g.Syntax {
	var out []g.Syntax
	for _, s := range sections {
		var words []g.Syntax
		for _, k := range s.keys {
			words = append(words, k)
		}
		var names g.Syntax = g.Seq()
		for _, n := range slices.Backward(s.names) {
			names = g.Opt(n, names)
		}
		out = append(out, g.In(s.span, append(words, names)...))
	}
	return out
}

func sectionTyped(m *g.Match) (words, names string, typed bool) { return typedOf(sections(), m) }

// typedOf is the section that was typed: its words, and the names behind them.
func typedOf(sections []shownSection, m *g.Match) (words, names string, typed bool) {
	for _, s := range sections {
		if slices.ContainsFunc(s.keys, func(k *g.Keyword) bool { return !k.Seen(m) }) {
			continue
		}
		for _, n := range s.names {
			names = strings.TrimSpace(names + " " + n.Get(m))
		}
		return cmp.Or(s.lines, s.words), names, true
	}
	return "", "", false
}

// clearsOf are the parts of a stored command that clear configure takes from 7.0 on: those by which they are shown, and in each
// one object by its name.
func (s *storedSpec) clearsOf(begins []begin) []shownSection {
	all := map[string]*begin{}
	for _, b := range (&Command{begins: begins}).lineBegins() {
		span, ok := b.span.Meet(inASA)
		if !ok || b.words == s.name && b.names == 0 || len(b.words) < len(s.name) {
			continue
		}
		if was := all[b.words]; was != nil {
			was.span, was.names = was.span.Join(span), max(was.names, min(b.names, 1))
		} else {
			all[b.words] = &begin{b.words, span, min(b.names, 1)}
		}
	}
	var out []shownSection
	for _, b := range all {
		out = append(out, b.shown())
	}
	slices.SortFunc(out, func(a, b shownSection) int { return cmp.Compare(a.words, b.words) })
	return out
}

// ClearRest clears, where all lines of c's first word were asked for from 7.0 on, those of the stored commands that share it.
func (c *Command) ClearRest(e *config.Edit, m *g.Match) {
	if words := strings.Fields(m.Line); len(words) != 3 || !existsIn(e.View(), inASA) {
		return
	}
	for i := range asaSpecs {
		if first, _, _ := strings.Cut(asaSpecs[i].name, " "); first == c.First() {
			e.ClearStored(asaSpecs[i].name)
		}
	}
}

// sectionHelp is the help of some sections.
var sectionHelp = map[string]string{
	"aaa":                          "Show aaa configuration",
	"aaa-server":                   "Show aaa-server configuration",
	"access-group":                 "Show access-group configuration",
	"access-list":                  "Show configured access control elements",
	"arp":                          "Show configured arp entries",
	"asdm":                         "Show ASDM configuration",
	"banner":                       "Show banner text",
	"boot":                         "Show boot configuration",
	"class-map":                    "Show class-map configuration",
	"clock":                        "Show clock configuration",
	"console":                      "Show console configuration",
	"crypto":                       "Show crypto configuration",
	"dhcpd":                        "Show DHCP server configuration",
	"dns":                          "Show DNS configuration",
	"domain-name":                  "Show the configured domain name",
	"dynamic-access-policy-record": "Show dynamic access policy records",
	"enable":                       "Show enable passwords",
	"failover":                     "Show failover configuration",
	"ftp":                          "Show FTP configuration",
	"global":                       "Show global address pools",
	"hostname":                     "Show the host name",
	"http":                         "Show HTTP server configuration",
	"icmp":                         "Show icmp rules",
	"ip":                           "Show IP configuration",
	"logging":                      "Show logging configuration",
	"mtu":                          "Show interface MTU",
	"name":                         "Show the name/address associations",
	"names":                        "Show whether names are used",
	"nat":                          "Show nat configuration",
	"nat-control":                  "Show nat-control configuration",
	"ntp":                          "Show NTP configuration",
	"pager":                        "Show pager configuration",
	"passwd":                       "Show the login password",
	"policy-map":                   "Show policy-map configuration",
	"prompt":                       "Show the prompt configuration",
	"regex":                        "Show regular expressions",
	"route":                        "Show configured routes",
	"router":                       "Show router configuration",
	"same-security-traffic":        "Show same-security-traffic configuration",
	"service":                      "Show service configuration",
	"service-policy":               "Show service-policy configuration",
	"snmp-server":                  "Show SNMP configuration",
	"ssh":                          "Show ssh configuration",
	"static":                       "Show static configuration",
	"sysopt":                       "Show sysopt configuration",
	"telnet":                       "Show telnet configuration",
	"terminal":                     "Show terminal settings",
	"threat-detection":             "Show threat detection configuration",
	"timeout":                      "Show idle timeouts",
	"username":                     "Show user names",
	"webvpn":                       "Show WebVPN configuration",
}

// formBegin is how the lines of a form begin.
func (f *form) begin() (begin, bool) {
	words := leadingWords(f.slot)
	if f.only || f.cleared || f.once || words == "" {
		return begin{}, false
	}
	return begin{words, f.span, namesBehind(f.slot)}, true
}

// namesBehind is how many names stand behind the keywords that a slot begins with, before another keyword.
func namesBehind(p piece) int {
	names, behind := 0, false
	var walk func(p piece) bool
	walk = func(p piece) bool { // false: it is over
		switch p := opened(p).(type) {
		case litPiece:
			return !behind
		case valPiece[string]:
			behind = true
			names++
			return p.Name != "if_name"
		case valPiece[int]:
			behind = true
			names++
			return true
		case usuallyPiece:
			return walk(p.piece)
		case seqPiece:
			for _, q := range p {
				if !walk(q) {
					return false
				}
			}
			return true
		}
		return false
	}
	walk(p)
	return names
}
