package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
)

// probeOutput is what `pixsim probe ...` prints, and its exit code.
func probeOutput(args ...string) (out, diag string, code int) {
	var o, e bytes.Buffer
	code = run(append([]string{"probe"}, args...), streams{out: &o, err: &e})
	return o.String(), e.String(), code
}

// listener is a port of the machine whose callers are told one thing.
func listener(t *testing.T, says string) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			io.WriteString(c, says)
			c.Close()
		}
	})
	t.Cleanup(func() { ln.Close(); wg.Wait() })
	return ln.Addr().String()
}

// TestProbe: the exit code is the verdict, as text and as JSON.
func TestProbe(t *testing.T) {
	t.Parallel()
	b := bootQuiet(t)
	out, diag, code := probeOutput(b.smtp)
	if code != exitMailguard || diag != "" || !strings.Contains(out, "A Mailguard stands before this server (confidence: high)\nRelease: pix-") ||
		!strings.Contains(out, "  no fixup protocol smtp 25\n") {
		t.Errorf("%d %s\n%s", code, diag, out)
	}
	out, diag, code = probeOutput(b.smtp, "--json", "--helo", "probe.example.net", "--timeout", "20s")
	var got struct {
		Server string
		Report struct {
			Verdict  string
			Releases []struct{ Release string }
			Symptoms []struct{ N int }
			Cures    []struct{ Commands []string }
			Dialogue []struct{ Sent string }
		}
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitMailguard || diag != "" {
		t.Fatalf("%d %s %v\n%s", code, diag, err, out)
	}
	r := got.Report
	if got.Server != b.smtp || r.Verdict != "mailguard" || len(r.Symptoms) < 8 || len(r.Cures) != 1 || r.Dialogue[1].Sent != "EHLO probe.example.net" {
		t.Errorf("%+v", got)
	}
	if n := len(r.Releases); n == 0 || r.Releases[n-1].Release != "pix-6.3" || !slices.Contains(r.Cures[0].Commands, "no fixup protocol smtp 25") {
		t.Errorf("%+v", r)
	}
	b.stops()

	for says, want := range map[string]int{
		"554 5.7.1 no service\r\n": exitUndecided,
		"SSH-2.0-Cisco-1.25\r\n":   exitUndecided,
		"":                         exitUndecided,
	} {
		if out, diag, code := probeOutput(listener(t, says)); code != want || diag != "" || strings.Count(out, "\n") < 2 {
			t.Errorf("%q: %d %s\n%s", says, code, diag, out)
		}
	}
	if out, diag, code := probeOutput(freePort(t)); code != exitFailure || out != "" || !strings.HasPrefix(diag, "pixsim: no connection: ") || strings.Count(diag, "\n") != 1 {
		t.Errorf("nobody there: %d %q %q", code, out, diag)
	}
}

// freePort is a port of the machine that nobody listens at.
func freePort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

func TestProbeRefuses(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{}, {"a", "b"}, {""}, {":25"}, {"mail:"}, {"mail:0"}, {"mail:65536"}, {"mail:smtp"}, {"a:b:c"}, {"[::1]:x"},
		{"mail", "--timeout", "0s"}, {"mail", "--timeout", "2h"}, {"mail", "--timeout", "soon"},
		{"mail", "--helo", "two words"}, {"mail", "--helo", "x\r\nMAIL"}, {"mail", "--helo", "b\xfccher"}, {"mail", "--helo", strings.Repeat("x", 256)},
	} {
		out, diag, code := probeOutput(args...)
		if code != exitUsage || out != "" || strings.Count(diag, "\n") != 1 {
			t.Errorf("%q: %d %q %q", args, code, out, diag)
		}
	}
}

func TestProbeAddress(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"mail.example.com": "mail.example.com:25", "mail.example.com:2525": "mail.example.com:2525", "192.0.2.1": "192.0.2.1:25",
		"2001:db8::1": "[2001:db8::1]:25", "[2001:db8::1]": "[2001:db8::1]:25", "[2001:db8::1]:587": "[2001:db8::1]:587",
	} {
		if got, err := (probeCmd{Server: given}).address(); err != nil || got != want {
			t.Errorf("%s: %s %v, want %s", given, got, err, want)
		}
	}
}

func TestProbeHelp(t *testing.T) {
	t.Parallel()
	r := invoke(t, "probe", "--help")
	for _, fact := range []string{"--timeout", "--helo", "--json", "60s", "Examples", "Exit codes", "no mail is sent"} {
		if r.code != exitOK || r.err != "" || !strings.Contains(r.out, fact) {
			t.Errorf("probe --help does not tell %s: %+v", fact, r)
		}
	}
}
