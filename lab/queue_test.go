package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// refuses is a dialer to whom nobody listens.
func refuses(context.Context, netip.AddrPort) (net.Conn, error) {
	return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
}

func queueOf(t testing.TB, profile string, dial func(context.Context, netip.AddrPort) (net.Conn, error)) *Queue {
	s := client(t, profile)
	s.Name = "mail.example.com"
	return &Queue{Sender: s, Hosts: []Target{{"mx.example.net", netip.MustParseAddrPort("198.51.100.25:25")}}, Dial: dial, Epoch: kbGreeting}
}

func (q *Queue) mustRun(t interface{ Fatal(...any) }, d time.Duration) {
	if err := q.Run(context.Background(), d); err != nil {
		t.Fatal(err)
	}
}

func times(it *QueuedMail) (at []time.Duration) {
	for _, a := range it.Attempts {
		at = append(at, a.At)
	}
	return at
}

// The article's duplicates: the end of the data is never confirmed, and the receiver keeps what it has got.
func TestDuplicates(t *testing.T) {
	copies := 0
	dial := func(context.Context, netip.AddrPort) (net.Conn, error) {
		p := &peer{on: map[string]string{atEnd: silent}}
		conn, wait := p.dial(t)
		t.Cleanup(func() {
			if wait(); p.mail != "" {
				copies++
			}
		})
		return conn, nil
	}
	t.Cleanup(func() {
		if copies != 6 { // runs after those of the dialer: last in, first out
			t.Errorf("%d copies", copies)
		}
	})
	q := queueOf(t, "ex2003", dial)
	it, err := q.Add(oneLetter)
	if err != nil {
		t.Fatal(err)
	}
	q.mustRun(t, 10*time.Hour)
	want := minutes(0, 15, 45, 105, 345, 585) // 9.75 h
	if got := times(it); !slices.Equal(got, want) || it.State != Retry {
		t.Errorf("attempts at %v, %s", got, it.State)
	}
	for _, want := range []string{"message 1 from <a@example.net> to <b@example.com>: Retry, next attempt at 13:45:00",
		"  09:45:00 attempt 6: no answer to end of data (the message may have arrived), Retry\n"} {
		if !strings.Contains(q.String(), want) {
			t.Errorf("no %q in\n%s", want, q)
		}
	}
}

func TestSchedules(t *testing.T) {
	for _, c := range []struct {
		profile string
		run     time.Duration
		want    []time.Duration
		state   State
	}{
		{"ex55", 10 * time.Hour, minutes(0, 15, 45, 105, 345, 585), Retry},
		{"ex2010", 45 * time.Minute, minutes(0, 1, 2, 3, 4, 9, 14, 19, 24, 29, 34, 44), Retry},
		{"qmail", 2 * time.Hour, []time.Duration{0, 400e9, 1600e9, 3600e9, 6400e9}, Retry},
		{"postfix", 80 * time.Minute, []time.Duration{0, 300e9, 600e9, 1200e9, 2400e9, 4800e9}, Retry},
		{"bot-nofallback", 10 * day, minutes(0), Dropped},
		{"oe6", 10 * day, minutes(0), Dropped},
	} {
		q := queueOf(t, c.profile, refuses)
		it, _ := q.Add(oneLetter)
		q.mustRun(t, c.run)
		if got := times(it); !slices.Equal(got, c.want) || it.State != c.state {
			t.Errorf("%s: attempts at %v, %s", c.profile, got, it.State)
		}
	}
}

// Two days of an Exchange that reaches nobody: fifteen attempts, a notice of delay, a report, and then peace.
func TestExpiry(t *testing.T) {
	q := queueOf(t, "ex2003", refuses)
	it, _ := q.Add(oneLetter)
	q.mustRun(t, 12*time.Hour-time.Second)
	if n := len(q.Reports()); n != 0 {
		t.Errorf("%d reports before 12 hours", n)
	}
	q.mustRun(t, time.Second)
	if r := q.Reports(); len(r) != 1 || !strings.Contains(r[0], "YOU DO NOT NEED TO RESEND YOUR MESSAGE") {
		t.Errorf("after 12 hours: %q", r)
	}
	q.mustRun(t, 30*day)
	r := q.Reports()
	if len(r) != 2 || !strings.Contains(r[1], "<mail.example.com #4.4.7>") || it.State != NDR || len(it.Attempts) != 15 {
		t.Errorf("%s after %d attempts: %q", it.State, len(it.Attempts), r)
	}
	if q.Now() != 30*day+12*time.Hour {
		t.Errorf("the clock shows %v", q.Now())
	}
}

