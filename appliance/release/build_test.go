package release

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"pixsim/dataplane/inspect/smtp"
)

// The flaws of builds, as the advisories and release notes give them, at both ends of each span.
func TestFlawsOfBuilds(t *testing.T) {
	for name, want := range map[string]string{
		"pix-4.0(7)": "", "pix-4.1(6)": "",
		"pix-4.2(1)": "eod-withhold", "pix-4.2(2)": "data-bypass eod-withhold noop-desync", "pix-4.2(3)": "data-bypass eod-withhold",
		"pix-4.3(1)": "data-bypass eod-withhold", "pix-4.4(6)": "data-bypass eod-withhold", "pix-4.4(7)": "eod-withhold",
		"pix-5.0(3)": "data-bypass eod-withhold", "pix-5.0(4)": "eod-withhold",
		"pix-5.1(3)": "data-bypass eod-withhold", "pix-5.1(4)": "eod-withhold",
		"pix-5.2(1)": "data-bypass eod-withhold", "pix-5.2(2)": "data-bypass eod-withhold", "pix-5.2(3)": "eod-withhold",
		"pix-5.2(4)": "data-regress", "pix-5.2(5)": "data-regress", "pix-5.2(6)": "",
		"pix-5.3(1)": "", "pix-6.0(1)": "data-regress", "pix-6.0(2)": "", "pix-6.1(1)": "", "pix-6.2(4)": "", "pix-6.3(1)": "", "pix-6.3(5)": "",
		"pix-7.0(1)": "dup-header", "pix-7.0(8)": "dup-header", "pix-7.2(2)": "dup-header", "pix-7.2(3)": "",
		"asa-7.2(1)": "dup-header", "asa-7.2(3)": "", "pix-8.0(2)": "", "asa-8.0(2)": "", "asa-8.2(1)": "",
	} {
		r, err := Parse(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := strings.Join(smtp.FlawNames(r.SMTP.Flaws), " "); got != want {
			t.Errorf("%s has %q, want %q", name, got, want)
		}
		if (r.Remarks() == "") != (want == "") || strings.Count(r.Remarks(), "\n") != len(strings.Fields(want)) {
			t.Errorf("%s remarks %q", name, r.Remarks())
		}
	}
}

// A build is its release but for the number and the flaws; the release itself has none and is not touched.
func TestBuildIsItsRelease(t *testing.T) {
	for _, r := range All() {
		if r.SMTP.Flaws != 0 || r.Of != nil {
			t.Errorf("%s has flaws", r.Name)
		}
		b, err := Parse(strings.ToUpper(r.Name) + "(99)")
		if err != nil {
			t.Fatal(err)
		}
		if b.Name != r.Name+"(99)" || b.Of != r || Base(b.Name) != r.Name || Base(r.Name) != r.Name {
			t.Errorf("%s: a build %q of %v", r.Name, b.Name, b.Of)
		}
		for what, text := range map[string]string{"boot text": b.BootText(), "factory configuration": b.Factory} {
			if !strings.Contains(text, b.Version.String()) || strings.Contains(text, r.Version.String()) {
				t.Errorf("%s: %s of a build:\n%s", r.Name, what, text)
			}
		}
		for key := range reach {
			w, ok := r.Words(key)
			if v, same := b.Words(key); v != w || same != ok {
				t.Errorf("%s says %q otherwise", b.Name, key)
			}
		}
		c := *b
		c.Name, c.Of, c.Parent, c.Text, c.Version, c.Factory, c.SMTP.Flaws = r.Name, nil, r.Parent, r.Text, r.Version, r.Factory, 0
		if !reflect.DeepEqual(&c, r) {
			t.Errorf("%s differs from %s in more than its number", b.Name, r.Name)
		}
	}
}

func TestParseBuildFaults(t *testing.T) {
	for _, name := range []string{
		"pix-6.3()", "pix-6.3(", "pix-6.3(5", "pix-6.3(0)", "pix-6.3(100)", "pix-6.3(-1)", "pix-6.3(+1)", "pix-6.3(05)", "pix-6.3(5)1",
		"pix-6.3(5.112)", "pix-6.3(5))", "pix-6.3 (5)", "pix-6.4(1)", "(5)", "pix-6.3(x)", "pix-6.3(99999999999999999999)",
	} {
		if r, err := Parse(name); err == nil {
			t.Errorf("%s is %s", name, r.Name)
		}
	}
	_, err := Parse("pix-6.3(0)")
	if err == nil || !strings.Contains(err.Error(), "pix-6.3(1) to pix-6.3(99)") {
		t.Errorf("%v does not say which numbers there are", err)
	}
}

// Every flaw's span holds a build of some release, and every builds' list covers all numbers once.
func TestBuildsCoverAll(t *testing.T) {
	used := map[int]bool{}
	for _, r := range All() {
		next := uint8(1)
		for _, b := range r.Builds() {
			if b.First != next || b.Last < b.First {
				t.Errorf("%s: builds %+v begin elsewhere than at %d", r.Name, b, next)
			}
			next = b.Last + 1
			for _, n := range []uint8{b.First, b.Last} {
				if got := r.build(n).SMTP.Flaws; got != b.Flaws {
					t.Errorf("%s(%d) has %b, the list says %b", r.Name, n, got, b.Flaws)
				}
				for i, s := range shippedFlaws {
					used[i] = used[i] || s.in.Holds(r.build(n))
				}
			}
		}
		if next != lastBuild+1 {
			t.Errorf("%s: the builds end before %d", r.Name, next)
		}
	}
	for i, s := range shippedFlaws {
		if !used[i] {
			t.Errorf("no build has %+v", s)
		}
	}
}

// The later releases inspect by maps, and let TLS pass from 9.4 on.
func TestLaterInspection(t *testing.T) {
	for _, r := range All() {
		if r.Version.Compare(V(8, 4)) < 0 {
			continue
		}
		if !r.SMTP.Maps || r.SMTP.AllowTLS != (r.Version.Compare(V(9, 4)) >= 0) {
			t.Errorf("%s inspects by %+v", r.Name, r.SMTP)
		}
		if b, err := Parse(strings.ToUpper(r.Name) + "(7)"); err != nil || b.Of != r || b.SMTP.Flaws != 0 {
			t.Errorf("%s(7): %+v, %v", r.Name, b, err)
		}
	}
}

func TestParseFaults(t *testing.T) {
	for _, name := range []string{"", "asa", "asa-9.4(0)", "pix-9.4", "asa-9.9"} {
		if r, err := Parse(name); err == nil {
			t.Errorf("Parse(%q) is %s", name, r.Name)
		}
	}
}

func TestWith(t *testing.T) {
	r, err := pix51.With([]string{"reject=noop", "CVE-2000-1022=on"})
	if err != nil || r.SMTP.Reject != smtp.RejectNoop || r.SMTP.Flaws != smtp.FlawDataBypass || r.Remarks() != "pixsim: flaw data-bypass CVE-2000-1022 CSCdr91002 CSCds30699 CSCds38708\n" {
		t.Errorf("%+v, %v", r, err)
	}
	if pix51.SMTP.Reject != smtp.RejectMask || pix51.SMTP.Flaws != 0 {
		t.Error("the release itself was changed")
	}
	if b, err := Parse("pix-5.2(3)"); err != nil {
		t.Error(err)
	} else if mended, err := b.With([]string{"eod-withhold=off"}); err != nil || mended.SMTP.Flaws != 0 || mended.Name != b.Name {
		t.Errorf("%+v, %v", mended, err)
	}
	for _, o := range SMTPFlaws() {
		if r, err := pix63.With([]string{o.Name + "=on"}); err != nil || !slices.Equal(smtp.FlawNames(r.SMTP.Flaws), []string{o.Name}) {
			t.Errorf("%s switches %v, %v", o.Name, r, err)
		}
	}
}

// A part of a configuration may name one card of many: those before it are there too.
func TestFitted(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"nameif ethernet1 inside security100", []string{"ethernet0", "ethernet1"}},
		{"nameif e2 dmz security50", []string{"ethernet0", "ethernet1", "ethernet2"}},
		{"interface ethernet3 auto\ninterface ethernet0 auto", []string{"ethernet0", "ethernet1", "ethernet2", "ethernet3"}},
		{"nameif gb-ethernet1 far security60\nnameif ethernet0 outside security0", []string{"gb-ethernet0", "gb-ethernet1", "ethernet0"}},
		{"nameif ethernet4000000000 far security60", []string{"ethernet4000000000"}},
	} {
		rel, err := Parse("pix-6.3")
		if err != nil {
			t.Fatal(err)
		}
		if got := rel.Fitted(c.text).Model.Interfaces; !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}
