package term

import (
	"context"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/chzyer/readline"
)

const (
	// lineMax is the longest line where LineOptions do not say.
	lineMax = 4096
	// historyMax is how many lines are kept. // unverified: the manuals give no number
	historyMax = 20
)

// editor is the line that is being edited. Readline is its decoder of editing keys, edit buffer and history; painting is
// ours, because readline's own is made of escape sequences. Readline is there only while somebody edits: it has three
// goroutines, and most sessions wait for most of their time. While it is there the fields belong to its loop.
type editor struct {
	o      LineOptions
	keys   *typeahead
	screen *screen
	gate   gate
	rl     *readline.Instance

	shown cells // the line
	seen  cells // what of it stands on the screen
	off   int   // the first character of it that does
}

// history is the lines that were entered, oldest first; a line like the one before is kept once.
type history struct {
	mu    sync.Mutex
	lines []string
}

func (h *history) add(line string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if n := len(h.lines); strings.TrimSpace(line) == "" || n > 0 && h.lines[n-1] == line {
		return
	}
	if h.lines = append(h.lines, line); len(h.lines) > historyMax {
		h.lines = slices.Delete(h.lines, 0, 1)
	}
}

func (h *history) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.lines)
}

// edit has somebody edit the line until Enter, ^C or the end of ctx. The error is ErrInterrupt for ^C.
func (e *editor) edit(ctx context.Context, past []string) (string, error) {
	e.gate.q = e.keys
	rl, err := readline.NewEx(&readline.Config{
		Stdin:                  &e.gate,
		Stdout:                 bell{e.screen},
		Stderr:                 io.Discard,
		HistoryLimit:           historyMax + 1, // and the line being edited
		DisableAutoSaveHistory: true,           // history is ours: there is one readline a line
		Listener:               readline.FuncListener(e.changed),
		FuncFilterInputRune:    e.filter,
		FuncGetWidth:           func() int { return 80 }, // used for painting only
		FuncIsTerminal:         func() bool { return false },
		FuncMakeRaw:            func() error { return nil },
		FuncExitRaw:            func() error { return nil },
		FuncOnWidthChanged:     func(func()) {},
	})
	if err != nil {
		return "", err
	}
	e.rl = rl
	for _, line := range past {
		rl.SaveHistory(string(runes([]byte(line))))
	}
	stop := context.AfterFunc(ctx, func() { e.gate.cancel(ctx.Err()) })
	line, err := rl.Readline()
	stop()
	e.close(err)
	switch why := e.gate.reason(); {
	case why != nil:
		return "", why
	case err != nil:
		return "", ErrInterrupt
	}
	return string(octets([]rune(line))), nil
}

// close ends readline's goroutines: they stop at io.EOF, which the gate gives them, and not at Close. last is what readline
// returned.
func (e *editor) close(last error) {
	e.gate.Close()
	for last != io.EOF {
		_, last = e.rl.Readline()
	}
	e.rl.Close()
}

// bell is readline's standard output. Not being interactive, it writes nothing but BEL.
type bell struct{ s *screen }

func (b bell) Write(p []byte) (int, error) {
	b.s.put(p...)
	return len(p), nil
}

func (e *editor) max() int {
	if e.o.Max > 0 {
		return e.o.Max
	}
	return lineMax
}

// filter runs in readline's loop before each key. It keeps from readline what it would do harm with, and turns keys that
// are ours into private runes, which readline inserts into the line and changed takes out again.
func (e *editor) filter(r rune) (rune, bool) {
	pass := true
	switch r {
	case 0, keyInterrupt, keyEnter, keyStart, keyBack, keyForward, keyEnd, keyErase, keyRubout, keyKill, keyKillFront, keyKillWord,
		readline.MetaBackward, readline.MetaForward, readline.MetaDelete, readline.MetaBackspace:
	case keyDelete: // on an empty line readline takes it for the end of input
		pass = len(e.shown.line) > 0
	case keyPrev, keyNext:
		pass = e.o.History
	case keyTab:
		r, pass = e.tab()
	case keyLeave: // readline would stop the process
		if r, pass = private(keyLeave), e.o.Leave != nil; !pass {
			e.gate.release()
		}
	case keyRedisplay, keyReprint:
		r, pass = private(keyRedisplay), e.o.Echo == EchoPlain
	case '?':
		pass = e.o.Help != nil || e.room()
	default:
		pass = (r >= ' ' && r < keyRubout || r > private(keyRubout) && r <= private(0xFF)) && e.room()
	}
	if !pass {
		e.settle()
	}
	return r, pass
}

// tab is the rune for TAB: ours where it completes, a blank in other lines that are seen, as it separates the words of a
// pasted configuration; in a password it is nothing.
func (e *editor) tab() (rune, bool) {
	switch {
	case e.o.Complete != nil:
		return private(keyTab), true
	case e.o.Echo == EchoPlain:
		return ' ', e.room()
	}
	return 0, false
}

// room reports whether one more character fits, and rings the bell if not.
func (e *editor) room() bool {
	if len(e.shown.line) < e.max() {
		return true
	}
	e.screen.put('\a')
	return false
}

