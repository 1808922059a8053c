package smtp

const (
	cmapHead  = "SMTP/cmap"
	cmapTail  = " read"
	cmapRecog = "SMTP/cmap ready"
)

// maskGreeting rewrites text, the next piece of a 220 line behind its fourth octet, which is kept: without the code no
// client would go on. ended: text ends the line.
func (s *Session) maskGreeting(text []byte, ended bool) {
	at := max(0, s.reply.col-len(s.reply.code)) // octets of the line's text before this piece
	switch s.banner {
	case BannerKeep20:
		keep20(text, s.reply.prev, at == 0)
	case BannerStars:
		for i, c := range text {
			if c != '\r' && c != '\n' {
				text[i] = '*'
			}
		}
	case BannerCmapRecog:
		overlay(text, at, cmapRecog)
	case BannerCmapKB:
		s.cmapKB(text, at, ended)
	}
}

// keep20 is the rule of KB 320027: stars but for 2, 0 and the blank of "0 ". prev is the octet before text as the server
// sent it.
func keep20(text []byte, prev byte, first bool) {
	if first {
		prev = 0 // the blank behind the code is not a 0
	}
	for i, c := range text {
		switch {
		case c == '2' || c == '0' || c == '\r' || c == '\n' || c == ' ' && prev == '0':
		default:
			text[i] = '*'
		}
		prev = c
	}
}

// overlay writes the template over text, whose first octet is at place at of the line, and underscores behind it.
func overlay(text []byte, at int, template string) {
	for i, c := range text {
		switch {
		case c == '\r' || c == '\n':
		case at+i < len(template):
			text[i] = template[at+i]
		default:
			text[i] = '_'
		}
	}
}

// cmapKB is the old greeting as KB 320027 prints it, whose last word stands at the end of the line. A line too short for
// both words gets the beginning of "SMTP/cmap read".
func (s *Session) cmapKB(text []byte, at int, ended bool) {
	s.reply.judged = judgedPass // once begun, the rest of the line does not wait
	t := trimEnd(text)
	if at == 0 && ended && len(t) < len(cmapHead)+len(cmapTail) {
		overlay(text, 0, cmapHead+cmapTail)
		return
	}
	overlay(text, at, cmapHead)
	if !ended {
		return
	}
	for i := 1; i <= len(cmapTail) && i <= len(t) && at+len(t)-i >= len(cmapHead); i++ {
		if c := &t[len(t)-i]; *c != '\r' {
			*c = cmapTail[len(cmapTail)-i]
		}
	}
}
