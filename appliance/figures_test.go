package appliance_test

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pixsim/cli/command"
	"pixsim/lab"
)

// The figures of show commands are those of packets that were sent: their number, their octets, and the rates over the
// time that went by.

// olds are the releases whose show commands print what these tests read.
var olds = []string{"pix-4.1", "pix-4.4", "pix-5.1", "pix-5.3", "pix-6.1", "pix-6.2", "pix-6.3"}

// pinged sends n echo requests with size octets of data from the inside to the box's inside address, which answers each.
func (w *world) pinged(n, size int) {
	w.t.Helper()
	for range n {
		if _, err := w.lab.Host("desk").Ping(soon(w.t), netip.Addr{}, lab.BoxInside, size); err != nil {
			w.t.Fatal(err)
		}
	}
}

// more presses a key at the pager and returns what was shown since.
func (s *screen) more(key string) string {
	s.t.Helper()
	begin := s.len()
	if err := s.typeKeys(key); err != nil {
		s.t.Fatal(err)
	}
	shown, err := s.await(func(shown string, over bool) bool { return over || turn(shown[begin:]) })
	if err != nil {
		s.t.Fatal(err)
	}
	return shown[begin:]
}

// whole types a line and returns all that it prints, page by page.
func (s *screen) whole(line string) string {
	s.t.Helper()
	text := s.line(line)
	for strings.HasSuffix(text, "--->") {
		text = strings.TrimSuffix(text, "<--- More --->") + s.more(" ")
	}
	return text
}

// echo are the octets of a frame of an echo request with size octets of data.
func echo(size int) int { return 14 + 20 + 8 + size }

// numbers are all numbers in text behind head; nil when it is not there.
func numbers(text, head string) []int {
	_, rest, _ := strings.Cut(text, head)
	var out []int
	for _, w := range regexp.MustCompile(`\d+`).FindAllString(rest, -1) {
		n, _ := strconv.Atoi(w)
		out = append(out, n)
	}
	return out
}

func TestCountedPackets(t *testing.T) {
	for _, name := range olds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, name, worldOptions{})
			w.console.enable()
			show := w.console.whole
			w.pinged(1, 56) // neighbours know each other now
			inside := func() (in, inBytes, out, outBytes int) {
				_, text, _ := strings.Cut(show("show interface"), `"inside"`)
				n := numbers(text, "half duplex")
				if n == nil {
					n = numbers(text, "full duplex")
				}
				// packets input, bytes, no buffer; broadcasts, runts, giants; 6 of errors; packets output, bytes
				return n[0], n[1], n[12], n[13]
			}
			was := [4]int{}
			was[0], was[1], was[2], was[3] = inside()
			w.pinged(7, 100)
			w.pinged(3, 1000)
			in, inBytes, out, outBytes := inside()
			octets := 7*echo(100) + 3*echo(1000)
			got := [4]int{in - was[0], inBytes - was[1], out - was[2], outBytes - was[3]}
			if want := [4]int{10, octets, 10, octets}; got != want {
				t.Errorf("show interface counts %v, want %v", got, want)
			}
			if unknown := show("show traffic"); strings.Contains(unknown, "list of") {
				return // 4.0 and 4.1
			}
			show("clear traffic")
			w.pinged(20, 200)
			w.clock.advance(4 * time.Second)
			text := show("show traffic")
			_, text, _ = strings.Cut(text, "inside:")
			fields := strings.Fields(text)
			if i := slices.Index(fields, "packets"); i < 0 || fields[i-1] != "20" || fields[i+1] != fmt.Sprint(20*echo(200)) ||
				fields[i+3] != "5" || fields[i+5] != fmt.Sprint(5*echo(200)) || !strings.Contains(text, "received (in 4") {
				t.Errorf("show traffic: %s", text)
			}
			if again, _, _, _ := inside(); again != in+20 {
				t.Errorf("clear traffic set show interface back: %d, was %d", again, in)
			}
		})
	}
}

// Clearing an interface leaves the others and show traffic alone.
func TestClearInterface(t *testing.T) {
	w := newWorld(t, "pix-6.3", worldOptions{})
	w.console.enable()
	w.console.line("terminal width 511")
	w.pinged(5, 100)
	w.console.line("clear interface ethernet1")
	w.pinged(2, 100)
	text := w.console.line("show interface ethernet1")
	if !strings.Contains(text, fmt.Sprintf("2 packets input, %d bytes", 2*echo(100))) {
		t.Error(text)
	}
	text = w.console.line("show traffic")
	if _, inside, _ := strings.Cut(text, "inside:"); !strings.Contains(inside, "8 packets") && !strings.Contains(inside, "9 packets") {
		t.Errorf("7 echoes and ARP: %s", inside)
	}
	w.console.line("clear counters")
	if text = w.console.line("show interface ethernet1"); !strings.Contains(text, "\t0 packets input, 0 bytes") {
		t.Error(text)
	}
	if text = w.console.line("show traffic"); strings.Count(text, " 0 packets") != 4 {
		t.Error(text)
	}
}

