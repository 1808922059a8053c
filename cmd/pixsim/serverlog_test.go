package main

import (
	"bufio"
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pixsim/lab"
)

// TestServerLogAtThePrompt: the administrator of the server that is played sees its own kind of log, and its events.
func TestServerLogAtThePrompt(t *testing.T) {
	p, err := lab.FindServerProfile("ex2003")
	if err != nil {
		t.Fatal(err)
	}
	l, err := lab.New(lab.Options{MailProfile: p})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	st := &start{lab: l}
	says := func(command string) string {
		var b strings.Builder
		st.commands()[command].Run(&b)
		return b.String()
	}
	if got := says("serverlog") + says("events"); got != "nothing has reached the mail server yet\nthe mail server has raised no event\n" {
		t.Errorf("before: %q", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c, err := l.Host("desk").Dial(ctx, netip.AddrPort{}, netip.AddrPortFrom(lab.MailAddr, 25))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r := bufio.NewReader(c)
	for i := range shownLog + 5 {
		fmt.Fprintf(c, "XXXX a%d\r\n", i)
	}
	for range shownLog + 6 { // the greeting, too
		if _, err := r.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Fprintf(c, "NOOP\r\n") // a command is in that log once the next has come
	if _, err := r.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	log, events := says("serverlog"), says("events")
	if n := strings.Count(log, "\n"); n != shownLog || !strings.Contains(log, " 10.1.1.20 - SMTPSVC1 MAIL 10.1.1.10 0 xxxx - +a24 500 0 32 8 0 SMTP") {
		t.Errorf("%d lines:\n%s", n, log)
	}
	if n := strings.Count(events, "\n"); n != shownLog || !strings.Contains(events, ` MSExchangeTransport 7010 `) || !strings.Contains(events, `The full command sent was "XXXX a24"`) {
		t.Errorf("%d events:\n%s", n, events)
	}
}
