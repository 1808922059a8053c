package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pixsim/appliance/release"
)

var updateInspectDocs = flag.Bool("update-inspect", false, "write the outputs in docs/inspect.md anew")

var docsBlock = regexp.MustCompile("(?s)```(text|console) ?([^\n]*)\n(.*?)```\n")

// TestInspectDocs: the examples of docs/inspect.md print what the page shows.
func TestInspectDocs(t *testing.T) {
	const page = "../../docs/inspect.md"
	have, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	capture, err := os.ReadFile("testdata/mail.pcap")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"mail.pcap": capture}
	examples := 0
	want := docsBlock.ReplaceAllFunc(have, func(block []byte) []byte {
		m := docsBlock.FindSubmatch(block)
		if string(m[1]) == "text" {
			files[string(m[2])] = m[3]
			return block
		}
		command, _, _ := strings.Cut(string(m[3]), "\n")
		words := strings.Fields(strings.TrimPrefix(command, "$ pixsim "))
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
				t.Fatal(err)
			}
			for i := range words {
				if words[i] == name {
					words[i] = filepath.Join(dir, name)
				}
			}
		}
		r := invoke(t, words...)
		if r.code != exitOK || r.err != "" {
			t.Errorf("%s: %+v", command, r)
		}
		examples++
		return []byte("```console\n" + command + "\n" + strings.ReplaceAll(r.out, dir+"/", "") + "```\n")
	})
	if examples < 3 {
		t.Errorf("only %d examples", examples)
	}
	switch {
	case bytes.Equal(have, want):
	case *updateInspectDocs:
		if err := os.WriteFile(page, want, 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s is not what the program says (go test ./cmd/pixsim -run TestInspectDocs -update-inspect writes it again):\n%s", page, want)
	}
}

func TestInspectOfStandardInput(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"text": "S: 220 hi there\nC: EHLO x\n", "capture": ""} {
		file := filepath.Join(t.TempDir(), name)
		if text == "" {
			b, err := os.ReadFile("testdata/mail.pcap")
			if err != nil {
				t.Fatal(err)
			}
			text = string(b)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		var out, diag bytes.Buffer
		if code := run([]string{"inspect", "-"}, streams{in: f, out: &out, err: &diag}); code != exitOK || diag.Len() > 0 || !strings.Contains(out.String(), ">S  XXXX ") {
			t.Errorf("%s: %d %s\n%s", name, code, &diag, &out)
		}
	}
}

// TestInspectJSON: every release and every connection is there.
func TestInspectJSON(t *testing.T) {
	t.Parallel()
	r := invoke(t, "inspect", "testdata/mail.pcap", "--all", "--json")
	var file struct {
		Schema      int
		Connections []struct {
			Number   int
			Client   string
			Releases []struct {
				Release  string
				Segments []struct{ In string }
			}
		}
	}
	if err := json.Unmarshal([]byte(r.out), &file); err != nil || r.code != exitOK || file.Schema != 1 || len(file.Connections) != 2 {
		t.Fatalf("%v %+v", err, file)
	}
	for _, c := range file.Connections {
		if len(c.Releases) < len(release.All()) || !strings.HasPrefix(c.Client, "198.51.100.25:") {
			t.Errorf("%+v", c)
		}
	}
}

func TestInspectRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	good := write("good", "S: 220 x\n")
	whole, err := os.ReadFile("testdata/mail.pcap")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{filepath.Join(dir, "nix")}, exitFailure, "no such file"},
		{[]string{dir}, exitFailure, "is a directory"},
		{[]string{write("empty", "")}, exitFailure, "no dialogue"},
		{[]string{write("prose", "Dear support,\nit does not work.\n")}, exitFailure, "no dialogue"},
		{[]string{write("bad", "S: 220 x\nhello\n")}, exitFailure, "line 2: neither C: nor S:"},
		{[]string{write("escape", "S: 220 x\nC: a\\q\n")}, exitFailure, "line 2: \"\\\\q\" is no escape"},
		{[]string{write("head.pcap", string(whole[:24]))}, exitFailure, "no SMTP connection"},
		{[]string{write("short.pcap", string(whole[:12]))}, exitFailure, "capture:"},
		{[]string{"testdata/mail.pcap", "--port", "26"}, exitFailure, "port 26 (--port"},
		{[]string{"testdata/mail.pcap", "--conn", "3"}, exitUsage, "has 2 connections"},
		{[]string{good, "--release", "pix-9.9"}, exitUsage, "unknown release"},
		{[]string{good, "--smtp-option", "reject=maybe"}, exitUsage, "reject is x or noop or ok"},
		{[]string{good, "--conn", "-1"}, exitUsage, "--conn"},
		{nil, exitUsage, "expected \"<file>\""},
	} {
		r := invoke(t, append([]string{"inspect"}, c.args...)...)
		if r.code != c.code || r.out != "" || !strings.Contains(r.err, c.want) || strings.Count(r.err, "\n") != 1 {
			t.Errorf("%v: %+v", c.args, r)
		}
	}
	part := invoke(t, "inspect", write("part.pcap", string(whole[:len(whole)/2])))
	if part.code != exitFailure || !strings.Contains(part.out, "EHLO") || !strings.Contains(part.err, "only a part was read") {
		t.Errorf("half a capture: %d %s", part.code, part.err)
	}
}

// TestInspectOfTshark: what Wireshark's own tools make of the capture gives the same.
func TestInspectOfTshark(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("no tshark")
	}
	file := filepath.Join(t.TempDir(), "mail.pcapng")
	if out, err := exec.Command("tshark", "-r", "testdata/mail.pcap", "-F", "pcapng", "-w", file).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if a, b := invoke(t, "inspect", "testdata/mail.pcap"), invoke(t, "inspect", file); a.out != b.out || a.code != b.code {
		t.Errorf("pcap:\n%s\npcapng:\n%s", a.out, b.out)
	}
}
