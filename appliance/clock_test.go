package appliance_test

import (
	"strings"
	"testing"
	"time"

	"pixsim/appliance"
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

// show clock detail names where the time comes from and when summer begins and ends, each as the clock shows it then.
func TestClockDetail(t *testing.T) {
	w := newWorld(t, "pix-6.2", worldOptions{})
	c := w.console
	c.configure()
	see := func(line, want string) {
		t.Helper()
		if got := c.line(line); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	see("show clock detail", "12:54:16.272 UTC Fri Jul 4 2003\r\nTime source is hardware calendar\r\npixfirewall(config)# ")
	c.line("clock timezone EST -5")
	c.line("clock summer-time EDT recurring")
	see("show clock detail", "08:54:16.272 EDT Fri Jul 4 2003\r\nTime source is hardware calendar\r\n"+
		"Summer time starts 02:00:00 EST Sun Apr 6 2003\r\nSummer time ends 02:00:00 EDT Sun Oct 26 2003\r\n")
	c.line("clock set 12:00:00 jan 5 2004")
	see("show clock detail", "12:00:00.000 EST Mon Jan 5 2004\r\nTime source is user configuration\r\n"+
		"Summer time starts 02:00:00 EST Sun Apr 4 2004\r\nSummer time ends 02:00:00 EDT Sun Oct 31 2004\r\n")
	c.line("no clock summer-time")
	c.line("clock summer-time SUM recurring last sun oct 2:00 last sun mar 3:00") // south of the equator
	see("show clock detail", "Summer time starts 02:00:00 EST Sun Oct 26 2003\r\nSummer time ends 03:00:00 SUM Sun Mar 28 2004\r\n")
	c.line("no clock summer-time")
	c.line("clock summer-time SUM date 7 april 2002 2:00 27 october 2002 2:00 90")
	see("show clock detail", "Summer time starts 02:00:00 EST Sun Apr 7 2002\r\nSummer time ends 02:00:00 SUM Sun Oct 27 2002\r\n")
}

// The clock is watched while there are time ranges: what they switch is compiled again at their borders. Without any nobody looks.
func TestCalendarSleeps(t *testing.T) {
	w := newWorld(t, "asa-8.2", worldOptions{})
	if appliance.Timed(w.box) {
		t.Error("the clock is watched in vain")
	}
	w.console.configure()
	for _, line := range []string{"time-range office", "periodic daily 8:00 to 18:00", "exit", "access-list in extended permit ip any any time-range office"} {
		w.console.line(line)
	}
	if !appliance.Timed(w.box) {
		t.Error("the clock is not watched")
	}
	compiled := make(chan struct{}, 1)
	appliance.DuringCompilation(w.box, func() {
		select {
		case compiled <- struct{}{}:
		default:
		}
	})
	w.clock.advance(6 * time.Hour)
	select {
	case <-compiled:
	case <-time.After(patience):
		t.Error("nothing is compiled when the range is over")
	}
	w.console.line("clear configure access-list")
	w.console.line("clear configure time-range")
	if appliance.Timed(w.box) {
		t.Error("the clock is still watched")
	}
}
