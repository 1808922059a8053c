package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"pixsim/appliance/release"
	"pixsim/dataplane/inspect/smtp"
)

// Mail servers that exclude each other as packages: .ci/run unpacks them into the directory PIXSIM_UNPACKED, and they run
// here in a mount namespace of their own, in which they find the accounts and directories that they were built for.

// unpacked is the path of a program of a package that is unpacked.
func unpacked(t *testing.T, pkg, path string) string {
	t.Helper()
	client(t, "unshare")
	if os.Getuid() != 0 {
		t.Skip("a mount namespace takes root")
	}
	program := filepath.Join(os.Getenv("PIXSIM_UNPACKED"), pkg, path)
	if _, err := os.Stat(program); err != nil {
		t.Skipf("%s is not unpacked", pkg)
	}
	return program
}

// enter is the way into the namespace: $1 has passwd and group, each directory up to -- is empty in there, and what is
// copied into one stands before it as FROM=.
const enter = `set -e
mount --make-rprivate /
mount --bind "$1/passwd" /etc/passwd
mount --bind "$1/group" /etc/group
shift
while [ "$1" != -- ]; do
  from=${1%%=*} to=${1#*=}
  case $1 in *=*) ;; *) from= ;; esac
  mount -t tmpfs -o mode=755 none "${to%/*}"
  mkdir "$to"
  if [ -n "$from" ]; then cp -a "$from/." "$to"; fi
  shift
done
shift
exec "$@"`

// accounts writes passwd and group with more accounts into dir.
func accounts(t *testing.T, dir string, names ...string) {
	t.Helper()
	passwd, err := os.ReadFile("/etc/passwd")
	if err != nil {
		t.Fatal(err)
	}
	group, err := os.ReadFile("/etc/group")
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range names {
		passwd = fmt.Appendf(passwd, "%s:x:%d:%d::/nonexistent:/usr/sbin/nologin\n", n, firstID+i, firstID+i)
		group = fmt.Appendf(group, "%s:x:%d:\n", n, firstID+i)
	}
	for name, text := range map[string][]byte{"passwd": passwd, "group": group} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

const firstID = 64900

// openDir is a temporary directory that other accounts may look into, as t.TempDir is not.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pixsim-mta-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// inside is a command in the namespace.
func inside(dir string, dirs []string, program ...string) *exec.Cmd {
	args := append([]string{"-m", "sh", "-c", enter, "sh", dir}, dirs...)
	cmd := exec.Command("unshare", append(append(args, "--"), program...)...)
	cmd.Dir = dir
	return cmd
}

// serves starts a mail server and waits until it listens at addr. It and its children end with the test.
func serves(t *testing.T, cmd *exec.Cmd, addr string) {
	t.Helper()
	said := newScreen()
	cmd.Stdout, cmd.Stderr = said, said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = patience
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan error, 1)
	go func() { gone <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-gone:
		case <-time.After(patience):
			t.Error("does not end")
		}
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // children that outlive it
		if t.Failed() {
			t.Logf("%s", said)
		}
	})
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			return
		}
		select {
		case err := <-gone:
			gone <- err
			t.Fatalf("ended: %v %s", err, said)
		default:
		}
	}
	t.Fatalf("nobody listens at %s: %s", addr, said)
}

const eximConfig = `primary_hostname = client.example.net
exim_path = %[2]s
exim_user = Debian-exim
exim_group = Debian-exim
spool_directory = %[1]s/spool
log_file_path = %[1]s/spool/log/%%slog
keep_environment =
host_lookup =
rfc1413_query_timeout = 0s
tls_advertise_hosts =
local_interfaces = 127.0.0.1
daemon_smtp_ports = %[3]s
acl_smtp_rcpt = deny
begin acl
deny:
  deny
begin routers
out:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = ${if eq{$sender_address_local_part}{helo}{helo}{smtp}}
begin transports
smtp:
  driver = smtp
  port = %[4]s
helo:
  driver = smtp
  port = %[4]s
  hosts_avoid_esmtp = *
begin retry
* * F,1h,1m
`

