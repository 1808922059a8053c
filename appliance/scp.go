package appliance

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"pixsim/appliance/config"
	"pixsim/cli"
	"pixsim/cli/command"
	"pixsim/cli/remote"
)

// What scp may bring: a configuration, and any other file. The bounds are those of TFTP in package command.
const (
	maxCopied     = 2 << 20
	maxCopiedFile = 16 << 20
)

// scpPrivilege is the level of an account that may copy: files hold what level 15 alone may see. unverified: the guides
// do not say who may.
const scpPrivilege = 15

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

// Fetch implements remote.Files.
func (f copies) Fetch(name string) ([]byte, error) {
	at, ok := command.CopiedNameOf(f.b.rel, name)
	switch {
	case !f.may:
		return nil, errNoPrivilege
	case !ok:
		return nil, f.fault(name, fs.ErrNotExist)
	case at.Running:
		text, _ := f.b.Text(f.user)
		return []byte(text), nil
	case at.Startup:
		if text, ok := f.b.Startup(); ok {
			return []byte(text), nil
		}
		return nil, f.fault(name, fs.ErrNotExist)
	}
	data, err := f.b.Disk().ReadFile(at.Path)
	return data, f.fault(name, err)
}

// Store implements remote.Files: the running configuration is added to, as copy does.
func (f copies) Store(name string, data []byte) error {
	if err := f.Accepts(name, len(data)); err != nil {
		return err
	}
	at, _ := command.CopiedNameOf(f.b.rel, name)
	switch {
	case at.Running:
		return f.merge(string(data))
	case at.Startup:
		return f.b.Store(string(data))
	}
	return f.fault(name, f.b.Disk().WriteFile(at.Path, data))
}

// fault is an error in the device's words, nil for nil.
func (f copies) fault(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %s", name, command.DiskError(f.b.rel, err))
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

// Accepts implements remote.Files.
func (f copies) Accepts(name string, size int) error {
	at, ok := command.CopiedNameOf(f.b.rel, name)
	switch {
	case !f.may:
		return errNoPrivilege
	case !ok:
		return f.fault(name, fs.ErrNotExist)
	case (at.Running || at.Startup) && size > maxCopied:
		return fmt.Errorf("%s: more than %d octets", name, maxCopied)
	case size > maxCopiedFile:
		return fmt.Errorf("%s: more than %d octets", name, maxCopiedFile)
	}
	return nil
}

// sshKeys decides on public keys; nil: no account has one.
func (b *Box) sshKeys() func(user string, key []byte) bool {
	if !command.HasKeys(b.Config()) {
		return nil
	}
	return func(user string, key []byte) bool { return command.AdmitsKey(b.Config(), user, key) }
}
