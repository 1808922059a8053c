package lab

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pixsim/appliance/release"
	"pixsim/dataplane/inspect/smtp"
	"pixsim/dataplane/link"
)

// wires are the captures of both sides of a box.
type wires struct {
	mu    sync.Mutex
	files map[string]*bytes.Buffer
	pcaps map[string]*link.Pcap
}

func (w *wires) tap(t *testing.T) func(string, link.Link) link.Link {
	return func(host string, l link.Link) link.Link {
		w.mu.Lock()
		defer w.mu.Unlock()
		var b bytes.Buffer
		p, err := link.NewPcap(&b)
		if err != nil {
			t.Error(err)
			return l
		}
		w.files[host], w.pcaps[host] = &b, p
		return link.Tap(l, p, time.Now)
	}
}

// dialogues are those that a host's wire has seen; the lab has ended before.
func (w *wires) dialogues(t *testing.T, host string) []*Dialogue {
	t.Helper()
	if err := w.pcaps[host].Close(); err != nil {
		t.Fatal(err)
	}
	all, err := ReadDialogues(bytes.NewReader(w.files[host].Bytes()), nil)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// onTheBox boots a release with a startup-config, lets talk speak to the mail server through it, and returns what was
// captured on either side.
func onTheBox(t *testing.T, rel *release.Release, startup string, talk func(r *run)) (outside, inside []*Dialogue) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	w := &wires{files: map[string]*bytes.Buffer{}, pcaps: map[string]*link.Pcap{}}
	r := &run{ctx: ctx, clock: slowClock{time.Now()}, clients: map[string]*mailConn{}, o: RunOptions{Wait: 20 * time.Second}}
	var err error
	if r.lab, err = New(Options{Now: r.clock.now, Wire: w.tap(t), MinRTO: time.Minute}); err != nil {
		t.Fatal(err)
	}
	wait, err := r.powerOn(rel, startup)
	if err != nil {
		r.lab.Close()
		t.Fatal(err)
	}
	select {
	case <-r.box.Ready():
		talk(r)
	case <-time.After(firstBoot):
		t.Error("the box does not boot")
	}
	r.hangUp()
	stop()
	if err := wait(); err != nil {
		t.Error(err)
	}
	r.lab.Close()
	if t.Failed() {
		t.FailNow()
	}
	return w.dialogues(t, "client"), w.dialogues(t, "mail")
}

// scripts are what the lab's client says, whatever it hears: lines that wait for a reply each, and " | " between segments.
var scripts = [][]string{
	{"EHLO client.example.net", "goodmorning", "MAIL FROM:<a|b@example.net>", "RCPT TO:<boss@example.com>", "QUIT"},
	{"helo client.example.net", "VRFY boss", "X-LINK2STATE FIRST CHUNK={1}", "MAIL FROM:<sender@example.net> SIZE=100",
		"RCPT TO:<boss@example.com>", "DATA", "Subject: x\r\n\r\nEHLO is no command here\r\n..\r\n.", "RSET", "NOOP", "quit"},
	{"HELO client.example.net", "wiz", "STARTTLX", "EXPN all", "MAIL FROM:<sender@example.net>", "RSET", "QUIT"},
}

// speak says a script, and does not care what it hears.
func speak(t *testing.T, r *run, script []string) {
	if err := r.clientDial(r.ctx, nil); err != nil {
		t.Error(err)
		return
	}
	c := r.client.smtp
	if _, err := c.Reply(); err != nil {
		t.Error(err)
	}
	for _, line := range script {
		if err := c.Raw([]byte(line + "\r\n")); err != nil {
			t.Error(err)
		}
		if _, err := c.Reply(); err != nil {
			t.Errorf("%s: %v", line, err)
			return
		}
	}
	c.Close()
}

// pipeline says lines in one segment, and waits for as many replies.
func pipeline(t *testing.T, r *run, lines ...string) {
	if err := r.clientDial(r.ctx, nil); err != nil {
		t.Error(err)
		return
	}
	c := r.client.smtp
	c.Reply()
	c.Raw([]byte(strings.Join(lines, "\r\n") + "\r\n"))
	for range lines {
		if _, err := c.Reply(); err != nil {
			t.Error(err)
			return
		}
	}
	c.Close()
}

