package appliance_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pixsim/appliance"
	"pixsim/appliance/config"
	"pixsim/cli"
	"pixsim/cli/command"
	"pixsim/lab"
)

// rule is a line that the release takes any number of, with a port of its own.
func (w *world) rule(port int) string {
	switch {
	case w.rel.Config.OldConduits:
		pair := ""
		if w.rel.Config.InterfacePairs {
			pair = "(inside,outside) "
		}
		return fmt.Sprintf("conduit %s203.0.113.10 %d tcp 0.0.0.0 0.0.0.0", pair, port)
	case w.rel.NAT.ByTable:
		return fmt.Sprintf("access-list outside_in extended permit tcp any host 10.1.1.10 eq %d ", port)
	case !w.rel.NAT.Conduits:
		return fmt.Sprintf("access-list outside_in extended permit tcp any host 203.0.113.10 eq %d ", port)
	}
	return fmt.Sprintf("conduit permit tcp host 203.0.113.10 eq %d any ", port)
}

// running is the running configuration as it would be saved.
func (w *world) running() string {
	c := w.box.Config()
	v := command.View{Release: w.rel, Secrets: true, Names: true}
	return command.Document(c, v, command.Header{Sum: command.Checksum(c)})
}

// paste types lines in one go, as a person pastes them, and waits for the prompt behind the last.
func (s *screen) paste(lines []string) error {
	begin := s.len()
	if err := s.typeKeys(strings.Join(lines, "\r") + "\r: the end\r"); err != nil {
		return err
	}
	_, err := s.await(func(text string, over bool) bool {
		_, behind, done := strings.Cut(text[begin:], ": the end\r\n")
		return over || done && strings.HasSuffix(behind, "# ")
	})
	return err
}

// Several sessions that add lines at the same time, while mail passes and others look and save, lose none of them.
func TestEditsOfManySessions(t *testing.T) {
	const sessions, lines = 4, 60
	for _, name := range releases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, name, worldOptions{seats: sessions + 2, live: true})
			var desks []*screen
			for i := range sessions {
				d := w.telnet(fmt.Sprint("desk", i), 0)
				d.configure()
				desks = append(desks, d)
			}
			w.console.enable()
			ctx, stop := context.WithCancel(context.Background())
			var others sync.WaitGroup
			others.Go(func() { w.traffic(ctx) })
			others.Go(func() {
				for ctx.Err() == nil {
					w.console.paste([]string{"who", "write memory"})
				}
			})
			var all sync.WaitGroup
			for i, d := range desks {
				all.Go(func() {
					var text []string
					for k := range lines {
						text = append(text, w.rule(10000+i*lines+k))
					}
					if err := d.paste(text); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			stop()
			others.Wait()
			got := trailing.ReplaceAllString(w.running(), "")
			for p := 10000; p < 10000+sessions*lines; p++ {
				rule := strings.TrimSpace(w.rule(p)) + "\n"
				if n := strings.Count(got, rule); n != 1 {
					t.Fatalf("%q stands there %d times", rule, n)
				}
			}
		})
	}
}

// traffic sends mail after mail until ctx ends.
func (w *world) traffic(ctx context.Context) {
	for ctx.Err() == nil {
		c, err := w.dial(ctx, "client", 0, netip.AddrPortFrom(lab.MailGlobal, 25))
		if err == nil {
			_, err = lab.Sender{Profile: lab.ClientProfile{Hello: lab.HelloHELO}}.Send(ctx, c, letter)
		}
		if err != nil && ctx.Err() == nil {
			w.t.Errorf("mail during edits: %v", err)
			return
		}
	}
}

// write memory from several sessions at once leaves one whole configuration, and it is the running one.
func TestSavesOfManySessions(t *testing.T) {
	for _, name := range releases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, name, worldOptions{})
			desks := []*screen{w.telnet("a", 0), w.telnet("b", 0), w.console}
			var all sync.WaitGroup
			for _, d := range desks {
				d.configure()
			}
			for i, d := range desks {
				all.Go(func() {
					var text []string
					for k := range 8 {
						text = append(text, w.rule(20000+10*i+k), "write memory")
					}
					if err := d.paste(text); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			stored, ok := w.box.Startup()
			c, refused := cli.Load(w.rel, stored)
			if !ok || slices.ContainsFunc(refused, func(r cli.Refused) bool { return !r.Taken }) {
				t.Fatalf("flash holds %q, %v", stored, refused)
			}
			if command.Checksum(c) != command.Checksum(w.box.Config()) || w.box.Dirty() {
				t.Error("flash does not hold the running configuration")
			}
		})
	}
}

