package command

import (
	"context"
	"maps"
	"slices"
	"strings"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

var showVersion = &Command{
	Name: "show version", Help: "Show software and hardware version", Mode: User,
	Syntax: show(g.Word("version", "Show software and hardware version")),
	Run: func(_ context.Context, s Session, _ *g.Match) error {
		b, rel := s.Box(), s.Release()
		m := &rel.Model
		err := tell(s, release.ShowVersion, b.Config().Hostname, uptime(b.Uptime()), versionInterfaces(rel), rel.LicenceText(),
			modified(b), m.MemoryMB, m.Hardware(), m.CPU, m.Flash, m.BIOS, m.Serial, m.Activation, rel.Version,
			rel.Software.Compiled, rel.SoftwareFile(), rel.Software.Manager, rel.Software.Chassis, b.ConfigAtBoot())
		if err != nil {
			return err
		}
		return emit(s, rel.Remarks())
	},
}

// versionInterfaces are the lines of the hardware interfaces, by their numbers.
func versionInterfaces(rel *release.Release) string {
	m := &rel.Model
	lines := map[int]string{}
	for i, id := range m.Interfaces {
		n := m.Number(i)
		lines[n] = rel.Say(release.VersionInterface, n, id, rel.FormatMAC(m.MACOf(i)), m.IRQ[i])
	}
	for _, f := range m.Internal {
		lines[f.Number] = rel.Say(release.VersionInternal, f.Number, f.Name, f.Address, f.IRQ)
	}
	var b strings.Builder
	for _, n := range slices.Sorted(maps.Keys(lines)) {
		b.WriteString(lines[n] + "\n")
	}
	return b.String()
}

// modified is who changed the configuration last.
func modified(b Box) string {
	by, at, changed := b.Modified()
	if !changed {
		return b.Release().Say(release.NotModified)
	}
	return b.Release().Say(release.ModifiedBy, by, stamp(at))
}
