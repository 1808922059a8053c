package cli

import (
	"testing"

	"pixsim/cli/command"
	g "pixsim/cli/grammar"
)

// helpItems are the words of the blocks that ? prints in a mode after text, block by block, with their help.
func helpItems(t *testing.T, m command.Mode, text string) []map[string]string {
	t.Helper()
	rel := named(t, asa)
	c, _ := Load(rel, rel.Factory)
	var out []map[string]string
	for _, l := range newTable(rel, command.All()).blocks(m) {
		h := l.set.Help(newEnv(c), text)
		if removes(text) {
			describe(h.Items, l.set.Help(newEnv(c), "").Items)
		}
		of := map[string]string{}
		for _, it := range h.Items {
			of[it.Text] = it.Help
		}
		out = append(out, of)
	}
	return out
}

// What only configuration mode has stands in its block, not in that of the exec commands.
func TestHelpBlocksOfConfigure(t *testing.T) {
	blocks := helpItems(t, command.Configure, "clear ")
	conf, exec := blocks[0], blocks[len(blocks)-1]
	if _, ok := conf["configure"]; !ok || len(conf) != 1 {
		t.Errorf("clear ? in configure mode: %v", conf)
	}
	if _, ok := exec["configure"]; ok || exec["xlate"] == "" {
		t.Errorf("clear ? of the exec commands: %v", exec)
	}
	if _, ok := helpItems(t, command.Configure, "clear configure ")[0]["all"]; !ok {
		t.Error("clear configure ? lacks all")
	}
}

// A word has the same help behind no and clear configure as alone.
func TestHelpOfRemovals(t *testing.T) {
	plain := helpItems(t, command.Configure, "")[0]
	for _, text := range []string{"no ", "clear configure "} {
		n := 0
		for word, help := range helpItems(t, command.Configure, text)[0] {
			if want, ok := plain[word]; ok && want != help {
				t.Errorf("%s%s: %q, alone %q", text, word, help, want)
			} else if ok {
				n++
			}
		}
		if n < 20 {
			t.Errorf("%s? has %d commands", text, n)
		}
	}
	items := []g.Item{{Text: "a", Help: "old"}, {Text: "b", Help: "kept"}}
	describe(items, []g.Item{{Text: "a", Help: "new"}, {Text: "b"}})
	if items[0].Help != "new" || items[1].Help != "kept" {
		t.Errorf("described: %v", items)
	}
	for text, want := range map[string]bool{"no ": true, "clear configure ": true, "no ip ": false, "clear ": false, "show ": false} {
		if removes(text) != want {
			t.Errorf("removes(%q) is %v", text, !want)
		}
	}
}

// The help that was seen on 8.x, word by word.
func TestHelpSeen(t *testing.T) {
	for text, want := range map[string]map[string]string{
		"access-list MYACL ext permit ip ": {
			"A.B.C.D": "Source IP address", "host": "Use this keyword to configure source host",
			"any": "Abbreviation for source address and mask of 0.0.0.0 0.0.0.0",
		},
		"logging trap ": {"<0-7>": "Enter syslog level (0 - 7)", "alerts": "Immediate action needed           (severity=1)"},
		"class-map ":    {"WORD < 129 char": "class-map name", "type": "Specifies the type of class-map"},
	} {
		got := helpItems(t, command.Configure, text)[0]
		for word, help := range want {
			if got[word] != help {
				t.Errorf("%s? says %q of %s, want %q", text, got[word], word, help)
			}
		}
	}
	if title := command.Modes[command.ConfigPolicyMap].Title; title != "mpf-policy-map mode" {
		t.Errorf("the policy-map's block is headed %q", title)
	}
}
