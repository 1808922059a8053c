package lab

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// wireLines are scripts whose lines about the wires are all so. With `!` in front none of them is.
var wireLines = []struct {
	name, release string
	before        []string
	so            []string
}{
	{"masked", "pix-6.3", []string{"client dial", "client greeting -re .", "client send EHLO me", "client reply -re .", "client send HELO you", "client reply -re ."}, []string{
		`wire client sent 'EHLO me\r\n'`,
		`wire server got 'XXXX me\r\n'`,
		`wire server got 'XXXX me\r\nHELO you\r\n'`,
		`wire server sent 'Microsoft ESMTP MAIL Service'`,
		`wire client got ' *****'`,
		`wire client got '500 Command unrecognized\r\n'`,
		`wire server sent '500 Command unrecognized\r\n'`,
		`wire changed EHLO XXXX`,
		`wire changed 'EHLO me\r\n' 'XXXX me\r\n'`,
		`wire changed Microsoft '*********'`,
		`wire segments client sent 'EHLO me\r\n' | 'HELO you\r\n'`,
		`wire segments server got 'XXXX me\r\n' | 'HELO you\r\n'`,
		`wire segments client got '500 Command unrecognized\r\n'`,
	}},
	{"answered", "pix-4.1", []string{"client dial", "client greeting -re .", "client send EHLO me", "client reply '250 OK'", "client send HELO you", "client reply -re ."}, []string{
		`wire withheld`,
		`wire withheld 'EHLO me\r\n'`,
		`wire added '250 OK\r\n'`,
		`wire added OK`,
		`wire client sent 'EHLO me\r\nHELO you\r\n'`,
		`wire server got 'HELO you\r\n'`,
		`wire segments server got 'HELO you\r\n'`,
		`wire client got '250 OK\r\n250 mail.example.com Hello'`,
	}},
	{"typed", "pix-6.3", []string{"client dial", "client greeting -re .", "client segments HE | LO"}, []string{
		`wire withheld HE`,
		`wire withheld HELO`,
		`wire segments client sent HE | LO`,
	}},
	{"not inspected", "pix-6.3", []string{"login telnet", "enable", "type configure terminal", "type no fixup protocol smtp 25", "mail starttls a@example.net b@example.com"}, []string{
		`wire same`,
		`wire client sent 'STARTTLS\r\n'`,
		`wire server got 'STARTTLS\r\n\x16\x03\x01'`,
		`wire client got '220 mail.example.com Microsoft'`,
	}},
	{"TLS passes inspection", "asa-8.2", []string{"login telnet", "enable", "type configure terminal", "type policy-map type inspect esmtp tls", "type parameters",
		"type allow-tls", "type policy-map global_policy", "type class inspection_default", "type no inspect esmtp", "type inspect esmtp tls",
		"mail starttls a@example.net b@example.com"}, []string{
		`wire client got '250-STARTTLS\r\n'`,
		`wire server got 'STARTTLS\r\n\x16\x03\x01'`,
		`wire changed Microsoft '*********'`,
		`wire client sent '\x16\x03\x01'`,
	}},
	{"chosen", "pix-6.3", []string{"client dial a", "client greeting -re .", "client send NOOP", "client reply -re .", "client dial b", "client greeting -re .",
		"client send RSET", "client reply -re .", "client use a"}, []string{
		"wire client sent NOOP",
		"wire server got NOOP",
	}},
}

// TestWire: what is so on the wires is found, and fails behind `!`.
func TestWire(t *testing.T) {
	t.Parallel()
	for _, c := range wireLines {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if out, err := playOn(t, c.release, 0, slices.Concat(c.before, c.so)...); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
		})
		for _, line := range []string{c.so[0], c.so[len(c.so)-1]} {
			t.Run(c.name+" not "+line, func(t *testing.T) {
				t.Parallel()
				_, err := playOn(t, c.release, 0, slices.Concat(c.before, []string{"! " + line})...)
				var step *StepError
				if !errors.As(err, &step) || step.Command != "! "+line {
					t.Errorf("%v", err)
				}
			})
		}
	}
}

