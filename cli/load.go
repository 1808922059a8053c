package cli

import (
	"errors"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli/command"
)

// Refused is one line of a configuration text that the release would not take, or that it took with words.
type Refused struct {
	Line     int // from 1; 0: none, it is about the conversion of all
	Text     string
	Messages []string // lines the device prints about it
	Taken    bool     // the line was taken: Messages only inform
}

// Load reads text as configuration lines of rel on top of the release's defaults, as the device reads its startup-config:
// what it refuses it leaves out and goes on. The configuration of an older software is converted where rel does that.
func Load(rel *release.Release, text string) (*config.Config, []Refused) {
	return NewReader(rel).Load(text)
}

// Reader reads the configurations of one release, one at a time. It compiles the grammar once, which takes longer than to
// read a short text: who reads many keeps one Reader.
type Reader struct {
	rel   *release.Release
	own   *table            // the release's commands; nil: not yet needed
	older map[string]*table // with those of an older software, by the upgrade's name
	// Salt is that of config.Edit.
	Salt func() [16]byte
}

// NewReader is a Reader for rel.
func NewReader(rel *release.Release) *Reader {
	return &Reader{rel: rel, older: map[string]*table{}}
}

// Load is as the function of that name.
func (r *Reader) Load(text string) (*config.Config, []Refused) {
	t, e, end := r.startup(text)
	refused := merge(t, e, text, true)
	if said := end(e); len(said) > 0 {
		refused = append(refused, Refused{Messages: said, Taken: true})
	}
	return e.Config(), refused
}

// Extend reads text as the lines that follow in the startup-config which became c; that was the release's own.
func (r *Reader) Extend(c *config.Config, text string) (*config.Config, []Refused) {
	e := config.From(c)
	refused := merge(r.commands(), e, text, true)
	return e.Config(), refused
}

func (r *Reader) commands() *table {
	if r.own == nil {
		r.own = newTable(r.rel, command.All())
	}
	return r.own
}

// startup is what text meets as a startup-config: the commands of the release, with those of an older software where text
// is of one, the configuration on top of which it is read, and what is to be done behind its last line.
func (r *Reader) startup(text string) (*table, *config.Edit, func(*config.Edit) []string) {
	e, end := config.New(r.rel), func(*config.Edit) []string { return nil }
	e.Salt = r.Salt
	u, older := command.UpgradeOf(r.rel, text)
	if !older {
		return r.commands(), e, end
	}
	if u.Begin != nil {
		u.Begin(e)
	}
	if u.End != nil {
		end = u.End
	}
	if r.older[u.Name] == nil {
		r.older[u.Name] = newTable(r.rel, append(command.All(), u.Commands...))
	}
	return r.older[u.Name], e, end
}

// Apply applies text as configuration lines to e, as if they were typed. It returns what was refused, or taken with words.
func Apply(e *config.Edit, text string) []Refused {
	return merge(newTable(e.View().Release, command.All()), e, text, false)
}

// merge applies text line by line to e; startup says that it is the startup-config.
func merge(t *table, e *config.Edit, text string, startup bool) []Refused {
	l := loader{table: t, edit: e, mode: command.Configure, startup: startup}
	if startup {
		l.older = olderThan(t.rel, text)
	} else {
		l.earlier = earlierIn(e.View())
	}
	var out []Refused
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if messages, taken := l.line(line); len(messages) > 0 {
			out = append(out, Refused{n, line, messages, taken})
		}
	}
	return out
}

// olderThan is the version of the release that wrote text where it is an older one than rel; "" otherwise.
func olderThan(rel *release.Release, text string) string {
	if version := command.VersionIn(text); rel.Outgrew(version) {
		return version
	}
	return ""
}

// loader is a session without a terminal: it has a mode, and knows configuration commands alone.
type loader struct {
	table   *table
	edit    *config.Edit
	env     *env
	mode    command.Mode
	path    command.Path
	startup bool
	earlier *earlier    // what was there before; nil: what is there is not asked for
	head    string      // the line that opened the mode
	older   string      // the version of the older release whose startup-config it is; "" otherwise
	trial   config.Edit // of the line in hand
}

// line applies one line and returns what the device says about it.
func (l *loader) line(text string) (messages []string, taken bool) {
	rel := l.table.rel
	if ignored(text) {
		return nil, true
	}
	if rel.Console.LineMax > 0 && len(text) > rel.Console.LineMax {
		return said(rel, release.CommandTooLong), false
	}
	if l.env == nil {
		l.env = newEnv(l.edit.View())
	}
	if l.older != "" {
		text = command.Reworded(rel, l.older, text)
	}
	f, miss := l.table.find(l.env, l.mode, text)
	if miss != nil {
		return l.table.explain(miss, text, 0), false
	}
	if f.cmd.Run != nil {
		l.leave(f.cmd.Name)
		return nil, true
	}
	if f.layer.mode <= command.Configure {
		l.head = ""
	}
	if l.earlier.has(f, l.head, text) {
		l.mode, l.path = f.layer.mode, within(l.path, f.layer.mode)
		return nil, true
	}
	c := &command.Ctx{Release: rel, Path: within(l.path, f.layer.mode), Loading: l.startup}
	l.trial = *l.edit
	if err := f.apply(c, &l.trial); err != nil {
		if l.older != "" && f.form == negated && notThere(err) {
			return nil, true // an older release wrote "no" of what this one need not be told
		}
		return l.table.worded(f, 0, err), false
	}
	*l.edit = l.trial
	l.env = nil
	l.mode, l.path = next(c, f.layer.mode)
	if l.head == "" {
		l.head = strings.TrimSpace(text)
	}
	return noted(rel, c), true
}

// notThere reports whether err says that a line to be removed is not there.
func notThere(err error) bool {
	var ce *command.Error
	return errors.As(err, &ce) && ce.Key == release.ConfNotFound
}

// leave follows the exec commands that change the mode; others have no meaning in a configuration and are skipped.
func (l *loader) leave(name string) {
	switch name {
	case "exit", "quit", "exit-address-family":
		if l.mode > command.Configure {
			l.mode = command.Modes[l.mode].Parent
			l.path = within(l.path, l.mode)
		}
	case "end":
		l.mode, l.path = command.Configure, nil
	}
}

// apply changes the configuration as the line says.
func (f found) apply(c *command.Ctx, e *config.Edit) error {
	switch f.form {
	case negated:
		return f.cmd.No(c, e, f.match)
	case cleared:
		if err := f.cmd.Clear(c, e, f.match); err != nil {
			return err
		}
		f.cmd.ClearRest(e, f.match)
		return nil
	}
	return f.cmd.Set(c, e, f.match)
}

// next is the mode after a line of mode m that ran in c.
func next(c *command.Ctx, m command.Mode) (command.Mode, command.Path) {
	if c.Entered != command.User {
		return c.Entered, c.EnteredPath
	}
	return m, c.Path
}

// within is as much of path as mode m has objects.
func within(path command.Path, m command.Mode) command.Path {
	return path[:min(len(path), m.Depth())]
}

// ignored reports whether text is no command but a comment, or a line that the device itself prints around a
// configuration: a capture of the screen can be pasted back.
func ignored(text string) bool {
	s := strings.TrimLeft(text, " \t")
	if s == "" || s[0] == ':' || s[0] == '!' {
		return true
	}
	for _, p := range []string{"Cryptochecksum:", "[OK]", "PIX Version ", "ASA Version ", "Building configuration..."} {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}
