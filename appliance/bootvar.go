package appliance

import (
	"errors"
	"io/fs"
	"net/netip"
	"strings"

	"pixsim/appliance/config"
	"pixsim/cli"
	"pixsim/cli/command"
)

// bootVarFile is the file of flash that has the boot variables, a line each.
const bootVarFile = "boot-variables"

const (
	bootVariable   = "BOOT="
	configVariable = "CONFIG_FILE="
)

// BootVariables implements command.Box. Flash that was never saved to has none: a configuration that somebody brings along
// does not send the box to files that he did not bring.
func (b *Box) BootVariables() command.BootVariables {
	text, err := b.o.Flash.Read(bootVarFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		b.diag("%v\n", err)
	}
	var v command.BootVariables
	for l := range strings.Lines(string(text)) {
		l = strings.TrimSuffix(l, "\n")
		if value, ok := strings.CutPrefix(l, bootVariable); ok {
			v.Images = value
		}
		if value, ok := strings.CutPrefix(l, configVariable); ok {
			v.Config = value
		}
	}
	return v
}

// setBootVariables keeps v; flash that has none of them gets no file for it.
func (b *Box) setBootVariables(v command.BootVariables) error {
	if v == b.BootVariables() {
		return nil
	}
	return b.o.Flash.Write(bootVarFile, []byte(bootVariable+v.Images+"\n"+configVariable+v.Config+"\n"))
}

// startupPlace is the file of the disk that is the startup-config; false: it is the hidden one.
func (b *Box) startupPlace() (string, bool) {
	return command.DiskPath(b.rel, b.BootVariables().Config)
}

// startup is the text of the startup-config, "" where there is none.
func (b *Box) startup() (string, error) {
	var text []byte
	var err error
	if path, ok := b.startupPlace(); ok {
		text, err = b.Disk().ReadFile(path)
	} else {
		text, err = b.o.Flash.Read(startupFile)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(text), err
}

// writeStartup makes text the startup-config, at its place.
func (b *Box) writeStartup(text string) error {
	if path, ok := b.startupPlace(); ok {
		return b.Disk().WriteFile(path, []byte(text))
	}
	return b.o.Flash.Write(startupFile, []byte(text))
}

// AddressAtBoot implements command.Box.
func (b *Box) AddressAtBoot(hardware string) netip.Prefix {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.atBoot[hardware]
}

// addressesOf are the addresses of the interfaces, by their hardware ids.
func addressesOf(c *config.Config) map[string]netip.Prefix {
	m := map[string]netip.Prefix{}
	for _, f := range c.Interfaces {
		m[f.Hardware] = f.Addr
	}
	return m
}

// ConfigAtBoot implements command.Box.
func (b *Box) ConfigAtBoot() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.from
}

// origin keeps where this life's configuration, text, came from, and what there was to say about it.
func (b *Box) origin(text string, refused []cli.Refused) {
	from := startupFile
	if v := b.BootVariables(); text != "" && v.Config != "" {
		from = v.Config
	}
	b.mu.Lock()
	b.from, b.faults = from, b.refusals(refused)
	b.mu.Unlock()
}

// astray reports whether the configuration that the box should have booted from was not there.
func (b *Box) astray() bool {
	path, named := b.startupPlace()
	if !named {
		return false
	}
	_, err := b.Disk().Stat(path)
	return err != nil
}

// BootFaults implements command.Box.
func (b *Box) BootFaults() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.faults
}

// ClearBootFaults implements command.Box.
func (b *Box) ClearBootFaults() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = ""
}
