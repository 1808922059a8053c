package command

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"

	g "pixsim/cli/grammar"
)

// states is a list that selects connections or translations by state: words separated by commas, of those that the
// release has. A word may be shortened as far as it stays the only one.
func states(words []spanWord) g.Type[[]string] {
	return g.Type[[]string]{
		Label: "WORD",
		Parse: func(e g.Env, text string) (all []string, err error) {
			for part := range strings.SplitSeq(strings.ToLower(text), ",") {
				word := onlyOne(wordsOf(e.Release(), words), part)
				if word == "" {
					return nil, errNoState
				}
				all = append(all, word)
			}
			return all, nil
		},
		Sample: func(e g.Env, r *rand.Rand) string {
			all := wordsOf(e.Release(), words)
			r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			return strings.Join(all[:1+r.IntN(len(all))], ",")
		},
	}
}

var errNoState = errors.New("no such state")

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
