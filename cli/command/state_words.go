package command

import (
	"math/rand/v2"
	"slices"
	"strings"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// stateWord is a word of the lists that select connections and translations by state.
type stateWord struct {
	word string
	span release.Span
}

// In implements release.Row.
func (w stateWord) In() release.Span { return w.span }

// states is a list of such words, separated by commas, of those that the release has. A word may be shortened as far as
// it stays the only one.
func states(words []stateWord) g.Type[[]string] {
	known := func(e g.Env) (all []string) {
		for w := range release.Rows(e.Release(), words) {
			all = append(all, w.word)
		}
		return all
	}
	return g.Type[[]string]{
		Label: "WORD",
		Parse: func(e g.Env, text string) (all []string, err error) {
			for part := range strings.SplitSeq(strings.ToLower(text), ",") {
				word := onlyOne(known(e), part)
				if word == "" {
					return nil, g.ErrAddress
				}
				all = append(all, word)
			}
			return all, nil
		},
		Sample: func(e g.Env, r *rand.Rand) string {
			all := known(e)
			r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			return strings.Join(all[:1+r.IntN(len(all))], ",")
		},
	}
}

// onlyOne is the word that begin stands for; "" when there is none, or several.
func onlyOne(words []string, begin string) string {
	if slices.Contains(words, begin) {
		return begin
	}
	found := ""
	for _, w := range words {
		if begin == "" || !strings.HasPrefix(w, begin) {
			continue
		}
		if found != "" {
			return ""
		}
		found = w
	}
	return found
}
