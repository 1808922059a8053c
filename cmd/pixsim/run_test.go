package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"
)

func TestReady(t *testing.T) {
	t.Parallel()
	t.Run("standard output", func(t *testing.T) {
		b := bootQuiet(t, "--pop3", "off")
		if out := b.console.String(); strings.Count(out, "\n") != 1 {
			t.Errorf("standard output is not the one line: %q", out)
		}
		if b.pop3 != "off" {
			t.Errorf("pop3=%s", b.pop3)
		}
		for _, addr := range []string{b.ssh, b.telnet, b.smtp} {
			if _, port, err := net.SplitHostPort(addr); err != nil || port == "0" {
				t.Errorf("no port was picked: %s", addr)
			}
		}
		dial(t, b.smtp).matches(t, `^220 [*20 ]+\r\n`)
		dial(t, b.telnet).sees(t, "User Access Verification")
		dial(t, b.ssh).sees(t, "SSH-2.0-Cisco-1.25")
		b.stops()
	})
	t.Run("standard error", func(t *testing.T) {
		b := boot(t)
		dial(t, b.pop3).sees(t, "+OK")
		b.console.sees(t, "Cisco PIX Firewall Version 6.3")
		b.console.sees(t, "pixfirewall> ")
		b.stops()
		if strings.Contains(b.console.String(), "pixsim:") {
			t.Errorf("the console shows the simulator's own words: %q", b.console)
		}
		if !strings.Contains(b.diag.String(), "flash was in memory") {
			t.Errorf("leaving does not tell what is lost: %q", b.diag)
		}
	})
	t.Run("all off", func(t *testing.T) {
		b := bootQuiet(t, "--ssh", "off", "--telnet", "off", "--smtp", "off", "--pop3", "off")
		if out := b.console.String(); out != "pixsim: ready ssh=off telnet=off smtp=off pop3=off\n" {
			t.Errorf("ready line %q", out)
		}
		b.stops()
	})
	for _, release := range []string{"pix-4.1", "pix-4.4", "pix-6.3", "asa-8.2"} {
		t.Run(release, func(t *testing.T) {
			b := bootRelease(t, release)
			if strings.HasPrefix(release, "pix-4") != (b.ssh == "off") {
				t.Errorf("ssh=%s", b.ssh)
			}
			if out := b.diag.String(); strings.Count(out, "\n") != 1 {
				t.Errorf("the lab's own startup-config makes it say: %q", out)
			}
			b.console.matches(t, `\n(pixfirewall|ciscoasa)> $`)
			dial(t, b.smtp).sees(t, "220 ")
			b.stops()
		})
	}
}

// TestSMTPOptions: an option acts, and is said in one line; a build says its number.
func TestSMTPOptions(t *testing.T) {
	t.Parallel()
	b := bootRelease(t, "pix-5.2(9)", "--smtp-option", "reject=noop", "--smtp-option", "banner=stars")
	b.console.sees(t, "Cisco Secure PIX Firewall Version 5.2(9)")
	const said = "pixsim: the SMTP inspection has the options reject=noop banner=stars\n"
	if out := b.diag.String(); strings.Count(out, "\n") != 2 || !strings.Contains(out, said) {
		t.Errorf("it says %q", out)
	}
	c := dial(t, b.smtp)
	c.matches(t, `^220 \*+\r\n`)
	c.types(t, "goodmorning\r\n")
	c.sees(t, "250 2.0.0 OK")
	b.stops()

	quiet := bootQuiet(t, "--release", "pix-6.3(1)", "--smtp-option", "reject=noop")
	quiet.stops() // before that, what it has said on standard error may be on its way
	if out := quiet.diag.String(); !strings.HasPrefix(out, "pixsim: the SMTP inspection has the options reject=noop\n") || strings.Count(out, "\n") != 2 {
		t.Errorf("without a console it says %q", out)
	}
}

