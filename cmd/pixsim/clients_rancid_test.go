package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// rancidHome is a home directory with a .cloginrc for a box by telnet or SSH.
func rancidHome(t *testing.T, b *box, over, user, password string) string {
	t.Helper()
	dir := t.TempDir()
	host, port := hostPort(t, b.ssh)
	if over == "telnet" {
		host, port = hostPort(t, b.telnet)
	}
	cloginrc(t, dir, cloginLines(host, over, port, user, password))
	return dir
}

func cloginrc(t *testing.T, home, lines string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(home, ".cloginrc"), []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
}

// cloginLines are those of a box in .cloginrc.
func cloginLines(host, over, port, user, password string) string {
	return fmt.Sprintf("add method %[1]s {%[2]s:%[3]s}\nadd user %[1]s %[4]s\nadd password %[1]s %[5]s cisco\n", host, over, port, user, password)
}

// rancid is a program of RANCID in such a directory.
func rancid(t *testing.T, home, program string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(client(t, program), args...)
	cmd.Dir = home
	cmd.Env = append(os.Environ(), "HOME="+home, "TERM=network")
	return cmd
}

// TestClientRancid: commands by clogin, and a whole collection, in which every command gets its prompt; the second one
// differs in nothing.
func TestClientRancid(t *testing.T) {
	client(t, "rancid")
	for _, c := range []struct{ release, over, lines string }{
		{"pix-6.3", "telnet", ""}, {"pix-7.2", "ssh", ""}, {"asa-8.2", "telnet", ""}, {"asa-8.2", "ssh", ""}, {"asa-8.3", "ssh", account},
		{"asa-9.1", "ssh", account}, {"asa-9.8", "ssh", account}, {"asa-9.12", "telnet", ""},
	} {
		t.Run(c.release+" by "+c.over, func(t *testing.T) {
			t.Parallel()
			b := bootRelease(t, c.release, "--startup-config", startupWith(t, c.release, c.lines))
			user, password := "pix", "cisco"
			if c.lines != "" {
				user, password = "admin", "secret15"
			}
			home := rancidHome(t, b, c.over, user, password)
			code, out := runs(t, rancid(t, home, "clogin", "-c", "show version;show clock", "127.0.0.1"))
			if code != 0 || !strings.Contains(out, "Hardware:") || !regexp.MustCompile(`# ?show clock\r\n[\d.:]+ UTC `).MatchString(out) {
				t.Errorf("clogin: %d %s", code, out)
			}
			first := collected(t, home)
			for _, want := range []string{"!RANCID-CONTENT-TYPE: cisco\n", "\n!Chassis type: ", "\n!Memory: ", "\n!CPU: ", "\n!Image: Compiled: on ", "\n!Serial Number: ", "\nhostname "} {
				if !strings.Contains(first, want) {
					t.Errorf("the collection lacks %q: %s", want, first)
				}
			}
			if !strings.HasSuffix(first, "\n: end\n") || strings.Contains(first, "Invalid input") || strings.Contains(first, "More") {
				t.Errorf("the collection: %s", first)
			}
			if second := collected(t, home); second != first {
				t.Errorf("the second collection differs: %s", firstDifference(first, second))
			}
			b.stops()
		})
	}
}

