package appliance

import (
	"fmt"
	"io"
	"strings"

	"pixsim/appliance/release"
	"pixsim/cli"
	"pixsim/cli/command"
)

// migration is what a boot with the configuration of an older software leaves on the disk: that configuration, and what was
// said while it was converted. The zero value: there was none.
type migration struct {
	saved, log string // names of the files; "": it could not be written
	said       []string
}

// migrate keeps the files of a conversion.
func (b *Box) migrate(text string, refused []cli.Refused) (m migration) {
	for _, r := range refused {
		if r.Line == 0 {
			m.said = append(m.said, r.Messages...)
		}
	}
	if len(m.said) == 0 {
		return m
	}
	keep := func(name, text string) string {
		if err := b.Disk().WriteFile(name, []byte(text)); err != nil {
			b.diag("%s: %v\n", name, err)
			return ""
		}
		return name
	}
	m.saved = keep(versionDigits(command.VersionIn(text))+"_startup_cfg.sav", text)
	m.log = keep("upgrade_startup_errors_"+b.Now().Format("200601021504")+".log", b.refusals(refused)+strings.Join(m.said, "\n")+"\n")
	return m
}

// versionDigits are the numbers of a version: 8_2_1_0 of 8.2(1), 8_2_5_59 of 8.2(5)59.
func versionDigits(version string) string {
	numbers := strings.FieldsFunc(version, func(r rune) bool { return r < '0' || r > '9' })
	for len(numbers) < 4 {
		numbers = append(numbers, "0")
	}
	return strings.Join(numbers[:4], "_")
}

// refusals are the lines of the startup-config that were refused, or taken with words, as the boot prints them.
func (b *Box) refusals(refused []cli.Refused) string {
	var text strings.Builder
	for _, r := range refused {
		if r.Line == 0 {
			continue
		}
		if line := b.rel.Say(release.BootRefused, r.Line, r.Text); line != "" && !r.Taken {
			fmt.Fprintln(&text, line)
		}
		for _, m := range r.Messages {
			fmt.Fprintln(&text, m)
		}
	}
	return text.String()
}

// began and ended print a migration around the checksum of the boot.
func (m *migration) began(w io.Writer, r *release.Release) {
	if m.saved != "" {
		fmt.Fprintln(w, r.Say(release.MigrationSaving))
		fmt.Fprintln(w, r.Say(release.MigrationSaved, m.saved))
	}
}

func (m *migration) ended(w io.Writer, r *release.Release) {
	for _, line := range m.said {
		fmt.Fprintln(w, line)
	}
	if m.log != "" {
		fmt.Fprintln(w, r.Say(release.MigrationErrors, m.log))
	}
}
