package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The clients that people use, against the program: the judges of what it does. They run where PIXSIM_CLIENTS=1 is in the
// environment, each if its program is installed.

// client is the path of an installed program.
func client(t *testing.T, name string) string {
	t.Helper()
	if os.Getenv("PIXSIM_CLIENTS") != "1" {
		t.Skip("PIXSIM_CLIENTS=1 is not in the environment")
	}
	path, err := exec.LookPath(name)
	for _, dir := range []string{"/usr/sbin", "/sbin"} { // not in everybody's PATH
		if err != nil {
			path, err = exec.LookPath(filepath.Join(dir, name))
		}
	}
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	return path
}

// runs runs a client to its end and returns its exit code and all that it printed.
func runs(t *testing.T, cmd *exec.Cmd) (code int, out string) {
	t.Helper()
	var all bytes.Buffer
	cmd.Stdout, cmd.Stderr = &all, &all
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop := time.AfterFunc(4*patience, func() { cmd.Process.Kill() })
	defer stop.Stop()
	return exitCode(t, cmd.Wait()), all.String()
}

// guard is what tells, for a release, that Mailguard is on, and how it is switched off.
type guard struct {
	on   string // of the greeting
	cure []string
}

const guardOff = `^220 mail\.example\.com Microsoft ESMTP MAIL Service, `

var guards = map[string]guard{
	"pix-4.1": {`^220 SMTP/cmap_+ read\r\n$`, []string{
		"no mailhost (inside,outside) 203.0.113.10 10.1.1.10 0 0",
		"static (inside,outside) 203.0.113.10 10.1.1.10 0 0",
		"conduit (inside,outside) 203.0.113.10 25 tcp 0.0.0.0 0.0.0.0",
	}},
	"pix-4.4": {`^220 \*{20,}\r\n$`, []string{"no fixup protocol smtp 25"}},
	"pix-6.3": {`^220 [*20 ]{20,}\r\n$`, []string{"no fixup protocol smtp 25"}},
	"asa-8.2": {`^220 [*20 ]{20,}\r\n$`, []string{"no fixup protocol smtp 25"}},
}

// greets checks the greeting that an SMTP client gets.
func greets(t *testing.T, b *box, when, pattern string) {
	t.Helper()
	m, _ := dial(t, b.smtp).matches(t, `^[^\n]*\n`)
	if !regexp.MustCompile(pattern).MatchString(m[0]) {
		t.Errorf("%s: greeting %q, want %s", when, m[0], pattern)
	}
}

// openSSH is a command line of the client as it is installed: no algorithm is asked for.
func openSSH(t *testing.T, addr, known string) []string {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return []string{client(t, "ssh"), "-F", "none", "-o", "UserKnownHostsFile=" + known, "-o", "StrictHostKeyChecking=accept-new",
		"-o", "HostKeyAlias=box", "-p", port, "-l", "pix", host}
}

// TestClientResolution is KB 320027's resolution typed by an Expect script over the telnet and the OpenSSH client.
func TestClientResolution(t *testing.T) {
	for _, c := range []struct{ release, over string }{
		{"pix-4.1", "telnet"}, {"pix-4.4", "telnet"}, {"pix-6.3", "telnet"}, {"asa-8.2", "telnet"},
		{"pix-6.3", "ssh"}, {"asa-8.2", "ssh"},
	} {
		t.Run(c.release+" over "+c.over, func(t *testing.T) {
			expect := client(t, "expect")
			client(t, c.over)
			b := bootRelease(t, c.release)
			g := guards[c.release]
			b.console.matches(t, `\n(pixfirewall|ciscoasa)> `)
			greets(t, b, "before", g.on)
			var program []string
			if c.over == "ssh" {
				program = openSSH(t, b.ssh, filepath.Join(t.TempDir(), "known"))
			} else {
				host, port, _ := net.SplitHostPort(b.telnet)
				program = []string{client(t, "telnet"), host, port}
			}
			args := slices.Concat([]string{"testdata/resolution.exp"}, program, []string{"--"}, g.cure)
			code, out := runs(t, exec.Command(expect, args...))
			if code != 0 {
				t.Fatalf("exit code %d: %s", code, out)
			}
			b.console.sees(t, "Rebooting")
			b.console.matches(t, `(?s)MAC: .*\n(pixfirewall|ciscoasa)> `) // it has booted again
			greets(t, b, "after", guardOff)
			b.stops()
		})
	}
}