// The queue's clock is arithmetic: whatever the schedule, attempts come at the sums of its steps, as long as the message
// lives, and it does not matter in how many pieces the time passes.
func TestQueueArithmetic(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		step := rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.IntRange(1, 300).Draw(t, "minutes")) * time.Minute
		})
		p := ClientProfile{Voice: VoiceIIS, Expire: time.Duration(rapid.IntRange(1, 72).Draw(rt, "expire")) * time.Hour}
		p.Retry.Steps = rapid.SliceOfN(step, 1, 6).Draw(rt, "steps")
		total := time.Duration(rapid.IntRange(0, 100*60).Draw(rt, "run")) * time.Minute
		late := time.Duration(rapid.IntRange(0, 60).Draw(rt, "queued after")) * time.Minute

		one := &Queue{Sender: Sender{Profile: p}, Hosts: []Target{{}}, Dial: refuses}
		one.mustRun(rt, late)
		it, _ := one.Add(oneLetter)
		one.mustRun(rt, total)

		var want []time.Duration
		for at, n := late, 1; at <= late+total && at < late+p.Expire; n++ {
			want = append(want, at)
			at += p.Retry.Steps[min(n, len(p.Retry.Steps))-1]
		}
		state := Retry
		if total >= p.Expire {
			state = NDR
		}
		if got := times(it); !slices.Equal(got, want) || it.State != state || (len(one.Reports()) == 1) != (state == NDR) {
			rt.Fatalf("attempts at %v, want %v; %s, want %s; %d reports", got, want, it.State, state, len(one.Reports()))
		}

		many := &Queue{Sender: Sender{Profile: p}, Hosts: []Target{{}}, Dial: refuses}
		many.mustRun(rt, late)
		many.Add(oneLetter)
		for left := total; left > 0; {
			piece := min(left, step.Draw(rt, "piece"))
			many.mustRun(rt, piece)
			left -= piece
		}
		if total == 0 {
			many.mustRun(rt, 0)
		}
		if many.String() != one.String() || many.Now() != one.Now() {
			rt.Fatalf("in pieces:\n%s\nat once:\n%s", many, one)
		}
	})
}

// Outcomes as they come: every recipient ends in exactly one way, and once that is so nothing more is tried for it.
func TestQueueDecidesOnceForEach(t *testing.T) {
	replies := []string{"250 ok", "450 later", "550 no"}
	rapid.Check(t, func(rt *rapid.T) {
		m := Mail{From: "a@example.net", Data: []byte("Subject: s\r\n\r\n")}
		for i := range rapid.IntRange(1, 4).Draw(rt, "recipients") {
			m.To = append(m.To, fmt.Sprintf("r%d@example.com", i))
		}
		final := map[string]string{}
		dial := func(context.Context, netip.AddrPort) (net.Conn, error) {
			on := map[string]string{atEnd: rapid.SampledFrom(replies).Draw(rt, "end")}
			for _, to := range m.To {
				on["RCPT TO:<"+to+">"] = rapid.SampledFrom(replies).Draw(rt, to)
			}
			conn, _ := (&peer{on: on}).dial(t)
			return conn, nil
		}
		q := queueOf(t, "postfix", dial)
		it, _ := q.Add(m)
		q.mustRun(rt, 6*day)
		for _, try := range it.Attempts {
			for _, to := range m.To {
				tried := slices.Contains(try.Attempt.Delivered, to) || try.Attempt.Refused[to] != nil
				if final[to] != "" && tried {
					rt.Fatalf("%s was tried after %s", to, final[to])
				}
				if slices.Contains(try.Attempt.Delivered, to) {
					final[to] = "delivered"
				} else if r := try.Attempt.Refused[to]; r != nil && r.Reply.Code == 550 {
					final[to] = "refused"
				}
			}
		}
		reported := 0
		for _, to := range m.To {
			if final[to] != "delivered" {
				reported++
			}
		}
		want := Delivered
		if reported > 0 {
			want = NDR
		}
		if it.State != want || len(q.Reports()) != reported {
			rt.Fatalf("%s, want %s; %d reports, want %d\n%s", it.State, want, len(q.Reports()), reported, q)
		}
	})
}

