package main

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/release"
)

func TestHelp(t *testing.T) {
	t.Parallel()
	for _, words := range []string{"", "run", "releases", "config", "version", "lab", "lab list", "lab run", "inspect", "probe"} {
		r := invoke(t, append(strings.Fields(words), "--help")...)
		if r.code != exitOK || r.err != "" || !strings.HasPrefix(r.out, "Usage: pixsim") {
			t.Errorf("%s --help: %+v", words, r)
		}
		narrow(t, words+" --help", r.out)
		if words != "lab" && !strings.Contains(r.out, "Example") {
			t.Errorf("%s --help gives no example", words)
		}
	}
	r := invoke(t, "run", "--help")
	for _, fact := range []string{
		"--release", "--startup-config", "--flash", "--console", "--ssh", "--telnet", "--smtp", "--pop3", "--spool", "--forward", "--serve", "--captures", "--transcript", "--session-limit", "--smtp-option", "reject=x|noop|ok", "data-bypass=off|on",
		"pix-6.3", "127.0.0.1:2222", "127.0.0.1:2323", "127.0.0.1:2525", "127.0.0.1:2110",
	} {
		if !strings.Contains(r.out, fact) {
			t.Errorf("run --help does not tell %s", fact)
		}
	}
	if bare := invoke(t); bare.code != exitOK || bare.out != invoke(t, "--help").out {
		t.Errorf("without arguments: %+v", bare)
	}
}

// narrow looks for lines that a terminal of 80 columns would break.
func narrow(t *testing.T, what, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if line = strings.TrimSuffix(line, "\n"); len([]rune(line)) > 80 {
			t.Errorf("%s: more than 80 columns: %s", what, line)
		}
	}
}