// perfmon comes to the session that asked for it, at its interval by the box's clock, and to no other.
func TestPerfmonVerbose(t *testing.T) {
	w := newWorld(t, "pix-6.2", worldOptions{})
	w.console.enable()
	other := w.telnet("other", 2049)
	other.enable()
	if text := w.console.line("perfmon settings"); !strings.Contains(text, "interval: 120 (seconds)\r\nquiet\r\n") {
		t.Errorf("%q", text)
	}
	w.console.line("perfmon interval 30")
	w.console.line("perfmon verbose")
	if text := w.console.line("perfmon settings"); !strings.Contains(text, "interval: 30 (seconds)\r\nverbose\r\n") {
		t.Errorf("%q", text)
	}
	for times := 1; times <= 2; times++ {
		w.clock.advance(30 * time.Second)
		if _, err := w.console.await(func(text string, _ bool) bool {
			return strings.Count(text, "PERFMON STATS") == times && strings.HasSuffix(strings.TrimRight(text, "\r\n"), "0/s")
		}); err != nil {
			t.Fatal(err)
		}
	}
	w.console.line("perfmon quiet")
	w.clock.advance(2 * time.Minute)
	other.line("show perfmon") // one more turn of everything
	if n := strings.Count(w.console.String(), "PERFMON STATS"); n != 2 {
		t.Errorf("%d displays", n)
	}
	if n := strings.Count(other.String(), "PERFMON STATS"); n != 1 {
		t.Errorf("%d displays at the session that did not ask", n)
	}
}

// Twenty mails in five seconds are four connections a second.
func TestPerfmonCounts(t *testing.T) {
	w := newWorld(t, "pix-6.3", worldOptions{})
	w.console.enable()
	w.clock.advance(5*time.Second - time.Duration(w.now().UnixNano()%int64(5*time.Second))) // begin with a tick
	w.console.line("show perfmon")
	for i := range 20 {
		c, err := w.dial(soon(t), "client", uint16(3000+i), netip.AddrPortFrom(lab.MailGlobal, 25))
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
	w.clock.advance(5 * time.Second)
	text := w.console.line("show perfmon")
	for _, row := range []string{"Connections           4/s          0/s", "TCP Conns             4/s          0/s", "UDP Conns             0/s          0/s"} {
		if !strings.Contains(text, row) {
			t.Errorf("no %q:\n%s", row, text)
		}
	}
}

// show tech-support is the other show commands under their headings, in order.
func TestTechSupport(t *testing.T) {
	for _, name := range []string{"pix-4.4", "pix-5.3", "pix-6.1", "pix-6.3"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, name, worldOptions{})
			w.console.configure()
			w.console.line("no pager")
			w.console.line("exit")
			text := w.console.line("show tech-support")
			heads := regexp.MustCompile(`-{18} (.*) -{18}`).FindAllStringSubmatch(text, -1)
			var order []string
			for _, h := range heads {
				order = append(order, h[1])
				if got := w.console.line(h[1]); strings.Contains(got, "list of available") {
					t.Errorf("%s is no command of %s", h[1], name)
				}
			}
			all := []string{"show version", "show clock", "show memory", "show conn count", "show xlate count", "show blocks", "show interface",
				"show cpu usage", "show process", "show failover", "show traffic", "show perfmon", "show running-config", "write terminal"}
			last := -1
			for _, h := range order {
				i := slices.Index(all, h)
				if i <= last {
					t.Errorf("%q stands in the wrong place: %q", h, order)
				}
				last = i
			}
			if len(order) < 9 || !strings.Contains(text, "Cryptochecksum") {
				t.Errorf("%q", order)
			}
			for _, h := range []string{"show version", "show failover", "show conn count"} {
				whole := w.console.line(h)
				body := whole[strings.IndexByte(whole, '\n')+1 : strings.LastIndexByte(whole, '\n')+1]
				if slices.Contains(order, h) && !strings.Contains(text, body) {
					t.Errorf("%s says otherwise alone: %s", h, body)
				}
			}
			if name < "pix-6" {
				return
			}
			if text = w.console.line("show tech-support no-config"); strings.Contains(text, "Cryptochecksum") || !strings.Contains(text, "show traffic") {
				t.Error("no-config:", text)
			}
		})
	}
}

// Every show command of a release that needs no more words prints without an error, and only what fits its name.
func TestEveryShow(t *testing.T) {
	for _, name := range releases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, name, worldOptions{})
			w.console.configure()
			w.console.line("no pager")
			w.console.line("terminal pager 0")
			shown := 0
			for c := range command.Of(w.rel) {
				if !strings.HasPrefix(c.Name, "show ") {
					continue
				}
				text := w.console.whole(c.Name)
				if strings.Contains(text, "%!") || strings.Contains(text, "list of") {
					t.Errorf("%s: %s", c.Name, text)
				}
				shown++
			}
			if shown < 35 {
				t.Errorf("only %d show commands", shown)
			}
		})
	}
}
