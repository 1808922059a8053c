package cli

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli/command"
	g "pixsim/cli/grammar"
	"pixsim/cli/lexer"
)

// perRelease is how many lines of each release are looked into word by word.
const perRelease = 150

// What ? lists, what TAB completes, what the parser takes and where the caret stands agree, before each word of lines of
// every command in every mode of the releases whose ? answers at once.
func TestHelpAgreesWithParser(t *testing.T) {
	for _, rel := range release.All() {
		if !rel.Console.Caret {
			continue
		}
		t.Run(rel.Name, func(t *testing.T) {
			t.Parallel()
			c, _ := Load(rel, rel.Factory)
			r := rand.New(rand.NewPCG(1, uint64(len(rel.Name))))
			s := New(Options{Terminal: &screen{}, Box: &testBox{c: c}})
			v := &asker{T: t, s: s, env: newEnv(c), c: c}
			for _, at := range v.places(r) {
				v.ask(r, at)
			}
			if v.asked < perRelease {
				t.Errorf("only %d prefixes were looked into", v.asked)
			}
		})
	}
}

// place is a line that is legal in a mode.
type place struct {
	mode command.Mode
	line string
}

// asker looks into the console of one release.
type asker struct {
	*testing.T
	s     *Session
	c     *config.Config
	env   *env
	asked int
}

// places are lines of commands of all modes.
func (v *asker) places(r *rand.Rand) []place {
	var all []place
	for _, m := range command.Modes {
		for _, l := range v.s.table.blocks(m.Mode) {
			for _, e := range l.entries {
				all = append(all, place{m.Mode, g.Generate(e.syntax, v.env, r)})
			}
		}
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:min(len(all), perRelease)]
}

// ask looks at every prefix of a line that ends before a word.
func (v *asker) ask(r *rand.Rand, at place) {
	v.s.SetMode(at.mode)
	words := lexer.Words(at.line)
	for i := range words {
		prefix := at.line[:words[i].Start]
		if strings.ContainsAny(prefix, `"?`) {
			return // within quotes everything is text
		}
		if _, miss := v.s.table.find(v.env, at.mode, prefix); miss != nil && miss.Kind != g.Incomplete {
			return // another command begins alike and takes these words for its own
		}
		v.asked++
		v.listed(at.mode, prefix)
		v.completed(r, at.mode, prefix)
		v.pointed(r, at.mode, prefix)
	}
}

// fixed are the words that may stand behind prefix, hidden ones too where the grammar knows them.
func (v *asker) fixed(m command.Mode, prefix string) (words []string, values bool) {
	for _, l := range v.s.table.legal(m) {
		h := l.set.Help(v.env, prefix)
		values = values || h.Values
		for _, it := range h.Items {
			if it.Literal {
				words = append(words, strings.ToLower(it.Text))
			}
		}
	}
	slices.Sort(words)
	return slices.Compact(words), values
}

// listed: what ? names is what the parser takes there, and <cr> stands there where the line may end.
func (v *asker) listed(m command.Mode, prefix string) {
	v.Helper()
	text := v.s.helpAt(prefix)
	fixed, _ := v.fixed(m, prefix)
	n := len(lexer.Words(prefix))
	for _, word := range fixed {
		if prefix != "" && !strings.Contains(strings.ToLower(text), "\n  "+word) {
			v.Errorf("%d %q: ? does not list %q, which the parser takes:\n%s", m, prefix, word, text)
		}
		if _, miss := v.s.table.find(v.env, m, prefix+word); miss != nil && miss.Word <= n && miss.Kind != g.Incomplete {
			v.Errorf("%d %q: ? lists %q, which the parser refuses", m, prefix, word)
		}
	}
	_, miss := v.s.table.find(v.env, m, prefix)
	if ends := strings.Contains(text, "\n  <cr>\n"); prefix != "" && ends != (miss == nil) {
		v.Errorf("%d %q: <cr> listed %v, the line may end %v\n%s", m, prefix, ends, miss == nil, text)
	}
}

// completed: TAB writes a word out where one alone begins so.
func (v *asker) completed(r *rand.Rand, m command.Mode, prefix string) {
	v.Helper()
	fixed, _ := v.fixed(m, prefix)
	if len(fixed) == 0 {
		return
	}
	word := fixed[r.IntN(len(fixed))]
	for k := 1; k <= len(word); k++ {
		begun := 0
		for _, f := range fixed {
			if strings.HasPrefix(f, word[:k]) {
				begun++
			}
		}
		got := strings.ToLower(v.s.complete(prefix + word[:k]))
		want := strings.ToLower(prefix + word[:k])
		if begun == 1 {
			want = strings.ToLower(prefix+word) + " "
		}
		if got != want {
			v.Errorf("%d: TAB makes %q of %q, want %q", m, got, prefix+word[:k], want)
		}
		listed := strings.Fields(strings.ToLower(v.s.helpAt(prefix + word[:k])))
		if len(listed) != begun || !slices.Contains(listed, word) {
			v.Errorf("%d: %q? lists %v, want %d words and among them %q", m, prefix+word[:k], listed, begun, word)
		}
	}
}

// pointed: the caret stands under the first character at which a word stops being the beginning of a legal one.
func (v *asker) pointed(r *rand.Rand, m command.Mode, prefix string) {
	v.Helper()
	fixed, values := v.fixed(m, prefix)
	if len(fixed) == 0 || values {
		return // a value may be anything
	}
	word := fixed[r.IntN(len(fixed))]
	for k := 0; k < len(word); k++ {
		line := prefix + word[:k] + "\x7e more"
		_, miss := v.s.table.find(v.env, m, line)
		if miss == nil {
			return // the rest of a text that began before
		}
		if miss.Offset != len(prefix)+k {
			v.Errorf("%d: the caret stands under column %d of %q, want %d", m, miss.Offset, line, len(prefix)+k)
		}
	}
}
