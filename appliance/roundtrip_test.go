package appliance_test

import (
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/release"
	"pixsim/cli"
	"pixsim/cli/command"
)

// boots restarts the box and waits for the prompt of its new life.
func (w *world) boots() {
	w.t.Helper()
	begin := w.console.len()
	w.box.Reload("console")
	shown, err := w.console.await(func(text string, _ bool) bool {
		return strings.Contains(text[begin:], w.rel.Version.String()) && turn(text[begin:])
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if strings.Contains(shown[begin:], "Pre-configure") {
		w.console.line("no")
	}
}

// A configuration is the same after write memory and reload, and its checksum with it: those of the lab and those that
// the boxes come with.
func TestRoundTrip(t *testing.T) {
	for _, name := range releases {
		for _, from := range []string{"lab", "factory"} {
			t.Run(name+"/"+from, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, name, worldOptions{factory: from == "factory"})
				if from == "factory" && w.rel.Console.FirstBootDialog {
					w.console.await(func(text string, _ bool) bool { return turn(text) })
					w.console.line("no")
				}
				first := w.running()
				for range 2 {
					if _, _, _, err := w.box.Save("enable_15"); err != nil {
						t.Fatal(err)
					}
					w.boots()
					if got := w.running(); got != first {
						t.Fatalf("after the reload\n%s", difference(first, got))
					}
					if w.box.Dirty() {
						t.Error("the box thinks that it has changed")
					}
				}
				if !strings.Contains(w.console.String(), "Cryptochecksum") && w.rel.Say("boot checksum", "", "") != "" {
					t.Error("no checksum at boot")
				}
				if strings.Contains(w.console.String(), "(changed)") {
					t.Error("the checksum of a saved configuration is said to have changed")
				}
			})
		}
	}
}

// What is not written is gone after a reload, and so are connections, translations, captures and the log.
func TestReloadForgets(t *testing.T) {
	for _, name := range releases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, name, worldOptions{})
			first := w.running()
			p := &player{world: w, screens: map[string]*screen{"": w.console}, order: []*screen{w.console}}
			w.console.configure()
			w.console.line("hostname lost")
			if err := p.mail(1025, true); err != nil {
				t.Fatal(err)
			}
			k := newClerk(t, w)
			show, trace := "show xlate", "10.1.1.10"
			if w.rel.NAT.ByTable { // static translations are there without traffic
				show, trace = "show nat", "untranslate_hits = 1"
			}
			if got := k.typed(command.Privileged, show); !strings.Contains(got, trace) {
				t.Errorf("before: %q", got)
			}
			w.boots()
			if got := w.running(); got != first {
				t.Errorf("after the reload\n%s", difference(first, got))
			}
			if got := k.typed(command.Privileged, show); strings.Contains(got, trace) {
				t.Errorf("after the reload: %q", got)
			}
			if state := w.box.Log(); len(state.Buffer) > 0 {
				t.Errorf("the log still holds %q", state.Buffer)
			}
		})
	}
}

// A 6.3 configuration is converted by 7.0 and later once; what that saves is its own, and boots without a word.
func TestUpgradeRoundTrip(t *testing.T) {
	for _, name := range releases {
		if !named(t, name).Console.Caret {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, name, worldOptions{startup: startupOf(t, "pix-6.3")})
			first := w.running()
			mail := "static (inside,outside) 203.0.113.10 10.1.1.10 netmask 255.255.255.255"
			if w.rel.NAT.ByTable {
				mail = "object network obj-10.1.1.10\n nat (inside,outside) static 203.0.113.10"
			}
			for _, want := range []string{"nameif outside", "ip address 203.0.113.1 255.255.255.0", "inspect esmtp", mail, "telnet 10.1.1.0 255.255.255.0 inside"} {
				if !strings.Contains(first, want) {
					t.Errorf("no %q in\n%s", want, first)
				}
			}
			if _, _, _, err := w.box.Save("enable_15"); err != nil {
				t.Fatal(err)
			}
			text, _ := w.box.Startup()
			if _, refused := cli.Load(w.rel, text); slices.ContainsFunc(refused, func(r cli.Refused) bool { return !r.Taken }) {
				t.Errorf("refuses of its own: %v", refused)
			}
			w.boots()
			if got := w.running(); got != first {
				t.Errorf("after the reload\n%s", difference(first, got))
			}
		})
	}
}

// A configuration of 4.0 or 4.1 is converted by 4.2 and later once, without a word: mailhost becomes a static and a conduit
// behind the fixup. What that saves is its own.
func TestMailhostUpgradeRoundTrip(t *testing.T) {
	for _, name := range releases {
		for _, old := range []string{"pix-4.0", "pix-4.1"} {
			rel := named(t, name)
			if len(rel.Config.Converts) == 0 || rel.Config.OldConduits || rel.Console.Caret {
				continue
			}
			telnet := "telnet 10.1.1.0 255.255.255.0"
			if rel.Config.TelnetInterface {
				telnet += " inside"
			}
			t.Run(name+"/"+old, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, name, worldOptions{startup: startupOf(t, old)})
				for l := range strings.Lines(w.console.String()) {
					if strings.HasPrefix(l, "Config Error") || strings.Contains(l, "Usage") {
						t.Errorf("at boot: %s", l)
					}
				}
				first := w.running()
				static := "static (inside,outside) 203.0.113.10 10.1.1.10 netmask 255.255.255.255 0 0"
				if slices.Contains(rel.Config.TrailingBlanks, release.SectionStatic) {
					static += " "
				}
				for _, want := range []string{
					static,
					"conduit permit tcp host 203.0.113.10 eq smtp any ", "conduit permit tcp host 203.0.113.10 eq pop3 any ",
					"fixup protocol smtp 25", "logging trap errors", telnet,
				} {
					if !strings.Contains(first, "\n"+want+"\n") {
						t.Errorf("no %q in\n%s", want, first)
					}
				}
				if strings.Contains(first, "mailhost") || strings.Contains(first, "syslog") || strings.Contains(first, "\nage ") {
					t.Errorf("lines of %s are left in\n%s", old, first)
				}
				if !w.masked(25) {
					t.Error("mail is not inspected")
				}
				if _, _, _, err := w.box.Save("enable_15"); err != nil {
					t.Fatal(err)
				}
				w.boots()
				if got := w.running(); got != first {
					t.Errorf("after the reload\n%s", difference(first, got))
				}
			})
		}
	}
}
