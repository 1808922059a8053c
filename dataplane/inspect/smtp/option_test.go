package smtp

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOptions(t *testing.T) {
	for _, o := range Options() {
		for _, name := range append([]string{o.Name, strings.ToUpper(o.Name)}, o.Aliases...) {
			outcomes := map[string]bool{}
			for _, v := range o.Values {
				p := P72()
				if err := p.Set(name + "=" + v); err != nil {
					t.Errorf("%s=%s: %v", name, v, err)
				}
				outcomes[cmp.Diff(P72(), p)] = true
			}
			if len(outcomes) != len(o.Values) {
				t.Errorf("%s: %d values make %d profiles", name, len(o.Values), len(outcomes))
			}
		}
	}
	for _, pair := range [][2]string{
		{"reject=xmask", "reject=x"}, {"reject=ok_local", "reject=ok"}, {"banner_mask=all", "banner=stars"}, {"allow_tls=true", "allow-tls=on"},
	} {
		a, b := P72(), P72()
		if a.Set(pair[0]) != nil || b.Set(pair[1]) != nil || !cmp.Equal(a, b) {
			t.Errorf("%s is not %s", pair[0], pair[1])
		}
	}
	p := P60()
	for _, bad := range []string{"", "reject", "reject=", "reject=maybe", "colour=red", "=on"} {
		if err := p.Set(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestOptionsOfOtherReleases(t *testing.T) {
	for _, o := range []string{"engine=smtp", "vrfy=shown", "allow-tls=on"} {
		p := P60()
		if err := p.Set(o); err != nil || cmp.Diff(P60(), p) != "" {
			t.Errorf("%s on 6.0: %v, %s", o, err, cmp.Diff(P60(), p))
		}
	}
}

func TestFlawNames(t *testing.T) {
	want := []string{"data-bypass", "eod-withhold", "dup-header"}
	if got := FlawNames(FlawDupHeader | FlawDataBypass | FlawEODWithhold); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := FlawNames(^Flaws(0)); len(got) != 8 {
		t.Errorf("flaws without an option: %v", got)
	}
}