// askpass gives the password to OpenSSH where there is no terminal.
func askpass(t *testing.T, cmd *exec.Cmd) *exec.Cmd {
	t.Helper()
	ask := filepath.Join(t.TempDir(), "ask")
	if err := os.WriteFile(ask, []byte("#!/bin/sh\necho cisco\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), "SSH_ASKPASS="+ask, "SSH_ASKPASS_REQUIRE=force", "DISPLAY=:0")
	return cmd
}

// TestClientSSHExec: the exec channel, and a host key that OpenSSH finds again in the next run.
func TestClientSSHExec(t *testing.T) {
	client(t, "ssh")
	known := filepath.Join(t.TempDir(), "known")
	for _, c := range []struct{ release, says string }{
		{"pix-6.3", "Cisco PIX Firewall Version 6.3(5)"},
		{"asa-8.2", "Cisco Adaptive Security Appliance Software Version 8.2(1)"},
		{"pix-6.3", "Cisco PIX Firewall Version 6.3(5)"},
	} {
		b := bootRelease(t, c.release)
		args := append(openSSH(t, b.ssh, known), "show", "version")
		if _, err := os.Stat(known); err == nil {
			args = slices.Insert(args, 1, "-o", "StrictHostKeyChecking=yes")
		}
		cmd := askpass(t, exec.Command(args[0], args[1:]...))
		out, err := cmd.Output()
		if err != nil || !strings.Contains(string(out), c.says) || strings.Contains(string(out), "--- More ---") {
			t.Errorf("%s: %v %q", c.release, err, out)
		}
		if strings.Contains(string(out), "pixfirewall>") || strings.Contains(string(out), "ciscoasa>") {
			t.Errorf("%s: a prompt in the output of a command: %q", c.release, out)
		}
		b.stops()
	}
}

// swaks sends a mail to the box and returns the exit code and the transcript.
func swaks(t *testing.T, b *box, args ...string) (int, string) {
	t.Helper()
	host, port, _ := net.SplitHostPort(b.smtp)
	return runs(t, exec.Command(client(t, "swaks"), append([]string{
		"--server", host, "--port", port, "--helo", "laptop.example.org", "--from", "user@example.com", "--timeout", "15",
	}, args...)...))
}

var (
	relay = []string{"--to", "friend@example.org", "--auth", "LOGIN", "--auth-user", "user", "--auth-password", "pass"}
	plain = []string{"--to", "user@example.com", "--protocol", "SMTP"} // HELO: on 4.4 a client that says EHLO is led astray
	tls   = []string{"--to", "user@example.com", "--tls"}
)

// TestClientSwaks: the mail that fails with Mailguard and passes without it, by release, and the mail that passes in both.
func TestClientSwaks(t *testing.T) {
	client(t, "swaks")
	for _, c := range []struct {
		release string
		mail    []string
		says    string // when it fails
	}{
		{"pix-4.4", relay, "Host did not advertise authentication"},
		{"pix-6.3", relay, "Host did not advertise authentication"},
		{"pix-6.3", append(slices.Clone(relay), "--auth-optional"), "550 5.7.1"}, // KB 320027, symptom 6
		{"asa-8.2", tls, "STARTTLS"},
	} {
		t.Run(c.release+" "+strings.Join(c.mail, " "), func(t *testing.T) {
			if slices.Contains(c.mail, "--tls") {
				if _, out := runs(t, exec.Command(client(t, "swaks"), "--support")); !strings.Contains(out, "=== TLS supported") {
					t.Skip("swaks has no TLS here (libnet-ssleay-perl)")
				}
			}
			b := bootRelease(t, c.release)
			if code, out := swaks(t, b, c.mail...); code == 0 || !strings.Contains(out, c.says) {
				t.Errorf("before: exit code %d, want a failure with %q: %s", code, c.says, out)
			}
			if code, out := swaks(t, b, plain...); code != 0 {
				t.Errorf("before: plain mail fails with %d: %s", code, out)
			}
			k := logsIn(t, b)
			k.does(t, guards[c.release].cure[0])
			if code, out := swaks(t, b, c.mail...); code != 0 {
				t.Errorf("after: exit code %d: %s", code, out)
			}
			if code, out := swaks(t, b, plain...); code != 0 {
				t.Errorf("after: plain mail fails with %d: %s", code, out)
			}
			b.stops()
		})
	}
}

// postfix is a mail system of its own with nothing but the way out.
type postfix struct {
	t        *testing.T
	dir      string
	program  string
	sendmail string
}

const mainCF = `compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
maillog_file = %[1]s/log/maillog
maillog_file_prefixes = %[1]s
mail_owner = postfix
setgid_group = postdrop
myhostname = client.example.net
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_dns_support_level = disabled
smtp_tls_security_level = none
relayhost = [127.0.0.1]:%[2]s
smtp_pix_workaround_delay_time = 1s
`

const masterCF = `pickup  unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr    unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce  unix - - n - 0 bounce
defer   unix - - n - 0 bounce
trace   unix - - n - 0 bounce
smtp    unix - - n - - smtp
relay   unix - - n - - smtp
error   unix - - n - - error
retry   unix - - n - - error
postlog unix-dgram n - n - 1 postlogd
`

// startPostfix starts one that sends everything to addr, with more lines for its main.cf and its master.cf. It is stopped at
// the end of the test.
func startPostfix(t *testing.T, addr, main, master string) *postfix {
	t.Helper()
	p := &postfix{t: t, program: client(t, "postfix"), sendmail: client(t, "sendmail")}
	owner, err := user.Lookup("postfix")
	if _, group := user.LookupGroup("postdrop"); err != nil || group != nil {
		t.Skip("the accounts of the postfix package are missing")
	}
	// Its programs run as an account of their own: t.TempDir is closed to them.
	if p.dir, err = os.MkdirTemp("", "pixsim-postfix-"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(p.dir) })
	uid, _ := strconv.Atoi(owner.Uid)
	_, port, _ := net.SplitHostPort(addr)
	for _, err := range []error{
		os.Chmod(p.dir, 0o755),
		os.Mkdir(p.file("etc"), 0o755), os.Mkdir(p.file("queue"), 0o755), os.Mkdir(p.file("log"), 0o755),
		os.Mkdir(p.file("data"), 0o700), os.Chown(p.file("data"), uid, -1),
		os.WriteFile(p.file("etc/main.cf"), fmt.Appendf(nil, mainCF+main, p.dir, port), 0o644),
		os.WriteFile(p.file("etc/master.cf"), []byte(masterCF+master), 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if code, out := p.does("start"); code != 0 {
		t.Fatalf("postfix start: %d %s", code, out)
	}
	t.Cleanup(func() {
		if code, out := p.does("stop"); code != 0 {
			t.Errorf("postfix stop: %d %s", code, out)
		}
	})
	return p
}

func (p *postfix) file(name string) string { return filepath.Join(p.dir, name) }

// does runs a command of postfix. Its daemons keep the output open: it goes to a file.
func (p *postfix) does(command string) (int, string) {
	p.t.Helper()
	out, err := os.Create(p.file("said"))
	if err != nil {
		p.t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.Command(p.program, "-c", p.file("etc"), command)
	cmd.Stdout, cmd.Stderr = out, out
	code := exitCode(p.t, cmd.Run())
	said, _ := os.ReadFile(p.file("said"))
	return code, string(said)
}

// sends gives it a mail and returns what it logged about it up to the end of the delivery.
func (p *postfix) sends(subject string) (log string) {
	p.t.Helper()
	return p.sendsFrom("a@client.example.net", subject)
}

const mailBody = "\n\nhello\n.\nend\n"

func (p *postfix) sendsFrom(from, subject string) (log string) {
	p.t.Helper()
	cmd := exec.Command(p.sendmail, "-C", p.file("etc"), "-i", "-f", from, "user@example.com")
	cmd.Stdin = strings.NewReader("Subject: " + subject + mailBody)
	before := len(p.log())
	if code, out := runs(p.t, cmd); code != 0 {
		p.t.Fatalf("sendmail: %d %s", code, out)
	}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		log = p.log()[before:]
		// Others may be in the queue: what came back from an earlier one.
		if id := pickedUp.FindStringSubmatch(log); id != nil && strings.Contains(log, ": "+id[1]+": removed") {
			lines := slices.DeleteFunc(strings.SplitAfter(log, "\n"), func(l string) bool { return !strings.Contains(l, ": "+id[1]+": ") })
			return strings.Join(lines, "")
		}
	}
	p.t.Fatalf("not delivered: %s", log)
	return ""
}

// pickedUp is how Postfix takes a mail from this machine, and names it.
var pickedUp = regexp.MustCompile(`postfix/pickup\[\d+\]: (\w+): `)

func (p *postfix) log() string {
	text, _ := os.ReadFile(p.file("log/maillog"))
	return string(text)
}

// TestClientPostfix: a real Postfix sees Mailguard by the greeting and works around it, and does not once it is off. The
// mail is delivered both times, as it was written.
func TestClientPostfix(t *testing.T) {
	client(t, "postfix")
	if os.Getuid() != 0 {
		t.Skip("postfix starts as root only")
	}
	for _, release := range []string{"pix-4.4", "pix-6.3", "asa-8.2"} {
		t.Run(release, func(t *testing.T) {
			spool := filepath.Join(t.TempDir(), "spool")
			b := bootRelease(t, release, "--spool", spool)
			p := startPostfix(t, b.smtp, "", "")
			if log := p.sends("guarded"); !strings.Contains(log, "enabling PIX workarounds: disable_esmtp for 127.0.0.1[127.0.0.1]:") || !strings.Contains(log, "status=sent (250 2.6.0 ") {
				t.Errorf("with Mailguard: %s", log)
			}
			// From a mail's 500th second in the queue on, the final dot is sent in a segment of its own.
			f, err := os.OpenFile(p.file("etc/main.cf"), os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(f, "smtp_pix_workaround_threshold_time = 0s")
			f.Close()
			if code, out := p.does("reload"); code != 0 {
				t.Fatalf("postfix reload: %d %s", code, out)
			}
			if log := p.sends("slow dot"); !strings.Contains(log, "enabling PIX workarounds: disable_esmtp delay_dotcrlf for ") || !strings.Contains(log, "status=sent (250 2.6.0 ") {
				t.Errorf("with Mailguard and a delayed dot: %s", log)
			}
			k := logsIn(t, b)
			k.does(t, guards[release].cure[0])
			if log := p.sends("unguarded"); strings.Contains(log, "PIX") || !strings.Contains(log, "status=sent (250 2.6.0 ") {
				t.Errorf("without Mailguard: %s", log)
			}
			mails := spooled(t, spool)
			if len(mails) != 3 {
				t.Fatalf("%d mails were delivered: %q", len(mails), mails)
			}
			for i, subject := range []string{"guarded", "slow dot", "unguarded"} {
				if !strings.Contains(mails[i], "Subject: "+subject+"\r\n") || !strings.HasSuffix(mails[i], "\r\n\r\nhello\r\n.\r\nend\r\n") {
					t.Errorf("mail %d is not as it was sent: %q", i, mails[i])
				}
			}
			b.stops()
		})
	}
}

// TestClientTshark: what capture wrote is dissected as SMTP, each command in its place, and every checksum is right, on
// both sides of an inspection that changes the greeting and refuses a verb.
func TestClientTshark(t *testing.T) {
	tshark := client(t, "tshark")
	dir := t.TempDir()
	b := boot(t, "--captures", dir)
	b.console.enables(t)
	for _, name := range []string{"outside", "inside"} {
		b.console.does(t, "capture "+name+" interface "+name)
	}
	k := dial(t, b.smtp)
	k.sees(t, "220 ")
	k.types(t, "EHLO laptop.example.org\r\n")
	k.matches(t, `(?m)^500 `)
	k.w.(net.Conn).Close()
	k.ends(t)
	sendMail(t, b.smtp, "dissected")
	b.stops()

	fields := func(file, filter string, names ...string) string {
		return dissect(t, tshark, filepath.Join(dir, file+".pcap"), filter, names...)
	}
	for file, want := range map[string]struct{ commands, peers string }{
		"outside": {"EHLO HELO MAIL RCPT DATA QUIT", "198.51.100.25 203.0.113.10"},
		"inside":  {"XXXX HELO MAIL RCPT DATA QUIT", "198.51.100.25 10.1.1.10"},
	} {
		if got := fields(file, "smtp.req.command", "smtp.req.command"); got != want.commands {
			t.Errorf("%s: commands %q, want %q", file, got, want.commands)
		}
		if got := fields(file, "tcp.flags.syn==1 && tcp.flags.ack==0", "ip.src", "ip.dst"); got != want.peers+" "+want.peers {
			t.Errorf("%s: from and to %q, want %q", file, got, want.peers)
		}
		if bad := fields(file, "tcp.checksum.status==0 || ip.checksum.status==0 || tcp.analysis.flags", "frame.number", "_ws.col.Info"); bad != "" {
			t.Errorf("%s: wrong or odd packets: %s", file, bad)
		}
		if got := fields(file, `smtp.response.code==220`, "smtp.response.code"); got != "220 220" {
			t.Errorf("%s: greetings %q", file, got)
		}
	}
}
