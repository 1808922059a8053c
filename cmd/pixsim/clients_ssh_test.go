package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

// account is what a box of 7.0 and later is told for its users to be asked.
const account = "username admin password secret15 privilege 15\nusername guest password secret1 privilege 1\naaa authentication ssh console LOCAL\n"

// loginOf is how one comes to a release by SSH, and what its configuration needs for that: from 8.4(2) on there is no user
// but those that it is told of.
func loginOf(release string) (lines, user, password string) {
	if strings.HasPrefix(release, "asa-9") || release == "asa-8.4" {
		return account, "admin", "secret15"
	}
	return "", "pix", "cisco"
}

// startupWith is a file with the lab's configuration of a release and some lines behind it.
func startupWith(t *testing.T, release, lines string) string {
	t.Helper()
	text := invoke(t, "config", "--release", release)
	if text.code != exitOK {
		t.Fatalf("config: %+v", text)
	}
	file := filepath.Join(t.TempDir(), "startup-config")
	if err := os.WriteFile(file, []byte(text.out+lines), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// hostPort is an address as programs want it.
func hostPort(t *testing.T, addr string) (host, port string) {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return host, port
}

// sshpass is an OpenSSH program with a password, as it is installed.
func sshpass(t *testing.T, password, program string, args ...string) *exec.Cmd {
	t.Helper()
	known := filepath.Join(t.TempDir(), "known")
	return exec.Command(client(t, "sshpass"), slices.Concat([]string{"-p", password, client(t, program), "-F", "none",
		"-o", "UserKnownHostsFile=" + known, "-o", "StrictHostKeyChecking=accept-new", "-o", "LogLevel=ERROR"}, args)...)
}

// TestClientSSHpass: each way to give a password, without a terminal, and an exec channel whose lines are of an account.
func TestClientSSHpass(t *testing.T) {
	client(t, "sshpass")
	b := bootRelease(t, "asa-8.2", "--startup-config", startupWith(t, "asa-8.2", account))
	host, port := hostPort(t, b.ssh)
	for _, c := range []struct {
		user, password, method, command string
		code                            int
		says                            string
	}{
		{"admin", "secret15", "password", "show running-config hostname", 0, "hostname ciscoasa\n"},
		{"admin", "secret15", "keyboard-interactive", "show curpriv", 0, "Username : admin\nCurrent privilege level : 15\nCurrent Mode/s : P_PRIV\n"},
		{"admin", "secret15", "password", "configure terminal\nhostname changed\nend\nshow running-config hostname", 0, "hostname changed\n"},
		{"admin", "secret15", "password", "show mode | include nothing", 0, ""},
		{"admin", "secret15", "password", "show nonsense", 1, "ERROR: % Invalid input detected at '^' marker.\n"},
		{"guest", "secret1", "password", "show curpriv", 0, "Username : guest\nCurrent privilege level : 1\nCurrent Mode/s : P_UNPR\n"},
		{"guest", "secret1", "password", "show running-config", 1, "ERROR: % Invalid input detected at '^' marker.\n"},
		{"admin", "wrong", "password", "show mode", 5, ""}, // sshpass's own: wrong password
	} {
		code, out := runs(t, sshpass(t, c.password, "ssh", "-T", "-o", "PreferredAuthentications="+c.method, "-p", port, c.user+"@"+host, c.command))
		if code != c.code || !strings.HasSuffix(out, c.says) {
			t.Errorf("%s by %s: %q: exit code %d, %q", c.user, c.method, c.command, code, out)
		}
	}
	// Lines on standard input, without a terminal: they are typed, and their end ends the session.
	cmd := sshpass(t, "secret15", "ssh", "-T", "-p", port, "admin@"+host)
	cmd.Stdin = strings.NewReader("enable\ncisco\nterminal pager 0\nshow mode\nexit\n")
	if code, out := runs(t, cmd); code != 0 || !strings.Contains(out, "changed# show mode\r\nSecurity context mode: single\r\nchanged# exit\r\n\r\nLogoff\r\n") {
		t.Errorf("a script: %d %q", code, out)
	}
	b.stops()
}

// TestClientSCP: the configuration goes both ways, where scp is switched on, for who may see it.
func TestClientSCP(t *testing.T) {
	client(t, "scp")
	client(t, "sshpass")
	b := bootRelease(t, "asa-8.2", "--startup-config", startupWith(t, "asa-8.2", account+"ssh scopy enable\n"))
	host, port := hostPort(t, b.ssh)
	dir := t.TempDir()
	copies := func(user, password string, from, to string) (int, string) {
		t.Helper()
		at := func(name string) string {
			if strings.HasPrefix(name, "box:") {
				return user + "@" + host + name[3:]
			}
			return filepath.Join(dir, name)
		}
		return runs(t, sshpass(t, password, "scp", "-O", "-P", port, at(from), at(to)))
	}
	text := func(name string) string {
		t.Helper()
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		}
		return string(data)
	}
	for _, name := range []string{"startup-config", "running-config", "system:running-config", "nvram:startup-config"} {
		file := "got-" + strconv.Itoa(len(name))
		if code, out := copies("admin", "secret15", "box:"+name, file); code != 0 {
			t.Fatalf("%s: %d %s", name, code, out)
		}
		if got := text(file); !strings.Contains(got, "\nhostname ciscoasa\n") || strings.Contains(got, "\r") || strings.Contains(got, "*****") {
			t.Errorf("%s: %q", name, got)
		}
	}
	write := func(name, lines string) string {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(lines), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	if code, out := copies("admin", "secret15", write("merge", "access-list NEW extended permit ip any any\n"), "box:running-config"); code != 0 {
		t.Errorf("merge: %d %s", code, out)
	}
	if code, out := copies("admin", "secret15", write("bad", "hostname merged\nnonsense\n"), "box:running-config"); code != 1 || !strings.Contains(out, "line 2 refused: nonsense") {
		t.Errorf("a merge with a bad line: %d %s", code, out)
	}
	copies("admin", "secret15", "box:running-config", "after")
	if got := text("after"); !strings.Contains(got, "\naccess-list NEW extended permit ip any any\n") || !strings.Contains(got, "\nhostname merged\n") {
		t.Errorf("after the merge: %s", got)
	}
	if code, out := copies("admin", "secret15", write("start", "hostname stored\n"), "box:startup-config"); code != 0 {
		t.Errorf("store: %d %s", code, out)
	}
	if copies("admin", "secret15", "box:startup-config", "stored"); text("stored") != "hostname stored\n" {
		t.Errorf("stored: %q", text("stored"))
	}
	// Files on the disk, which the file commands of the box see.
	if code, out := copies("admin", "secret15", write("note", "hostname fromdisk\n"), "box:disk0:/note.cfg"); code != 0 {
		t.Errorf("to the disk: %d %s", code, out)
	}
	if copies("admin", "secret15", "box:note.cfg", "back"); text("back") != "hostname fromdisk\n" {
		t.Errorf("from the disk: %q", text("back"))
	}
	if code, out := runs(t, sshpass(t, "secret15", "ssh", "-p", port, "admin@"+host, "more disk0:/note.cfg\ncopy /noconfirm disk0:/note.cfg running-config\nshow running-config hostname")); code != 0 ||
		!strings.HasPrefix(out, "hostname fromdisk\n") || !strings.HasSuffix(out, "\nhostname fromdisk\n") {
		t.Errorf("by the box's own commands: %d %q", code, out)
	}
	for _, c := range [][4]string{
		{"guest", "secret1", "box:running-config", "x"}, {"guest", "secret1", "merge", "box:running-config"},
		{"admin", "secret15", "box:nothing", "x"}, {"admin", "secret15", "merge", "box:tftp:x"}, {"admin", "secret15", "merge", "box:disk0:/no/dir"},
	} {
		if code, out := copies(c[0], c[1], c[2], c[3]); code != 1 || !strings.Contains(out, "scp: ") {
			t.Errorf("%v: %d %s", c, code, out)
		}
	}
	b.stops()

	b = bootRelease(t, "asa-8.2", "--startup-config", startupWith(t, "asa-8.2", account))
	host, port = hostPort(t, b.ssh)
	if code, out := copies("admin", "secret15", "box:running-config", "x"); code != 1 {
		t.Errorf("without ssh scopy enable: %d %s", code, out)
	}
	b.stops()
}

// TestClientMultiplexed: the box has one session a connection; OpenSSH then makes a connection of its own for the next.
func TestClientMultiplexed(t *testing.T) {
	client(t, "sshpass")
	b := bootRelease(t, "asa-8.2", "--startup-config", startupWith(t, "asa-8.2", account))
	host, port := hostPort(t, b.ssh)
	path := filepath.Join(t.TempDir(), "mux")
	mux := []string{"-o", "ControlPath=" + path, "-p", port, "admin@" + host}
	master := sshpass(t, "secret15", "ssh", append([]string{"-tt", "-o", "ControlMaster=yes"}, mux...)...)
	in, err := master.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	k := talk{newScreen(), in}
	master.Stdout = k.screen
	if err := master.Start(); err != nil {
		t.Fatal(err)
	}
	k.sees(t, "ciscoasa> ")
	for range 2 {
		code, out := runs(t, sshpass(t, "secret15", "ssh", append([]string{"-T", "-o", "ControlMaster=auto"}, append(mux, "show curpriv")...)...))
		if code != 0 || !strings.HasSuffix(out, "Username : admin\nCurrent privilege level : 15\nCurrent Mode/s : P_PRIV\n") {
			t.Errorf("beside the master: %d %q", code, out)
		}
	}
	k.types(t, "show curpriv\n")
	k.sees(t, "Current privilege level : 1\r\n")
	k.types(t, "exit\n")
	k.sees(t, "Logoff")
	master.Wait()
	b.stops()
}

// TestClientPlink: PuTTY's, with a password, by lines on its standard input and by a command.
func TestClientPlink(t *testing.T) {
	client(t, "plink")
	for _, release := range []string{"pix-6.3", "pix-7.2", "asa-8.2"} {
		b := bootRelease(t, release)
		host, port := hostPort(t, b.ssh)
		var key string
		c := sshLogin(t, b.ssh, func(k gossh.PublicKey) { key = gossh.FingerprintSHA256(k) })
		c.Close()
		plink := func(args ...string) *exec.Cmd {
			cmd := exec.Command(client(t, "plink"), slices.Concat([]string{"-ssh", "-batch", "-hostkey", key, "-P", port, "-l", "pix", "-pw", "cisco"}, args)...)
			cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
			return cmd
		}
		if code, out := runs(t, plink(host, "show version")); code != 0 || !strings.Contains(out, "Software Version") && !strings.Contains(out, "Firewall Version") {
			t.Errorf("%s: a command: %d %q", release, code, out)
		}
		script := plink("-T", host)
		script.Stdin = strings.NewReader("enable\ncisco\nshow clock\nexit\n")
		if code, out := runs(t, script); code != 0 || !strings.Contains(out, "# show clock\r\n") || !strings.Contains(out, "Logoff") {
			t.Errorf("%s: a script: %d %q", release, code, out)
		}
		b.stops()
	}
}

// TestClientPexpect: a script of pexpect, over telnet and SSH.
func TestClientPexpect(t *testing.T) {
	interpreter := python(t, "pexpect")
	client(t, "telnet")
	b := bootRelease(t, "asa-8.2")
	host, port := hostPort(t, b.telnet)
	for _, program := range [][]string{{client(t, "telnet"), host, port}, append(openSSH(t, b.ssh, filepath.Join(t.TempDir(), "known")), "-o", "LogLevel=ERROR")} {
		args := append([]string{"testdata/automation/drive_pexpect.py"}, program...)
		if code, out := runs(t, exec.Command(interpreter, args...)); code != 0 || !strings.Contains(out, "Security context mode: single\n") {
			t.Errorf("%s: %d %s", program[0], code, out)
		}
	}
	b.stops()
}

// TestClientParamiko: its exec channel and its shell.
func TestClientParamiko(t *testing.T) {
	interpreter := python(t, "paramiko")
	for _, release := range []string{"pix-6.3", "asa-8.2", "asa-9.8"} {
		lines, user, password := loginOf(release)
		b := bootRelease(t, release, "--startup-config", startupWith(t, release, lines))
		_, port := hostPort(t, b.ssh)
		code, out := runs(t, exec.Command(interpreter, "testdata/automation/drive_paramiko.py", port, user, password))
		if code != 0 || out != "True 0 True\nTrue\n0\n" {
			t.Errorf("%s: %d %s", release, code, out)
		}
		b.stops()
	}
}

// TestClientKeys: a key of OpenSSH by its one line, and one of PuTTY by its file, let their users in; the file that
// OpenSSH makes of its own key is taken too.
func TestClientKeys(t *testing.T) {
	client(t, "puttygen")
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	if code, out := runs(t, exec.Command(client(t, "ssh-keygen"), "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", file("id"))); code != 0 {
		t.Fatal(out)
	}
	if err := os.WriteFile(file("none"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out := runs(t, exec.Command(client(t, "puttygen"), "-q", "-t", "rsa", "-b", "2048", "--new-passphrase", file("none"), "-o", file("id.ppk"))); code != 0 {
		t.Fatal(out)
	}
	_, ofPutty := runs(t, exec.Command(client(t, "puttygen"), file("id.ppk"), "-O", "public"))
	_, ofOpenSSH := runs(t, exec.Command(client(t, "ssh-keygen"), "-e", "-f", file("id.pub")))
	line, err := os.ReadFile(file("id.pub"))
	if err != nil {
		t.Fatal(err)
	}
	for _, release := range []string{"asa-9.1", "asa-9.12"} {
		b := bootRelease(t, release, "--startup-config", startupWith(t, release, account))
		k := logsIn(t, b)
		k.does(t, "terminal width 511") // or a key of one line scrolls
		k.does(t, "username admin attributes")
		host, port := hostPort(t, b.ssh)
		asks := func(what string, cmd *exec.Cmd) {
			t.Helper()
			cmd.Env = append(os.Environ(), "HOME="+dir)
			if code, out := runs(t, cmd); code != 0 || !strings.Contains(out, "Current privilege level : 15\n") {
				t.Errorf("%s, %s: %d %s", release, what, code, out)
			}
		}
		openSSH := func() *exec.Cmd {
			return exec.Command(client(t, "ssh"), "-F", "none", "-o", "UserKnownHostsFile="+file("known-"+release), "-o", "StrictHostKeyChecking=accept-new",
				"-o", "BatchMode=yes", "-i", file("id"), "-p", port, "admin@"+host, "show", "curpriv")
		}
		imports := func(text string) {
			t.Helper()
			k.types(t, "ssh authentication pkf\n")
			k.sees(t, "on a line by itself:")
			k.types(t, text)
			if out := k.does(t, "quit"); !strings.Contains(out, "completed successfully") {
				t.Errorf("%s: %q", release, out)
			}
		}
		if out := k.does(t, "ssh authentication publickey "+strings.Fields(string(line))[1]); out != "" {
			t.Errorf("%s: %q", release, out)
		}
		asks("OpenSSH, one line", openSSH())
		imports(ofPutty)
		var host2 string
		c := sshDialed(t, b.ssh, &host2)
		c.Close()
		asks("PuTTY", exec.Command(client(t, "plink"), "-ssh", "-batch", "-hostkey", host2, "-P", port, "-i", file("id.ppk"), "admin@"+host, "show curpriv"))
		imports(ofOpenSSH)
		asks("OpenSSH, its file", openSSH())
		b.stops()
	}
}

// sshDialed is a connection of the account admin, and the host key's fingerprint.
func sshDialed(t *testing.T, addr string, key *string) *gossh.Client {
	t.Helper()
	c, err := gossh.Dial("tcp", addr, &gossh.ClientConfig{
		User: "admin", Auth: []gossh.AuthMethod{gossh.Password("secret15")}, Timeout: patience,
		HostKeyCallback: func(_ string, _ net.Addr, k gossh.PublicKey) error { *key = gossh.FingerprintSHA256(k); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
