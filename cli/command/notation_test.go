package command

import (
	"testing"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// What a notation stands for: which lines it takes, and how it prints them.
func TestNotation(t *testing.T) {
	rel, err := release.Parse("asa-9.8")
	if err != nil {
		t.Fatal(err)
	}
	c := config.New(rel).View()
	for _, x := range []struct{ notation, line, want string }{
		{"a b = <1-9>", "a b 5", "a b 5"}, {"a b = <1-9>", "a b 10", ""}, {"a b = <1-9>", "a b", ""},
		{"a [b]", "a", "a"}, {"a [b]", "a b", "a b"}, {"a [b]", "a c", ""},
		{"a {b|c}", "a c", "a c"}, {"a {b|c}", "a d", ""}, {"a {b x|c <n>}", "a c y", "a c y"},
		{"a {b & c <1-9> & d}", "a d c 3", "a c 3 d"}, {"a {b & c <1-9>}", "a c 3 c 4", ""},
		{"a {b|c}...", "a c b", "a c b"}, {"a <addr>...", "a 10.1.1.1 10.1.1.2", "a 10.1.1.1 10.1.1.2"},
		{"a <x:host>...", "a 10.1.1.1 h.example.com", "a 10.1.1.1 h.example.com"}, {"a <x:host>", "a 300.1.1.1", ""},
		{"a <net>", "a 10.1.1.9 255.255.255.0", "a 10.1.1.0 255.255.255.0"}, {"a <t:time>", "a 1:0:0", "a 1:00:00"},
		{"a <x:ip6>", "a 2001:DB8::0:1", "a 2001:db8::1"}, {"a <l:level>", "a 3", "a errors"},
		{"a {none|value <x>}", "a value none", "a value none"}, {"a <x:quoted> <y>", `a "b c" d`, `a "b c" d`},
		{"a hostname! =", "a host", ""}, {"a <x:text>", "a b  c", "a b  c"},
	} {
		f := formOf(x.notation)
		syntax := f.slot.syntax()
		if f.rest != nil {
			syntax = g.Seq(syntax, f.rest.syntax())
		}
		m, _, fail := g.NewSet(rel, syntax).Match(nil, x.line)
		got := ""
		if fail == nil {
			l, _ := read("", []form{f}, c, m)
			got = l.Text()
		}
		if got != x.want {
			t.Errorf("%s takes %q as %q, not %q", x.notation, x.line, got, x.want)
		}
	}
	for text, want := range map[string]release.Span{
		"8.4+ a": since84, "-8.3 a": release.Until(release.V(8, 3)), "7.2-8.0 a": since72.Through(release.V(8, 0)), "a": {},
	} {
		if f := formOf(text); f.span != want {
			t.Errorf("%q is in %v", text, f.span)
		}
	}
	if f := formOf("8.4+ own: neg: a"); !f.owner || !f.noStays {
		t.Errorf("%+v", f)
	}
}
