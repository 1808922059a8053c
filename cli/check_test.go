package cli

import (
	"strings"
	"testing"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli/command"
	g "pixsim/cli/grammar"
)

// Check says of each line what the device says of it, and whether it is kept and can be taken back.
func TestCheck(t *testing.T) {
	for _, c := range []struct {
		rel, line string // line behind a blank line
		taken     bool
		form      Form
	}{
		{"pix-6.3", "hostname fw", true, Whole},
		{"pix-6.3", "route outside 0.0.0.0 0.0.0.0 192.0.2.1 1", true, Whole},
		{"pix-6.3", "access-list a permit tcp any host 192.0.2.9 eq 25", true, Whole},
		{"pix-6.3", "fixup protocol smtp", true, Whole},
		{"pix-6.3", "no fixup protocol smtp 25", true, Whole},
		{"pix-6.3", "timeout conn 1:0:0", true, Whole},
		{"pix-6.3", "nameif e0 outside sec0", true, Whole},
		{"pix-6.3", "no route outside 10.0.0.0 255.0.0.0 192.0.2.1", false, Unchecked},
		{"pix-6.3", "clear fixup", true, Removes},
		{"pix-6.3", "enable password secret", true, Whole},
		{"pix-6.3", "class-map c", false, Unchecked},
		{"pix-4.1", "mailhost 192.0.2.2 10.1.1.2", true, Whole},
		{"pix-4.4", "mailhost 192.0.2.2 10.1.1.2", false, Unchecked},
	} {
		got := Check(named(t, c.rel), "\n"+c.line+"\n", true)[1]
		if got.Taken != c.taken || got.Form != c.form || got.Line != 2 || got.Skipped {
			t.Errorf("%s: %q: %+v", c.rel, c.line, got)
		}
	}
	for _, line := range []string{": Saved", "", "Cryptochecksum:0123", "write memory", "!x"} {
		if got := Check(named(t, "pix-6.3"), line, true); len(got) > 0 && !got[0].Skipped {
			t.Errorf("%q: %+v", line, got)
		}
	}
}

// A command whose line leaves no trace, or whose no leaves the line, is found out.
func TestCheckFindsFaults(t *testing.T) {
	rel := named(t, "pix-6.3")
	word := func(w string) g.Syntax { return g.Word(w, w) }
	nothing := func(*command.Ctx, *config.Edit, *g.Match) error { return nil }
	name := func(n string) func(*command.Ctx, *config.Edit, *g.Match) error {
		return func(_ *command.Ctx, e *config.Edit, _ *g.Match) error { e.SetHostname(n); return nil }
	}
	commands := append(command.All(),
		&command.Command{Name: "swallow", Mode: command.Configure, Span: release.Span{}, Syntax: word("swallow"), Set: nothing, No: nothing},
		&command.Command{Name: "stick", Mode: command.Configure, Span: release.Span{}, Syntax: word("stick"), Set: name("stuck"), No: nothing},
		&command.Command{Name: "keep", Mode: command.Configure, Span: release.Span{}, Syntax: word("keep"), Set: name("kept")},
	)
	text := "swallow\nstick\nkeep\n"
	got := check(newTable(rel, commands), config.New(rel), text, true)
	if !got[0].Lost() || !got[1].Stuck() || !got[2].Final() {
		t.Errorf("%+v", got)
	}
}

// The check and the load refuse the same lines.
func TestCheckIsLoad(t *testing.T) {
	text := "PIX Version 4.1(6)\nsyslog output 20.3\nbogus\nmailhost (inside,outside) 192.0.2.9 10.1.1.9 0 0\nnat (dmz) 1 0 0\n"
	for _, rel := range release.All() {
		var want, got []string
		_, refused := Load(rel, text)
		for _, r := range refused {
			want = append(want, strings.Join(append([]string{r.Text}, r.Messages...), "\n"))
		}
		for _, c := range Check(rel, text, false) {
			if len(c.Messages) > 0 {
				got = append(got, strings.Join(append([]string{c.Text}, c.Messages...), "\n"))
			}
		}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%s: check %q, load %q", rel.Name, got, want)
		}
	}
}

// Lines of an older software that become others are neither lost nor stuck.
func TestCheckConverted(t *testing.T) {
	const eight = "ASA Version 8.2(5)\ninterface Ethernet0/0\n nameif outside\n ip address 203.0.113.1 255.255.255.0\ninterface Ethernet0/1\n nameif inside\n" +
		"access-list out extended permit tcp any host 203.0.113.10 eq smtp\nnat-control\nglobal (outside) 1 interface\nnat (inside) 1 0.0.0.0 0.0.0.0\n" +
		"static (inside,outside) 203.0.113.10 10.1.1.10 netmask 255.255.255.255\naccess-group out in interface outside\n"
	const six = "PIX Version 6.3(5)\nnameif ethernet0 outside security0\nnameif ethernet1 inside security100\nfixup protocol smtp 25\nno fixup protocol skinny 2000\n" +
		"ip address outside 203.0.113.1 255.255.255.0\npdm history enable\nfloodguard enable\nsysopt connection permit-ipsec\naccess-list out permit tcp any any eq smtp\n"
	for _, v := range []struct {
		release, text string
		converted     int
	}{{"asa-8.4", eight, 4}, {"asa-9.4", eight, 4}, {"pix-7.0", six, 7}, {"asa-8.2", six, 7}} {
		n := 0
		for _, c := range Check(named(t, v.release).Fitted(v.text), v.text, true) {
			if c.Converted() {
				n++
			}
			if !c.Taken || c.Lost() || c.Stuck() {
				t.Errorf("%s: %q: taken %v, lost %v, stuck %v", v.release, c.Text, c.Taken, c.Lost(), c.Stuck())
			}
		}
		if n != v.converted {
			t.Errorf("%s: %d lines converted, want %d", v.release, n, v.converted)
		}
	}
}