// The second host of a domain: KB 182821's fault of Exchange 5.5 is that a connection is enough to stay with the first.
func TestMXFailover(t *testing.T) {
	for _, c := range []struct {
		profile string
		first   string // greeting; "": nobody listens
		hosts   int    // that were tried
		state   State
	}{
		{"ex55", "", 2, Delivered},
		{"ex55", "421 busy", 1, Retry},
		{"ex2003", "421 busy", 2, Delivered},
		{"postfix", "421 busy", 2, Delivered},
		{"postfix", "554 no", 1, NDR},
		{"qmail", "421 busy", 1, Retry},
	} {
		tried := 0
		q := queueOf(t, c.profile, func(_ context.Context, to netip.AddrPort) (net.Conn, error) {
			tried++
			p := &peer{}
			if to.Port() == 1 {
				if p.greeting = c.first; c.first == "" {
					return refuses(context.Background(), to)
				}
			}
			conn, _ := p.dial(t)
			return conn, nil
		})
		q.Hosts = []Target{{"mx1", netip.MustParseAddrPort("192.0.2.1:1")}, {"mx2", netip.MustParseAddrPort("192.0.2.2:2")}}
		it, _ := q.Add(oneLetter)
		q.mustRun(t, 0)
		if tried != c.hosts || it.State != c.state {
			t.Errorf("%+v: %d hosts, %s\n%s", c, tried, it.State, q)
		}
	}
}

func TestQueueIsBounded(t *testing.T) {
	q := queueOf(t, "exim", refuses)
	for range maxQueued {
		if _, err := q.Add(oneLetter); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := q.Add(oneLetter); err == nil {
		t.Error("one more was taken")
	}
}

func TestQueueEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	q := queueOf(t, "exim", func(ctx context.Context, _ netip.AddrPort) (net.Conn, error) {
		cancel()
		<-ctx.Done()
		return nil, ctx.Err()
	})
	q.Add(oneLetter)
	if err := q.Run(ctx, day); !errors.Is(err, context.Canceled) || q.Now() != 0 {
		t.Errorf("%v at %v", err, q.Now())
	}
}

// Reports in the words of their programs.
func TestReports(t *testing.T) {
	relay := map[string]string{"RCPT": "550 5.7.1 Unable to relay for b@example.com"}
	for _, c := range []struct {
		profile string
		on      map[string]string
		body    string
		want    []string
	}{
		{"ex55", map[string]string{"RCPT": "550 no such user"}, "", []string{"Your message\n\n  To:      b@example.com\n  Subject: s\n  Sent:    Thu, 3 Oct 2002 13:14:25 -0500\n\ndid not reach the following recipient(s):\n\nb@example.com on Thu, 3 Oct 2002 13:14:25 -0500\n    The recipient name is not recognized\n\tThe MTS-ID of the original message is: ", "(000C05A6) Unknown Recipient\n"}},
		{"ex55", relay, "", []string{"(000B09AA) 550 5.7.1 Unable to relay for b@example.com\n"}},
		{"ex55", map[string]string{"MAIL": "501 what"}, "", []string{"(000B09B6) 501 what\n"}},
		{"ex55", nil, "8BITMIME", []string{"(000B09B6) 500 Host does not support 8bitmime\n"}},
		{"ex2003", nil, "8BITMIME", []string{"<mail.example.com #5.6.1 smtp;554 5.6.1 Body type not supported by Remote Host>"}},
		{"ex2003", relay, "", []string{"<mail.example.com #5.7.1 smtp;550 5.7.1 Unable to relay for b@example.com>", "You do not have permission"}},
		{"ex2003", map[string]string{"MAIL": "501 what"}, "", []string{"<mail.example.com #5.5.0 smtp;501 what>"}},
		{"ex2010", relay, "", []string{"#550 5.7.1 Unable to relay for b@example.com ##"}},
		{"qmail", relay, "", []string{"I'm afraid I wasn't able to deliver", "pipe does not like recipient."}},
		{"postfix", relay, "", []string{"<b@example.com>: host mx.example.net[pipe] said: 550 5.7.1"}},
		{"exim", relay, "", []string{"This is a permanent error"}},
		{"sendmail", relay, "", []string{"permanent fatal errors -----\n<b@example.com>\n    (reason: 550 5.7.1"}},
	} {
		q := queueOf(t, c.profile, func(context.Context, netip.AddrPort) (net.Conn, error) {
			conn, _ := (&peer{on: c.on}).dial(t)
			return conn, nil
		})
		m := oneLetter
		m.Body = c.body
		it, _ := q.Add(m)
		q.mustRun(t, 0)
		r := strings.Join(q.Reports(), "\n")
		for _, want := range c.want {
			if !strings.Contains(r, want) || it.State != NDR {
				t.Errorf("%s %v: %s, no %q in\n%s", c.profile, c.on, it.State, want, r)
			}
		}
	}
	// Exchange 5.5 that must log on where AUTH is stripped (symptom 14).
	q := queueOf(t, "ex55", func(context.Context, netip.AddrPort) (net.Conn, error) {
		conn, _ := (&peer{}).dial(t)
		return conn, nil
	})
	q.Sender.User = "user"
	q.Add(oneLetter)
	q.mustRun(t, 0)
	if r := q.Reports(); len(r) != 1 || !strings.Contains(r[0], "(000B0981) 502 Server does not support AUTH") {
		t.Errorf("%q", r)
	}
}
