package command

import (
	"crypto/md5"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
)

// Header is what stands around the lines of a configuration.
type Header struct {
	// Second is the line before the version's; "" for what the release prints where nobody is known to have saved.
	Second string
	// Sum is the checksum to print. Up to 6.3 it is that of the last load or save; EmptySum for a box never saved.
	Sum [16]byte
	// Bare leaves out the checksum line.
	Bare bool
}

// EmptySum is the checksum that a PIX which was never saved prints: the MD5 of nothing (4.4(5) and 5.3(1) captures).
var EmptySum = md5.Sum(nil)

// Document is the whole text of a configuration, header, lines and trailer, each line with its line end.
func Document(c *config.Config, v View, h Header) string {
	var b strings.Builder
	b.WriteString(head(c.Release, h))
	body(&b, c, v)
	if words, _ := c.Release.Words(release.ConfChecksumLine); words != "" && !h.Bare {
		b.WriteString(c.Release.Say(release.ConfChecksumLine, h.Sum) + "\n")
	}
	b.WriteString(": end\n")
	return b.String()
}

// Checksum is the MD5 of the lines of a configuration as they are stored, from the version line on.
func Checksum(c *config.Config) [16]byte {
	var b strings.Builder
	b.WriteString(versionLine(c.Release))
	body(&b, c, View{Release: c.Release, Secrets: true, Names: true})
	return md5.Sum([]byte(b.String()))
}

func head(rel *release.Release, h Header) string {
	second := h.Second
	if second == "" {
		second = rel.Say(release.ConfSecondLine)
	}
	return ": Saved\n" + rel.Say(release.ConfMachine, rel.Model.Serial, rel.Model.Summary()) + second + "\n" + versionLine(rel)
}

func versionLine(rel *release.Release) string {
	return rel.Say(release.VersionLine, rel.Version.String()) + "\n"
}

func body(b *strings.Builder, c *config.Config, v View) {
	for l := range Render(c, v) {
		b.WriteString(l)
		b.WriteByte('\n')
	}
}
