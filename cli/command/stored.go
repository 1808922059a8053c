package command

import (
	"iter"
	"slices"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// A stored command is one that is parsed, kept and printed but that nothing acts on. Its lines are built of pieces, each
// of which is both the syntax of a word and the word that is printed for it.

// form is one kind of line of a stored command.
type form struct {
	span release.Span
	// slot are the words that say what the line sets, rest what it is set to. Without rest every line is its own slot.
	slot, rest piece
	// by are the pieces of slot that are the slot, where its other words are not to tell one line from another.
	by piece
	// usual are the lines of this form that are there without having been typed.
	usual []usual
	// fill is the rest that stands in every object which has a line of another form with a fill: an object of such forms is
	// complete from its first line on. "no" of such a line sets it back; of an object that is all fill nothing is left.
	fill string
	// owner: "no" of the slot removes every line whose slot begins with it.
	owner bool
	// only: the form exists behind "no" only, and where clears is set behind "clear" too; cleared: behind "clear" only.
	only, clears, cleared bool
	// blank: the line ends in a blank, bare: it does where its rest is empty, and plain: it does not, whatever its section does.
	blank, bare, plain bool
	// noStays: "no" of the line is a line too, where it was not set.
	noStays bool
	// once: the line does something at that moment, and leaves none.
	once bool
	// whole: the line, which is an object and nothing else, gives it the lines of its fills.
	whole bool
	// enters is the sub-mode that the line opens, User where it opens none.
	enters Mode
	// inline: the lines of the sub-mode that it opens may be typed behind it, on the same line.
	inline bool
}

// usual is a line that is there without having been typed. {if} stands for the name of each interface.
type usual struct {
	span release.Span
	slot string // as words
	text string // "" where nothing is printed
	// unsaid: the slot alone is in force and, unlike its "no", never printed.
	unsaid bool
}

// In is the releases that have the line.
func (u usual) In() release.Span { return u.span }

// storedSpec is a stored command.
type storedSpec struct {
	name    string // the first word, or words
	help    string
	span    release.Span
	section release.Section
	forms   []form
	objects []object
	body    *submodes
	usage   []string
	acts    bool           // the clock goes by its lines
	partly  bool           // some of its lines are acted on
	noclear bool           // "clear NAME" is another command's
	all     []usual        // what show running-config all has, in its order: the lines that are not printed otherwise
	shows   []string       // beginnings of lines that have a show command of their own
	private bool           // the lines hold passwords
	quiet   bool           // another command prints the lines
	parts   []shownSection // of clear configure
	// ends is a line behind those of an object, or "", given their texts.
	ends func(lines []string) string
	// check says what is wrong with a line that its syntax does not; nil: nothing ever is.
	check func(c *config.Config, l config.Stored) error
	// typed makes a typed line the one that is kept, and says what there is to say about it.
	typed func(c *Ctx, l *config.Stored)
	// inUse says why the object of a slot cannot be removed: the words for it and what they name; "": it can.
	inUse func(c *config.Config, slot string) (release.Key, string)
}

// syntaxes puts what sets the form and what takes it away behind those of the forms before it. Without what it is set to
// the opposite takes the line away as well.
func (f *form) syntaxes(help string, set, no []g.Syntax) (sets, noes []g.Syntax) {
	describe(f.slot, help)
	if f.cleared {
		return set, no
	}
	slot, rest := f.slot.syntax(), g.Seq()
	if f.rest != nil {
		rest = f.rest.syntax()
	}
	if !f.only {
		set = append(set, g.In(f.span, slot, rest))
	}
	if f.rest != nil {
		rest = g.Opt(rest)
	}
	return set, append(no, g.In(f.span, slot, rest))
}

// command makes the Command of the table.
func (s *storedSpec) command() *Command {
	var set, no []g.Syntax
	c := &Command{Name: s.name, Help: s.help, Mode: Configure, Span: s.span, Stored: !s.acts, Partly: s.partly, Usage: s.usage, Private: s.private}
	clears := []g.Syntax{s.clearWords()}
	for _, f := range s.forms {
		set, no = f.syntaxes(s.help, set, no)
		if b, ok := f.begin(); ok {
			c.begins = append(c.begins, b)
		}
		if f.inline {
			set, no = s.inlineSyntaxes(&f, set, no)
		}
		if f.clears || f.cleared {
			clears = append(clears, g.In(f.span, f.slot.syntax()))
		}
	}
	if _, later := s.span.Meet(inASA); later {
		s.parts = s.clearsOf(c.begins)
		clears = append(clears, syntaxesOf(s.parts)...)
	}
	c.Syntax, c.NoSyntax, c.ClearSyntax, c.Set, c.No, c.Lines = g.Alt(set...), g.Alt(no...), g.Alt(clears...), s.set, s.no, s.lines
	if !s.noclear {
		c.Clear = s.clear
	}
	if s.quiet {
		c.Lines = nil
	}
	return c
}

// clearWords are the words behind "clear" that all lines of the command go by: crypto need not be typed, as in cryptoLit.
func (s *storedSpec) clearWords() g.Syntax {
	if words, ok := strings.CutPrefix(s.name, "crypto "); ok {
		return cryptoLit(words).syntax()
	}
	return g.Seq(keywords(s.name, s.help)...)
}

// describe gives the first word of a form the help of its command.
func describe(p piece, help string) {
	switch p := opened(p).(type) {
	case litPiece:
		p.Help = help
	case seqPiece:
		describe(p[0], help)
	}
}

// read is the line that was typed, and its form.
func read(name string, forms []form, c *config.Config, m *g.Match) (config.Stored, *form) {
	for i := range forms {
		f := &forms[i]
		if !f.slot.typed(m) {
			continue
		}
		slot := f.slot.words(c, m)
		words := slot
		if f.rest != nil {
			words = append(words[:len(words):len(words)], f.rest.words(c, m)...)
		}
		at := config.Stored{Words: slot}
		if f.by != nil {
			at.Words = f.by.words(c, m)
		}
		return config.Stored{Command: name, Slot: at.Text(), Form: i, Words: words}, f
	}
	return config.Stored{Command: name}, &form{}
}

func (s *storedSpec) set(c *Ctx, e *config.Edit, m *g.Match) error {
	l, f := read(s.name, s.forms, e.View(), m)
	if s.typed != nil {
		s.typed(c, &l)
	}
	if s.check != nil {
		if err := s.check(e.View(), l); err != nil {
			return err
		}
	}
	if in := s.inlined(f, m); in != nil {
		if !s.has(e.View(), l.Slot) {
			e.SetStored(l)
		}
		return s.setBody(&Ctx{Release: c.Release, Path: Path{l.Slot}}, e, in, m)
	}
	if f.enters != User {
		c.Enter(f.enters, l.Slot)
	}
	switch {
	case f.once:
		return nil
	case f.whole:
		s.complete(e, l.Slot)
		return nil
	}
	if u, ok := s.usualOf(e.View(), l.Slot); ok && (u.text == l.Text() || u.unsaid && l.Slot == l.Text()) {
		e.RemoveStored(s.name, l.Slot)
		return nil
	}
	if !e.SetStored(l) {
		return Errorf(release.ConfTooMany, s.name)
	}
	if f.fill != "" {
		s.complete(e, objectSlot(l))
	}
	return nil
}

// no removes the line of the slot. Where the slot has a line by default, the default is switched off instead, unless it
// was replaced before.
func (s *storedSpec) no(c *Ctx, e *config.Edit, m *g.Match) error {
	l, f := read(s.name, s.forms, e.View(), m)
	if s.typed != nil && f.rest == nil {
		s.typed(&Ctx{Release: c.Release}, &l)
	}
	if in := s.inlined(f, m); in != nil {
		return s.noBody(&Ctx{Release: c.Release, Path: Path{l.Slot}}, e, in, s.name, m)
	}
	if s.inUse != nil {
		if key, what := s.inUse(e.View(), l.Slot); key != "" {
			return Errorf(key, what)
		}
	}
	u, byDefault := s.usualOf(e.View(), l.Slot)
	switch {
	case f.fill != "":
		return s.setBack(e, l)
	case f.once && !f.owner:
		return nil
	case f.owner:
		return found(e.RemoveStoredUnder(s.name, l.Slot) || !named(f.slot) || byDefault, s.name)
	case (f.noStays || byDefault) && isOff(e, s.name, l.Slot), e.RemoveStored(s.name, l.Slot):
		return nil
	case f.noStays:
		l.Off, l.Words = true, f.slot.words(e.View(), m)
		e.SetStored(l)
		return nil
	case !byDefault:
		return found(!named(f.slot), s.name)
	case strings.HasPrefix(u.text, "no ") || u.text == "" && !u.unsaid:
		return nil
	}
	l.Off = true
	e.SetStored(l)
	return nil
}

// isOff reports whether a slot has its "no ..." line.
func isOff(e *config.Edit, command, slot string) bool {
	l, ok := e.View().InSlot(command, slot)
	return ok && l.Off
}

// named reports whether a slot names something beside an interface. What is not there cannot be found; a setting that is
// off already stays so without a word (scripts begin with rows of such lines).
func named(p piece) bool {
	switch p := opened(p).(type) {
	case litPiece:
		return false
	case seqPiece:
		return slices.ContainsFunc(p, named)
	case valPiece[string]:
		return p.Name != "if_name"
	}
	return true
}

// clear removes the lines of an object that was named, or all of them.
func (s *storedSpec) clear(_ *Ctx, e *config.Edit, m *g.Match) error {
	for i := range s.forms {
		if f := &s.forms[i]; (f.clears || f.cleared) && f.slot.typed(m) {
			l := config.Stored{Words: f.slot.words(e.View(), m)}
			return found(e.RemoveStoredUnder(s.name, l.Text()) || f.cleared, s.name)
		}
	}
	if words, name, typed := typedOf(s.parts, m); typed && len(words) >= len(s.name) && (words != s.name || name != "") {
		slot := strings.TrimSpace(words + " " + name)
		return found(e.RemoveStoredUnder(s.name, slot) || name == "", slot)
	}
	e.ClearStored(s.name)
	return nil
}

// objectSlot is the slot of the object that a line with a fill belongs to: those of its lines have one word more.
func objectSlot(l config.Stored) string { return l.Slot[:strings.LastIndexByte(l.Slot, ' ')] }

// siblings are the forms with a fill, each with its slot in an object.
func (s *storedSpec) siblings(c *config.Config, object string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for i, f := range s.forms {
			if f.fill == "" || !existsIn(c, f.span) {
				continue
			}
			if !yield(i, object+" "+lastWord(f.slot)) {
				return
			}
		}
	}
}