// collected is what RANCID keeps of a box; whatever it says on the way is an error.
func collected(t *testing.T, home string) string {
	t.Helper()
	if code, out := runs(t, rancid(t, home, "rancid", "-t", "cisco", "127.0.0.1")); code != 0 || out != "" {
		t.Fatalf("rancid: %d %s", code, out)
	}
	text, err := os.ReadFile(filepath.Join(home, "127.0.0.1.new"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// rancidSite is a RANCID with one group of routers, firewalls, its archive in git, and the mail that it sends in a file.
type rancidSite struct {
	t                 *testing.T
	home, conf, mails string
}

const rancidConf = `TERM=network; export TERM
LC_COLLATE=POSIX; export LC_COLLATE
umask 077
PERL5LIB=/usr/share/perl5/rancid; export PERL5LIB
TMPDIR=%[1]s; export TMPDIR
BASEDIR=%[1]s/base; export BASEDIR
PATH=%[2]s:$PATH; export PATH
SENDMAIL=%[1]s/sendmail
CVSROOT=$BASEDIR/CVS; export CVSROOT
LOGDIR=%[1]s/logs; export LOGDIR
RCSSYS=git; export RCSSYS
FILTER_PWDS=YES; export FILTER_PWDS
NOCOMMSTR=YES; export NOCOMMSTR
PAR_COUNT=2; export PAR_COUNT
LIST_OF_GROUPS=firewalls; export LIST_OF_GROUPS
`

func newRancidSite(t *testing.T, routers, logins string) *rancidSite {
	t.Helper()
	client(t, "git")
	program, err := filepath.EvalSymlinks(client(t, "rancid-run"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s := &rancidSite{t, dir, filepath.Join(dir, "rancid.conf"), filepath.Join(dir, "mails")}
	cloginrc(t, dir, logins)
	for _, err := range []error{
		os.Mkdir(filepath.Join(dir, "base"), 0o700), os.Mkdir(filepath.Join(dir, "logs"), 0o700),
		os.WriteFile(s.conf, fmt.Appendf(nil, rancidConf, dir, filepath.Dir(program)), 0o600),
		os.WriteFile(filepath.Join(dir, "sendmail"), []byte("#!/bin/sh\ncat >>"+s.mails+"\n"), 0o700),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if code, out := s.does("rancid-cvs"); code != 0 {
		t.Fatalf("rancid-cvs: %d %s", code, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "base/firewalls/router.db"), []byte(routers), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *rancidSite) does(program string, args ...string) (int, string) {
	s.t.Helper()
	cmd := rancid(s.t, s.home, program, append([]string{"-f", s.conf}, args...)...)
	for _, who := range []string{"AUTHOR", "COMMITTER"} {
		cmd.Env = append(cmd.Env, "GIT_"+who+"_NAME=rancid", "GIT_"+who+"_EMAIL=rancid@example.com")
	}
	return runs(s.t, cmd)
}

// collects runs a whole collection, and returns its log and the mail that was sent.
func (s *rancidSite) collects() (log, mail string) {
	s.t.Helper()
	os.Remove(s.mails)
	if code, out := s.does("rancid-run", "firewalls"); code != 0 {
		s.t.Fatalf("rancid-run: %d %s", code, out)
	}
	logs, _ := filepath.Glob(filepath.Join(s.home, "logs/firewalls.*"))
	for _, name := range logs {
		text, _ := os.ReadFile(name)
		log += string(text)
		os.Remove(name)
	}
	text, _ := os.ReadFile(s.mails)
	return log, string(text)
}

// history is what the archive says of each change of the configurations: the files of each.
func (s *rancidSite) history() string {
	s.t.Helper()
	code, out := runs(s.t, exec.Command("git", "-C", filepath.Join(s.home, "base/firewalls"), "log", "--reverse", "--format=tformat:change", "--name-only", "--", "configs"))
	if code != 0 {
		s.t.Fatalf("git log: %d %s", code, out)
	}
	return out
}

// TestClientRancidGroup: a group of firewalls is collected by rancid-run: the first time all is new, the second time nothing
// has changed, and of what was then changed on one of them the archive and the mail have that line alone.
func TestClientRancidGroup(t *testing.T) {
	client(t, "rancid-run")
	new := bootRelease(t, "asa-9.12", "--startup-config", startupWith(t, "asa-9.12", account))
	old := bootRelease(t, "pix-6.3")
	_, newPort := hostPort(t, new.ssh)
	_, oldPort := hostPort(t, old.telnet)
	s := newRancidSite(t, "127.0.0.1;cisco;up\nlocalhost;cisco;up\n",
		cloginLines("127.0.0.1", "ssh", newPort, "admin", "secret15")+cloginLines("localhost", "telnet", oldPort, "pix", "cisco"))

	log, mail := s.collects()
	if !strings.Contains(log, "All routers successfully completed.") || !regexp.MustCompile(`Added routers:\s+127\.0\.0\.1;cisco\s+localhost;cisco\n`).MatchString(mail) {
		t.Fatalf("the first collection: %s\n%s", log, mail)
	}
	for name, want := range map[string]string{"127.0.0.1": "\nASA Version 9.12", "localhost": "\nPIX Version 6.3"} {
		text, err := os.ReadFile(filepath.Join(s.home, "base/firewalls/configs", name))
		if err != nil || !strings.Contains(string(text), want) || !strings.HasSuffix(string(text), "\n: end\n") || strings.Contains(string(text), "secret15") {
			t.Errorf("%s: %v %s", name, err, text)
		}
	}
	first := s.history()
	if log, mail := s.collects(); !strings.Contains(log, "All routers successfully completed.") || mail != "" || s.history() != first {
		t.Errorf("the second collection: %s\n%s\n%s", log, mail, s.history())
	}
	k := logsIn(t, new)
	k.does(t, "pager lines 24") // as it was before logsIn
	k.does(t, "access-list ADDED extended permit ip any any")
	log, mail = s.collects()
	added, removed := changedLines(mail)
	if !strings.Contains(log, "All routers successfully completed.") || s.history() != first+"change\n\nconfigs/127.0.0.1\n" {
		t.Errorf("the third collection: %s\n%s", log, s.history())
	}
	if strings.Join(added, "\n") != "access-list ADDED extended permit ip any any" || removed != nil {
		t.Errorf("its mail: %s", mail)
	}
	new.stops()
	old.stops()
}

// changedLines are the lines of the differences that RANCID mails, which has a blank behind their marks.
func changedLines(mail string) (added, removed []string) {
	for line := range strings.Lines(mail) {
		if text, ok := strings.CutPrefix(line, "+ "); ok {
			added = append(added, strings.TrimSpace(text))
		}
		if text, ok := strings.CutPrefix(line, "- "); ok && !strings.HasPrefix(text, "-- ") {
			removed = append(removed, strings.TrimSpace(text))
		}
	}
	return added, removed
}