// TestInspectPredictsTheBox: from the capture of the client's side, inspect under a release tells what the server got
// behind a box of that release; and the other way round.
func TestInspectPredictsTheBox(t *testing.T) {
	for _, rel := range release.All() {
		t.Run(rel.Name, func(t *testing.T) {
			t.Parallel()
			text, err := StartupConfig(rel.Name)
			if err != nil {
				t.Fatal(err)
			}
			outside, inside := onTheBox(t, rel, text, func(r *run) {
				for _, s := range scripts {
					speak(t, r, s)
				}
				pipeline(t, r, "HELO x", "MAIL FROM:<a@example.net>", "EHLO x", "RCPT TO:<boss@example.com>", "wiz", "RSET", "QUIT")
				for _, s := range []Sender{{}, {User: "user", Password: "pass"}, {Profile: ClientProfile{Hello: HelloHELO}}} {
					conn, err := r.dialMail(r.ctx)
					if err != nil {
						t.Error(err)
						return
					}
					s.Send(r.ctx, conn, Mail{From: "sender@example.net", To: []string{"boss@example.com"}, Data: []byte("Subject: s\r\n\r\n" + strings.Repeat("line of text\r\n", 500))})
				}
			})
			if len(outside) != len(scripts)+4 || len(inside) != len(outside) {
				t.Fatalf("%d connections outside, %d inside", len(outside), len(inside))
			}
			for i := range outside {
				x := outside[i].Inspect(rel)
				alike(t, fmt.Sprint("connection ", i, " to the server"), x.Sent(smtp.ToServer), inside[i].said(smtp.ToServer))
				alike(t, fmt.Sprint("connection ", i, " to the client"), x.Sent(smtp.ToClient), outside[i].said(smtp.ToClient))
				if rel.SMTP.Reject != smtp.RejectAnswer { // which leaves nothing of a command on the server's side
					x = inside[i].Inspect(rel)
					alike(t, fmt.Sprint("connection ", i, " from the server"), x.Sent(smtp.ToClient), outside[i].said(smtp.ToClient))
				}
				if len(outside[i].Notes) == 0 || !strings.Contains(outside[i].Notes[0], "masked already") {
					t.Errorf("connection %d: %q", i, outside[i].Notes)
				}
			}
		})
	}
}

// TestInspectPredictsFromWithout: from a capture that was made without inspection, inspect tells what the server gets
// with it, if the client says the same.
func TestInspectPredictsFromWithout(t *testing.T) {
	for _, rel := range release.All() {
		t.Run(rel.Name, func(t *testing.T) {
			t.Parallel()
			on, err := StartupConfig(rel.Name)
			if err != nil {
				t.Fatal(err)
			}
			talk := func(r *run) {
				for _, s := range scripts {
					speak(t, r, s)
				}
			}
			outside, _ := onTheBox(t, rel, on, func(r *run) {
				typeCure(t, r, Cure(rel))
				talk(r)
			})
			_, inside := onTheBox(t, rel, on, talk)
			if len(outside) != len(scripts) || len(inside) != len(scripts) {
				t.Fatalf("%d connections without, %d with", len(outside), len(inside))
			}
			for i := range outside {
				if len(outside[i].Notes) > 0 {
					t.Errorf("connection %d: %q", i, outside[i].Notes)
				}
				got := outside[i].Inspect(rel).Sent(smtp.ToServer)
				alike(t, fmt.Sprint("connection ", i), got, inside[i].said(smtp.ToServer))
			}
		})
	}
}

// said is what a side said in a recording.
func (d *Dialogue) said(dir smtp.Dir) []byte {
	var all []byte
	p := player{d: d, passing: true, step: func(s *Step) {
		if s.Dir == dir {
			all = append(all, s.Out...)
		}
	}}
	p.play()
	return all
}

func alike(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

// TestCures types each release's cure on its box: every line is taken, and inspection is off behind it.
func TestCures(t *testing.T) {
	for _, rel := range release.All() {
		for name, cure := range map[string][]string{"off": Cure(rel), "tls": CureTLS(rel)} {
			if cure == nil {
				continue
			}
			t.Run(rel.Name+"/"+name, func(t *testing.T) {
				t.Parallel()
				text, err := StartupConfig(rel.Name)
				if err != nil {
					t.Fatal(err)
				}
				outside, _ := onTheBox(t, rel, text, func(r *run) {
					typeCure(t, r, cure)
					speak(t, r, []string{"EHLO client.example.net", "QUIT"})
				})
				last := outside[len(outside)-1]
				said := string(last.said(smtp.ToClient))
				plain := strings.HasPrefix(said, "220 mail.example.com")
				tls := strings.Contains(said, "STARTTLS") && !strings.Contains(said, "CHUNKING") // and nothing else is shown
				if name == "off" && !plain || name == "tls" && (plain || !tls) {
					t.Errorf("behind the cure: %q", said)
				}
			})
		}
	}
}

// typeCure types the lines up to the reload, which the new policy does not need.
func typeCure(t *testing.T, r *run, cure []string) {
	ctx, cancel := context.WithTimeout(r.ctx, 20*time.Second)
	defer cancel()
	if err := r.login(ctx, []string{"telnet"}); err != nil {
		t.Error(err)
		return
	}
	if err := r.enable(ctx, nil); err != nil {
		t.Error(err)
		return
	}
	for _, line := range cure {
		line = strings.NewReplacer("MAPPED", MailGlobal.String(), "REAL", MailAddr.String()).Replace(line)
		if line == "reload" {
			break
		}
		if err := r.typeLine(ctx, strings.Fields(line)); err != nil {
			t.Errorf("%s: %v", line, err)
			return
		}
		if text, _, _ := r.console.output(); slices.ContainsFunc([]string{"ERROR", "Usage", "nvalid", "not found", "ambiguous"}, func(w string) bool { return strings.Contains(text, w) }) {
			t.Errorf("%s: %q", line, text)
		}
	}
}