// lastWord is the keyword that a slot ends in.
func lastWord(p piece) string {
	switch p := opened(p).(type) {
	case litPiece:
		return p.Text
	case seqPiece:
		return lastWord(p[len(p)-1])
	}
	return ""
}

// complete gives an object those of its lines that it lacks.
func (s *storedSpec) complete(e *config.Edit, object string) {
	for i, slot := range s.siblings(e.View(), object) {
		if !s.has(e.View(), slot) {
			e.SetStored(s.filled(i, slot))
		}
	}
}

func (s *storedSpec) filled(i int, slot string) config.Stored {
	return config.Stored{Command: s.name, Slot: slot, Form: i, Words: []config.Word{plainWord(slot + " " + s.forms[i].fill)}}
}

func (s *storedSpec) has(c *config.Config, slot string) bool {
	_, ok := c.InSlot(s.name, slot)
	return ok
}

// setBack gives a line its fill again. An object of which all lines are so is no more.
func (s *storedSpec) setBack(e *config.Edit, l config.Stored) error {
	if !s.has(e.View(), l.Slot) {
		return found(false, s.name)
	}
	e.SetStored(s.filled(l.Form, l.Slot))
	texts := map[string]bool{}
	for _, k := range e.View().StoredOf(s.name) {
		texts[k.Text()] = true
	}
	for i, slot := range s.siblings(e.View(), objectSlot(l)) {
		if !texts[slot+" "+s.forms[i].fill] {
			return nil
		}
	}
	e.RemoveStoredUnder(s.name, objectSlot(l))
	return nil
}

