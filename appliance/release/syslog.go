package release

import "strings"

// Syslog words a log message: its severity (0 to 7), its number ("302013") and its text. ok is false for a message that
// the release does not know.
func (r *Release) Syslog(key Key, args ...any) (level int, id, text string, ok bool) {
	words := r.Say(key, args...)
	head, text, found := strings.Cut(words, " ")
	if !found || len(head) != 8 || head[1] != '-' || head[0] < '0' || head[0] > '7' {
		return 0, "", "", false
	}
	return int(head[0] - '0'), head[2:], text, true
}
