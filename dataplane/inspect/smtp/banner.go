package smtp

const (
	cmapHead  = "SMTP/cmap"
	cmapTail  = " read"
	cmapRecog = "SMTP/cmap ready"
)

// maskGreeting rewrites line, the next piece of a 220 line, behind its code and the blank or hyphen at its fourth octet:
// without them no client would go on. A fourth octet that is neither belongs to the text. ended: the piece ends the line.
func (s *Session) maskGreeting(line []byte, ended bool) {
	const code = len("220")
	text, prev := line, s.reply.prev
	if s.reply.col <= code {
		if text = line[min(len(line), code-s.reply.col):]; len(text) == 0 {
			return
		}
		if prev = text[0]; prev != ' ' && prev != '-' {
			s.maskFourth(&text[0])
		}
		text = text[1:]
	}
	at := max(0, s.reply.col-code-1) // octets of the line's text before this piece
	switch s.banner {
	case BannerKeep20:
		keep20(text, prev)
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

// maskFourth is for a greeting whose code is not followed by a blank or a hyphen.
func (s *Session) maskFourth(c *byte) {
	switch {
	case *c == '\r' || *c == '\n' || s.banner == BannerPass:
	case s.banner == BannerCmapKB || s.banner == BannerCmapRecog:
		*c = ' '
	case s.banner == BannerStars || *c != '2' && *c != '0':
		*c = '*'
	}
}

// keep20 is the rule of KB 320027: stars but for 2, 0 and the blank of "0 ". prev is the octet before text as the server
// sent it.
func keep20(text []byte, prev byte) {
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
