package command

import (
	"path"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// sshCopySpec is the switch of the box's scp server (7.0 and later command reference, ssh scopy enable).
var sshCopySpec = storedSpec{
	name: "ssh scopy", help: "Configure SSH options", span: inASA, section: release.SectionSSH, acts: true, noclear: true,
	forms: []form{{slot: lit(sshCopyLine)}},
}

const sshCopyLine = "ssh scopy enable"

// sshCopyCommand leaves it to ssh to print the line, before its own (captures of 9.x).
func sshCopyCommand() *Command {
	c := sshCopySpec.command()
	c.Lines = nil
	return c
}

// SecureCopy reports whether the box serves scp.
func SecureCopy(c *config.Config) bool { return len(c.StoredOf(sshCopySpec.name)) > 0 }

// CopiedName is what a file name of scp means: one of the configurations, or a path on the disk.
type CopiedName struct {
	Running, Startup bool
	Path             string // as Disk has it; "" of the root
}

// CopiedNameOf reads a name as copy reads its arguments; the server of scp knows no directory that a session is in. false:
// there is no such place.
func CopiedNameOf(rel *release.Release, name string) (CopiedName, bool) {
	if rest, ok := strings.CutPrefix(strings.ToLower(name), "nvram:"); ok { // as clients of IOS call it
		return CopiedName{Startup: true}, strings.TrimPrefix(rest, "/") == "startup-config"
	}
	e := g.Plain(rel)
	p, err := parsePlace(e, strings.TrimPrefix(name, "/"), append(disks(e), "running-config", "startup-config", "system:"))
	switch {
	case err != nil:
		return CopiedName{}, false
	case p.kind == placeDisk:
		return CopiedName{Path: strings.TrimPrefix(path.Clean("/"+p.path), "/")}, true
	}
	return CopiedName{Running: p.kind == placeRunning, Startup: p.kind == placeStartup}, p.kind <= placeStartup
}

// DiskError is what the device says to an error of its disk.
func DiskError(rel *release.Release, err error) string { return rel.Say(diskReason(err)) }