// exim is an Exim with a configuration of its own: what it receives at one address it refuses, what it is given it sends to
// another.
type exim struct {
	t                    *testing.T
	dir, program, config string
}

func newExim(t *testing.T, listen, to string) *exim {
	t.Helper()
	e := &exim{t: t, program: unpacked(t, "exim4-daemon-light", "usr/sbin/exim4"), dir: openDir(t)}
	accounts(t, e.dir, "Debian-exim")
	_, port, _ := net.SplitHostPort(listen)
	_, toPort, _ := net.SplitHostPort(to)
	e.config = filepath.Join(e.dir, "exim.conf")
	for _, err := range []error{
		os.WriteFile(e.config, fmt.Appendf(nil, eximConfig, e.dir, e.program, port, toPort), 0o644),
		os.MkdirAll(filepath.Join(e.dir, "spool/log"), 0o755),
		os.Chown(filepath.Join(e.dir, "spool"), firstID, firstID), os.Chown(filepath.Join(e.dir, "spool/log"), firstID, firstID),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return e
}

func (e *exim) command(args ...string) *exec.Cmd {
	return inside(e.dir, nil, append([]string{e.program, "-C", e.config}, args...)...)
}

// sends has Exim deliver a mail at once and returns the dialogue and the log.
func (e *exim) sends(from, subject string) string {
	e.t.Helper()
	cmd := e.command("-v", "-i", "-odi", "-f", from, "user@example.com")
	cmd.Stdin = strings.NewReader("Subject: " + subject + mailBody)
	_, out := runs(e.t, cmd)
	return out
}

const opensmtpdConfig = "listen on 127.0.0.1 port %s hostname mx.example.org\naction \"none\" maildir \"/nonexistent\"\nmatch from local for local action \"none\"\n"

// startOpenSMTPD starts one at addr.
func startOpenSMTPD(t *testing.T, addr string) {
	t.Helper()
	program := unpacked(t, "opensmtpd", "usr/sbin/smtpd")
	dir := openDir(t)
	accounts(t, dir, "opensmtpd", "opensmtpq")
	_, port, _ := net.SplitHostPort(addr)
	config := filepath.Join(dir, "smtpd.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, opensmtpdConfig, port), 0o644); err != nil {
		t.Fatal(err)
	}
	root := filepath.Dir(filepath.Dir(filepath.Dir(program)))
	dirs := []string{root + "/usr/libexec/opensmtpd=/usr/libexec/opensmtpd", "/var/spool/smtpd", "/var/lib/opensmtpd", "/run/opensmtpd"}
	serves(t, inside(dir, dirs, "sh", "-c", `chmod 711 /var/spool/smtpd; mkdir /var/lib/opensmtpd/empty; exec "$0" "$@"`, program, "-d", "-f", config), addr)
}

// realMailServers start a server each, at an address of the machine.
var realMailServers = map[string]func(t *testing.T, addr string){
	"postfix": func(t *testing.T, addr string) {
		_, port, _ := net.SplitHostPort(addr)
		startPostfix(t, "127.0.0.1:1", "smtpd_relay_restrictions = reject\n", "127.0.0.1:"+port+" inet n - n - - smtpd\n")
	},
	"exim": func(t *testing.T, addr string) {
		serves(t, newExim(t, addr, "127.0.0.1:1").command("-bdf"), addr)
	},
	"opensmtpd": startOpenSMTPD,
}

// probes runs pixsim probe and returns its exit code, verdict and the releases that fit.
func probes(t *testing.T, addr string) (code int, verdict string, fits []string, out string) {
	t.Helper()
	r := finish(t, command("probe", "--json", addr))
	var got struct {
		Report struct {
			Verdict  string
			Releases []struct{ Release, Option string }
		}
	}
	if err := json.Unmarshal([]byte(r.out), &got); err != nil {
		t.Fatalf("%v: %d %s%s", err, r.code, r.out, r.err)
	}
	for _, f := range got.Report.Releases {
		fits = append(fits, f.Release)
	}
	return r.code, got.Report.Verdict, fits, r.out
}

// bootMail runs the program as a release, with mail as its only way in.
func bootMail(t *testing.T, r *release.Release, addr string, args ...string) *box {
	t.Helper()
	b := launch(t, command(append([]string{"run", "--release", r.Name, "--console", "none", "--ssh", "off", "--telnet", "off", "--pop3", "off", "--smtp", addr}, args...)...))
	b.ready(b.console.screen)
	return b
}

// engines are the releases whose inspection differs, one of each.
func engines() (list []*release.Release) {
	seen := map[string]bool{}
	for _, r := range release.All() {
		p := &r.SMTP
		if key := fmt.Sprint(p.Reject, p.Banner, p.ESMTP, p.Part, p.AllowTLS); !seen[key] {
			seen[key] = true
			list = append(list, r)
		}
	}
	return list
}

// TestClientProbe: real servers raise no alarm, and a box before them is found.
func TestClientProbe(t *testing.T) {
	for name, start := range realMailServers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client(t, "postfix") // asks whether clients are wanted
			if os.Getuid() != 0 {
				t.Skip("servers start as root only")
			}
			addr := freePort(t)
			start(t, addr)
			if code, verdict, fits, out := probes(t, addr); code != exitOK || verdict != "none" || fits != nil {
				t.Errorf("plain: exit code %d, %s, %v: %s", code, verdict, fits, out)
			}
			for _, r := range engines() {
				b := bootMail(t, r, "127.0.0.1:0", "--serve", "mail,25="+addr)
				if code, verdict, fits, out := probes(t, b.smtp); code != exitMailguard || verdict != "mailguard" || !slices.Contains(fits, r.Name) {
					t.Errorf("behind %s: exit code %d, %s, %v: %s", r.Name, code, verdict, fits, out)
				}
				b.stops()
			}
		})
	}
}

