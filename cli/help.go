package cli

import (
	"slices"
	"strings"

	"pixsim/appliance/release"
	"pixsim/cli/command"
	g "pixsim/cli/grammar"
	"pixsim/cli/lexer"
)

// helpLine answers the help of the releases where ? is an ordinary word: "?" lists the commands, as the help command
// does; "X ?", "help X" and a single word with ? behind it print the usage of X. False: the line is none of these.
func (s *Session) helpLine(line string) bool {
	about := strings.TrimSpace(line)
	topic, asked := strings.CutSuffix(about, "?")
	if lead := s.leadWord(about); lead != "" {
		s.listBehind(lead)
		return true
	}
	show := s.helpUsage
	asked = asked && (topic == "" || strings.HasSuffix(topic, " ") || !strings.Contains(topic, " "))
	if !asked {
		word, behind, found := strings.Cut(about, " ")
		if !found || !strings.EqualFold(word, "help") {
			return false
		}
		topic, show = strings.TrimSuffix(behind, "?"), s.HelpOn
	}
	flush := s.open(s.ctx, nil)
	if topic = strings.TrimSpace(topic); topic == "" {
		s.listCommands()
	} else {
		show(topic)
	}
	flush()
	s.close()
	return true
}

// leadWord is show or clear where line asks for that word alone, with help before or ? behind it: what may follow is
// listed. "": it is another line.
func (s *Session) leadWord(line string) string {
	topic, asked := strings.CutSuffix(line, "?")
	words := strings.Fields(topic)
	if len(words) == 2 && strings.EqualFold(words[0], "help") {
		words, asked = words[1:], true
	}
	if len(words) != 1 || !asked {
		return ""
	}
	lead := ""
	for _, e := range s.begun(words[0]) {
		word := e.cmd.First()
		if e.form == cleared {
			word = "clear"
		} else if lead, _, _ := strings.Cut(e.cmd.Name, " "); lead == "show" || lead == "clear" {
			word = lead
		}
		if word != "show" && word != "clear" || lead != "" && lead != word {
			return ""
		}
		lead = word
	}
	return lead
}

// listBehind prints what show or clear may be followed by.
func (s *Session) listBehind(lead string) {
	flush := s.open(s.ctx, nil)
	text := ""
	if lead == "show" {
		text = s.rel.Say(release.HelpIntro)
	}
	for l := range command.ListBehind(lead, s.Listed(lead == "clear")) {
		text += l + "\n"
	}
	s.Printf("%s", text)
	flush()
	s.close()
}

// listCommands prints the commands of the mode.
func (s *Session) listCommands() {
	text := s.rel.Say(release.HelpIntro)
	for l := range command.CommandList(s.Listed(false)) {
		text += l + "\n"
	}
	s.Printf("%s", text)
}

// helpUsage prints the usage of the commands that text begins.
func (s *Session) helpUsage(text string) {
	es := s.begun(text)
	ls := s.table.usage(es)
	if len(es) == 0 {
		ls = said(s.rel, release.UnknownCommand)
	}
	s.Out().Write([]byte(strings.Join(ls, "\n") + "\n"))
}

// begun are the commands that text begins, or is.
func (s *Session) begun(text string) []entry {
	f, miss := s.table.find(newEnv(s.box.Config()), s.Mode(), text)
	switch {
	case miss == nil:
		return s.sameFirst(f)
	case miss.Word > 0:
		return miss.cmds
	}
	return nil
}

// HelpOn implements command.Session: it prints the page about the commands that text begins, where the release has pages; else their usage. One word
// is about the commands that begin with it, and those that show and clear what they do.
func (s *Session) HelpOn(text string) {
	es := s.begun(text)
	if len(es) == 0 {
		s.helpUsage(text)
		return
	}
	legal := s.table.commands(s.Mode())
	var cmds []*command.Command
	if word := es[0].cmd.First(); len(strings.Fields(text)) == 1 {
		for _, lead := range []string{"", "show ", "clear "} {
			for _, c := range legal {
				if c.Name == lead+word || strings.HasPrefix(c.Name, lead+word+" ") {
					cmds = append(cmds, c)
				}
			}
		}
	} else {
		for _, e := range es {
			if !slices.Contains(cmds, e.cmd) {
				cmds = append(cmds, e.cmd)
			}
		}
	}
	page := command.HelpPage(s.rel, cmds, legal)
	if page == "" {
		s.helpUsage(text)
		return
	}
	s.Printf("%s", page)
}

// sameFirst are f and the commands that have its name.
func (s *Session) sameFirst(f found) []entry {
	var es []entry
	for _, e := range f.layer.entries {
		if e.form == f.form && e.cmd.Name == f.cmd.Name {
			es = append(es, e)
		}
	}
	return es
}

// helpAt answers ? at once: text is what stands before it on the line.
func (s *Session) helpAt(text string) string {
	e := newEnv(s.box.Config())
	if words := lexer.Words(text); len(words) == 0 {
		return s.helpMode(e)
	}
	if behind, _, ok := s.filterVerb(e, text); ok {
		return s.helpFilter(behind)
	}
	if strings.HasSuffix(text, " ") || strings.HasSuffix(text, "\t") {
		return s.helpNext(e, text)
	}
	return s.helpWord(text)
}

