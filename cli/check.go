package cli

import (
	"slices"
	"strconv"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli/command"
)

// Checked is what became of one line of a configuration text.
type Checked struct {
	Refused // its Messages are none where the device has nothing to say
	// Skipped: no configuration command but a comment, or an exec command, which a startup-config may hold.
	Skipped bool
	// Form is what the line was found to do; Unchecked where only the load was asked for, or the line was refused.
	Form Form
}

// Lost: the line was taken and is not in the configuration as that is written back.
func (c Checked) Lost() bool { return c.Form == Unrendered }

// Stuck: the line's opposite is refused, or leaves the line where it is.
func (c Checked) Stuck() bool { return c.Form == Stays }

// Final: the release has no opposite of the line.
func (c Checked) Final() bool { return c.Form == NoOpposite }

// Converted: the line is one of an older software, and others have taken its place.
func (c Checked) Converted() bool { return c.Form == Became }

// Form is whether a line that was taken is in the configuration, and whether its opposite takes it out again.
type Form uint8

const (
	Unchecked Form = iota
	// Whole: it renders, and its opposite removes it.
	Whole
	// NoOpposite: it renders; the release has no `no` of it.
	NoOpposite
	// Removes: it is a `clear`, or a `no` of what nobody had set: there is nothing to render.
	Removes
	// Unrendered: it was taken and left no trace.
	Unrendered
	// Stays: its opposite is refused, or leaves it where it is.
	Stays
	// Became: the release writes other lines in its place, or has no use for it.
	Became
)

// Check loads text as Load does and tells what became of each line. With deep, which takes time that grows with the
// square of the text, it tries each line's opposite at once as well, on a copy.
func Check(rel *release.Release, text string, deep bool) []Checked {
	t, e, _ := NewReader(rel).startup(text)
	return check(t, e, text, deep)
}

func check(t *table, e *config.Edit, text string, deep bool) []Checked {
	fresh, bare := *e.View(), rendered(e)
	l := loader{table: t, edit: e, mode: command.Configure, startup: true, older: olderThan(t.rel, text)}
	before := bare
	var out []Checked
	n := 0
	for line := range strings.Lines(text) {
		n++
		c := Checked{Refused: Refused{Line: n, Text: strings.TrimRight(line, "\r\n")}}
		was := l.fork()
		c.Messages, c.Taken = l.line(c.Text)
		f, known := was.finds(command.Reworded(t.rel, l.older, c.Text))
		c.Skipped = c.Taken && !known
		if c.Taken && known && deep {
			after := rendered(l.edit)
			c.Form = l.form(f, c.Text, len(c.Messages) > 0, lines{&fresh, was, bare, before, after})
			before = after
		}
		out = append(out, c)
	}
	return out
}

// lines are three renderings: of a bare box, and of the configuration without and with the line in question.
type lines struct {
	fresh               *config.Config // of the bare box
	prior               *loader        // before the line
	bare, before, after []string
}

// form tries what takes back text, which was found to be f and has just been applied.
func (l *loader) form(f found, text string, said bool, in lines) Form {
	if f.cmd.Converts {
		return Became
	}
	added := lacking(in.after, in.before)
	gone := lacking(in.before, in.after)
	opposite, has := f.opposite(text)
	if len(added) == 0 && len(gone) > 0 {
		return Removes
	}
	try := l.fork()
	try.mode, try.path = f.layer.mode, within(l.path, f.layer.mode)
	if len(added) == 0 && said {
		return Unchecked // the device has told why it is not there
	}
	if len(added) == 0 {
		if l.mode > command.Configure && l.mode != f.layer.mode && slices.ContainsFunc(in.after, func(a string) bool { return says(a, text) }) {
			return Whole // a block that is opened once more
		}
		return try.restates(f, text, opposite, has, in)
	}
	if !has {
		return NoOpposite
	}
	if _, known := try.finds(opposite); !known {
		return NoOpposite
	}
	if _, taken := try.line(opposite); !taken {
		return Stays
	}
	left := lacking(rendered(try.edit), in.before)
	for _, a := range added {
		if slices.Contains(left, a) && !slices.Contains(in.bare, a) && !try.usual(text, opposite, in) {
			return Stays
		}
	}
	return Whole
}

