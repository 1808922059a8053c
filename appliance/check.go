package appliance

import (
	"fmt"
	"regexp"

	"pixsim/appliance/release"
	"pixsim/cli"
)

// CheckedLine is what became of one line of a configuration text that CheckConfig read.
type CheckedLine = cli.Checked

// CheckConfig reads text as a box of rel reads its startup-config, and tells what became of each line. The box has the
// interface cards that the text names. With forms each line that was taken is also looked for in the configuration as it
// is written back, and its opposite is tried; that takes time that grows with the square of the text.
func CheckConfig(rel *release.Release, text string, forms bool) []CheckedLine {
	return cli.Check(rel.Fitted(text), text, forms)
}

// written is the line by which the box says which software wrote a configuration.
var written = regexp.MustCompile(`(?m)^(PIX|ASA) Version (\d+)\.(\d+)`)

// WrittenBy is the release whose software wrote a configuration, by its version line.
func WrittenBy(text string) (*release.Release, error) {
	m := written.FindStringSubmatch(text)
	if m == nil {
		return nil, fmt.Errorf("no line tells the version that wrote it")
	}
	kind := map[string]string{"PIX": "pix", "ASA": "asa"}[m[1]]
	return release.Parse(fmt.Sprintf("%s-%s.%s", kind, m[2], m[3]))
}
