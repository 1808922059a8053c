package lab

import (
	"bytes"
	"context"
	"flag"
	"net"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"testing"

	"pixsim/appliance/release"
)

var updateProbe = flag.Bool("update-probe", false, "write the session in docs/probe.md again")

// TestProbePage: the session on the page is what a probe of asa-8.2 says, but for the names of releases: those that look the
// same grow in number.
func TestProbePage(t *testing.T) {
	const page = "../docs/probe.md"
	have, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	rel, err := release.Parse("asa-8.2")
	if err != nil {
		t.Fatal(err)
	}
	r, err := behind(within(t), rel, true)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	text.WriteString("<!-- generated: probe -->\n```text\n$ pixsim probe 203.0.113.10\n203.0.113.10:25\n")
	if err := r.Text(&text); err != nil {
		t.Fatal(err)
	}
	text.WriteString("```\n<!-- end -->\n")
	part := regexp.MustCompile(`(?s)<!-- generated: probe -->\n.*?<!-- end -->\n`)
	want := part.ReplaceAllLiteral(have, text.Bytes())
	names := regexp.MustCompile(`(?:pix|asa)-\d+\.\d+(?:(?:,| to) (?:pix|asa)-\d+\.\d+)*`)
	plain := func(page []byte) []byte { return names.ReplaceAllLiteral(page, []byte("RELEASES")) }
	switch {
	case *updateProbe:
		if err := os.WriteFile(page, want, 0o644); err != nil {
			t.Fatal(err)
		}
	case !bytes.Equal(plain(have), plain(want)):
		t.Errorf("%s is not what the program says (go test ./lab -run TestProbePage -update-probe writes it again):\n%s", page, text.Bytes())
	}
}

// TestProbeOfServerProfiles: no server that the lab plays raises a false alarm, and the proxies are told by name.
func TestProbeOfServerProfiles(t *testing.T) {
	for _, p := range ServerProfiles() {
		p.Tarpit = 0
		want := ProbeNone
		if strings.HasSuffix(p.Name, "-proxy") {
			want = ProbeOther
		}
		l := newLab(t, Options{})
		if err := l.SetProfile("mail", p); err != nil {
			t.Fatal(err)
		}
		r, err := Probe{Dial: func(ctx context.Context) (net.Conn, error) {
			return l.Host("client").Dial(ctx, netip.AddrPort{}, netip.AddrPortFrom(MailAddr, smtpPort))
		}}.Run(within(t))
		if err != nil || r.Verdict != want {
			t.Errorf("%s: %+v %v, want %s", p.Name, r, err, want)
		}
	}
}
