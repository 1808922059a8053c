package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A configuration is checked against the release that it names, or another: each refused line with its number and the
// device's words, and an exit code for scripts.
func TestConfigCheck(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	good := write("good", invoke(t, "config").out)
	bad := write("bad", "PIX Version 4.4(5)\nhostname fw\nhostname\nno such\x1b[2Jthing\n: end\n")
	six := write("six", "PIX Version 6.3(5)\nnameif ethernet5 lab security30\nip address lab 10.9.0.1 255.255.255.0\n")
	plain := write("plain", "hostname fw\n")
	for _, c := range []struct {
		args string
		code int
		says []string
	}{
		{good, exitOK, []string{"pix-6.3: ", " 0 refused"}},
		{good + " --forms", exitOK, []string{" 0 refused", "0 not written back, 0 that no does not remove"}},
		{good + " --release pix-4.1", exitFailure, []string{"pix-4.1: ", good + ":"}},
		{bad, exitFailure, []string{bad + ":3: hostname\n", "sage:", bad + ":4: no such\ufffd[2Jthing\n    Type help", "pix-4.4: 3 lines, 1 accepted, 2 refused"}},
		{six, exitOK, []string{"pix-6.3: 2 lines, 2 accepted, 0 refused"}},
		{plain + " --release pix-5.2(3)", exitOK, []string{"pix-5.2(3): 1 lines, 1 accepted"}},
	} {
		r := invoke(t, strings.Fields("config --check "+c.args)...)
		if r.code != c.code || r.err != "" {
			t.Errorf("%s: exit %d, %q\n%s", c.args, r.code, r.err, r.out)
		}
		for _, want := range c.says {
			if !strings.Contains(r.out, want) {
				t.Errorf("%s: no %q in\n%s", c.args, want, r.out)
			}
		}
	}
	empty, image := filepath.Join(dir, "empty"), filepath.Join(dir, "image")
	for file, text := range map[string]string{empty: "\n \n", image: "hostname x\n\x7fELF\x00\x01"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"config --check= --release pix-6.3", exitFailure, "no such file"},
		{"config --check " + empty + " --release pix-6.3", exitFailure, "holds no line"},
		{"config --check " + image + " --release pix-6.3", exitFailure, "is no text"},
		{"config --check - --release pix-6.3", exitFailure, "holds no line"},
		{"config bogus", exitUsage, "bogus"},
		{"config --check", exitUsage, "--check"},
		{"config --check " + plain + " extra", exitUsage, "extra"},
		{"config --forms", exitUsage, "--check"},
		{"config --check " + plain, exitUsage, "choose one by --release"},
		{"config --check " + plain + " --release pix-9.9", exitUsage, "pix-9.9"},
		{"config --check " + dir + "/missing", exitFailure, dir + "/missing"},
		{"config --check " + dir, exitFailure, dir},
		{"config --check /dev/zero", exitFailure, "/dev/zero"},
	} {
		fails(t, invoke(t, strings.Fields(c.args)...), c.code, c.says)
	}
}