// A reload while others type, kill each other and look around ends every session, and the box comes back as it was saved.
func TestReloadUnderHands(t *testing.T) {
	for _, name := range releases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, name, worldOptions{live: true})
			saved := w.running()
			desks := []*screen{w.telnet("a", 0), w.telnet("b", 0), w.telnet("c", 0)}
			for _, d := range desks {
				d.configure()
			}
			var typing sync.WaitGroup
			for i, d := range desks {
				typing.Go(func() {
					for k := 0; k < 200 && d.typeKeys(w.rule(30000+1000*i+k)+"\rwho\rkill 9\rshow history\r") == nil; k++ {
						time.Sleep(2 * time.Millisecond)
					}
				})
			}
			w.console.enable()
			w.console.typeKeys("reload\r")
			asked, err := w.console.await(func(text string, _ bool) bool {
				return strings.Contains(text, "[confirm]") || strings.Contains(text, "Save?")
			})
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(asked, "Save?") {
				w.console.typeKeys("n")
			}
			w.console.typeKeys("y")
			for _, d := range desks {
				if err := (&player{world: w}).closed(d); err != nil {
					t.Error(err)
				}
			}
			typing.Wait()
			if _, err := w.console.await(func(text string, _ bool) bool {
				return strings.Count(text, w.box.Config().Hostname+"> ") > 1 && turn(text)
			}); err != nil {
				t.Fatal(err)
			}
			if got := w.running(); got != saved {
				t.Errorf("after the reload\n%s", difference(saved, got))
			}
			if n := len(w.box.Sessions()); n != 1 {
				t.Errorf("%d sessions", n)
			}
		})
	}
}

// kill ends a session in whatever it is doing.
func TestKill(t *testing.T) {
	w := newWorld(t, "pix-6.3", worldOptions{})
	for _, doing := range []string{"", "show running-config", "ping 10.1.1.99", "reload", "enable"} {
		d := w.telnet("d", 0)
		if d.enable(); doing != "" {
			d.typeKeys(doing + "\r")
			time.Sleep(20 * time.Millisecond)
		}
		if !w.box.Kill(0) {
			t.Fatalf("%q: nobody to kill", doing)
		}
		if err := (&player{world: w}).closed(d); err != nil {
			t.Fatalf("%q: %v", doing, err)
		}
		for deadline := time.Now().Add(patience); len(w.box.Sessions()) != 1 && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
	}
	if w.box.Kill(3) {
		t.Error("killed nobody")
	}
	if n := len(w.box.Sessions()); n != 1 {
		t.Errorf("%d sessions", n)
	}
}

// While a change is compiled, the connections go on: in the midst of one compilation a client gets a hundred answers, each
// to a command that it sent after the one before.
func TestTrafficDuringCompilation(t *testing.T) {
	w := newWorld(t, "pix-6.3", worldOptions{live: true})
	c, err := w.dial(soon(t), "client", 0, netip.AddrPortFrom(lab.MailGlobal, 25))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	r, answers := bufio.NewReader(c), 0
	talk := func() {
		for range 100 {
			if _, err := r.ReadString('\n'); err != nil {
				return
			}
			if _, err := io.WriteString(c, "NOOP\r\n"); err != nil {
				return
			}
			answers++
		}
	}
	appliance.DuringCompilation(w.box, sync.OnceFunc(talk))
	if err := w.box.Edit(func(e *config.Edit) error { e.SetHostname("other"); return nil }); err != nil {
		t.Fatal(err)
	}
	w.box.Settle()
	if answers != 100 {
		t.Errorf("%d answers while the box compiled, want 100", answers)
	}
}
