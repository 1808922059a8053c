package lab

import (
	"strings"
	"testing"
)

// options of a script act on the releases of their condition, and those of the caller win.
func TestScenarioOptions(t *testing.T) {
	t.Parallel()
	s, err := ParseScenario("x.txtar", []byte(script(
		"smtp-option banner=stars", "[pix-4.4] smtp-option reject=x",
		"client dial", "client greeting -re '^220 [*]+$'", "client send goodmorning", "client reply -contains '500 '")))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		release string
		options []string
		fails   string
	}{
		{"pix-6.3", nil, ""},
		{"pix-4.4", nil, ""},
		{"pix-4.4(3)", nil, ""},
		{"pix-6.3", []string{"reject=noop"}, "client reply"},
		{"pix-6.3(1)", []string{"banner=keep20"}, "client greeting"},
	} {
		err := s.Run(t.Context(), RunOptions{Release: c.release, Options: c.options, Wait: long})
		if (err == nil) != (c.fails == "") || err != nil && !strings.Contains(err.Error(), "["+c.release+"] "+c.fails) {
			t.Errorf("%s with %v: %v", c.release, c.options, err)
		}
	}
	if err := s.Run(t.Context(), RunOptions{Release: "pix-6.3", Options: []string{"reject=maybe"}}); err == nil {
		t.Error("a bad option was taken")
	}
}

func TestScenarioOptionFaults(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  string
	}{
		{[]string{"smtp-option reject=maybe", "enable"}, "x.txtar:4: reject is x or noop or ok"},
		{[]string{"smtp-option bogus", "enable"}, "x.txtar:4: "},
		{[]string{"! smtp-option reject=x", "enable"}, "x.txtar:4: smtp-option stands"},
		{[]string{"smtp-option", "enable"}, "x.txtar:4: usage: smtp-option NAME=VALUE"},
		{[]string{"# prose", "smtp-option reject=x", "enable", "smtp-option reject=x"}, "x.txtar:7: smtp-option stands before"},
	} {
		_, err := ParseScenario("x.txtar", []byte(script(c.lines...)))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: %v, want %s", c.lines, err, c.want)
		}
	}
	_, err := ParseScenario("x.txtar", []byte("# # T\nreleases pix-6.3 pix-1.0\nenable\n"))
	if err == nil || !strings.HasPrefix(err.Error(), `x.txtar:2: unknown release "pix-1.0"`) {
		t.Errorf("an unknown release: %v", err)
	}
}

// A release stands for its builds; a build for itself.
func TestScenarioBuilds(t *testing.T) {
	s, err := ParseScenario("x.txtar", []byte("# # T\nreleases pix-5.1 pix-5.2(3)\n[pix-5.2] enable\n[pix-5.1(2)] ends\n[!pix-5.1] hangup\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"pix-5.1": "", "pix-5.1(1)": "", "pix-5.1(2)": "ends", "pix-5.2(3)": "enable hangup",
	} {
		var does []string
		for _, st := range s.steps {
			if !st.prose && st.in(name) {
				does = append(does, st.text)
			}
		}
		if got := strings.Join(does, " "); got != want || !s.For(name) {
			t.Errorf("%s: %q, want %q; for it: %v", name, got, want, s.For(name))
		}
	}
	for _, name := range []string{"pix-5.2", "pix-5.2(4)", "pix-5.3"} {
		if s.For(name) {
			t.Errorf("it is for %s", name)
		}
	}
}

// A build boots its release's startup-config, with its own number in the header.
func TestStartupConfigOfABuild(t *testing.T) {
	text, err := StartupConfig("pix-6.3(1)")
	usual, err2 := StartupConfig("pix-6.3")
	if err != nil || err2 != nil || text != strings.Replace(usual, "6.3(5)", "6.3(1)", 1) || text == usual {
		t.Errorf("%v %v\n%s", err, err2, text)
	}
}