// take reads a line past readline, if one waits that has nothing to edit. Readline hands each key from goroutine to
// goroutine, some 160 us a line: a pasted configuration of 100,000 lines would take 16 s.
func (e *editor) take() (string, bool) {
	line, ok := e.keys.line(e.max(), e.o.Help != nil)
	if !ok {
		return "", false
	}
	r := runes(line)
	e.shown = cells{r, len(r)}
	e.show(e.head())
	return string(line), true
}

// changed is readline's Listener: it runs in its loop after each key with the new line. Calls for the start of a line
// come from elsewhere, and those for Enter and ^C when the line may have been returned already: they must touch nothing.
func (e *editor) changed(line []rune, pos int, key rune) ([]rune, int, bool) {
	switch key {
	case 0, keyEnter, keyInterrupt:
		return nil, 0, false
	}
	now := cells{line, pos}
	ours := false
	switch {
	case key == private(keyTab):
		now, ours = e.complete(without(now)), true
	case key == private(keyLeave):
		now, ours = without(now), true
		e.leave()
	case key == private(keyRedisplay):
		now, ours = without(now), true
		e.again("\n")
	case key == '?' && e.o.Help != nil:
		now, ours = without(now), true
		e.help(now)
	}
	if len(now.line) > e.max() { // recalled from a prompt that takes more
		now, ours = e.shown, true
		e.screen.put('\a')
	}
	e.paint(now)
	e.settle()
	if !ours {
		return nil, 0, false
	}
	return slices.Clone(now.line), now.pos, true
}

// without is the line without the character before the cursor.
func without(c cells) cells {
	return cells{slices.Delete(c.line, c.pos-1, c.pos), c.pos - 1}
}

func (e *editor) complete(now cells) cells {
	before := string(octets(now.line[:now.pos]))
	after := e.o.Complete(before)
	if after == before {
		e.again("\n")
		return now
	}
	return cells{append(runes([]byte(after)), now.line[now.pos:]...), len(after)}
}

// leave asks whether ^Z ends the line; ReadLine then returns ErrLeave.
func (e *editor) leave() {
	if e.o.Leave() {
		e.gate.cancel(ErrLeave)
		return
	}
	e.gate.release()
}

// help shows the text for ? below the line and then the line again. The ? itself is echoed, as it is on the box.
func (e *editor) help(now cells) {
	e.screen.put('?')
	e.again("\n" + e.o.Help(string(octets(now.line[:now.pos]))))
}

// again paints text and then prompt and line once more.
func (e *editor) again(text string) {
	e.screen.text(text + e.o.Prompt)
	shown := e.shown
	e.shown, e.seen = cells{}, cells{}
	e.paint(shown)
}

// paint makes the screen show now.
func (e *editor) paint(now cells) {
	e.shown = cells{slices.Clone(now.line), now.pos}
	e.show(e.window(e.shown))
}

// show makes the screen show now, which is the line or a part of it.
func (e *editor) show(now cells) {
	old := e.seen
	e.seen = now
	switch e.o.Echo {
	case EchoPlain:
		e.screen.put(repaint(nil, old, now, func(r rune) byte { return byte(r) })...)
	case EchoStars:
		e.screen.put(repaint(nil, old, now, func(rune) byte { return '*' })...)
	}
}

// scrollStep is how far a line moves when the cursor reaches an edge. unverified: the number.
const scrollStep = 20

// window is what of a line stands on the screen: all of it where there is room, else the part around the cursor, with a mark
// where it is cut.
func (e *editor) window(now cells) cells {
	room, fits := e.columns(now)
	if fits {
		e.off = 0
		return now
	}
	switch {
	case now.pos <= e.off:
		e.off = max(0, now.pos-scrollStep)
	case now.pos-e.off >= room:
		e.off = now.pos - room + scrollStep
	}
	return e.cut(now, room)
}

// columns is how many characters of a line have room behind the prompt; fits: the line needs no more. The last column is the
// cursor's.
func (e *editor) columns(now cells) (room int, fits bool) {
	room = e.o.Width - len(e.o.Prompt) - 1
	return room, e.o.Width <= 0 || room < 2*scrollStep || len(now.line) <= room
}

// cut is the part of a line from e.off on that has room.
func (e *editor) cut(now cells, room int) cells {
	end := min(len(now.line), e.off+room)
	part := slices.Clone(now.line[e.off:end])
	if e.off > 0 {
		part[0] = scrollMark
	}
	if end < len(now.line) {
		part[len(part)-1] = scrollMark
	}
	return cells{part, now.pos - e.off}
}

const scrollMark = '$'

// finish shows the beginning of a line that has scrolled: that is what stays when it has been entered.
func (e *editor) finish() {
	if e.off > 0 {
		e.show(e.head())
	}
}

// head is the beginning of the line, as much as there is room for, with the cursor behind it.
func (e *editor) head() cells {
	room, fits := e.columns(e.shown)
	if fits {
		return e.shown
	}
	e.off = 0
	return cells{e.cut(e.shown, room).line, room}
}

// settle shows what was painted if no further key waits: the one who typed it now looks at it.
func (e *editor) settle() {
	if !e.keys.waiting() {
		e.screen.flush()
	}
}