// TestSignals: each way to ask ends it soon, with code 0, whatever goes on inside.
func TestSignals(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			b := bootQuiet(t, "--console", "127.0.0.1:0")
			addr := consoleAddr(t, b)
			person := dial(t, addr)
			person.types(t, "\n")
			person.matches(t, `pixfirewall> `)
			admin := dial(t, b.telnet)
			admin.sees(t, "Password: ")
			mail := dial(t, b.smtp)
			mail.sees(t, "220 ")
			mail.types(t, "HELO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@example.com>\r\nDATA\r\n")
			mail.sees(t, "354 ")
			began := time.Now()
			b.cmd.Process.Signal(sig)
			if code := b.waits(); code != exitOK {
				t.Errorf("exit code %d: %s", code, b.diag)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			for _, k := range []talk{person, admin, mail} {
				k.ends(t)
			}
			if !strings.HasSuffix(b.diag.String(), "pixsim: flash was in memory: what was written to it is gone (--flash DIR keeps it)\n") {
				t.Errorf("last words: %q", b.diag)
			}
		})
	}
}

// consoleAddr is where --console serves, as the program says.
func consoleAddr(t *testing.T, b *box) string {
	t.Helper()
	m, _ := b.diag.matches(t, `(?m)^pixsim: console at (\S+)$`)
	return m[1]
}

func TestStandardInput(t *testing.T) {
	t.Parallel()
	run := func(t *testing.T, in *os.File, shell string) result {
		cmd := command(append([]string{"run"}, anyPort...)...)
		if shell != "" {
			cmd.Args = append([]string{"sh", "-c", `exec "$0" "$@" ` + shell, binary}, cmd.Args[1:]...)
			cmd.Path, _ = exec.LookPath("sh")
		}
		if in != nil {
			cmd.Stdin = in
		}
		r := finish(t, cmd)
		if r.code != exitOK {
			t.Errorf("exit code %d: %s", r.code, r.err)
		}
		return r
	}
	typed := "enable\ncisco\nconfigure terminal\nno pager\nshow version"
	shows := func(t *testing.T, r result) {
		for _, want := range []string{"pixfirewall> enable\nPassword: *****\npixfirewall# configure terminal\n", "Running Activation Key", "pixfirewall(config)# "} {
			if !strings.Contains(r.out, want) {
				t.Errorf("the console did not show %q: %q", want, r.out)
			}
		}
	}
	t.Run("pipe", func(t *testing.T) {
		t.Parallel()
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(w, typed+"\n")
		w.Close()
		defer r.Close()
		shows(t, run(t, r, ""))
	})
	t.Run("file without a last line end", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "typed")
		if err := os.WriteFile(path, []byte(typed), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		shows(t, run(t, f, ""))
	})
	t.Run("null", func(t *testing.T) {
		t.Parallel()
		run(t, nil, "</dev/null")
	})
	t.Run("closed", func(t *testing.T) {
		t.Parallel()
		run(t, nil, "<&-")
	})
}

// TestFlash: what was written is there after a restart, what was not is gone, what was erased stays erased.
func TestFlash(t *testing.T) {
	t.Parallel()
	flash := filepath.Join(t.TempDir(), "deep", "flash")
	b := boot(t, "--flash", flash)
	b.console.enables(t)
	b.console.does(t, "hostname kept")
	if out := b.console.does(t, "write memory"); !strings.HasSuffix(out, "[OK]\n") {
		t.Fatalf("write memory: %q", out)
	}
	b.console.does(t, "hostname lost")
	b.stops()
	if strings.Contains(b.diag.String(), "in memory") {
		t.Errorf("says that flash was in memory: %s", b.diag)
	}
	if info, err := os.Stat(flash); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory holds secrets: %v %v", info, err)
	}

	other := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(other, []byte("hostname other\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b = boot(t, "--flash", flash, "--startup-config", other)
	b.console.sees(t, "kept> ")
	if !strings.Contains(b.diag.String(), "pixsim: "+flash+" has a startup-config of its own; "+other+" is not used\n") {
		t.Errorf("does not tell which configuration counts: %s", b.diag)
	}
	b.console.types(t, "enable\n")
	b.console.sees(t, "Password: ")
	b.console.does(t, "cisco")
	b.console.types(t, "write erase\n")
	b.console.sees(t, "[confirm]")
	b.console.does(t, "")
	b.stops()

	b = boot(t, "--flash", flash)
	b.console.matches(t, `Pre-configure PIX Firewall now through interactive prompts \[yes\]\? `)
	if dial := dialFails(b.smtp); dial != nil {
		t.Errorf("mail passes an erased box: %v", dial)
	}
	b.stops()
}

// dialFails returns an error if a connection to addr is taken for longer than a moment.
func dialFails(addr string) error {
	c, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return nil
	}
	defer c.Close()
	c.SetReadDeadline(time.Now().Add(patience))
	if n, err := c.Read(make([]byte, 100)); n > 0 || err == nil {
		return fmt.Errorf("%d octets came", n)
	} else if te, ok := err.(net.Error); ok && te.Timeout() {
		return fmt.Errorf("connected to nobody")
	}
	return nil
}

