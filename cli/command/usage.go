package command

import (
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// UsageForms are the usage lines of c in rel, in the notation of the manuals and without "Usage:". A text of the manuals
// is that of the newest release that has the command; an older one has it without the words that its grammar lacks. A
// command without a text, or of whose text nothing is left, speaks by its syntax, and so do all of 7.0 and later: the texts
// are those of the PIX up to 6.3. Commands of one family share a text:
// among are the release's.
func UsageForms(c *Command, rel *release.Release, among iter.Seq[*Command]) []string {
	if c.Usage == nil || rel.Console.Caret {
		return derivedUsage(c, rel)
	}
	known := map[string]bool{"no": true, "show": c.Run == nil}
	addUsageWords(known, c, rel)
	for other := range among {
		if other != c && slices.Equal(other.Usage, c.Usage) {
			addUsageWords(known, other, rel)
		}
	}
	var out []string
	for _, form := range usageTexts(c.Usage) {
		if text := pruned(form, known); text != "" {
			out = append(out, strings.Split(text, "\n")...)
		}
	}
	if len(out) == 0 {
		return derivedUsage(c, rel)
	}
	return out
}

// usageTexts are the forms among usage lines: a line that begins with a blank goes on.
func usageTexts(lines []string) []string {
	var out []string
	for _, l := range lines {
		if n := len(out); n > 0 && strings.HasPrefix(l, " ") {
			out[n-1] += "\n" + l
			continue
		}
		out = append(out, l)
	}
	return out
}

// addUsageWords adds the fixed words that rel's grammar has in c, and those that stand before whole commands.
func addUsageWords(known map[string]bool, c *Command, rel *release.Release) {
	if c.Clear != nil || c.Run != nil {
		known["clear"] = true
	}
	for w := range strings.FieldsSeq(c.Name) {
		known[strings.ToLower(w)] = true
	}
	for _, s := range []g.Syntax{c.Syntax, c.NoSyntax, c.ClearSyntax} {
		if s == nil {
			continue
		}
		for w := range g.Literals(s, rel) {
			known[strings.ToLower(w)] = true
		}
		for d := range g.Words(s, rel) {
			if strings.HasPrefix(d.Values, inParentheses) {
				known[inParentheses] = true
			}
			if d.Text[:1] == aValue {
				known[d.Text] = true
			}
		}
		for name := range g.Values(s) {
			if !known[name] {
				known[name] = false // those of other releases are told to be unknown
			}
		}
	}
}

// inParentheses begins the names of interfaces that stand in them, aValue the names for values.
const (
	inParentheses = "("
	aValue        = "<"
)

// usageWord finds the fixed words of a usage text; what stands in <> is a name for a value, in () one or two for interfaces.
var usageWord = regexp.MustCompile(`<[^>]*>|\([^)]*\)|[A-Za-z0-9][\w.+/-]*`)

// unknownWord is where the first word stands that is not known. A name for a value is known unless only other releases
// have it there.
func unknownWord(text string, known map[string]bool) (from, to int, ok bool) {
	for _, at := range usageWord.FindAllStringIndex(text, -1) {
		w := strings.ToLower(strings.Trim(text[at[0]:at[1]], "."))
		if w[:1] == inParentheses {
			w = inParentheses
		}
		here, told := known[w]
		if !here && (told || w[:1] != aValue) {
			return at[0], at[1], true
		}
	}
	return 0, 0, false
}

// pruned is a usage text without what is unknown: the word goes where it is one of several, else the brackets that it
// stands in, else the whole text.
func pruned(text string, known map[string]bool) string {
	for {
		from, to, ok := unknownWord(text, known)
		if !ok {
			return text
		}
		if text = tidied(withoutWord(text, from, to)); text == "" {
			return ""
		}
	}
}

func withoutWord(text string, from, to int) string {
	before, behind := strings.TrimRight(text[:from], " "), strings.TrimLeft(text[to:], " ")
	switch {
	case strings.HasSuffix(before, "|"):
		before = strings.TrimRight(strings.TrimSuffix(before, "|"), " ")
		return before + text[to+len(usageValue.FindString(text[to:])):]
	case strings.HasPrefix(behind, "|"):
		return text[:from] + strings.TrimLeft(behind[1:], " ")
	}
	open := innermost(text[:from])
	if open < 0 || text[open] != '[' {
		return ""
	}
	depth := 0
	for i := open; i < len(text); i++ {
		switch text[i] {
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth == 0 {
				return strings.TrimSuffix(text[:open], " ") + text[i+1:]
			}
		}
	}
	return ""
}

// usageValue is the value that belongs to the word before it.
var usageValue = regexp.MustCompile(`^ <[^>]*>`)

// innermost is the index of the bracket that is open at the end of text; -1: none.
func innermost(text string) int {
	depth := 0
	for i := len(text) - 1; i >= 0; i-- {
		switch text[i] {
		case ']', '}':
			depth++
		case '[', '{':
			if depth--; depth < 0 {
				return i
			}
		}
	}
	return -1
}

var (
	lonelyChoice = regexp.MustCompile(`\{([^{}|\[\]]*)\}`)
	emptyLine    = regexp.MustCompile(`(?m)^\s*\n|\n\s*$`)
)

func tidied(text string) string {
	text = lonelyChoice.ReplaceAllString(text, "$1")
	text = strings.ReplaceAll(text, "[]", "")
	return strings.TrimRight(emptyLine.ReplaceAllString(text, ""), " \n")
}

// A usage line that is derived from a syntax is broken at usageColumns, after the manner of the 5.x and 6.x texts.
const (
	usageColumns = 68
	usageIndent  = "        "
)

func derivedUsage(c *Command, rel *release.Release) []string {
	if c.Syntax == nil {
		return nil
	}
	var out []string
	add := func(lead string, s g.Syntax) {
		for l := range g.Enumerate(s, rel) {
			out = append(out, fold(lead+l)...)
		}
	}
	if c.No != nil && c.NoSyntax == nil {
		add("[no] ", c.Syntax)
	} else {
		add("", c.Syntax)
	}
	if c.NoSyntax != nil {
		add("no ", c.NoSyntax)
	}
	if c.Clear != nil && c.ClearSyntax != nil {
		add("clear ", c.ClearSyntax)
	}
	return out
}

// fold breaks a line at blanks.
func fold(line string) []string {
	var out []string
	now := ""
	for w := range strings.SplitSeq(line, " ") {
		if now != "" && len(now)+1+len(w) > usageColumns {
			out = append(out, now)
			now = usageIndent + w
			continue
		}
		if now != "" {
			now += " "
		}
		now += w
	}
	return append(out, now)
}

// HelpPage is what help COMMAND shows from 6.2 on about the commands cmds, which legal are among: how they are used, what
// they are for, what their words mean, and where to read on. "" where the release has usage lines instead.
func HelpPage(rel *release.Release, cmds, legal []*Command) string {
	if rel.Say(release.HelpUsage) == "" {
		return ""
	}
	var page strings.Builder
	part := func(key release.Key, lines []string) {
		if len(lines) > 0 {
			page.WriteString("\n" + rel.Say(key) + "\n\n" + strings.Join(lines, "\n") + "\n")
		}
	}
	part(release.HelpUsage, usageOfAll(rel, cmds, legal))
	part(release.HelpDescription, descriptions(cmds))
	part(release.HelpSyntax, meanings(rel, cmds))
	if also := seeAlso(cmds, legal); len(also) > 0 {
		page.WriteString("\n" + rel.Say(release.HelpAlso, strings.Join(also, ", ")) + "\n")
	}
	return page.String()
}

func usageOfAll(rel *release.Release, cmds, legal []*Command) []string {
	var out []string
	for _, c := range cmds {
		lines := UsageForms(c, rel, slices.Values(legal))
		if len(lines) > 0 && slices.Contains(out, "\t"+lines[0]) {
			continue // one of a family with one text
		}
		for _, l := range lines {
			out = append(out, "\t"+l)
		}
	}
	return out
}

// helpColumn is where help texts begin.
const helpColumn = 16

func helpRow(word, text string) string {
	return strings.TrimRight(fmt.Sprintf("%-*s%s", helpColumn-1, word, " "+text), " ")
}

// descriptions are what the commands are for. The commands that show and clear a thing speak only where they are alone.
func descriptions(cmds []*Command) []string {
	var out []string
	for _, c := range cmds {
		if c.First() != cmds[0].First() {
			continue
		}
		word := c.First()
		text := c.Help
		if t := FirstHelp(word); t != "" {
			text = t
		}
		if l := helpRow(word, text); !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

// meanings are the words and values of the commands' syntaxes, but for the commands themselves.
func meanings(rel *release.Release, cmds []*Command) []string {
	var out, done []string
	for _, c := range cmds {
		done = append(done, strings.Fields(c.Name)...)
		for d := range g.Words(c.Syntax, rel) {
			text := orElse(d.Help, valueHelp[strings.Trim(d.Text, "<>()")])
			if text == "" || slices.Contains(done, d.Text) {
				continue
			}
			done = append(done, d.Text)
			out = append(out, helpRow(d.Text, text))
		}
	}
	return out
}

// seeAlso are the commands that readers of cmds may look for, as far as they are legal.
func seeAlso(cmds []*Command, legal []*Command) []string {
	var out []string
	for _, c := range cmds {
		for _, name := range related[c.First()] {
			there := slices.ContainsFunc(legal, func(l *Command) bool { return l.Name == name || strings.HasPrefix(l.Name, name+" ") })
			if there && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}
