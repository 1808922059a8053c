package command

import (
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
)

// bootSpec are the image and the configuration of the next boot. There is one software, that which the box runs; the
// configuration is read from the file that the line names.
var bootSpec = storedSpec{
	name: bootWord, help: "Set system boot parameters", span: inASA, section: release.SectionBoot, partly: true,
	forms: table(`
		boot system <url:long>
		boot config = <url:long>
	`),
	typed: bootTyped,
}

const (
	bootWord       = "boot"
	bootSystemSlot = "boot system"
	bootConfigSlot = "boot config"
)

// bootTyped: flash: is disk0: where the release has both, and a file that is not there is missed.
// unverified: that both are said of boot config as of boot system.
func bootTyped(c *Ctx, l *config.Stored) {
	at := len(l.Words) - 1
	url := l.Words[at].Text
	own := strings.Fields(c.Release.Say(release.DiskNames))[0]
	if rest, ok := cutFold(url, "flash:"); ok && own != "flash:" {
		c.Note(release.BootOtherURL, url, own+rest)
		l.Words = append(l.Words[:at:at], config.Word{Text: own + rest})
		if slot, ok := strings.CutSuffix(l.Slot, " "+url); ok {
			l.Slot = slot + " " + own + rest
		}
		url = own + rest
	}
	if path, ok := DiskPath(c.Release, url); ok && c.OnDisk != nil && !c.OnDisk(path) && url != c.Release.SoftwareFile() {
		c.Note(release.BootNoFile, url)
	}
}

// cutFold is strings.CutPrefix in any case.
func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// DiskPath is the path on the disk that a URL names, seen from the root; false where it names another place.
func DiskPath(rel *release.Release, url string) (string, bool) {
	if !strings.Contains(url, ":") {
		return "", false
	}
	path, ok := onDiskWord(strings.Fields(rel.Say(release.DiskNames)), url)
	path = strings.Trim(path, "/")
	return path, ok && path != ""
}

// BootVariables are what a box keeps apart from its configurations: the images, and the configuration, of its next boot.
type BootVariables struct{ Images, Config string }

// BootVariablesOf are those that c asks for.
func BootVariablesOf(c *config.Config) BootVariables {
	var v BootVariables
	var images []string
	for _, l := range c.StoredOf(bootWord) {
		url := l.Words[len(l.Words)-1].Text
		if strings.HasPrefix(l.Slot, bootSystemSlot) {
			images = append(images, url)
		} else if l.Slot == bootConfigSlot {
			v.Config = url
		}
	}
	v.Images = strings.Join(images, ";")
	return v
}

var showBootVar = shows("bootvar", "Display boot related information", Privileged, inASA, func(s Session) error {
	next, now := s.Box().BootVariables(), BootVariablesOf(s.Box().Config())
	return tell(s, release.BootVars, next.Images, now.Images, next.Config, now.Config)
})
