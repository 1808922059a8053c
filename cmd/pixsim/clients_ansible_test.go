package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// ansible runs a playbook of testdata on a box by its SSH, with the collection that Debian's package has, and returns how
// many tasks changed something, and all that was said.
func ansible(t *testing.T, b *box, playbook string, vars map[string]any) (changed, out string) {
	t.Helper()
	host, port := hostPort(t, b.ssh)
	all := map[string]any{
		"ansible_host": host, "ansible_port": port, "ansible_user": "pix", "ansible_password": "cisco",
		"ansible_connection": "ansible.netcommon.network_cli", "ansible_network_os": "cisco.asa.asa",
		"ansible_become": true, "ansible_become_method": "ansible.netcommon.enable", "ansible_become_password": "cisco",
	}
	for k, v := range vars {
		all[k] = v
	}
	text, err := json.Marshal(map[string]any{"firewalls": map[string]any{"hosts": map[string]any{"fw": all}}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	inventory := filepath.Join(dir, "inventory.json")
	if err := os.WriteFile(inventory, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(client(t, "ansible-playbook"), "-v", "-i", inventory, filepath.Join("testdata/automation", playbook))
	cmd.Env = append(os.Environ(), "ANSIBLE_HOME="+dir, "HOME="+dir, "ANSIBLE_HOST_KEY_CHECKING=False", "ANSIBLE_NOCOLOR=1", "ANSIBLE_PERSISTENT_COMMAND_TIMEOUT=20",
		"ANSIBLE_PERSISTENT_CONTROL_PATH_DIR="+dir)
	code, out := runs(t, cmd)
	if code != 0 {
		t.Fatalf("%s: exit code %d: %s", playbook, code, out)
	}
	m := recap.FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("%s: no recap: %s", playbook, out)
	}
	return m[1], out
}

// recap is Ansible's last line.
var recap = regexp.MustCompile(`(?m)^fw +: ok=\d+ +changed=(\d+) +unreachable=0 +failed=0 `)

// TestClientAnsible: what a playbook asks for is done once; the second run finds nothing to do, and the backup that it made
// is what the box runs.
func TestClientAnsible(t *testing.T) {
	client(t, "ansible-playbook")
	python(t, "ansible_collections.cisco.asa")
	for _, c := range []struct {
		release, version, spare, lines string
		states                         bool // those of the resource modules, which take long
	}{
		{"pix-7.2", "7.2(4)", "", "", false},
		{"asa-8.2", "8.2(1)", "Ethernet0/2", "", true},
		{"asa-8.3", "8.3(2)", "Ethernet0/2", account, false},
		{"asa-9.8", "9.8(4)", "GigabitEthernet1/3", account, false},
		{"asa-9.12", "9.12(4)", "GigabitEthernet0/2", account, true},
	} {
		t.Run(c.release, func(t *testing.T) {
			t.Parallel()
			b := bootRelease(t, c.release, "--startup-config", startupWith(t, c.release, c.lines))
			backups := t.TempDir()
			who := c.release == "asa-9.8" || c.release == "asa-9.12"
			vars := map[string]any{"version": c.version, "spare": c.spare, "backups": backups, "first": true, "who": who}
			if c.lines != "" {
				vars["ansible_user"], vars["ansible_password"] = "admin", "secret15"
			}
			if changed, _ := ansible(t, b, "site.yml", vars); changed == "0" {
				t.Error("the first run changed nothing")
			}
			vars["first"] = false
			if changed, out := ansible(t, b, "site.yml", vars); changed != "0" {
				t.Errorf("the second run changed %s: %s", changed, out)
			}
			k := logsIn(t, b)
			k.does(t, "pager lines 24") // as it was before logsIn
			k.does(t, "terminal pager 0")
			now := k.does(t, "show running-config")
			backup, err := os.ReadFile(filepath.Join(backups, "fw1.cfg"))
			if err != nil || !strings.Contains(string(backup), "\nobject-group network SERVERS\n") || squeezed(string(backup)) != squeezed(now) {
				t.Errorf("the backup of the second run: %v\n%s", err, firstDifference(squeezed(string(backup)), squeezed(now)))
			}
			if out := k.does(t, "show startup-config | include access-list DMZ"); strings.Count(out, "access-list DMZ") != 8 {
				t.Errorf("what was saved: %q", out)
			}
			b.stops()

			if !c.states {
				return
			}
			b = bootRelease(t, c.release, "--startup-config", startupWith(t, c.release, c.lines))
			ansible(t, b, "states.yml", vars)
			b.stops()
		})
	}
}

// firstDifference is where two texts part.
func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range x {
		if i >= len(y) || x[i] != y[i] {
			return fmt.Sprintf("line %d: %q, and %q", i+1, x[i:min(i+3, len(x))], y[min(i, len(y)):min(i+3, len(y))])
		}
	}
	return fmt.Sprintf("%q is missing", y[min(len(x), len(y)):])
}

// squeezed is a configuration without the blanks at line ends, which Ansible takes away.
func squeezed(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \r")
	}
	return strings.Join(lines, "\n")
}
