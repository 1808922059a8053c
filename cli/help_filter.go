package cli

import (
	"slices"
	"strings"

	"pixsim/appliance/release"
	"pixsim/cli/command"
	g "pixsim/cli/grammar"
)

// filterVerb is what stands behind the bar of a command whose output can be filtered, and where in text it begins.
func (s *Session) filterVerb(e *env, text string) (behind string, at int, ok bool) {
	if !s.rel.Console.Filters {
		return "", 0, false
	}
	left, behind, at, ok := cutFilter(text)
	if !ok {
		return "", 0, false
	}
	f, miss := s.table.find(e, s.reach(), left)
	return behind, at, miss == nil && filtered(f)
}

// filterWords are the verbs that the session may use: files are for who may write them otherwise too.
func (s *Session) filterWords() []string {
	all := s.rel.Console.FilterWords
	if s.Mode() != command.User {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(w string) bool { return filterSpec{verb: w}.toFile() })
}

// verbs are the words that may stand behind the bar and begin so.
func (s *Session) verbs(begun string) []string {
	all := slices.Clone(s.filterWords())
	slices.Sort(all)
	return slices.DeleteFunc(all, func(w string) bool { return !strings.HasPrefix(w, strings.ToLower(begun)) })
}

// helpFilter answers ? behind the bar: the verbs there are, or what a verb takes. unverified: the words of the latter, those of
// IOS.
func (s *Session) helpFilter(behind string) string {
	verb, pattern, more := strings.Cut(behind, " ")
	begun := s.verbs(verb)
	switch {
	case behind == "": // directly behind the bar, or behind a blank
		var items []g.Item
		for _, w := range begun {
			items = append(items, g.Item{Text: w, Help: filterHelps[w]})
		}
		return "\n" + table2(items, false)
	case !more && len(begun) > 0:
		return "  " + strings.Join(begun, "  ") + "\n"
	case len(begun) != 1:
		return s.rel.Say(release.Unrecognized) + "\n"
	case strings.TrimSpace(pattern) != "":
		return "\n" + table2([]g.Item{{Text: "LINE", Help: "Regular Expression"}}, true)
	case begun[0] == "grep":
		return "\n" + table2([]g.Item{{Text: "-v", Help: "Exclude lines that match"}, {Text: "LINE", Help: "Regular Expression"}}, false)
	case (filterSpec{verb: begun[0]}).toFile():
		return "\n" + table2([]g.Item{{Text: "WORD", Help: "Name of the file"}}, false)
	}
	return "\n" + table2([]g.Item{{Text: "LINE", Help: "Regular Expression"}}, false)
}