// helpMode lists the mode's own commands, without a heading, and of the exec commands those that every mode has as its own.
func (s *Session) helpMode(e *env) string {
	ls := s.table.blocks(s.Mode())
	items := ls[0].set.Help(e, "").Items
	for _, it := range ls[len(ls)-1].set.Help(e, "").Items {
		switch m := s.Mode(); {
		case m == command.Configure && slices.Contains(everywhere, it.Text):
			items = append(items, it)
		case m > command.Configure && it.Text == "help": // seen in an object group of 9.x, and no other
			it.Help = "Help for " + strings.TrimSuffix(ls[0].title, " mode") + " configuration commands"
			items = append(items, it)
		}
	}
	slices.SortStableFunc(items, func(a, b g.Item) int { return strings.Compare(a.Text, b.Text) })
	return "\n" + table2(items, false)
}

// everywhere are the exec commands that the list of configuration mode has. unverified: from memory of the product.
var everywhere = []string{"end", "exit", "help", "quit", "show"}

// helpNext lists what may follow, in one block for each mode that knows the line.
func (s *Session) helpNext(e *env, text string) string {
	var b strings.Builder
	for _, l := range s.table.blocks(s.Mode()) {
		h := l.set.Help(e, text)
		if h.Failed != nil || len(h.Items) == 0 && !h.CR {
			continue
		}
		if removes(text) {
			describe(h.Items, l.set.Help(e, "").Items)
		}
		b.WriteString("\n")
		if head := s.rel.Say(release.HelpHeader, l.title); head != "" {
			b.WriteString(head + "\n")
		}
		if first := lexer.Words(text)[0].Text; h.CR && s.rel.Console.Filters && s.showing(e, first) {
			h.Items = append(h.Items, g.Item{Text: "|", Help: "Output modifiers"})
		}
		b.WriteString(table2(h.Items, h.CR))
	}
	if b.Len() == 0 {
		return s.rel.Say(release.Unrecognized) + "\n"
	}
	return b.String()
}

// removes reports whether the words of text are those before a whole command that goes: "no" and "clear configure".
func removes(text string) bool {
	var words []string
	for _, w := range lexer.Words(strings.ToLower(text)) {
		words = append(words, w.Text)
	}
	return slices.Equal(words, []string{"no"}) || slices.Equal(words, []string{"clear", "configure"})
}

// describe gives items the help of the commands that they name.
func describe(items, commands []g.Item) {
	for i := range items {
		for _, c := range commands {
			if c.Text == items[i].Text && c.Help != "" {
				items[i].Help = c.Help
			}
		}
	}
}

// showing reports whether word is show or more, perhaps abbreviated.
func (s *Session) showing(e *env, word string) bool {
	for _, l := range s.table.legal(s.Mode()) {
		if full, ok := l.set.Complete(e, word); ok && (full == "show " || full == "more ") {
			return true
		}
	}
	return false
}

// helpWord lists the words that the unfinished last word of text begins, in a row.
func (s *Session) helpWord(text string) string {
	var words []string
	for _, it := range s.items(text) {
		words = append(words, it.Text)
	}
	if len(words) > 0 {
		return "  " + strings.Join(words, "  ") + "\n"
	}
	e := newEnv(s.box.Config())
	for _, l := range s.table.legal(s.Mode()) {
		if h := l.set.Help(e, text); h.Failed == nil && h.Values {
			return ""
		}
	}
	return s.rel.Say(release.Unrecognized) + "\n"
}

// items are the fixed words and parameters that may follow or complete text, in all layers.
func (s *Session) items(text string) []g.Item {
	e := newEnv(s.box.Config())
	var items []g.Item
	for _, l := range s.table.legal(s.Mode()) {
		items = append(items, l.set.Help(e, text).Items...)
	}
	slices.SortStableFunc(items, func(a, b g.Item) int { return strings.Compare(a.Text, b.Text) })
	return slices.CompactFunc(items, func(a, b g.Item) bool { return a.Text == b.Text })
}

// complete is TAB: the line with its last word written out, where only one word is meant.
func (s *Session) complete(text string) string {
	words := lexer.Words(text)
	if len(words) == 0 || words[len(words)-1].End != len(text) {
		return text
	}
	if verb, at, ok := s.filterVerb(newEnv(s.box.Config()), text); ok {
		if begun := s.verbs(verb); verb != "" && len(begun) == 1 && !strings.Contains(verb, " ") {
			return text[:at] + begun[0] + " "
		}
		return text
	}
	items := s.items(text)
	if len(items) != 1 {
		return text
	}
	return text[:words[len(words)-1].Start] + items[0].Text + " "
}

// helpColumns is the width of a screen of help.
const helpColumns = 80

// table2 lays items out as 7.0 and later do: two blanks, the word padded to the longest and two more, the description,
// its further lines under its first. <cr> comes last.
func table2(items []g.Item, cr bool) string {
	width := 0
	for _, it := range items {
		width = max(width, len(it.Text))
	}
	if cr {
		width = max(width, len("<cr>"))
	}
	var b strings.Builder
	for _, it := range items {
		first := "  " + pad(it.Text, width+2)
		for i, l := range wordWrap(it.Help, helpColumns-len(first)) {
			if i > 0 {
				first = strings.Repeat(" ", width+4)
			}
			b.WriteString(strings.TrimRight(first+l, " ") + "\n")
		}
	}
	if cr {
		b.WriteString("  <cr>\n")
	}
	return b.String()
}

// wordWrap breaks text at blanks into lines of at most width characters; there is always one line.
func wordWrap(text string, width int) []string {
	if len(text) <= width {
		return []string{text}
	}
	var out []string
	now := ""
	for _, w := range strings.Fields(text) {
		if now != "" && len(now)+1+len(w) > width {
			out = append(out, now)
			now = w
			continue
		}
		if now != "" {
			now += " "
		}
		now += w
	}
	return append(out, now)
}

func pad(s string, width int) string {
	if len(s) >= width {
		return s + " "
	}
	return s + strings.Repeat(" ", width-len(s))
}