// usualOf is the default line of a slot.
func (s *storedSpec) usualOf(c *config.Config, slot string) (usual, bool) {
	for _, u := range s.defaults(c) {
		if u.slot == slot {
			return u, true
		}
	}
	return usual{}, false
}

// defaults are the default lines with the places of their forms, one for each interface where they name one.
func (s *storedSpec) defaults(c *config.Config) iter.Seq2[int, usual] {
	unshown := slices.Contains(c.Release.Config.Unshown, s.name)
	return func(yield func(int, usual) bool) {
		for i, f := range s.forms {
			if !existsIn(c, f.span) {
				continue
			}
			for u := range release.Rows(c.Release, f.usual) {
				if unshown {
					u.text = ""
				}
				if !eachInterface(c, u, func(u usual) bool { return yield(i, u) }) {
					return
				}
			}
		}
	}
}

// eachInterface yields u for every interface where it speaks of {if}.
func eachInterface(c *config.Config, u usual, yield func(usual) bool) bool {
	if !strings.Contains(u.slot, "{if}") {
		return yield(u)
	}
	for _, f := range namedInterfaces(c) {
		v := u
		v.slot = strings.ReplaceAll(u.slot, "{if}", f.Name)
		v.text = strings.ReplaceAll(u.text, "{if}", f.Name)
		if !yield(v) {
			return false
		}
	}
	return true
}
