package lab

import (
	"net/netip"
	"strings"
	"testing"
)

func TestParseForward(t *testing.T) {
	for text, want := range map[string]ForwardSpec{
		"127.0.0.1:2526=client,203.0.113.10:25": {"127.0.0.1:2526", "client", netip.MustParseAddrPort("203.0.113.10:25")},
		":0=desk,10.1.1.1:23":                   {":0", "desk", netip.MustParseAddrPort("10.1.1.1:23")},
		"[::1]:80=mail,198.51.100.25:80":        {"[::1]:80", "mail", netip.MustParseAddrPort("198.51.100.25:80")},
	} {
		if got, err := ParseForward(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for text, why := range map[string]string{
		"": "no =", "127.0.0.1:25": "no =", "127.0.0.1:25=client": "no comma", "25=client,203.0.113.10:25": "not host:port",
		"127.0.0.1:x=client,203.0.113.10:25": "not a number", "127.0.0.1:65536=client,203.0.113.10:25": "not a number",
		"127.0.0.1:25=moon,203.0.113.10:25": "it has client, mail, desk", "127.0.0.1:25=client,203.0.113.10": "not an IPv4 address and port",
		"127.0.0.1:25=client,mail:25": "not an IPv4", "127.0.0.1:25=client,203.0.113.10:0": "not an IPv4", "127.0.0.1:25=client,[::1]:25": "not an IPv4",
	} {
		oneLine(t, text, why, second(ParseForward(text)))
	}
}

func TestParseServe(t *testing.T) {
	for text, want := range map[string]ServeSpec{
		"desk,514/udp=127.0.0.1:5514": {"desk", 514, true, "127.0.0.1:5514"},
		"mail,25=localhost:2500":      {"mail", 25, false, "localhost:2500"},
		"client,80/tcp=[::1]:8080":    {"client", 80, false, "[::1]:8080"},
	} {
		if got, err := ParseServe(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for text, why := range map[string]string{
		"": "no =", "desk,514": "no =", "desk=127.0.0.1:1": "no comma", "moon,514=127.0.0.1:1": "no host \"moon\"",
		"desk,0=127.0.0.1:1": "1 to 65535", "desk,65536=127.0.0.1:1": "1 to 65535", "desk,smtp=127.0.0.1:1": "1 to 65535", "desk,=127.0.0.1:1": "1 to 65535",
		"desk,514/icmp=127.0.0.1:1": "neither tcp nor udp", "desk,514/udp=127.0.0.1": "not host:port", "desk,514/udp=:514": "no host and port",
		"desk,514/udp=127.0.0.1:0": "no host and port",
	} {
		oneLine(t, text, why, second(ParseServe(text)))
	}
}

func second[T any](_ T, err error) error { return err }

func oneLine(t *testing.T, text, why string, err error) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), why) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "want ") {
		t.Errorf("%q: %v, want %q in one line", text, err, why)
	}
}

func FuzzFlags(f *testing.F) {
	f.Add("127.0.0.1:2526=client,203.0.113.10:25")
	f.Add("desk,514/udp=127.0.0.1:5514")
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := ParseForward(text); err == nil && (HostAddr(s.Host) == netip.Addr{} || !s.To.IsValid()) {
			t.Errorf("%q: %+v", text, s)
		} else if err != nil && strings.ContainsAny(err.Error(), "\n\r") {
			t.Errorf("%q: %v", text, err)
		}
		if s, err := ParseServe(text); err == nil && (HostAddr(s.Host) == netip.Addr{} || s.Port == 0) {
			t.Errorf("%q: %+v", text, s)
		}
	})
}
