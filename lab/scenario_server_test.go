package lab

import (
	"errors"
	"strings"
	"testing"
)

// TestServerLines: a script makes the servers play something else, and looks at what they wrote down.
func TestServerLines(t *testing.T) {
	t.Parallel()
	out, err := play(t,
		"server profile ex55", "client dial", "client greeting -re '^220 '", "client send HELO x", "client reply '250 OK'",
		"client send goodmorning", "client reply '500 Unrecognized command'",
		"server log -re '^10/3/02 1:14:2[0-9] PM : <<< XXXXXXXXXXX$'", "! server log goodmorning", "! server event 7010",
		"server profile ex2003", "server option greet-delay=0s", "server option reply.quit=221 farewell", "server forget",
		"client dial", "client greeting -re '^220 '", "client send XEXCH50 12 2", "client reply '500 5.3.3 Unrecognized command'",
		"client send QUIT", "client reply '221 farewell'",
		"server log -contains ' xxxxxxx - '", "! server log -contains 'PM : '", `server event -contains 'sent a "xxxxxxx" command, and the SMTP server responded with "500 5.3.3 Unrecognized command "'`,
		"server linkstate 1", "! server linkstate 2",
		"mx profile sendmail", "mx option ident=0s", "! mx saw HELO", "mx delivered 0", "! mx message -contains x", "mx forget", "! mx said 220", "! mx log x", "! mx event x",
	)
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestServerLineFaults(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"! server profile ex95":         `no mail server profile "ex95"`,
		"! mx option relay=perhaps":     "server option relay",
		"! server linkstate x":          "x is no number",
		"! mx delivered x":              "x is no number",
		"server log -contains nonsense": `a line that is a text with "nonsense"`,
		"server linkstate 7":            "expected version 7 of the link state table, got 1",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			_, err := playOn(t, "pix-6.3", short, line)
			var step *StepError
			if !errors.As(err, &step) || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %s", err, want)
			}
		})
	}
}