// usual reports whether text says what is so anyway: a bare box does it, or its opposite brings it about where something
// else is set.
func (l *loader) usual(text, opposite string, in lines) bool {
	try := l.fork()
	try.edit = config.From(in.fresh)
	if _, taken := try.line(text); taken && alike(rendered(try.edit), in.bare) {
		return true
	}
	try = in.prior.fork()
	_, taken := try.line(opposite)
	return taken && alike(rendered(try.edit), in.after)
}

// restates judges a line that changed nothing: it says what was so before. It is in the configuration if that prints it,
// or if it brings back what its opposite takes away.
func (l *loader) restates(f found, text, opposite string, has bool, in lines) Form {
	printed := slices.ContainsFunc(in.after, func(a string) bool { return says(a, text) })
	if f.form != plain && !printed {
		return Removes
	}
	if _, known := l.finds(opposite); !has || !known {
		if printed {
			return NoOpposite
		}
		return Unrendered
	}
	mode, path := l.mode, l.path
	if _, taken := l.line(opposite); !taken {
		if printed {
			return Stays
		}
		return Unrendered
	}
	changed := !alike(rendered(l.edit), in.after)
	l.mode, l.path = mode, path
	if _, taken := l.line(text); !taken || !alike(rendered(l.edit), in.after) {
		return Stays
	}
	if !changed && !printed && !l.varies(text) {
		return Unrendered
	}
	return Whole
}

// varies reports whether text would be written back with another number in it: what it says is a default, which is not
// written.
func (l *loader) varies(text string) bool {
	words := strings.Fields(text)
	before := rendered(l.edit)
	for i, w := range words {
		if n, err := strconv.Atoi(w); err == nil && n > 0 {
			other := slices.Clone(words)
			other[i] = strconv.Itoa(n - 1)
			try := l.fork()
			if _, taken := try.line(strings.Join(other, " ")); taken && !alike(rendered(try.edit), before) {
				return true
			}
		}
	}
	return false
}

// alike reports whether two renderings have the same lines, in any order.
func alike(a, b []string) bool { return len(a) == len(b) && len(lacking(a, b)) == 0 }

// says reports whether a rendered line says what text says, which may be shorter: fewer words, and words cut short.
func says(rendered, text string) bool {
	words := strings.Fields(text)
	for _, w := range strings.Fields(rendered) {
		if len(words) > 0 && shortens(words[0], w) {
			words = words[1:]
		}
	}
	return len(words) == 0
}

// shortens reports whether word is whole, or its beginning with the number at its end: "eth0" for "ethernet0". In times
// and numbers leading zeros do not count.
func shortens(word, whole string) bool {
	word, whole = plainNumber(word), plainNumber(whole)
	letters := strings.TrimRight(word, "0123456789")
	rest, ok := strings.CutPrefix(whole, letters)
	return ok && (letters == word || strings.TrimLeft(rest, "abcdefghijklmnopqrstuvwxyz") == word[len(letters):])
}

// plainNumber is a word without the leading zeros of its numbers: "1:0:0" for "1:00:00".
func plainNumber(word string) string {
	parts := strings.Split(word, ":")
	for i, p := range parts {
		if t := strings.TrimLeft(p, "0"); t != "" && t[0] >= '0' && t[0] <= '9' {
			parts[i] = t
		} else if t == "" && p != "" {
			parts[i] = "0"
		}
	}
	return strings.Join(parts, ":")
}

// opposite is the line that takes back text, if the command has one.
func (f found) opposite(text string) (string, bool) {
	text = strings.TrimSpace(text)
	switch f.form {
	case negated:
		return strings.TrimPrefix(text, "no "), f.cmd.Set != nil
	case cleared:
		return "", false
	}
	return "no " + text, f.cmd.No != nil
}

// fork is a loader that goes on by itself.
func (l *loader) fork() *loader {
	f := *l
	f.edit = config.From(l.edit.View())
	f.env = nil
	return &f
}

// finds is the configuration command that text is.
func (l *loader) finds(text string) (found, bool) {
	if ignored(text) {
		return found{}, false
	}
	f, miss := l.table.find(newEnv(l.edit.View()), l.mode, text)
	return f, miss == nil && f.cmd.Run == nil
}

func rendered(e *config.Edit) []string {
	return slices.Collect(command.Render(e.View(), command.View{Release: e.Release(), Secrets: true}))
}

// lacking are the lines of a that b has not, or has less often.
func lacking(a, b []string) []string {
	n := make(map[string]int, len(b))
	for _, l := range b {
		n[l]++
	}
	var out []string
	for _, l := range a {
		if n[l]--; n[l] < 0 {
			out = append(out, l)
		}
	}
	return out
}