// TestWireNot: what is not so is not found.
func TestWireNot(t *testing.T) {
	t.Parallel()
	before := []string{"client dial", "client greeting -re .", "client send EHLO me", "client reply -re .", "client send HELO you", "client reply -re ."}
	not := []string{
		"wire same", "wire withheld", "wire withheld EHLO", "wire added 500", "wire added '220 '", "wire changed HELO XXXX", "wire changed EHLO XXX_",
		"wire changed EHLO HELO", "wire server got EHLO", "wire client sent XXXX", "wire client got Microsoft", "wire server sent '****'",
		`wire segments client sent 'EHLO me\r\nHELO you\r\n'`, `wire segments client sent 'EHLO me\r\n' | 'EHLO me\r\n'`, "wire segments client sent EHLO",
	}
	lines := slices.Clone(before)
	for _, line := range not {
		lines = append(lines, "! "+line)
	}
	t.Run("all", func(t *testing.T) {
		t.Parallel()
		if out, err := playOn(t, "pix-6.3", 0, lines...); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	})
	t.Run("what is said", func(t *testing.T) {
		t.Parallel()
		_, err := playOn(t, "pix-6.3", short, append(slices.Clone(before), "wire server got EHLO")...)
		var not *unmet
		if !errors.As(err, &not) || not.expected != `that the server got "EHLO"` ||
			!strings.Contains(not.got, `the client sent "EHLO me\r\nHELO you\r\n", the server got "XXXX me\r\nHELO you\r\n"`) {
			t.Errorf("%v", err)
		}
	})
	// Faults of a script are no proof that something is not so.
	for line, want := range map[string]string{
		"wire client says x": "there is sent and got", "wire segments desk sent x": "there is client and server", `wire added '\q'`: `\q`,
		"wire withheld ''": "no text", "wire changed a a": "no change", "wire use nobody": "no connection", "wire use 0": "no connection",
	} {
		if _, err := playOn(t, "pix-6.3", short, "client dial", "! "+line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("! %s: %v, want %s", line, err, want)
		}
	}
	t.Run("without any connection", func(t *testing.T) {
		t.Parallel()
		if _, err := playOn(t, "pix-6.3", short, "wire same"); err == nil || !strings.Contains(err.Error(), "expected a connection, got 0 others") {
			t.Errorf("%v", err)
		}
	})
}

// TestWireUse: by name, by number, the newest.
func TestWireUse(t *testing.T) {
	t.Parallel()
	out, err := playOn(t, "pix-6.3", 0, "client dial a", "client greeting -re .", "client send NOOP", "client reply -re .",
		"client dial b", "client greeting -re .", "client send RSET", "client reply -re .", "wire client sent RSET", "wire use a", "wire client sent NOOP",
		"! wire client sent RSET", "wire use 2", "wire client sent RSET", "wire use 1", "wire client sent NOOP", "wire use newest", "wire client sent RSET",
		"client use a", "wire client sent NOOP", "mail plain a@example.net b@example.com", "wire client sent 'MAIL FROM:<a@example.net>'")
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestSides: a scenario shows both sides behind its script, also where it fails, and writes them to files.
func TestSides(t *testing.T) {
	t.Parallel()
	for _, last := range []string{"client send QUIT", "client reply never"} {
		s, err := ParseScenario("x.txtar", []byte(script("client dial", "client greeting -re .", "client send EHLO me", last)))
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		var out bytes.Buffer
		s.Run(t.Context(), RunOptions{Release: "pix-6.3", Out: &out, Wait: long, last: short, Sides: true, Transcript: dir, Diag: t.Output()})
		for _, want := range []string{"connection 1 through pix-6.3, inspected\n", "->    9 EHLO me\\r\\n ", "| ->    9 XXXX me\\r\\n\n", "FIN"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: no %q in\n%s", last, want, &out)
			}
		}
		text, err := os.ReadFile(filepath.Join(dir, "x", "pix-6.3", "0001.txt"))
		if err != nil || !strings.Contains(string(text), "| ->    9 XXXX me\\r\\n\n") {
			t.Errorf("%v\n%s", err, text)
		}
	}
}
