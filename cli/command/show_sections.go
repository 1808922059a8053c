package command

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// sectionWord is the first word of lines that show running-config prints alone.
type sectionWord struct {
	word string
	span release.Span
}

// In implements release.Row.
func (w sectionWord) In() release.Span { return w.span }

// storedSections are the first words of the lines that are kept, of which show running-config knows each by itself.
var storedSections = func() (out []sectionWord) {
	for i := range asaSpecs {
		word, _, _ := strings.Cut(asaSpecs[i].name, " ")
		if w := (sectionWord{word, asaSpecs[i].span}); !slices.Contains(shapedSections, word) && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}()

// shapedSections are those that have a syntax of their own behind show running-config.
var shapedSections = []string{"interface", "object", "object-group", "no"}

var errNoSection = errors.New("no section")

// runningSectionType is the words that show running-config takes: pairs, of a word and its help, and those of the lines that
// are kept.
func runningSectionType(pairs ...string) g.Type[string] {
	helps := map[string]string{}
	var usual []string
	for i := 0; i < len(pairs); i += 2 {
		usual, helps[pairs[i]] = append(usual, pairs[i]), pairs[i+1]
	}
	words := func(e g.Env) []string {
		all := slices.Clone(usual)
		if r := e.Release(); r != nil {
			for w := range release.Rows(r, storedSections) {
				all = append(all, w.word)
			}
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	return g.Type[string]{
		Words: words,
		Helps: func(word string) string {
			if help, ok := helps[word]; ok {
				return help
			}
			return "Show " + word + " configuration"
		},
		Parse: func(e g.Env, w string) (string, error) {
			if !slices.Contains(words(e), w) {
				return "", errNoSection
			}
			return w, nil
		},
		Sample: func(e g.Env, r *rand.Rand) string { all := words(e); return all[r.IntN(len(all))] },
	}
}
