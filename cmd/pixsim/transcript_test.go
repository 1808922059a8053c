package main

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// file reads a file of a directory when it holds something; what is written is written behind the packets.
func file(t *testing.T, dir, name, holds string) []byte {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil && bytes.Contains(b, []byte(holds)) {
			return b
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %v; no %q in %q", name, err, holds, b)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// TestTranscript: both sides of a connection are in files, when it is over and when the program is.
func TestTranscript(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "deep", "sides")
	b := bootQuiet(t, "--transcript", dir)
	k := dial(t, b.smtp)
	k.sees(t, "220 ")
	k.types(t, "EHLO laptop.example.org\r\n")
	k.matches(t, `(?m)^500 `)
	k.types(t, "QUIT\r\n")
	k.ends(t)
	k.w.(net.Conn).Close()
	text := string(file(t, dir, "0001.txt", "ended"))
	for _, want := range []string{
		"connection 1 through pix-6.3, inspected\n", "-> 203.0.113.10:25\n", "-> 10.1.1.10:25\n", ": both ends closed it\n",
		"to server    31 octets sent, 31 got: 4 changed, 0 withheld, 0 added\n", "->   25 EHLO laptop.example.org\\r\\n  ", "| ->   25 XXXX laptop.example.org\\r\\n\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	open := dial(t, b.smtp)
	open.sees(t, "220 ")
	b.stops()
	text = string(file(t, dir, "0002.txt", ""))
	if !strings.Contains(text, "ended        it was still open when the recording ended\n") || !strings.Contains(text, "220 mail.example.com Microsoft") {
		t.Errorf("%s", text)
	}
	for name, greeting := range map[string]string{"client": `220 [*20 ]{20,}\r\n`, "server": "220 mail.example.com Microsoft ESMTP"} {
		for _, n := range []string{"0001", "0002"} {
			frames := pcapFrames(t, file(t, dir, n+"-"+name+".pcap", ""))
			if len(frames) < 4 || !regexp.MustCompile(greeting).Match(bytes.Join(frames, nil)) {
				t.Errorf("%s %s: %d frames, without the greeting of that side", n, name, len(frames))
			}
		}
	}
	if strings.Contains(b.diag.String(), "transcript") {
		t.Errorf("says %q", b.diag)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mail is for its owner's eyes: %v %v", info, err)
	}
}

// TestTranscriptReload: a reload ends the connections, and says so.
func TestTranscriptReload(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := boot(t, "--transcript", dir)
	k := dial(t, b.smtp)
	k.sees(t, "220 ")
	b.console.enables(t)
	b.console.types(t, "reload\n")
	b.console.sees(t, "[confirm]")
	b.console.types(t, "\n")
	if text := string(file(t, dir, "0001.txt", "ended")); !strings.Contains(text, ": the box was reloaded\n") {
		t.Errorf("%s", text)
	}
	b.stops()
}

// TestTranscriptKilled: a kill loses no frame of a pcap file that had reached it.
func TestTranscriptKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := bootQuiet(t, "--transcript", dir)
	k := dial(t, b.smtp)
	k.sees(t, "220 ")
	file(t, dir, "0001-client.pcap", "220 *****")
	file(t, dir, "0001-server.pcap", "220 mail.example.com")
	b.cmd.Process.Kill()
	<-b.gone
	for _, name := range []string{"0001-client.pcap", "0001-server.pcap"} {
		pcapFrames(t, file(t, dir, name, ""))
	}
}

// TestTranscriptUnwritable: a directory that is gone is said once, and mail passes all the same.
func TestTranscriptUnwritable(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "gone")
	b := bootQuiet(t, "--transcript", dir)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	sendMail(t, b.smtp, "first")
	sendMail(t, b.smtp, "second")
	b.stops()
	if out := b.diag.String(); strings.Count(out, "transcript") != 2 || strings.Count(out, "pixsim: transcript: open ") != 1 {
		t.Errorf("says %q", out)
	}
}

// dissect is what tshark, which checks every checksum, prints of fields of the packets that pass a filter.
func dissect(t *testing.T, tshark, file, filter string, names ...string) string {
	t.Helper()
	args := []string{"-n", "-r", file, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-Y", filter, "-T", "fields"}
	for _, n := range names {
		args = append(args, "-e", n)
	}
	cmd := exec.Command(tshark, args...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tshark %v: %v", args, err)
	}
	return strings.Join(strings.Fields(string(out)), " ")
}

// TestClientTsharkTranscript: the two pcap files of each connection are dissected as SMTP without a complaint, on every
// release whose numbers differ between the sides, for another reason each.
func TestClientTsharkTranscript(t *testing.T) {
	tshark := client(t, "tshark")
	for release, want := range map[string][2]string{
		"pix-4.1": {"EHLO HELO MAIL RCPT DATA QUIT", "HELO MAIL RCPT DATA QUIT"},
		"pix-4.4": {"EHLO HELO MAIL RCPT DATA QUIT", "NOOP HELO MAIL RCPT DATA QUIT"},
		"pix-6.3": {"EHLO HELO MAIL RCPT DATA QUIT", "XXXX HELO MAIL RCPT DATA QUIT"},
		"asa-8.2": {"EHLO HELO MAIL RCPT DATA QUIT", "EHLO HELO MAIL RCPT DATA QUIT"},
	} {
		t.Run(release, func(t *testing.T) {
			dir := t.TempDir()
			b := bootRelease(t, release, "--transcript", dir)
			k := dial(t, b.smtp)
			k.sees(t, "220 ")
			for _, step := range [][2]string{
				{"EHLO laptop.example.org", "(250|500) .*\n"}, {"HELO laptop.example.org", "250 .*\n"}, {"MAIL FROM:<a@example.net>", "250 .*\n"},
				{"RCPT TO:<b@example.com>", "250 .*\n"}, {"DATA", "354 .*\n"}, {"Subject: x\r\n\r\nhello\r\n.", "250 .*\n"}, {"QUIT", "221 .*\n"},
			} {
				k.types(t, step[0]+"\r\n")
				k.matches(t, "(?m)^"+step[1])
			}
			k.ends(t)
			k.w.(net.Conn).Close()
			b.stops()
			for side, name := range []string{"0001-client.pcap", "0001-server.pcap"} {
				path := filepath.Join(dir, name)
				if got := dissect(t, tshark, path, "smtp.req.command", "smtp.req.command"); got != want[side] {
					t.Errorf("%s: commands %q, want %q", name, got, want[side])
				}
				if bad := dissect(t, tshark, path, "tcp.checksum.status==0 || ip.checksum.status==0 || _ws.malformed || tcp.analysis.lost_segment || tcp.analysis.ack_lost_segment",
					"frame.number", "_ws.col.Info"); bad != "" {
					t.Errorf("%s: wrong or odd packets: %s", name, bad)
				}
				if good := dissect(t, tshark, path, "tcp.checksum.status==1 && ip.checksum.status==1", "frame.number"); len(strings.Fields(good)) < 20 {
					t.Errorf("%s: checked were %s", name, good)
				}
				if streams := dissect(t, tshark, path, "tcp.flags.syn==1 && tcp.flags.ack==0", "tcp.stream"); streams != "0" {
					t.Errorf("%s: connections %s", name, streams)
				}
			}
		})
	}
}
