package appliance_test

import (
	"strings"
	"testing"

	"pixsim/appliance/release"
)

// Each line of a running configuration is one of those that show running-config prints behind the line's first word.
func TestSectionsShowTheirLines(t *testing.T) {
	for _, r := range release.All() {
		if !r.Console.Caret {
			continue
		}
		t.Run(r.Name, func(t *testing.T) {
			p := newTourist(t, r.Name)
			p.typed("enable")
			p.typed("cisco")
			p.typed("terminal pager 0")
			p.typed("configure terminal")
			p.typed("tunnel-group 192.0.2.1 type ipsec-l2l")
			p.typed("group-policy branch internal")
			p.typed("tcp-map loose")
			p.typed("exit")
			shown := map[string]string{}
			for line := range strings.Lines(p.replyTo("show running-config")) {
				word, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
				rest := strings.Fields(line)
				switch {
				case word == "" || strings.ContainsAny(word, "!:") || word == r.Console.SyslogTag: // what stands around the lines, and those of sub-modes
					continue
				case word == "no":
					word = rest[1]
				}
				if _, ok := shown[word]; !ok {
					shown[word] = p.replyTo("show running-config " + word)
				}
				if !strings.Contains("\n"+shown[word], "\n"+line) {
					t.Errorf("show running-config %s lacks %q:\n%s", word, line, shown[word])
				}
			}
			if len(shown) < 20 {
				t.Errorf("only %d sections", len(shown))
			}
		})
	}
}