func TestReleasesAndConfig(t *testing.T) {
	t.Parallel()
	r := invoke(t, "releases")
	narrow(t, "releases", r.out)
	list, rest, _ := strings.Cut(r.out, "\n\n")
	var names []string
	for line := range strings.Lines(list) {
		name, rest, _ := strings.Cut(line, " ")
		_, number, _ := strings.Cut(name, "-")
		if !strings.Contains(rest, number+"(") {
			t.Errorf("%q does not tell the software version", line)
		}
		names = append(names, name)
	}
	want := []string{
		"pix-4.0", "pix-4.1", "pix-4.2", "pix-4.3", "pix-4.4", "pix-5.0", "pix-5.1", "pix-5.2", "pix-5.3",
		"pix-6.0", "pix-6.1", "pix-6.2", "pix-6.3", "pix-7.0", "pix-7.2", "pix-8.0", "asa-7.2", "asa-8.0", "asa-8.2", "asa-8.3",
		"asa-8.4", "asa-9.1", "asa-9.4", "asa-9.8", "asa-9.12",
	}
	if r.code != exitOK || !slices.Equal(names, want) {
		t.Fatalf("releases: %v, %+v", names, r)
	}
	models, rest, _ := strings.Cut(rest, "\n\n")
	if !strings.Contains(models, "\npix-6.3-501     on PIX-501\n") || strings.Contains(models, "pix-7") {
		t.Errorf("the further models:\n%s", models)
	}
	builds, flaws, _ := strings.Cut(rest, "\n\n")
	_, builds, _ = strings.Cut(builds, "\n") // the heading
	for _, line := range []string{"pix-4.2(2)            data-bypass eod-withhold noop-desync\n", "pix-5.2(1) to (2)     data-bypass eod-withhold\n"} {
		if !strings.Contains(builds, line) {
			t.Errorf("the builds lack %q:\n%s", line, builds)
		}
	}
	for _, flaw := range strings.Fields(builds) {
		if len(flaw) > 3 && !strings.ContainsAny(flaw, "(") && flaw != "later" && !strings.Contains("\n"+flaws, "\n"+flaw+" ") {
			t.Errorf("nothing is said of the flaw %q", flaw)
		}
	}
	var all releaseList
	if j := invoke(t, "releases", "--json"); j.code != exitOK || json.Unmarshal([]byte(j.out), &all) != nil || len(all.Releases) != len(want) {
		t.Errorf("releases --json: %+v", j)
	}
	for i, e := range all.Releases {
		if e.Name != want[i] || e.Builds == nil || e.Models == nil {
			t.Errorf("releases --json has %+v for %s", e, want[i])
		}
	}
	for _, f := range all.Flaws {
		if !strings.Contains("\n"+flaws, "\n"+f.Name+" ") || f.Help == "" || f.Bugs == nil {
			t.Errorf("releases --json has %+v", f)
		}
	}
	for _, name := range append(names, "pix-5.2(3)") {
		c := invoke(t, "config", "--release", name)
		if c.code != exitOK || c.err != "" || !strings.Contains(c.out, "203.0.113.1 ") || !strings.Contains(c.out, "passwd 2KFQnbNIdI.2KYOU encrypted") {
			t.Errorf("config --release %s: %+v", name, c)
		}
	}
	file, err := os.ReadFile("../../startup-config")
	if c := invoke(t, "config"); err != nil || c.out != string(file) {
		t.Errorf("config prints another text than startup-config: %v %q", err, c.out)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	if r := invoke(t, "version"); r.code != exitOK || r.err != "" || !strings.HasPrefix(r.out, "pixsim ") || strings.Count(r.out, "\n") != 1 {
		t.Errorf("version: %+v", r)
	}
}

// TestFaults: what is wrong with a command line or a file is said in one line, with an exit code that tells the two
// apart, and nothing is left half-started.
func TestFaults(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("hostname x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"bogus", exitUsage, "bogus"},
		{"bogus", exitUsage, "(pixsim --help tells more)"},
		{"lab", exitUsage, "(pixsim lab --help tells more)"},
		{"lab run", exitUsage, "(pixsim lab run --help tells more)"},
		{"inspect x --conn y", exitUsage, "(pixsim inspect --help tells more)"},
		{"inspect " + dir, exitFailure, dir + ": is a directory"},
		{"inspect " + dir + "/missing", exitFailure, dir + "/missing: no such file or directory"},
		{"lab run " + dir + "/missing.txtar", exitFailure, dir + "/missing.txtar"},
		{"run extra", exitUsage, "extra"},
		{"run --bogus", exitUsage, "--bogus"},
		{"run --release", exitUsage, "--release"},
		{"run --release pix-9.9", exitUsage, `"pix-9.9": choose one of pix-4.0, pix-4.1, `},
		{"run --release pix-5.2(0)", exitUsage, "pix-5.2(1) to pix-5.2(99)"},
		{"run --release pix-5.2(3", exitUsage, "pix-5.2(3 is no build"},
		{"run --smtp-option reject", exitUsage, "--smtp-option: "},
		{"run --smtp-option reject=maybe", exitUsage, "--smtp-option: reject is x or noop or ok"},
		{"run --smtp-option bogus=on", exitUsage, `--smtp-option: no option "bogus"`},
		{"run --smtp-option reject=ok --smtp-option x=y", exitUsage, `--smtp-option: no option "x"`},
		{"lab run goodmorning --smtp-option reject=maybe", exitUsage, "--smtp-option: "},
		{"run --release PIX", exitUsage, `"PIX"`},
		{"config --release pix-9.9", exitUsage, "pix-9.9"},
		{"config extra", exitUsage, "extra"},
		{"lab run", exitUsage, "name"},
		{"run --release pix-4.1 --ssh 127.0.0.1:0", exitUsage, "--ssh: pix-4.1 has no SSH"},
		{"run --release pix-4.4 --ssh 127.0.0.1:0", exitUsage, "--ssh: pix-4.4 has no SSH"},
		{"run --ssh nonsense", exitUsage, "--ssh"},
		{"run --telnet 127.0.0.1:99999", exitUsage, "--telnet"},
		{"run --smtp 127.0.0.1", exitUsage, "--smtp"},
		{"run --pop3 127.0.0.1:-1", exitUsage, "--pop3"},
		{"run --console 127.0.0.1", exitUsage, "--console"},
		{"run --forward 127.0.0.1:0", exitUsage, "--forward"},
		{"run --forward 127.0.0.1:0=client", exitUsage, "--forward"},
		{"run --forward 127.0.0.1:0=nobody,203.0.113.10:25", exitUsage, `no host "nobody"`},
		{"run --forward 127.0.0.1:0=client,203.0.113.10:0", exitUsage, "--forward"},
		{"run --forward 127.0.0.1:0=client,203.0.113.10:70000", exitUsage, "--forward"},
		{"run --forward 127.0.0.1:0=client,203.0.113.10:25 --forward x", exitUsage, `--forward "x"`},
		{"run --serve desk", exitUsage, "--serve"},
		{"run --serve desk,514=nonsense", exitUsage, "--serve"},
		{"run --serve desk,0=127.0.0.1:1", exitUsage, "--serve"},
		{"run --serve desk,514/sctp=127.0.0.1:1", exitUsage, "--serve"},
		{"run --serve nobody,514=127.0.0.1:1", exitUsage, "--serve"},
		{"run --session-limit=-1", exitUsage, "--session-limit: -1 is not between 0 and 256"},
		{"run --session-limit 257", exitUsage, "--session-limit: 257 is not between 0 and 256"},
		{"run --session-limit many", exitUsage, "--session-limit"},
		{"run --mail-profile ex95", exitUsage, `--mail-profile: no mail server profile "ex95": there are lab, ex50`},
		{"run --mail-option relay", exitUsage, "--mail-option: "},
		{"run --mail-option relay=perhaps", exitUsage, "--mail-option: "},
		{"run --mx-profile x", exitUsage, "--mx-profile: "},
		{"run --mx-profile ex55 --mx-option x=1", exitUsage, "--mx-option: "},
		{"run --startup-config " + dir + "/missing", exitFailure, dir + "/missing"},
		{"run --startup-config " + dir, exitFailure, dir},
		{"run --startup-config /dev/zero", exitFailure, "/dev/zero"},
		{"run --captures " + file + "/x", exitFailure, "--captures"},
		{"run --transcript " + file + "/x", exitFailure, "--transcript"},
		{"run --spool " + file + "/x", exitFailure, "--spool"},
		{"run --flash " + file, exitFailure, "--flash"},
		{"run --flash " + file + "/x", exitFailure, "--flash"},
		{"run --flash /proc/self", exitFailure, "--flash"},
	} {
		t.Run(c.args, func(t *testing.T) {
			t.Parallel()
			args := strings.Fields(c.args)
			flash := filepath.Join(t.TempDir(), "flash")
			if args[0] == "run" {
				args = append(append([]string{"run", "--flash", flash, "--ssh", "off"}, noSSH...), args[1:]...)
			}
			fails(t, invoke(t, args...), c.code, c.says)
			if _, err := os.Stat(flash); err == nil {
				t.Error("the flash directory was made")
			}
		})
	}
}

// fails checks an ending that is one line on standard error.
func fails(t *testing.T, r result, code int, says string) {
	t.Helper()
	if r.code != code || r.out != "" {
		t.Errorf("exit code %d (want %d), standard output %q", r.code, code, r.out)
	}
	if strings.Count(r.err, "\n") != 1 || !strings.HasPrefix(r.err, "pixsim: ") || !strings.Contains(r.err, says) {
		t.Errorf("standard error is not one line with %q: %q", says, r.err)
	}
}

// TestPortInUse: each way in says which flag asked for the port that somebody has, and nothing is started.
func TestPortInUse(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	addr := ln.Addr().String()
	for _, flag := range []string{"ssh", "telnet", "smtp", "pop3", "console", "forward"} {
		t.Run(flag, func(t *testing.T) {
			value := addr
			if flag == "forward" {
				value += "=client,203.0.113.10:25"
			}
			flash := filepath.Join(t.TempDir(), "flash")
			args := append(append([]string{"run", "--flash", flash, "--console", "none"}, anyPort...), "--"+flag, value)
			r := invoke(t, args...)
			fails(t, r, exitFailure, "--"+flag)
			if !strings.Contains(r.err, addr) || !strings.Contains(r.err, "address already in use: another pixsim? Port 0 ") {
				t.Errorf("says %q", r.err)
			}
			if _, err := os.Stat(flash); err == nil {
				t.Error("the flash directory was made")
			}
		})
	}
	t.Run("two of our own", func(t *testing.T) {
		one := bootQuiet(t)
		fails(t, invoke(t, append(append([]string{"run", "--console", "none"}, anyPort...), "--telnet", one.telnet)...), exitFailure, "--telnet: ")
		one.stops()
	})
}

// TestFullDisk: output that could not be written is a failure, not a short success.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	recording := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(recording, []byte("S: 220 x\nC: EHLO y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"releases"}, {"releases", "--json"}, {"config"}, {"version"}, {"lab", "list"},
		{"lab", "run", "recognise", "--release", "pix-6.3"}, {"inspect", recording}, {"inspect", recording, "--all", "--json"},
	} {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		var diag bytes.Buffer
		cmd := command(args...)
		cmd.Stdout, cmd.Stderr = full, &diag
		cmd.Run()
		full.Close()
		if code := cmd.ProcessState.ExitCode(); code != exitFailure || !strings.HasPrefix(diag.String(), "pixsim: ") || strings.Count(diag.String(), "\n") != 1 {
			t.Errorf("%v: exit code %d, %q", args, code, &diag)
		}
	}
}

// TestOptionNote: an option that a release has no place for, or that it has anyway, is not passed off as a change.
func TestOptionNote(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ release, options, idle string }{
		{"pix-6.3", "", ""},
		{"pix-6.3", "reject=noop", ""},
		{"pix-6.3", "reject=x", "reject=x"},
		{"pix-6.3", "reject=noop reject=x", ""},
		{"pix-4.1", "allow-tls=on banner=pass", "allow-tls=on"},
		{"asa-8.2", "allow-tls=on", ""},
		{"pix-5.2(3)", "eod-withhold=on", "eod-withhold=on"},
		{"pix-5.2", "eod-withhold=on", ""},
	} {
		r, err := release.Parse(c.release)
		if err != nil {
			t.Fatal(err)
		}
		want := ""
		if c.options != "" {
			want = "pixsim: the SMTP inspection has the options " + c.options + "\n"
		}
		if c.idle != "" {
			want += "pixsim: " + c.idle + " makes no difference to " + c.release + "\n"
		}
		if got := optionNote(r, strings.Fields(c.options)); got != want {
			t.Errorf("%s with %s: %q, want %q", c.release, c.options, got, want)
		}
	}
}
