package remote

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// The clients that people use, where they are installed: a test that finds none says so and is skipped.
func installed(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("SKIP: %s is not installed", name)
	}
	return path
}

// onTerminal starts a client program on a pseudo-terminal.
func onTerminal(t *testing.T, cmd *exec.Cmd) *client {
	t.Helper()
	master, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 90, Rows: 30})
	if err != nil {
		t.Skipf("SKIP: no pseudo-terminal here: %v", err)
	}
	w := watch(master, master)
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		<-w.done
		master.Close()
	})
	return w
}

// openSSH is the client with nothing but what a machine that never saw the box needs.
func openSSH(t *testing.T, addr string, args ...string) *exec.Cmd {
	t.Helper()
	home := t.TempDir()
	ask := filepath.Join(home, "ask")
	if err := os.WriteFile(ask, []byte("#!/bin/sh\necho cisco\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(addr)
	cmd := exec.Command(installed(t, "ssh"), append([]string{
		"-F", "none", "-o", "StrictHostKeyChecking=accept-new", "-o", "UserKnownHostsFile=" + filepath.Join(home, "known"),
		"-p", port, "-l", "pix", host,
	}, args...)...)
	cmd.Env = append(os.Environ(), "SSH_ASKPASS="+ask, "SSH_ASKPASS_REQUIRE=force", "DISPLAY=:0", "TERM=vt100")
	return cmd
}

func TestOpenSSH(t *testing.T) {
	s := sshServer(t, SSH{})
	out, err := openSSH(t, s.addr, "show", "version").Output()
	var status *exec.ExitError
	if !errors.As(err, &status) || status.ExitCode() != 3 || string(out) != "you said show version\n" {
		t.Errorf("exec: %q %v %s", out, err, stderr(err))
	}

	script := openSSH(t, s.addr, "-T")
	script.Stdin = strings.NewReader("who\nexit\n")
	if out, err := script.Output(); err != nil || !strings.Contains(string(out), "who\r\nssh pix 127.0.0.1\r\n") || !strings.HasSuffix(string(out), "Logoff\r\n\r\n") {
		t.Errorf("script: %q %v %s", out, err, stderr(err))
	}

	w := onTerminal(t, openSSH(t, s.addr))
	w.sees(t, "pix> ")
	w.press("siz\x7fze\r")
	w.sees(t, "siz\b \bze\r\n90 x 30\r\npix> ")
	w.press("\x1b[A")
	w.sees(t, "pix> size")
	w.press("\x15wait\r")
	w.sees(t, "wait\r\n")
	w.press("\x03")
	w.sees(t, "stopped\r\npix> ")
	w.press("exit\r")
	w.closed(t)
}

func stderr(err error) []byte {
	var e *exec.ExitError
	if errors.As(err, &e) {
		return e.Stderr
	}
	return nil
}

func TestPlink(t *testing.T) {
	plink := installed(t, "plink")
	s := sshServer(t, SSH{})
	host, port, _ := net.SplitHostPort(s.addr)
	cmd := exec.Command(plink, "-ssh", "-P", port, "-l", "pix", "-pw", "cisco", host)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	w := onTerminal(t, cmd)
	time.Sleep(200 * time.Millisecond)
	w.press("y\r") // keep the host key
	for i := 0; !strings.Contains(w.screen(), "Access granted"); i++ {
		if i == 500 {
			t.Fatalf("screen %q", w.screen())
		}
		time.Sleep(10 * time.Millisecond)
	}
	w.press("\r")
	w.sees(t, "pix> ")
	w.press("who\r")
	w.sees(t, "who\r\nssh pix 127.0.0.1\r\npix> ")
	w.press("exit\r")
	w.closed(t)
}

// TestTelnetClient: with the opening of each release the client sends each key and lets the server echo, although it
// is not on port 23.
func TestTelnetClient(t *testing.T) {
	telnet := installed(t, "telnet")
	const doubled = "\xff\xfb\x03\xff\xfb\x01\xff\xfb\x03\xff\xfb\x01"
	for name, open := range map[string]string{
		"4.1": doubled + "\r\n\r\n",
		"6.3": open63,
		"8.2": doubled + "\r\n\r\nUser Access Verification\r\n\r\n\xff\xfd\x18",
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, Telnet{Open: open, Handle: shell}.Serve)
			host, port, _ := net.SplitHostPort(s.addr)
			cmd := exec.Command(telnet, host, port)
			cmd.Env = append(os.Environ(), "TERM=vt100")
			w := onTerminal(t, cmd)
			w.sees(t, "Password: ")
			time.Sleep(100 * time.Millisecond) // for the options to settle: a person needs longer
			w.press("cisco\r")
			w.sees(t, "Password: \r\npix> ")
			w.press("si")
			w.sees(t, "pix> si") // before Enter: character mode
			w.press("ze\r")
			w.sees(t, "pix> size\r\n90 x 30\r\npix> ")
			w.press("wait\r")
			w.sees(t, "wait\r\n")
			w.press("\x03")
			w.sees(t, "stopped\r\npix> ")
			w.press("exit\r")
			w.closed(t)
			if strings.Contains(w.screen(), "cisco") {
				t.Errorf("the password was echoed: %q", w.screen())
			}
		})
	}
}

func TestExpect(t *testing.T) {
	expect, telnet := installed(t, "expect"), installed(t, "telnet")
	s := serve(t, Telnet{Open: open63, Handle: shell}.Serve)
	host, port, _ := net.SplitHostPort(s.addr)
	script := fmt.Sprintf(`
set timeout 10
log_user 0
spawn %s %s %s
expect "Password: "
send "cisco\r"
expect -re {pix> $}
send "who\r"
expect -re {pix> $}
puts [string map {\r ""} $expect_out(buffer)]
send "exit\r"
expect eof
`, telnet, host, port)
	cmd := exec.Command(expect, "-")
	cmd.Stdin = strings.NewReader(script)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "who\ntelnet  127.0.0.1\npix> ") {
		t.Errorf("%q %v", out, err)
	}
}