// senders are the mail that a program sends through a release, and what shows how it got on.
type sender struct {
	sends   func(from, subject string) string
	refused string // EHLO was, HELO taken
	passed  string // EHLO was taken
	misled  string // EHLO was answered by somebody who does not know it
	sent    string // in each case but the last
}

// TestClientEveryRelease: real clients through each release as it boots. Where EHLO passes or is refused they deliver; where
// it is answered OK (4.0 to 5.0) those that believe it fail with the server's 503, KB 320027's first symptom, until they
// are told to say HELO. nmap knows the greeting from 4.4 on.
func TestClientEveryRelease(t *testing.T) {
	client(t, "postfix")
	if os.Getuid() != 0 {
		t.Skip("postfix starts as root only")
	}
	addr := freePort(t)
	_, port, _ := net.SplitHostPort(addr)
	p := startPostfix(t, addr, "sender_dependent_default_transport_maps = inline:{ helo@client.example.net=helo:[127.0.0.1]:"+port+" }\n",
		"helo unix - - n - - smtp -o smtp_never_send_ehlo=yes\n")
	e := newExim(t, freePort(t), addr)
	clients := map[string]sender{
		"exim":    {e.sends, "cmdlog: '220:EHLO:500:HELO:250:", "cmdlog: '220:EHLO:250-:", "cmdlog: '220:EHLO:250:MAIL:503:QUIT:", `=> user@example.com R=out T=`},
		"postfix": {p.sendsFrom, "", "", "status=bounced (host 127.0.0.1[127.0.0.1] said: 503 5.5.2 Send hello first", "status=sent (250 2.6.0 "},
	}
	for _, r := range release.All() {
		t.Run(r.Name, func(t *testing.T) {
			spool := filepath.Join(t.TempDir(), "spool")
			b := bootMail(t, r, addr, "--spool", spool)
			for name, c := range clients {
				stars := name == "postfix" && (r.SMTP.Banner == smtp.BannerStars || r.SMTP.Banner == smtp.BannerKeep20)
				log := c.sends("a@client.example.net", "plain "+name)
				want := []string{c.sent}
				switch {
				case stars: // says HELO at once
					want = append(want, "enabling PIX workarounds: disable_esmtp for 127.0.0.1[127.0.0.1]:"+port)
				case r.SMTP.ESMTP:
					want = append(want, c.passed)
				case r.SMTP.Reject == smtp.RejectMask:
					want = append(want, c.refused)
				default:
					want = []string{c.misled}
				}
				for _, w := range want {
					if !strings.Contains(log, w) {
						t.Errorf("%s: no %q: %s", name, w, log)
					}
				}
				if !stars && strings.Contains(log, "PIX workarounds") {
					t.Errorf("%s sees a PIX in this greeting: %s", name, log)
				}
				if log := c.sends("helo@client.example.net", "hello "+name); !strings.Contains(log, c.sent) {
					t.Errorf("%s, which says HELO: %s", name, log)
				}
			}
			if r.SMTP.Banner == smtp.BannerStars || r.SMTP.Banner == smtp.BannerKeep20 { // the older greeting it does not know
				if knows := nmapSays(t, port); !strings.Contains(knows, "Cisco PIX sanitized smtpd") {
					t.Errorf("nmap: %s", knows)
				}
			}
			curl(t, addr, r)
			delivered(t, spool, r)
			b.stops()
		})
	}
}

