package command_test

import (
	"testing"

	"pixsim/cli/command"
)

// The speeds of an interface are those of the release.
func TestSpeeds(t *testing.T) {
	for line, in := range map[string]string{
		"interface ethernet inside 10baset":  "4.0 4.0",
		"interface ethernet inside 10full":   "",
		"interface ethernet dmz auto":        "",
		"interface e1 100basetx":             "4.1 6.3",
		"interface e1 10full":                "4.2 6.3",
		"interface e1 aui shutdown":          "4.2 6.3",
		"interface e1 1000sxfull":            "5.2 6.3",
		"interface e1 1000full":              "6.3 6.3",
		"interface e1 100mbps":               "",
		"nameif e0 outside sec0":             "4.1 6.3",
		"nameif e0 outside security1":        "",
		"route outside 0 0 10.1.1.9":         "4.0 6.3",
		"ip address inside 10.1.1.1 255.255": "4.0 6.3",
	} {
		for _, rel := range pixReleases() {
			if got := newBox(t, rel).try(line); got != command.SpanOf(t, in).Holds(rel) {
				t.Errorf("%s: %q taken: %v", rel.Name, line, got)
			}
		}
	}
}
