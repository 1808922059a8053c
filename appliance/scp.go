package appliance

import (
	"errors"
	"fmt"
	"strings"

	"pixsim/appliance/config"
	"pixsim/cli"
	"pixsim/cli/command"
	"pixsim/cli/remote"
)

// maxCopied bounds a configuration that scp brings, as maxRemoteConfig of package command does for TFTP.
const maxCopied = 2 << 20

// scpPrivilege is the level of an account that may copy: files hold what level 15 alone may see. unverified: the guides
// do not say who may.
const scpPrivilege = 15

// The configurations by the names that scp knows them under, in lower case.
var (
	runningNames = []string{"running-config", "system:running-config"}
	startupNames = []string{"startup-config", "nvram:startup-config"}
)

// copies is the box's files as one caller of scp sees them.
type copies struct {
	b    *Box
	user string
	may  bool
}

// files is who may copy by scp and what: nil where it is not switched on.
func (b *Box) files(c remote.Caller) remote.Files {
	if !command.SecureCopy(b.Config()) {
		return nil
	}
	if c.Keyed {
		b.admission(c.User, c.From, true)
	}
	return copies{b, c.User, b.level(c) >= scpPrivilege}
}

var errNoPrivilege = errors.New("permission denied")

// named is the list that name stands in, with a slash in front or without.
func named(name string, names []string) bool {
	name = strings.ReplaceAll(strings.ToLower(name), ":/", ":")
	for _, n := range names {
		if strings.TrimPrefix(name, "/") == n {
			return true
		}
	}
	return false
}

// Fetch implements remote.Files.
func (f copies) Fetch(name string) ([]byte, error) {
	if !f.may {
		return nil, errNoPrivilege
	}
	switch {
	case named(name, runningNames):
		text, _ := f.b.Text(f.user)
		return []byte(text), nil
	case named(name, startupNames):
		if text, ok := f.b.Startup(); ok {
			return []byte(text), nil
		}
	}
	return nil, fmt.Errorf("%s: No such file or directory", name)
}

// Store implements remote.Files: the running configuration is added to, as copy does.
func (f copies) Store(name string, data []byte) error {
	if !f.may {
		return errNoPrivilege
	}
	switch {
	case named(name, runningNames):
		return f.merge(string(data))
	case named(name, startupNames):
		return f.b.Store(string(data))
	}
	return fmt.Errorf("%s: No such file or directory", name)
}

// merge says which line was refused first: the far side has no console to read it on.
func (f copies) merge(text string) error {
	var refused []cli.Refused
	if err := f.b.Edit(func(e *config.Edit) error { refused = cli.Apply(e, text); return nil }); err != nil {
		return err
	}
	f.b.Settle()
	for _, r := range refused {
		if !r.Taken {
			return fmt.Errorf("line %d refused: %s", r.Line, strings.TrimSpace(r.Text))
		}
	}
	return nil
}

// MaxSize implements remote.Files.
func (copies) MaxSize(string) int { return maxCopied }

// sshKeys decides on public keys; nil: no account has one.
func (b *Box) sshKeys() func(user string, key []byte) bool {
	if !command.HasKeys(b.Config()) {
		return nil
	}
	return func(user string, key []byte) bool { return command.AdmitsKey(b.Config(), user, key) }
}
