package command

import (
	"pixsim/appliance/config"
	"pixsim/appliance/release"
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
