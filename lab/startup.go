package lab

import (
	"embed"
	"fmt"
	"io/fs"

	"pixsim"
	"pixsim/appliance/release"
)

//go:embed startup
var startup embed.FS

// StartupConfig is the startup-config of the lab's box for a release or a build by its name, "pix-4.4": KB 320027's
// situation in that release's own words. A release without one gets fs.ErrNotExist.
func StartupConfig(name string) (string, error) {
	r, err := release.Parse(name)
	if err != nil {
		return "", fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	base := release.Base(r.Name)
	if base == "pix-6.3" {
		return r.Stamped(pixsim.StartupConfig), nil
	}
	text, err := fs.ReadFile(startup, "startup/"+base)
	return r.Stamped(string(text)), err
}
