package lab

import (
	"embed"
	"io/fs"

	"pixsim"
)

//go:embed startup
var startup embed.FS

// StartupConfig is the startup-config of the lab's box for a release by its name, "pix-4.4": KB 320027's situation in
// that release's own words. A release without one gets fs.ErrNotExist.
func StartupConfig(release string) (string, error) {
	if release == "pix-6.3" {
		return pixsim.StartupConfig, nil
	}
	text, err := fs.ReadFile(startup, "startup/"+release)
	return string(text), err
}
