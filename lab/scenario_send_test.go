package lab

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pixsim/appliance/release"
)

// TestSendThroughTheBox: the senders' commands, each with what Mailguard of 6.3 does to it.
func TestSendThroughTheBox(t *testing.T) {
	for name, lines := range map[string][]string{
		"Postfix": {
			"send postfix a@example.net user@example.com",
			"event -contains 'enabling PIX workarounds: disable_esmtp delay_dotcrlf for mail.example.com[203.0.113.10]:25'",
			"server saw 'HELO client.example.net'", "! server saw 'EHLO client.example.net'", "server delivered 1", "intact",
		},
		"qmail with an attachment": {"send qmail -size 20000 a@example.net user@example.com", "intact", "server delivered 1"},
		"a bot": {
			"! send bot-nofallback a@example.net user@example.com", "because 500", "server saw 'XXXX CLIENT'", "server saw QUIT",
			"! server saw 'HELO CLIENT'", "server delivered 0",
		},
		"TLS": {"! send tls-required a@example.net user@example.com", "because 'TLS required'"},
		"a mail program away from home": {
			"! send oe6 -helo LAPTOP -user user -password pass user@example.com friend@example.net",
			"dialog 'The rejected e-mail address was '\"\\'friend@example.net\\'\"'.'",
			"dialog -re 'Server Error: 550, Error Number: 0x800CCC79$'",
			"server saw 'XXXX LAPTOP'", "server saw 'HELO LAPTOP'", "! server saw 'AUTH LOGIN'",
			"pop3 login user pass", "pop3 list", "! pop3 login user wrong", "dialog 'Server Error: 0x800CCC90, Error Number: 0x800CCC92'",
		},
		"a mail program in the office": {
			"send ol2003 -from desk -to 10.1.1.10 -user user -password pass user@example.com user@example.com", "intact", "! dialog Error",
			"pop3 login user pass", "pop3 list", "pop3 shows -re '^1 [0-9]+$'", "pop3 retr 1", "pop3 shows 'This is a mail of the lab.'",
		},
		"8 bits out": {
			"! send ex2003 -from mail -8bit a@example.com friend@example.net", "because '554 5.6.1 Body type not supported by Remote Host'",
			"ndr '<mail.example.com #5.6.1 smtp;554 5.6.1 Body type not supported by Remote Host>'",
			"! send ex55 -from mail -8bit a@example.com friend@example.net", "ndr '500 Host does not support 8bitmime'",
			"send postfix -from mail -8bit a@example.com friend@example.net", "mx message -contains 'Gr=C3=BC=C3=9Fe'",
		},
		"8 bits passed on": {
			"server profile ex2003", "send ex2003 -from desk -to mail -8bit a@example.com user@example.com", "intact",
			"! send ex2003 -from mail -stored a@example.com friend@example.net", "because '554 5.6.1 Body type not supported by Remote Host'",
			"login telnet", "enable", "type configure terminal", "type no fixup protocol smtp 25",
			"send ex2003 -from mail -stored a@example.com friend@example.net", "mx message -contains 'Received: from'",
		},
		"TLS in a mail program": {
			"! send oe6 -tls a@example.net user@example.com", "dialog 'Secure(SSL): Yes, Error Number: 0x800CCC7D'",
			"login telnet", "enable", "type configure terminal", "type no fixup protocol smtp 25",
			"send oe6 -tls a@example.net user@example.com",
		},
		"between routing groups": {
			"mx profile ex2003", "send ex2003 -org -from mail a@example.com friend@example.net", "linkstate 1", "mx linkstate 1",
			"mx saw 'XXXX mail.example.com'", "! mx saw 'X-EXPS GSSAPI'",
			"login telnet", "enable", "type configure terminal", "type no fixup protocol smtp 25",
			"send ex2003 -org -from mail a@example.com friend@example.net", "linkstate 2", "mx linkstate 2", "mx saw 'X-EXPS GSSAPI'",
			"mx saw 'XEXCH50 1028 2'", "intact",
		},
		"a queue": {
			"mx profile ex2003", "queue ex2003 -from mail -org a@example.com friend@example.net", "queue attempts 0", "queue shows Ready",
			"queue run 0s", "queue attempts 1", "queue shows Delivered", "linkstate 1", "mx linkstate 1",
			"queue qmail -to 192.0.2.1:26 -wait 100ms a@example.net user@example.com", "queue run 1h", "queue attempts 5",
			"queue shows -re '(?s)01:00:00 attempt 4: no connection.*Retry'", "event 'able to establish an SMTP connection. (#4.4.1)'",
		},
		"blunt link state": {
			"mx profile ex2003", "send blunt-xlink -from mail a@example.com friend@example.net", "linkstate 1", "! mx saw 'X-LINK2STATE x'",
			"event 'responded to the SMTP command \"x-link2state\" with \"500 5.3.3 Unrecognized command \"'",
		},
		"blunt properties": {
			"mx profile ex2003", "send blunt-xexch50 -from mail a@example.com friend@example.net", "mx saw 'XXXXXXX 1028 2'", "intact",
			"event 'The full command sent was \"XEXCH50 1028 2 \"'",
		},
		"a mail that is gone": { // and the sender has been told that all is well
			"smtp-option reject=noop", "server option need-hello=off", "! send blunt-bdat a@example.net user@example.com",
			"because 'the mail server has no such message'", "! event message", "! ndr message", "server delivered 0",
		},
		"typists": {
			"typist telnet-line HELO person", "client greeting -re '^220 [*20 ]+$'", "typist reply -contains 'Hello'", "server saw 'HELO person'",
			"typist dial telnet-char", "typist telnet-char 'HELO ab'", "client greeting -re '^220'",
			"typist dial", "typist reply -re '^220'", "typist telnet-line 'goodmornink\\bg'", "typist reply -contains 500",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := play(t, lines...)
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// Plain RFC 821 passes every release's Mailguard, in both directions.
func TestSendOnEveryRelease(t *testing.T) {
	tried := 0
	for _, rel := range release.All() {
		if _, err := StartupConfig(rel.Name); err != nil {
			continue
		}
		tried++
		t.Run(rel.Name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(script("send qmail -size 5000 a@example.net user@example.com", "intact", "server delivered 1",
				"send qmail -from mail -size 5000 user@example.com a@example.net", "intact", "mx delivered 1"), "releases pix-6.3 pix-4.4", "releases "+rel.Name, 1)
			s, err := ParseScenario("x.txtar", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := s.Run(t.Context(), RunOptions{Release: rel.Name, Out: &out}); err != nil {
				t.Errorf("%v\n%s", err, out.String())
			}
		})
	}
	if tried < 4 {
		t.Errorf("only %d releases", tried)
	}
}

func TestSendFaults(t *testing.T) {
	for line, want := range map[string]string{
		"send nobody a@b c@d":                    "no mail client",
		"send oe6 -fast a@b c@d":                 "-fast is no flag here",
		"send oe6 -from moon a@b c@d":            "the lab has no host",
		"send oe6 -to moon a@b c@d":              "neither an address nor a host that client knows",
		"send oe6 -to desk a@b c@d":              "neither an address nor a host that client knows",
		"send ex2003 -stored -from desk a@b c@d": "there is no mail server on desk",
		"send oe6 -size x a@b c@d":               "not a number of octets",
		"send oe6 -size 99999999999 a@b c@d":     "not a number of octets",
		"send oe6 -age long a@b c@d":             "invalid duration",
		"send oe6 -user a@b c@d":                 "needs FROM and TO",
		"queue run 1h":                           "there is no queue",
		"queue run yesterday":                    "is no time",
		"queue attempts many":                    "is no number",
		"intact":                                 "no mail has gone",
		"linkstate x":                            "is no number",
		"typist oe6 HELO":                        "is no telnet client",
		"typist reply 250":                       "nobody has typed",
		"pop3 list":                              "nobody has logged on",
		"pop3 retr 1":                            "nobody has logged on",
		"pop3 shows x":                           "nobody has logged on",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			_, err := play(t, "! "+line)
			var step *StepError
			if !errors.As(err, &step) || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %s", err, want)
			}
		})
	}
}
