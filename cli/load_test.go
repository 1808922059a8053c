package cli

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pixsim/appliance/release"
	"pixsim/cli/command"
)

// The factory configuration of a release is a configuration of that release: nothing of it is refused or remarked upon,
// and rendering what was loaded gives a text that loads to the same.
func TestLoadFactory(t *testing.T) {
	for _, rel := range release.All() {
		c, refused := Load(rel, rel.Factory)
		for _, r := range refused {
			t.Errorf("%s line %d %q: %q", rel.Name, r.Line, r.Text, r.Messages)
		}
		v := command.View{Release: rel, Secrets: true}
		text := strings.Join(slices.Collect(command.Render(c, v)), "\n")
		if want := body(rel); text != want {
			t.Errorf("%s: the factory configuration renders as\n%s\nnot\n%s", rel.Name, text, want)
		}
		again, refused := Load(rel, text)
		for _, r := range refused {
			t.Errorf("%s, rendered, line %d %q: %q", rel.Name, r.Line, r.Text, r.Messages)
		}
		if got := strings.Join(slices.Collect(command.Render(again, v)), "\n"); got != text {
			t.Errorf("%s: rendered again it is\n%s\nnot\n%s", rel.Name, got, text)
		}
	}
}

// body is a factory configuration without its header and its end.
func body(rel *release.Release) string {
	_, text, _ := strings.Cut(rel.Factory, "\n"+rel.Say(release.VersionLine, rel.Version)+"\n")
	text, _, _ = strings.Cut(text, "\n: end\n")
	text, _, _ = strings.Cut(text, "\nCryptochecksum:")
	return text
}

// A long list loads in seconds, through the real commands.
func TestLoadLongList(t *testing.T) {
	n := 20000
	if testing.Short() {
		n = 5000
	}
	rel := named(t, "pix-6.3")
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "access-list long permit tcp any host 10.%d.%d.%d eq smtp \n", i>>16, i>>8&255, i&255)
	}
	start := time.Now()
	c, refused := Load(rel, b.String())
	took := time.Since(start)
	if len(refused) > 0 {
		t.Fatalf("%d lines refused, the first: %+v", len(refused), refused[0])
	}
	if l, ok := c.ACL("long"); !ok || l == nil {
		t.Fatal("no list")
	}
	t.Logf("%d lines in %v", n, took)
	if took > 30*time.Second {
		t.Errorf("%d lines took %v", n, took)
	}
}
