package lab

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// entry is what a session would log.
func entry(kind LogKind, text string) LogEntry {
	return LogEntry{At: time.Date(2006, 10, 9, 5, 1, 33, 0, time.UTC), Conn: 7, Peer: "80.64.22.8:4711", Kind: kind, Text: text, Octets: len(text)}
}

// TestW3C: the lines of the published log come out of the same dialogue, octet by octet.
func TestW3C(t *testing.T) {
	const unknown = "500 5.3.3 Unrecognized command"
	got := LogW3C.Lines("mee-pdc.meelift.com", "192.168.1.2:25", []LogEntry{
		entry(Remark, remarkConnected), entry(FromServer, "220 mee-pdc.meelift.com ..."),
		entry(FromClient, "XXXX sveta"), entry(FromServer, unknown),
		entry(FromClient, "HELO sveta"), entry(FromServer, "250 mee-pdc.meelift.com Hello [80.64.22.8]"),
		entry(FromClient, "xexch50 12 2"), entry(FromServer, unknown),
		entry(FromClient, "EHLO a b"), entry(FromServer, "250-one"), entry(FromServer, "250 OK"),
		entry(FromClient, "DATA"), entry(FromServer, "354 go"), {Conn: 7, Kind: Remark, Text: "message of 3 lines", Octets: 99}, entry(FromServer, "250 2.6.0 x"),
		entry(FromClient, "AUTH LOGIN"), entry(FromServer, "334 VXNlcm5hbWU6"), {Conn: 7, Kind: FromClient, Text: "dXNlcg==", Dialogue: true}, entry(FromServer, "535 no"),
		entry(FromClient, ""), entry(FromServer, unknown),
		entry(FromClient, "QUIT"), entry(FromServer, "221 2.0.0 mee-pdc.meelift.com Service closing transmission channel"),
		entry(Remark, remarkClosed),
	})
	const head, tail = "2006-10-09 05:01:33 80.64.22.8 ", " SMTP - - - -"
	want := []string{
		head + "- SMTPSVC1 MEE-PDC 192.168.1.2 0 xxxx - +sveta 500 0 32 10 0" + tail,
		head + "sveta SMTPSVC1 MEE-PDC 192.168.1.2 0 HELO - +sveta 250 0 44 10 0" + tail,
		head + "sveta SMTPSVC1 MEE-PDC 192.168.1.2 0 xexch50 - +12+2 500 0 32 12 0" + tail,
		head + "a+b SMTPSVC1 MEE-PDC 192.168.1.2 0 EHLO - +a+b 250 0 17 8 0" + tail,
		head + "a+b SMTPSVC1 MEE-PDC 192.168.1.2 0 DATA - - 250 0 13 99 0" + tail,
		head + "a+b SMTPSVC1 MEE-PDC 192.168.1.2 0 AUTH - +LOGIN 535 0 8 10 0" + tail,
		head + "a+b SMTPSVC1 MEE-PDC 192.168.1.2 0 - - - 500 0 32 0 0" + tail,
		head + "a+b SMTPSVC1 MEE-PDC 192.168.1.2 0 QUIT - - 240 0 68 4 0" + tail,
	}
	compareLines(t, got, want)
}

func compareLines(t *testing.T, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		g, w := "nothing", "nothing"
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			t.Errorf("line %d is\n%s, want\n%s", i+1, g, w)
		}
	}
}

