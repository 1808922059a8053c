package command_test

import (
	"slices"
	"strings"
	"testing"

	"pixsim/cli/command"
)

// A trunk of 6.3: logical interfaces stand behind their hardware, have a name and a level from the start, no mtu line, and
// go with all that names them.
func TestVLANs(t *testing.T) {
	b := newBox(t, parse(t, "pix-6.3"))
	b.must("interface ethernet1 vlan60 logical", "interface ethernet0 vlan50 logical", "interface e0 vlan55 logical",
		"interface e0 vlan5 physical", "nameif vlan55 dmz sec20", "ip address vlan50 198.51.100.1 255.255.255.0",
		"interface ethernet0 vlan55 shutdown", "route dmz 10.9.0.0 255.255.0.0 198.51.100.9")
	want := []string{
		"interface ethernet0 auto", "interface ethernet0 vlan5 physical", "interface ethernet0 vlan50 logical",
		"interface ethernet0 vlan55 logical shutdown", "interface ethernet1 auto", "interface ethernet1 vlan60 logical",
		"nameif ethernet0 outside security0", "nameif ethernet1 inside security100", "nameif vlan50 vlan50 security6",
		"nameif vlan55 dmz security20", "nameif vlan60 vlan60 security4",
	}
	if got := b.lines()[:len(want)]; !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	if b.has("mtu dmz 1500") || !b.has("no ip address dmz") {
		t.Errorf("lines of a logical interface:\n%s", strings.Join(b.lines(), "\n"))
	}
	fixedPoint(t, b)
	for _, line := range []string{
		"interface ethernet1 vlan50 logical", "interface ethernet1 vlan5 physical", "interface ethernet1 vlan9", "interface vlan50 vlan51 logical",
		"interface ethernet0 vlan0 logical", "interface ethernet0 vlan4096 logical", "no interface ethernet0 vlan51 logical",
	} {
		if b.try(line) {
			t.Errorf("taken: %s", line)
		}
	}
	b.must("no interface ethernet0 vlan55 logical", "no interface ethernet0 vlan5 physical")
	if text := strings.Join(b.lines(), "\n"); strings.Contains(text, "dmz") || strings.Contains(text, "vlan5 ") || strings.Contains(text, "vlan55") {
		t.Errorf("left behind:\n%s", text)
	}
	for i := 61; b.try("interface ethernet1 vlan" + string(rune('0'+i/10)) + string(rune('0'+i%10)) + " logical"); i++ {
	}
	if n := strings.Count(strings.Join(b.lines(), "\n"), "\nnameif "); n != b.rel.Limits.Interfaces {
		t.Errorf("%d interfaces, the limit is %d", n, b.rel.Limits.Interfaces)
	}
}

// The speeds of an interface are those of the release.
func TestSpeeds(t *testing.T) {
	for line, in := range map[string]string{
		"interface ethernet inside 10baset":  "4.0 4.0",
		"interface ethernet inside 10full":   "",
		"interface ethernet dmz auto":        "",
		"interface e1 100basetx":             "4.1 6.3",
		"interface e1 10full":                "4.2 6.3",
		"interface e1 aui shutdown":          "4.2 6.3",
		"interface e1 1000sxfull":            "5.2 6.3",
		"interface e1 1000full":              "6.3 6.3",
		"interface e1 vlan7 logical":         "6.3 6.3",
		"interface e1 100mbps":               "",
		"nameif e0 outside sec0":             "4.1 6.3",
		"nameif e0 outside security1":        "",
		"route outside 0 0 10.1.1.9":         "4.0 6.3",
		"ip address inside 10.1.1.1 255.255": "4.0 6.3",
	} {
		for _, rel := range pixReleases() {
			if got := newBox(t, rel).try(line); got != command.SpanOf(t, in).Holds(rel) {
				t.Errorf("%s: %q taken: %v", rel.Name, line, got)
			}
		}
	}
}
