package lab

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pixsim/appliance/release"

	"pixsim"
)

// onEveryRelease runs f for every scenario of docs/labs and each release that it is for. They wait most of the time, but
// all at once would be too many for a busy machine: see TestMain.
func onEveryRelease(t *testing.T, f func(t *testing.T, s *Scenario, release string)) {
	t.Parallel()
	all, err := Scenarios()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		for _, release := range s.Releases {
			t.Run(s.Name+"/"+release, func(t *testing.T) {
				t.Parallel()
				f(t, s, release)
			})
		}
	}
}

// TestLabs runs every scenario on every release.
func TestLabs(t *testing.T) {
	onEveryRelease(t, func(t *testing.T, s *Scenario, release string) {
		var out bytes.Buffer
		if err := s.Run(t.Context(), RunOptions{Release: release, Out: &out}); err != nil {
			t.Errorf("%v\n%s", err, &out)
		}
	})
}

// TestLabsBite boots each scenario with Mailguard the other way round: one that passes all the same asserts nothing.
func TestLabsBite(t *testing.T) {
	onEveryRelease(t, func(t *testing.T, s *Scenario, release string) {
		// A line that fails for want of time fails as it should, so that the wait may be short.
		err := s.Run(t.Context(), RunOptions{Release: release, Flip: true, Wait: time.Second})
		var step *StepError
		var not *unmet
		if !errors.As(err, &step) || !errors.As(err, &not) {
			t.Errorf("with Mailguard the other way round: %v, want a line that fails", err)
		}
		t.Log(err)
	})
}

// TestLabsReadme: docs/labs/README.md knows every command and every lab.
func TestLabsReadme(t *testing.T) {
	text, err := pixsim.Labs.ReadFile(labsDir + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(ScenarioHelp()) {
		if !strings.Contains(string(text), "    "+line) {
			t.Errorf("the README does not have %s", line)
		}
	}
	all, err := Scenarios()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if !strings.Contains(string(text), "("+s.Name+scenarioExt+")") {
			t.Errorf("the README does not have %s", s.Name)
		}
		if s.Summary == "" {
			t.Errorf("%s has no first sentence", s.Name)
		}
	}
}

// guardLine is a line that is Mailguard.
var guardLine = regexp.MustCompile(`(?m)^ *(mailhost|fixup protocol smtp|inspect esmtp)`)

func TestFlipGuard(t *testing.T) {
	for _, r := range release.All() {
		text, err := StartupConfig(r.Name)
		if err != nil {
			t.Fatal(err)
		}
		flipped, err := flipGuard(text)
		if err != nil || flipped == text {
			t.Errorf("%s: %v, changed: %v", r.Name, err, flipped != text)
		}
		if n := len(guardLine.FindAllString(text, -1)); n != 1 || guardLine.MatchString(flipped) {
			t.Errorf("%s: %d guards, and flipped\n%s", r.Name, n, flipped)
		}
		back, err := flipGuard(flipped)
		if err != nil || !slices.Equal(sorted(back), sorted(text)) { // inspect lines may stand in any order
			t.Errorf("%s: flipped twice is not the same: %v\n%s", r.Name, err, back)
		}
	}
	if _, err := flipGuard("hostname pix\n"); err == nil {
		t.Error("a configuration without any guard was flipped")
	}
}

func sorted(text string) []string { return slices.Sorted(strings.Lines(text)) }

// script is a scenario with these lines below a title and its releases.
func script(lines ...string) string {
	return "# # Title\n# A sentence. Another.\nreleases pix-6.3 pix-4.4\n" + strings.Join(lines, "\n") + "\n"
}

const firstLine = 4 // of script's lines

