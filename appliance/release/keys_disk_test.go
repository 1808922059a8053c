package release

import "testing"

// What is said from 7.0 on only.
func init() {
	for key := range disk70 {
		reach[key] = Since(V(7, 0))
	}
}

// Every machine that has files has room for them.
func TestFlashSize(t *testing.T) {
	for _, r := range tree() {
		if reach[DiskName].Holds(r) && r.Model.FlashSize() < 16<<20 {
			t.Errorf("%s: %q is %d octets", r.Name, r.Model.Flash, r.Model.FlashSize())
		}
	}
}
