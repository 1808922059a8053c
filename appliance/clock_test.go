package appliance_test

import (
	"strings"
	"testing"
)

// The zone is that of what is shown and logged; the clock itself stands still in this world.
func TestClockZones(t *testing.T) {
	w := newWorld(t, "pix-6.3", worldOptions{})
	c := w.console
	c.configure()
	c.line("logging on")
	c.line("logging timestamp")
	c.line("logging buffered notifications")
	c.line("clock timezone PST -8")
	if got := c.line("show clock"); !strings.Contains(got, "04:54:16.272 PST Fri Jul 4 2003") {
		t.Errorf("%q", got)
	}
	c.line("clock summer-time PDT recurring")
	if got := c.line("show clock"); !strings.Contains(got, "05:54:16.272 PDT Fri Jul 4 2003") {
		t.Errorf("%q", got)
	}
	if got := c.line("show logging"); !strings.Contains(got, "Jul 04 2003 04:54:16: 111008") {
		t.Errorf("%q", got)
	}
	c.line("clock set 10:00:00 jul 5 2003")
	if got := c.line("show clock"); !strings.Contains(got, "10:00:00.000 PDT Sat Jul 5 2003") {
		t.Errorf("%q", got)
	}
	c.line("clear clock")
	if got := c.line("show clock"); !strings.Contains(got, "17:00:00.000 UTC Sat Jul 5 2003") {
		t.Errorf("%q", got)
	}
}