func TestParseScenarioFaults(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"client dail", `no command "client dail"`},
		{"frobnicate", `no command "frobnicate"`},
		{"see", "usage: see [-re] TEXT"},
		{"login telnet ssh", "usage: login telnet|console"},
		{"client greeting -re ^(220", "error parsing regexp"},
		{"type 'conf t", "EOF found"},
		{"[pix-6.3 enable", "the condition has no ]"},
		{"[] enable", "the condition is empty"},
		{"[pix-6.4] enable", "pix-6.4 is not among the releases"},
		{"[!asa-8.2] enable", "asa-8.2 is not among the releases"},
		{"!", "no command"},
		{"releases pix-6.3", "a second line of releases"},
		{"smtp-option reject=ok", "smtp-option stands before all commands"},
		{"[pix-4.4(3)] see", "usage: see"},
		{"[pix-5.2(3)] enable", "pix-5.2(3) is not among the releases"},
		{"mail plain -file letter a@b c@d", `the archive has no file "letter"`},
	} {
		_, err := ParseScenario("x.txtar", []byte(script("enable", c.line)))
		if want := "x.txtar:5: "; err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s...%s", c.line, err, want, c.want)
		}
	}
	for text, want := range map[string]string{
		"releases pix-6.3\nenable\n": "no title",
		"# # T\nenable\n":            "no line `releases",
		"# # T\nreleases pix-6.3\n":  "no command",
	} {
		if _, err := ParseScenario("x.txtar", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if _, err := ParseScenario("x.txtar", []byte(script("nope", "enable", "neither"))); strings.Count(err.Error(), "x.txtar:") != 2 {
		t.Errorf("two faults: %v", err)
	}
}

func TestParseScenario(t *testing.T) {
	s, err := ParseScenario("docs/labs/x.txtar", []byte(script("[!pix-4.4] ! see 'a  b' c")+"-- letter --\nhello\n"))
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "x" || s.Title != "Title" || s.Summary != "A sentence." || strings.Join(s.Releases, " ") != "pix-6.3 pix-4.4" {
		t.Errorf("%+v", s)
	}
	st := s.steps[len(s.steps)-1]
	if !st.negate || st.line != firstLine || strings.Join(st.args, "|") != "a  b|c" || st.in("pix-4.4") || !st.in("pix-6.3") || s.files["letter"] != "hello\n" {
		t.Errorf("%+v %v", st, s.files)
	}
}

func FuzzParseScenario(f *testing.F) {
	f.Add(script("[pix-6.3] ! client reply -re '^220 '", "client segments 'a\\r\\n' | b") + "-- f --\nx\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseScenario("x.txtar", []byte(text))
		if err == nil && (len(s.Releases) == 0 || s.Title == "") {
			t.Errorf("%q was taken", text)
		}
	})
}

// play runs lines on a 6.3 and returns what failed, and the transcript.
func play(t *testing.T, lines ...string) (string, error) {
	t.Helper()
	return playOn(t, "pix-6.3", 0, lines...)
}

// Waits of scripts. What happens may take long on a busy machine. A last line whose failure shows only by its wait does not
// get long: the lines before it have brought about all that there is to see.
const (
	long  = 30 * time.Second
	short = time.Second
)

// playOn runs lines on a release; the last one waits for last, if that is not 0.
func playOn(t *testing.T, release string, last time.Duration, lines ...string) (string, error) {
	t.Helper()
	s, err := ParseScenario("x.txtar", []byte("# # Title\n# A sentence. Another.\nreleases "+release+"\n"+strings.Join(lines, "\n")+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = s.Run(t.Context(), RunOptions{Release: release, Out: &out, Wait: long, last: last, Sides: true})
	return out.String(), err
}

// TestFailures: a line that is not so is named, with what was expected and what came.
func TestFailures(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		last  time.Duration
		lines []string
		want  []string
	}{
		{"see", short, []string{"login telnet", "see Fiat"}, []string{`x.txtar:5 [pix-6.3] see Fiat: expected a text with "Fiat", got "`}},
		{"not see", long, []string{"login telnet", "type enable", "! see assword"}, []string{"x.txtar:6", "expected that this fails, got success"}},
		{"reply", long, []string{"client dial", "client greeting 220 hello"}, []string{`expected "220 hello", got "220 ***`}},
		{"no reply", short, []string{"client dial", "client greeting -re .", "client reply 250"}, []string{`expected "250", got`, "timeout"}},
		{"close", short, []string{"client dial", "client greeting -re .", "client sees-close"}, []string{"expected that the connection is closed, got silence"}},
		{"silence", long, []string{"client dial", "client silent"}, []string{`expected silence, got "220 `}},
		{"saw", short, []string{"client dial", "server saw HELO"}, []string{`expected that "HELO" reached the server, got []`}},
		{"delivered", short, []string{"mail plain a@example.net b@example.com", "server delivered 2"}, []string{"expected 2 messages, got 1"}},
		{"refused", long, []string{"mail plain a@example.net b@example.org"}, []string{"expected delivery, got RCPT TO:<b@example.org>: 550 5.7.1"}},
		{"prompt", short, []string{"login telnet", "prompt pix#"}, []string{`expected "pix#", got "pixfirewall>"`}},
		{"enable", short, []string{"login telnet", "type enable", "type fiat", "prompt pixfirewall#"}, []string{`got "Password:"`}},
		{"booted", short, []string{"login telnet", "booted"}, []string{"expected that the box boots, got none"}},
		{"no console", long, []string{"! type enable"}, []string{"there is no console"}},
		{"no client", long, []string{"! client send x"}, []string{"there is no connection"}},
		{"flash", short, []string{"flash saw fiat"}, []string{`a text with "fiat"`}},
		{"flag", long, []string{"! mail plain -fast a@example.net b@example.com"}, []string{"-fast is no flag of mail"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out, err := playOn(t, "pix-6.3", c.last, c.lines...)
			var step *StepError
			if !errors.As(err, &step) || step.Release != "pix-6.3" || step.Line != firstLine+len(c.lines)-1 {
				t.Fatalf("%v", err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v, want %s", err, want)
				}
			}
			if strings.Count(out, "FAIL") != 1 || strings.Count(out, "  ok  ") != len(c.lines)-1 {
				t.Errorf("verdicts:\n%s", out)
			}
		})
	}
}

// TestTranscript: both sides are in it, in the order of time.
func TestTranscript(t *testing.T) {
	t.Parallel()
	out, err := play(t, "client dial", "client greeting -re '^220 [*20 ]+$'", "client segments 'HELO a\\r\\n' | 'NOOP\\r\\n'",
		"client reply -re '^250 '", "client reply -contains 250", "server saw NOOP", "! server saw HELO", "login console", "enable", "type write terminal",
		"key space", "key space", "! see nonsense", "client close")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	at := 0
	for _, want := range []string{"A sentence.", "ok      5  client greeting", "<- server | 220 mail.example.com Microsoft ESMTP",
		"client <-        | 220 ****", "client -> server | HELO a", "client <- server | 250 ",
		"serial           | Password: *****"} {
		i := strings.Index(out[at:], want)
		if i < 0 {
			t.Fatalf("no %q in the rest of\n%s", want, out)
		}
		at += i
	}
}

// A passage whose commands are all for other releases says so; one that is only told, or has one for this release, does not.
func TestNothingToDo(t *testing.T) {
	t.Parallel()
	s, err := ParseScenario("x.txtar", []byte(`# # Title
# A sentence.
releases pix-6.3 asa-8.2
server delivered 0
# Told.
# Elsewhere.
[asa-8.2] server delivered 1
# Here.
[asa-8.2] server delivered 1
server delivered 0
# Last.
[!pix-6.3] server delivered 1
`))
	if err != nil {
		t.Fatal(err)
	}
	var screen bytes.Buffer
	if err := s.Run(t.Context(), RunOptions{Release: "pix-6.3", Out: &screen, Wait: long}); err != nil {
		t.Fatal(err)
	}
	out := screen.String()
	const nothing = "  --          (nothing to do on pix-6.3)\n"
	for _, want := range []string{"Told.\nElsewhere.\n\n" + nothing + "\nHere.\n\n  ok", "Last.\n\n" + nothing} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if n := strings.Count(out, nothing); n != 2 {
		t.Errorf("%d times\n%s", n, out)
	}
}

// TestRunEndsWithItsContext: whatever a script waits for, it ends with its context, long before the wait does.
func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for name, last := range map[string]string{
		"client": "client reply never", "close": "client sees-close", "typist": "typist reply never", "server": "server saw never", "wire": "wire server got never",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := ParseScenario("x.txtar", []byte(script("client dial", "client greeting -re .", "client segments NO", "typist dial", "typist reply -re .", last)))
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			began := time.Now()
			err = s.with(ctx, RunOptions{Release: "pix-6.3", Wait: time.Hour}, func(r *run) error {
				time.AfterFunc(100*time.Millisecond, cancel)
				return r.play()
			})
			if err == nil || time.Since(began) > 10*time.Minute {
				t.Errorf("after %v: %v", time.Since(began), err)
			}
		})
	}
	if err := new(Scenario).Run(t.Context(), RunOptions{Release: "pix-99"}); err == nil {
		t.Error("an unknown release ran")
	}
}