func TestOtherLogs(t *testing.T) {
	entries := []LogEntry{
		entry(Remark, remarkConnected), entry(FromServer, "220 x ready"), entry(FromClient, "HELO a,\"b\"\x00"), entry(FromServer, "250 OK"),
		entry(Remark, "message of 2 lines"), entry(Remark, remarkClosed),
	}
	for f, want := range map[LogFormat][]string{
		LogIMS: {
			"10/9/06 5:01:33 AM : A connection was accepted from 80.64.22.8", "10/9/06 5:01:33 AM : >>> 220 x ready",
			`10/9/06 5:01:33 AM : <<< HELO a,"b"\x00`, "10/9/06 5:01:33 AM : >>> 250 OK",
		},
		LogCSV2007: {
			`2006-10-09T05:01:33.000Z,EX1\Default EX1,08CC000000000007,0,10.1.1.10:25,80.64.22.8:4711,+,,`,
			`2006-10-09T05:01:33.000Z,EX1\Default EX1,08CC000000000007,1,10.1.1.10:25,80.64.22.8:4711,>,220 x ready,`,
			`2006-10-09T05:01:33.000Z,EX1\Default EX1,08CC000000000007,2,10.1.1.10:25,80.64.22.8:4711,<,"HELO a,""b""\x00",`,
			`2006-10-09T05:01:33.000Z,EX1\Default EX1,08CC000000000007,3,10.1.1.10:25,80.64.22.8:4711,>,250 OK,`,
			`2006-10-09T05:01:33.000Z,EX1\Default EX1,08CC000000000007,4,10.1.1.10:25,80.64.22.8:4711,*,,message of 2 lines`,
			`2006-10-09T05:01:33.000Z,EX1\Default EX1,08CC000000000007,5,10.1.1.10:25,80.64.22.8:4711,-,,Local`,
		},
		LogPostfix: {
			"Oct  9 05:01:33 ex1 postfix/smtpd[1007]: connect from unknown[80.64.22.8]", "Oct  9 05:01:33 ex1 postfix/smtpd[1007]: > unknown[80.64.22.8]: 220 x ready",
			`Oct  9 05:01:33 ex1 postfix/smtpd[1007]: < unknown[80.64.22.8]: HELO a,"b"\x00`, "Oct  9 05:01:33 ex1 postfix/smtpd[1007]: > unknown[80.64.22.8]: 250 OK",
			"Oct  9 05:01:33 ex1 postfix/smtpd[1007]: unknown[80.64.22.8]: message of 2 lines", "Oct  9 05:01:33 ex1 postfix/smtpd[1007]: disconnect from unknown[80.64.22.8]",
		},
		LogSendmail: {
			"Oct  9 05:01:33 ex1 sendmail[1007]: NOQUEUE: connect from [80.64.22.8]", "Oct  9 05:01:33 ex1 sendmail[1007]: NOQUEUE: 7: --> 220 x ready",
			`Oct  9 05:01:33 ex1 sendmail[1007]: NOQUEUE: 7: <-- HELO a,"b"\x00`, "Oct  9 05:01:33 ex1 sendmail[1007]: NOQUEUE: 7: --> 250 OK",
			"Oct  9 05:01:33 ex1 sendmail[1007]: NOQUEUE: 7: message of 2 lines",
		},
	} {
		t.Run(f.String(), func(t *testing.T) { compareLines(t, f.Lines("ex1.example.com", "10.1.1.10:25", entries), want) })
	}
	if got := LogPlain.Lines("x", "", entries); len(got) != len(entries) || got[3] != entries[3].String() {
		t.Errorf("plain: %q", got)
	}
}

// TestNativeLog: what a real session of a server leaves in its family's log, from a mark on.
func TestNativeLog(t *testing.T) {
	m := playing(t, "ex2003")
	talk(m, "XXXX rr.com", "QUIT")
	from := len(m.Log().Entries())
	talk(m, "EHLO y", "X-EXPS LOGIN", b64("user"), b64("wrong"), "MAIL FROM:<a@b>", "RCPT TO:<a@example.com>", "DATA", "Subject: x\r\n.", "XXXX", "QUIT")
	all := m.NativeLog(0)
	if len(all) == 0 || !strings.Contains(all[0], " - SMTPSVC1 MAIL ") || !strings.Contains(all[0], " xxxx - +rr.com 500 0 32 11 0 ") {
		t.Errorf("%q", all)
	}
	var verbs []string
	for _, l := range m.NativeLog(from) {
		verbs = append(verbs, strings.Fields(l)[8])
	}
	if want := []string{"EHLO", "x-exps", "MAIL", "RCPT", "DATA", "xxxx", "QUIT"}; !slices.Equal(verbs, want) {
		t.Errorf("%q, want %q", verbs, want)
	}
	if got := m.NativeLog(1 << 30); len(got) != 0 {
		t.Errorf("from beyond the end: %q", got)
	}
}

// TestEvents: a 2003 raises 7010 for what it refuses, blanks included as the source has them, and a plain service nothing.
func TestEvents(t *testing.T) {
	m := playing(t, "ex2003")
	talk(m, "XXXX a\x01b", "EHLO x", "XEXCH50 10 2", "NOOP", "QUIT")
	var got []string
	for _, e := range m.Events().Events() {
		if e.ID != 7010 || e.Level != "Error" || e.Source != "MSExchangeTransport" {
			t.Errorf("%v", e)
		}
		got = append(got, e.Text)
	}
	const text = `This is an SMTP protocol log for virtual server ID 1, connection #1. The client at "1.2.3.4" sent a "%s" command, and the SMTP server responded with "%s ". The full command sent was "%s". This will probably cause the connection to fail.`
	compareLines(t, got, []string{
		fmt.Sprintf(text, "xxxx", "500 5.3.3 Unrecognized command", "XXXX a?b"),
		fmt.Sprintf(text, "xexch50", "504 Need to authenticate first ", "XEXCH50 10 2"),
	})
	m = playing(t, "iis6")
	if talk(m, "XXXX"); len(m.Events().Events()) != 0 {
		t.Errorf("%v", m.Events().Events())
	}
	l := &EventLog{}
	for i := range maxEvents + 5 {
		l.Add(Event{ID: i})
	}
	if all := l.Events(); len(all) != maxEvents || all[0].ID != 5 || all[maxEvents-1].ID != maxEvents+4 {
		t.Errorf("%d events are kept", len(all))
	}
}
