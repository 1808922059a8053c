package lab

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// TestIdentThroughTheBox: a server outside asks back before it greets a client inside. The box denies the query; it is
// silent about it until `service resetinbound`, which saves the wait.
func TestIdentThroughTheBox(t *testing.T) {
	for name, c := range map[string]struct{ wait, line, want string }{
		"silence": {"600ms", "", "ident: no answer within 600ms"},
		"reset":   {"1h", "service resetinbound", "ident: refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := FindServerProfile("sendmail")
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Set("ident=" + c.wait); err != nil {
				t.Fatal(err)
			}
			l := boxed(t, "pix-6.3", Options{MXProfile: p}, c.line)
			conn, err := l.Host("mail").Dial(within(t), netip.AddrPort{}, netip.AddrPortFrom(ClientAddr, 25))
			if err != nil {
				t.Fatal(err)
			}
			client := NewSMTPClient(conn, 20*time.Second)
			defer client.Close()
			if r, err := client.Reply(); err != nil || r.Code != 220 {
				t.Fatalf("%v, %v", r, err)
			}
			var remarks []string
			for _, e := range l.MX().Log().Entries() {
				if e.Kind == Remark {
					remarks = append(remarks, e.Text)
				}
			}
			if len(remarks) != 2 || remarks[1] != c.want {
				t.Errorf("%q, want %q", remarks, c.want)
			}
		})
	}
}

func FuzzIdentAnswer(f *testing.F) {
	for _, s := range []string{"6191, 23 : USERID : UNIX : joe\r\n", "1,2:ERROR:NO-USER\r\n", ":::\r\n", "\r\n", strings.Repeat(":", 2000)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		here := netip.MustParseAddrPort("10.1.1.10:25")
		c := &scripted{in: strings.NewReader(string(answer))}
		user, err := askIdent(t.Context(), dialScripted(c), here, here)
		if err == nil && !strings.Contains(string(answer), ":") {
			t.Errorf("%q is answered by %q", user, answer)
		}
		for _, r := range identRemark(user, err, time.Second) {
			if r < ' ' || r > '~' {
				t.Errorf("remark of %q has %q", answer, r)
			}
		}
	})
}

func dialScripted(c net.Conn) IdentDialer {
	return func(context.Context, netip.Addr, netip.AddrPort) (net.Conn, error) { return c, nil }
}
