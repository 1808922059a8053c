package lab

import (
	"io"

	"pixsim/appliance/release"
)

func WriteInspectJSON(w io.Writer, dialogues []*Dialogue, numbers []int, releases []*release.Release) error {
	return nil
}
func PrintInspectTable(w io.Writer, d *Dialogue, releases []*release.Release, style InspectStyle) error {
	return nil
}
func FindInspectRelease(name string) (*release.Release, error) { return release.Parse(name) }
