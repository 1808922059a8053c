package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// python is the interpreter that has a module, and not another that comes first in PATH.
func python(t *testing.T, module string) string {
	t.Helper()
	client(t, "python3")
	for _, path := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(path, "-c", "import "+module).Run() == nil {
			return path
		}
	}
	t.Skipf("python3 has no module %s here", module)
	return ""
}

// netmikoRun is what testdata/automation/drive.py prints.
type netmikoRun struct {
	Steps []struct {
		Step   string
		Took   float64
		Result any
	}
	Pauses  int
	Seconds float64
}

// said is the result of a step as text.
func (r netmikoRun) said(i int) string {
	text, _ := r.Steps[i].Result.(string)
	return text
}

// netmiko runs the steps on a box at addr.
func netmiko(t *testing.T, addr string, device map[string]any, steps [][]any) (r netmikoRun) {
	t.Helper()
	host, port := hostPort(t, addr)
	all := map[string]any{"device_type": "cisco_asa", "host": host}
	all["port"], _ = strconv.Atoi(port)
	for k, v := range device {
		all[k] = v
	}
	one, _ := json.Marshal(all)
	two, _ := json.Marshal(steps)
	code, out := runs(t, exec.Command(python(t, "netmiko"), "testdata/automation/drive.py", string(one), string(two)))
	at := strings.Index(out, `{"steps"`)
	if code != 0 || at < 0 {
		t.Fatalf("netmiko: %d %s", code, out)
	}
	if err := json.Unmarshal([]byte(out[at:]), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// netmikoShows are twenty commands, each with what its output must hold on any release from 7.0 on.
var netmikoShows = [][2]string{
	{"show version", " Software Version "}, {"show running-config", "\nhostname ciscoasa\n"}, {"show interface", ", is up, line protocol is up\n"},
	{"show interface ip brief", "IP-Address "}, {"show nameif", "Security"}, {"show ip address", "System IP Addresses:\n"},
	{"show route", "is directly connected"}, {"show arp", ""}, {"show conn", "in use"}, {"show xlate", "in use"},
	{"show access-list", "access-list outside_in"}, {"show service-policy", "Global policy"}, {"show logging", "Syslog logging: "},
	{"show clock", " UTC "}, {"show memory", "Free memory: "}, {"show cpu usage", "CPU utilization"}, {"show mode", "Security context mode: single"},
	{"show curpriv", "Current privilege level : 15"}, {"show startup-config", "\nhostname "},
	{"show running-config | include hostname", "hostname ciscoasa"},
}

// TestClientNetmiko: login, twenty commands, a set of configuration lines up to the longest, and save, with the least
// pauses that Netmiko makes anyway: those that it makes at a peer that knows all answers by heart.
func TestClientNetmiko(t *testing.T) {
	python(t, "netmiko")
	long := func(n int) string {
		return "access-list LONG remark " + strings.Repeat("x", n-len("access-list LONG remark "))
	}
	steps := [][]any{{"find_prompt"}, {"check_config_mode"}}
	for _, s := range netmikoShows {
		steps = append(steps, []any{"send_command", s[0]})
	}
	lines := []string{
		"hostname ciscoasa", "object-group network MAIL", "network-object host 10.1.1.10", "exit",
		"access-list outside_in extended permit tcp any object-group MAIL eq smtp", long(510), long(79), long(80), long(480), long(492), // the last fits into 511 columns with its prompt
	}
	configAt, savedAt := len(steps)+1, len(steps)+2
	steps = append(steps, []any{"send_config_set", lines}, []any{"save_config"}, []any{"send_command", "show running-config access-list LONG"}, []any{"find_prompt"})

	floor := netmiko(t, player{host: "ciscoasa"}.starts(t), map[string]any{"username": "pix", "password": "cisco", "secret": "cisco", "allow_auto_change": true}, steps)
	t.Logf("at a player: %d pauses, %.1f s", floor.Pauses, floor.Seconds)
	// With allow_auto_change, which later versions of Netmiko have on, it makes the terminal wide; else a long line scrolls.
	pix := map[string]any{"username": "pix", "password": "cisco", "secret": "cisco", "allow_auto_change": true}
	admin := map[string]any{"username": "admin", "password": "secret15", "secret": "cisco", "allow_auto_change": true}
	for _, c := range []struct {
		release, over, lines string
		device               map[string]any
	}{
		{"pix-7.2", "ssh", "hostname ciscoasa\n", pix},
		{"asa-8.2", "ssh", "", pix},
		{"asa-8.2", "telnet", "", map[string]any{"device_type": "cisco_asa_telnet", "password": "cisco", "secret": "cisco", "username": "pix", "allow_auto_change": true}},
		{"asa-8.2", "ssh", account, map[string]any{"username": "admin", "password": "secret15"}}, // by login
		{"asa-8.3", "ssh", "", pix},
		{"asa-9.1", "ssh", account, admin},
		{"asa-9.8", "ssh", account, admin},
		{"asa-9.12", "ssh", account, admin},
	} {
		t.Run(c.release+" by "+c.over, func(t *testing.T) {
			t.Parallel()
			b := bootRelease(t, c.release, "--startup-config", startupWith(t, c.release, c.lines))
			addr := b.ssh
			if c.over == "telnet" {
				addr = b.telnet
			}
			r := netmiko(t, addr, c.device, steps)
			if r.said(0) != "ciscoasa" || r.said(1) != "ciscoasa#" || r.Steps[2].Result != false {
				t.Errorf("login: %+v", r.Steps[:3])
			}
			for i, s := range netmikoShows {
				if out := r.said(3 + i); !strings.Contains(out, s[1]) || strings.Contains(out, "ERROR") {
					t.Errorf("%s: %q", s[0], out)
				}
			}
			wide := c.device["allow_auto_change"] != nil
			if out := r.said(configAt); strings.Contains(out, "ERROR") || strings.Contains(out, "^") || wide != strings.Contains(out, lines[len(lines)-1]+"\n") {
				t.Errorf("the set of lines: %q", out)
			}
			if out := r.said(savedAt); !strings.HasPrefix(out, "Building configuration...\nCryptochecksum: ") || !strings.Contains(out, "bytes copied in") || !strings.Contains(out, "[OK]") {
				t.Errorf("save: %q", out)
			}
			if out := r.said(savedAt + 1); strings.Count(out, "access-list LONG remark x") != 5 {
				t.Errorf("the long lines: %q", out)
			}
			if out := r.said(savedAt + 2); out != "ciscoasa#" {
				t.Errorf("the prompt at last: %q", out)
			}
			t.Logf("%d pauses, %.1f s", r.Pauses, r.Seconds)
			// A prompt that Netmiko does not see is a pause each 0.1 or 0.2 seconds up to its limit of 100.
			if r.Pauses > floor.Pauses+3*len(steps)+20 {
				t.Errorf("%d pauses, %d at a player", r.Pauses, floor.Pauses)
			}
			b.stops()
		})
	}
}

// TestClientNetmikoTransfer: a file goes to the disk and comes back; Netmiko looks for it by dir, for room by dir, and
// compares its MD5 by verify. What is there already is not sent again.
func TestClientNetmikoTransfer(t *testing.T) {
	interpreter := python(t, "netmiko")
	for _, release := range []string{"asa-8.2", "asa-9.8"} {
		t.Run(release, func(t *testing.T) {
			t.Parallel()
			b := bootRelease(t, release, "--startup-config", startupWith(t, release, account+"ssh scopy enable\n"))
			dir := t.TempDir()
			sent, back := filepath.Join(dir, "sent.txt"), filepath.Join(dir, "back.txt")
			if err := os.WriteFile(sent, []byte("a file\r\nof octets \x00\xff\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			_, port := hostPort(t, b.ssh)
			code, out := runs(t, exec.Command(interpreter, "testdata/automation/drive_transfer.py", port, sent, back))
			if code != 0 || out != "[[true, true], [false, true], [true, true]]\n" {
				t.Errorf("%d %s", code, out)
			}
			if got, err := os.ReadFile(back); string(got) != "a file\r\nof octets \x00\xff\n" {
				t.Errorf("it comes back as %q: %v", got, err)
			}
			b.stops()
		})
	}
}