// nmapSays is what service detection makes of a port.
func nmapSays(t *testing.T, port string) string {
	t.Helper()
	code, out := runs(t, exec.Command(client(t, "nmap"), "-Pn", "-n", "-sV", "-p", port, "127.0.0.1"))
	if code != 0 || !strings.Contains(out, port+"/tcp open") {
		t.Fatalf("nmap: %d %s", code, out)
	}
	return out
}

// curl sends a mail: it falls back to HELO when EHLO is refused.
func curl(t *testing.T, addr string, r *release.Release) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "mail")
	if err := os.WriteFile(file, []byte("Subject: plain curl"+mailBody), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out := runs(t, exec.Command(client(t, "curl"), "-sS", "-v", "smtp://"+addr+"/client.example.net", "--mail-from", "a@client.example.net", "--mail-rcpt", "user@example.com", "--crlf", "-T", file))
	misled := !r.SMTP.ESMTP && r.SMTP.Reject != smtp.RejectMask
	if (code != 0) != misled || misled && !strings.Contains(out, "< 503 5.5.2 Send hello first") ||
		strings.Contains(out, "> HELO ") != (!r.SMTP.ESMTP && r.SMTP.Reject == smtp.RejectMask) {
		t.Errorf("curl: %d %s", code, out)
	}
}

// delivered checks that each mail has come as it was sent, once.
func delivered(t *testing.T, spool string, r *release.Release) {
	t.Helper()
	count := map[string]int{}
	for _, m := range spooled(t, spool) {
		for _, subject := range []string{"plain exim", "hello exim", "plain postfix", "hello postfix", "plain curl"} {
			if strings.Contains(m, "Subject: "+subject+"\r\n") && strings.HasSuffix(m, "\r\n\r\nhello\r\n.\r\nend\r\n") {
				count[subject]++
			}
		}
	}
	misled := !r.SMTP.ESMTP && r.SMTP.Reject != smtp.RejectMask
	want := map[string]bool{"hello exim": true, "hello postfix": true, "plain exim": !misled, "plain curl": !misled,
		"plain postfix": !misled || r.SMTP.Banner == smtp.BannerStars}
	for subject, come := range want {
		if n := count[subject]; n > 1 || (n == 1) != come {
			t.Errorf("%q came %d times", subject, n)
		}
	}
}
