package command

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pixsim/appliance/config"
)

func TestShowRunningInterfaceByAnyName(t *testing.T) {
	want := "interface Ethernet0/1\n nameif inside\n security-level 100\n ip address 1.2.3.125 255.255.255.0 \n!\n"
	for _, name := range []string{"Ethernet0/1", "ethernet0/1", "e0/1", "inside"} {
		got, ok := newDesk(rel(t, "asa-8.2"), lab).typed(t, "show running-config interface "+name)
		if !ok {
			t.Errorf("%s: refused", name)
		}
		compare(t, name, got, want)
	}
}

// A kind of object group takes no name: the caret stands under the surplus word (seen on an ASA).
func TestShowRunningObjectGroup(t *testing.T) {
	d := newDesk(rel(t, "asa-8.2"), lab)
	for line, legal := range map[string]bool{
		"show running-config object-group":                  true,
		"show running-config object-group network":          true,
		"show running-config object-group id SERVERS":       true,
		"show running-config object-group network SERVER_A": false,
		"show running-config object-group SERVER_A":         false,
	} {
		if _, ok := d.typed(t, line); ok != legal {
			t.Errorf("%q: legal %v, want %v", line, ok, legal)
		}
	}
	lines := strings.Split("object-group network A\n network-object host 1.1.1.1\nobject-group service B tcp\n port-object eq smtp\nname 1.1.1.2 x", "\n")
	var got []string
	for l := range groupLines(func(yield func(string) bool) {
		for _, l := range lines {
			if !yield(l) {
				return
			}
		}
	}, "B") {
		got = append(got, l)
	}
	compare(t, "id B", strings.Join(got, "\n"), "object-group service B tcp\n port-object eq smtp")
}

// show running-config terminal has the width even where it is the default.
func TestTerminalWidthShown(t *testing.T) {
	for _, width := range []int{80, 132, 511} {
		d := newDesk(rel(t, "asa-8.2"), lab, func(e *config.Edit) { e.SetWidth(width) })
		got, _ := d.typed(t, "show running-config terminal")
		compare(t, "terminal", got, fmt.Sprintf("terminal width %d\n", width))
	}
}

func TestShowAccessListInactiveAndBrief(t *testing.T) {
	r := rel(t, "asa-8.2")
	d := newDesk(r, lab, func(e *config.Edit) {
		e.AddACE("o", 0, config.ACE{Kind: config.ACERule, Inactive: true})
		e.AddACE("o", 0, config.ACE{Kind: config.ACERule, Permit: true})
	})
	got, _ := d.typed(t, "show access-list o")
	if !strings.Contains(got, " inactive (hitcnt=0) (inactive) 0x") {
		t.Errorf("show access-list: %s", got)
	}
	if strings.Count(got, "(inactive)") != 1 {
		t.Errorf("the active line is not: %s", got)
	}
	got, ok := d.typed(t, "show access-list o brief")
	if !ok || !strings.HasPrefix(got, "access-list o; 2 elements; name hash: 0x") || strings.Count(got, "\n") != 1 {
		t.Errorf("brief without hits: %q", got)
	}
	a := &config.ACE{Kind: config.ACERule, ID: 0x06228509}
	now := time.Unix(0x6178289f+60, 0) // the row of a capture, whose last hit is a minute ago
	rows := briefLine(listed{ace: a, outer: 0xd0a2680b, inner: true, hits: 0x6049, last: time.Minute}, now) +
		briefLine(listed{ace: &config.ACE{Kind: config.ACERule, ID: 7}}, now)
	if rows != "06228509 d0a2680b 00006049 6178289f\n" {
		t.Errorf("brief rows: %q", rows)
	}
}

func TestCaptureMatchWithoutItsOptions(t *testing.T) {
	for line, want := range map[string]string{
		"capture c match tcp host 10.1.1.10 any eq smtp interface inside": "match tcp host 10.1.1.10 any eq smtp",
		"capture c interface inside match  ip any any":                    "match ip any any",
		"capture c match udp any any buffer 2000 circular-buffer":         "match udp any any",
		"capture c interface inside":                                      "",
	} {
		compare(t, line, matchText(line), want)
	}
}

func TestClearConfigureAll(t *testing.T) {
	r := rel(t, "asa-8.2")
	d := newDesk(r, lab)
	d.mode = Configure
	if _, ok := d.typed(t, "clear configure all"); !ok {
		t.Fatal("refused")
	}
	got, _ := d.typed(t, "show running-config")
	for _, gone := range []string{"nameif outside", "route ", "ip address 1."} {
		if strings.Contains(got, gone) {
			t.Errorf("%q is still there", gone)
		}
	}
	for _, kept := range []string{"hostname ciscoasa\n", "interface Ethernet0/0\n shutdown\n no nameif\n"} {
		if !strings.Contains(got, kept) {
			t.Errorf("%q is not there:\n%s", kept, got)
		}
	}
	for _, line := range []string{"class-map inspection_default\n", "  inspect esmtp \n", "service-policy global_policy global\n"} {
		if !strings.Contains(d.merged, line) || strings.Contains(d.merged, "prompt") {
			t.Errorf("the policy that comes back: %q", d.merged)
		}
	}
	if _, ok := newDesk(r, lab).typed(t, "clear configure all"); ok {
		t.Error("legal outside of configuration mode")
	}
}