func TestOnScreen(t *testing.T) {
	for in, want := range map[string]string{
		"a\r\nb":                            "a\nb",
		"\r\r\nUser\r\n":                    "\nUser\n",
		"<--- More --->\r              \rx": "x             ",
		"enabel\b\ble\r\n":                  "enable\n",
		"bell\a":                            "bell",
	} {
		if got := onScreen([]byte(in)); got != want {
			t.Errorf("%q looks like %q, want %q", in, got, want)
		}
	}
}

func TestPrompts(t *testing.T) {
	for text, want := range map[string]bool{
		"\npixfirewall> ": true, "\npixfirewall(config)# ": true, "\nciscoasa(config-pmap-c)# ": true, "\nPassword: ": true,
		"\nPIX passwd: ": true, "\nProceed with reload?  [confirm] ": true, "\nSave? [Y]es/[N]o:  ": true, "\n<--- More --->": true,
		"\n[OK]": false, "\nBuilding configuration...": false, "pixfirewall# show": false, "\n": false, "": false,
		"\nCryptochecksum: 1 2 3 4 ": false,
	} {
		if afterEnter(text) != want {
			t.Errorf("%q is a prompt: %v", text, !want)
		}
	}
}

func TestNVT(t *testing.T) {
	n := &nvt{}
	var text, said []byte
	for _, c := range []byte("\xff\xfb\x03\xff\xfb\x01\xff\xfb\x03\xff\xfb\x01\xff\xfd\x18\xff\xfb\x05\xff\xfa\x18\x01\xff\xf0ab\xff\xff\x00c\xff\xfc\x01\xff\xfe\x01") {
		keep, answer := n.octet(c)
		if keep {
			text = append(text, c)
		}
		said = append(said, answer...)
	}
	if string(text) != "ab\xffc" {
		t.Errorf("text %q", text)
	}
	if want := "\xff\xfd\x03\xff\xfd\x01\xff\xfc\x18\xff\xfe\x05"; string(said) != want {
		t.Errorf("answers % x, want % x", said, want)
	}
}
