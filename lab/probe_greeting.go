package lab

import (
	"regexp"
	"strings"
	"time"

	"pixsim/dataplane/inspect/smtp"
)

// Mask says what became of an SMTP greeting on its way.
type Mask string

const (
	MaskNone    Mask = "plain"             // a person can read it
	MaskStars   Mask = "stars"             // every character is a star
	MaskKeep20  Mask = "stars but 2 and 0" // and the blank behind a 0
	MaskCmap    Mask = "SMTP/cmap"         // as KB 320027 prints that of old versions, or as scanners know it
	MaskUnknown Mask = "none"              // no 220
)

// fewStars is how many stars somebody may have written himself: below, a greeting says little. PowerMTA counts the same.
const fewStars = 10

// greetingMasks are the engine's, from the one that leaves least.
var greetingMasks = []struct {
	mask smtp.Banner
	is   Mask
}{
	{smtp.BannerCmapKB, MaskCmap},
	{smtp.BannerCmapRecog, MaskCmap},
	{smtp.BannerStars, MaskStars},
	{smtp.BannerKeep20, MaskKeep20},
}

// ReadMask tells what a greeting is: its lines as they came, or as a page shows them. A line without a code goes on
// where the one before it was wrapped.
//
// The rule is the engine's own: a greeting that has been through a mask is not changed by going through it again.
func ReadMask(lines []string) Mask {
	lines = unwrapped(lines)
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "220") {
		return MaskUnknown
	}
	text := (&ProbeStep{Reply: lines}).text()
	if strings.Count(text, "*") < 4 && !strings.HasPrefix(text, "SMTP/cmap") {
		return MaskNone
	}
	for _, m := range greetingMasks {
		if p := (smtp.Profile{Banner: m.mask}); masksGreeting(&p, lines) {
			return m.is
		}
	}
	return MaskNone
}

// unwrapped joins a line to the one before when a page, not the server, has broken it.
func unwrapped(lines []string) []string {
	var whole []string
	for _, l := range lines {
		if _, _, ok := codeLine(l); !ok && len(whole) > 0 {
			whole[len(whole)-1] += l
			continue
		}
		whole = append(whole, l)
	}
	return whole
}

// masksGreeting says whether p could have let this greeting through as it is.
func masksGreeting(p *smtp.Profile, lines []string) bool {
	text := []byte(strings.Join(lines, "\r\n") + "\r\n")
	was := string(text)
	smtp.New(p, nil).Segment(time.Time{}, smtp.ToClient, text)
	return string(text) == was
}

// masksExtensions says whether p could have let this reply to EHLO through as it is.
func masksExtensions(p *smtp.Profile, lines []string) bool {
	s := smtp.New(p, nil)
	s.Segment(time.Time{}, smtp.ToClient, []byte("220 mail\r\n"))
	s.Segment(time.Time{}, smtp.ToServer, []byte("EHLO client\r\n"))
	text := []byte(strings.Join(lines, "\r\n") + "\r\n")
	was := string(text)
	s.Segment(time.Time{}, smtp.ToClient, text)
	return string(text) == was
}

// maskedKeyword is a line of an EHLO reply that inspect esmtp has overwritten: X, and a letter that counts.
var maskedKeyword = regexp.MustCompile(`^X*[A-Z]$`)

// maskedExtensions are the masked lines of a reply to EHLO: none unless their letters count up from A. One line of a
// letter or two says nothing.
func maskedExtensions(lines []string) []string {
	var list []string
	octets := 0
	for i, l := range lines {
		if i == 0 || len(l) < 5 || !maskedKeyword.MatchString(l[4:]) || l[len(l)-1] != byte('A'+len(list)%26) {
			continue
		}
		list = append(list, l)
		octets += len(l) - 4
	}
	if octets < 4 {
		return nil
	}
	return list
}

// offers says whether a reply to EHLO has a keyword.
func offers(lines []string, keyword string) bool {
	for i, l := range lines {
		if f := strings.Fields(l[min(4, len(l)):]); i > 0 && len(f) > 0 && strings.EqualFold(f[0], keyword) {
			return true
		}
	}
	return false
}