// TestHostKey: a client that knows the box finds the same key in the next run, whichever flash the box has.
func TestHostKey(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	key := func(env string, args ...string) string {
		cmd := command(append(append([]string{"run", "--console", "none"}, anyPort...), args...)...)
		cmd.Env = append(cmd.Env, env)
		b := launch(t, cmd)
		b.ready(b.console.screen)
		defer b.stops()
		return hostKey(t, b.ssh)
	}
	state := "XDG_STATE_HOME=" + home
	first := key(state)
	if again := key(state); again != first {
		t.Error("flash in memory: another host key in the next run")
	}
	entries, err := filepath.Glob(filepath.Join(home, "pixsim", "*"))
	if err != nil || len(entries) != 1 {
		t.Fatalf("state directory: %v %v", entries, err)
	}
	if info, err := os.Stat(entries[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key can be read by others: %v %v", info.Mode(), err)
	}
	flash := filepath.Join(t.TempDir(), "flash")
	own := key(state, "--flash", flash)
	if own == first {
		t.Error("a box with flash of its own has the key of all others")
	}
	if again := key("XDG_STATE_HOME="+t.TempDir(), "--flash", flash); again != own {
		t.Error("flash in a directory: another host key in the next run")
	}
	file := filepath.Join(home, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if without := key("XDG_STATE_HOME=" + file); without == "" {
		t.Error("without a state directory there is no SSH")
	}
}

func TestConsoleOnTCP(t *testing.T) {
	t.Parallel()
	b := bootQuiet(t, "--console", "127.0.0.1:0")
	addr := consoleAddr(t, b)
	one := dial(t, addr)
	one.types(t, "\r\n")
	one.sees(t, "pixfirewall> ")
	two := dial(t, addr)
	two.sees(t, "The console line is in use.\r\n")
	two.ends(t)
	one.types(t, "enable\r\n")
	one.sees(t, "Password: ")
	if out := one.does(t, "cisco"); !strings.HasPrefix(out, "*****") {
		t.Errorf("the line did not stay with the first: %q", out)
	}
	one.w.(net.Conn).Close()
	one.ends(t)
	var three talk
	for range 50 { // the line is free as soon as the box has seen that the first is gone
		three = dial(t, addr)
		three.types(t, "\r\n")
		if m, _ := three.matches(t, `pixfirewall# |in use`); m[0] != "in use" {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if out := three.does(t, "show curpriv"); !strings.Contains(out, "P_PRIV") {
		t.Errorf("the line was not as the first left it: %q", out)
	}
	b.stops()
}

// sendMail gives a message to addr as a client that says HELO.
func sendMail(t *testing.T, addr, subject string) {
	t.Helper()
	k := dial(t, addr)
	k.sees(t, "220 ")
	for _, step := range [][2]string{
		{"HELO client.example.net\r\n", "250 "},
		{"MAIL FROM:<a@example.net>\r\n", "250 "},
		{"RCPT TO:<b@example.com>\r\n", "250 "},
		{"DATA\r\n", "354 "},
		{"Subject: " + subject + "\r\n\r\nhello\r\n.\r\n", "250 "},
		{"QUIT\r\n", "221 "},
	} {
		k.types(t, step[0])
		k.matches(t, "(?m)^"+step[1])
	}
}

func TestSpool(t *testing.T) {
	t.Parallel()
	spool := filepath.Join(t.TempDir(), "spool")
	b := bootQuiet(t, "--spool", spool)
	sendMail(t, b.smtp, "first")
	sendMail(t, b.smtp, "second")
	b.stops()
	mails := spooled(t, spool)
	if len(mails) != 2 || !strings.Contains(mails[0], "Subject: first\r\n\r\nhello\r\n") || !strings.Contains(mails[1], "Subject: second\r\n") {
		t.Errorf("spool: %q", mails)
	}
}

// spooled is the messages in a spool directory, oldest first.
func spooled(t *testing.T, dir string) (mails []string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		mails = append(mails, string(text))
	}
	return mails
}

// TestCaptures: what capture catches is in a file that can be read while the box runs and after it is gone.
func TestCaptures(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "captures")
	b := boot(t, "--captures", dir)
	b.console.enables(t)
	if out := b.console.does(t, "capture c interface outside"); out != "" {
		t.Fatalf("capture: %q", out)
	}
	sendMail(t, b.smtp, "caught")
	check := func(when string) {
		t.Helper()
		file, err := os.ReadFile(filepath.Join(dir, "c.pcap"))
		if err != nil {
			t.Fatal(err)
		}
		frames := pcapFrames(t, file)
		text := string(bytes.Join(frames, nil))
		if len(frames) < 20 || !strings.Contains(text, "Subject: caught\r\n") || !regexp.MustCompile(`220 [*20 ]{20,}\r\n`).MatchString(text) {
			t.Errorf("%s: %d frames, not the mail as it was outside: %q", when, len(frames), text)
		}
	}
	check("while it runs")
	b.stops()
	check("after it has ended")
}

// pcapFrames reads a little-endian or big-endian pcap file of Ethernet frames; a file that is no such thing fails.
func pcapFrames(t *testing.T, file []byte) (frames [][]byte) {
	t.Helper()
	if len(file) < 24 {
		t.Fatalf("no pcap header: % x", file)
	}
	word := func(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 | int(b[3])<<24 }
	if file[0] == 0xa1 {
		word = func(b []byte) int { return int(b[3]) | int(b[2])<<8 | int(b[1])<<16 | int(b[0])<<24 }
	}
	if magic := uint32(word(file)); magic != 0xa1b2c3d4 && magic != 0xa1b23c4d || word(file[20:]) != 1 {
		t.Fatalf("not a pcap of Ethernet: % x", file[:24])
	}
	for file = file[24:]; len(file) > 0; {
		if len(file) < 16 || word(file[8:]) > len(file)-16 || word(file[8:]) > word(file[12:]) {
			t.Fatalf("a record is cut: % x", file)
		}
		n := word(file[8:])
		frames, file = append(frames, file[16:16+n]), file[16+n:]
	}
	return frames
}

func TestForward(t *testing.T) {
	t.Parallel()
	b := bootQuiet(t,
		"--forward", "127.0.0.1:0=client,203.0.113.10:25",
		"--forward", "127.0.0.1:0=desk,10.1.1.10:25",
		"--forward", "127.0.0.1:0=client,203.0.113.10:80")
	addr := map[string]string{}
	for range 3 {
		m, _ := b.diag.matches(t, `(?m)^pixsim: forward \S+=(\S+) at (\S+)$`)
		addr[m[1]] = m[2]
	}
	dial(t, addr["client,203.0.113.10:25"]).matches(t, `^220 [*20 ]+\r\n`)
	dial(t, addr["desk,10.1.1.10:25"]).sees(t, "Microsoft ESMTP MAIL Service") // not through the box
	if err := dialFails(addr["client,203.0.113.10:80"]); err != nil {
		t.Errorf("a way that the box denies: %v", err)
	}
	b.stops()
}

// TestServe: programs of the machine stand behind lab addresses: a mail server, and a syslog server.
func TestServe(t *testing.T) {
	t.Parallel()
	syslog, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer syslog.Close()
	mta, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer mta.Close()
	go func() {
		if c, err := mta.Accept(); err == nil {
			fmt.Fprint(c, "220 real2mta ESMTP\r\n")
			c.Close()
		}
	}()
	b := boot(t, "--serve", "desk,514/udp="+syslog.LocalAddr().String(), "--serve", "mail,25="+mta.Addr().String())
	b.console.enables(t)
	for _, line := range []string{"logging host inside 10.1.1.20", "logging trap 6", "logging on"} {
		if out := b.console.does(t, line); out != "" {
			t.Errorf("%s: %q", line, out)
		}
	}
	dial(t, b.smtp).matches(t, `^220 [* ]{4}2[* ]+\r\n`)
	line := regexp.MustCompile(`^<166>%PIX-6-302013: Built inbound TCP connection \d+ for outside:198\.51\.100\.25/\d+ \(198\.51\.100\.25/\d+\) to inside:10\.1\.1\.10/25 \(203\.0\.113\.10/25\)`)
	syslog.SetReadDeadline(time.Now().Add(patience))
	var got []string
	for buf := make([]byte, 4<<10); ; {
		n, _, err := syslog.ReadFrom(buf)
		if err != nil {
			t.Fatalf("no line matches; got %q", got)
		}
		got = append(got, string(buf[:n]))
		if line.Match(buf[:n]) {
			break
		}
	}
	b.stops()
}

func TestStartupConfig(t *testing.T) {
	t.Parallel()
	good := invoke(t, "config").out
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	bad := strings.Replace(good, "hostname pixfirewall\n", "hostname pixfirewall\nfrobnicate the widget\nfixup protocol smtp 99999\n\xff\xfe\x00 binary\n\x1b[2J clears\u0085a screen\n"+strings.Repeat("long ", 500)+"\n", 1)
	t.Run("bad lines on the console", func(t *testing.T) {
		t.Parallel()
		b := boot(t, "--startup-config", write("bad1", bad))
		before := b.console.sees(t, "pixfirewall> ")
		for _, want := range []string{"Type help or '?' for a list of available commands.\n", "99999"} {
			if !strings.Contains(before, want) {
				t.Errorf("no %q in %q", want, before)
			}
		}
		dial(t, b.smtp).matches(t, `^220 [*20 ]+\r\n`)
		b.stops()
	})
	t.Run("bad lines without a console", func(t *testing.T) {
		t.Parallel()
		b := bootQuiet(t, "--startup-config", write("bad2", bad))
		b.stops()
		for _, want := range []string{
			": frobnicate the widget\n", ": fixup protocol smtp 99999\n", `: \xff\xfe\x00 binary` + "\n", `: \x1b[2J clears\xc2\x85a screen` + "\n", "long long ...\n",
		} {
			if !strings.Contains(b.diag.String(), want) {
				t.Errorf("no %q in %q", want, b.diag)
			}
		}
		if at := strings.IndexFunc(b.diag.String(), func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); at >= 0 {
			t.Errorf("a terminal obeys %q", b.diag.String()[at:])
		}
	})
	t.Run("does not fit the lab", func(t *testing.T) {
		t.Parallel()
		b := bootQuiet(t, "--startup-config", write("misfit", strings.Replace(good, "ip address inside 10.1.1.1 ", "ip address inside 10.9.9.1 ", 1)))
		b.stops()
		said := regexp.MustCompile(`(?m)^pixsim: the startup-config does not fit the lab: .*$`).FindAllString(b.diag.String(), -1)
		if len(said) != 1 || !strings.Contains(said[0], "inside is 10.9.9.1/24 (the lab wants 10.1.1.1/24)") || strings.Contains(said[0], "outside") {
			t.Errorf("says %q", b.diag)
		}
	})
	t.Run("fits the lab", func(t *testing.T) {
		t.Parallel()
		b := bootQuiet(t, "--startup-config", write("good", good))
		b.stops()
		if strings.Contains(b.diag.String(), "fit") || strings.Contains(b.diag.String(), "startup-config") {
			t.Errorf("says %q", b.diag)
		}
	})
	t.Run("empty", func(t *testing.T) {
		t.Parallel()
		bootQuiet(t, "--startup-config", write("empty", "")).stops()
	})
	t.Run("CR LF and a mark", func(t *testing.T) {
		t.Parallel()
		b := bootQuiet(t, "--startup-config", write("dos", strings.ReplaceAll(good, "\n", "\r\n")))
		dial(t, b.smtp).matches(t, `^220 [*20 ]+\r\n`)
		b.stops()
		if strings.Contains(b.diag.String(), "startup-config") {
			t.Errorf("says %q", b.diag)
		}
	})
	t.Run("from a pipe", func(t *testing.T) {
		t.Parallel()
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			fmt.Fprint(w, strings.Replace(good, "hostname pixfirewall", "hostname piped", 1))
			w.Close()
		}()
		cmd := command(append([]string{"run", "--startup-config", "/dev/fd/3"}, anyPort...)...)
		cmd.ExtraFiles = []*os.File{r}
		b := launch(t, cmd)
		b.ready(b.diag)
		r.Close()
		b.console.sees(t, "piped> ")
		b.stops()
	})
	t.Run("of another release", func(t *testing.T) {
		t.Parallel()
		b := bootRelease(t, "asa-8.2", "--startup-config", write("old", good))
		b.console.matches(t, `pixfirewall> `)
		b.stops()
	})
}

// TestWriteMemoryKilled: whenever the program is killed, flash holds one of the texts that were written, whole.
func TestWriteMemoryKilled(t *testing.T) {
	t.Parallel()
	flash := filepath.Join(t.TempDir(), "flash")
	boot(t, "--flash", flash).stops()
	startup := filepath.Join(flash, "startup-config")
	lines := 0
	for round := range 8 {
		b := boot(t, "--flash", flash)
		b.console.matches(t, `\w+> `)
		b.console.types(t, "enable\n")
		b.console.sees(t, "Password: ")
		b.console.types(t, "cisco\nconfigure terminal\nno pager\n")
		stop := make(chan struct{})
		typist := make(chan struct{})
		go func() { // types until the program is gone
			defer close(typist)
			for i := 0; ; i++ {
				if _, err := fmt.Fprintf(b.console.w, "hostname h%d-%d\nwrite memory\n", round, i); err != nil {
					return
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		}()
		b.console.sees(t, "[OK]")
		time.Sleep(time.Duration(round*round) * time.Millisecond)
		b.cmd.Process.Kill()
		<-b.gone
		close(stop)
		<-typist
		text, err := os.ReadFile(startup)
		if err != nil {
			t.Fatal(err)
		}
		name := regexp.MustCompile(`(?m)^hostname h(\d+)-\d+$`).FindSubmatch(text)
		if name == nil || string(name[1]) != fmt.Sprint(round) {
			t.Errorf("round %d: hostname %q", round, name)
		}
		if !bytes.HasPrefix(text, []byte(": Saved\n")) || !bytes.HasSuffix(bytes.TrimSpace(text), []byte(": end")) {
			t.Fatalf("round %d: not a whole file: %q", round, text)
		}
		n := bytes.Count(text, []byte("\n"))
		if lines != 0 && n != lines {
			t.Errorf("round %d: %d lines, before %d", round, n, lines)
		}
		lines = n
	}
	b := boot(t, "--flash", flash)
	m, _ := b.console.matches(t, `Cryptochecksum\(unchanged\): (\w{8}) (\w{8}) (\w{8}) (\w{8}) [^>]*h7-\d+> `)
	b.stops()
	if text, err := os.ReadFile(startup); err != nil || !strings.Contains(string(text), "\nCryptochecksum:"+strings.Join(m[1:], "")+"\n") {
		t.Errorf("the last text does not give the checksum that it carries: %v %v %q", m[1:], err, text)
	}
	for _, left := range mustGlob(t, filepath.Join(flash, "*")) {
		if base := filepath.Base(left); base != "startup-config" && base != "ssh_host_rsa_key" {
			t.Errorf("%s was left in flash", base)
		}
	}
}

func mustGlob(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return paths
}
