package appliance_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli"
)

// A configuration that a release saved loads in the next one: the lab's, the factory's and generated ones, from 4.0 to
// 6.3, each without a refused line. What the next one saves is its own.
func TestEachReleaseReadsTheOneBefore(t *testing.T) {
	all := usageEra()
	for i, old := range all[:len(all)-1] {
		next := all[i+1]
		t.Run(old.Name+"-"+next.Name, func(t *testing.T) {
			t.Parallel()
			texts := []string{startupOf(t, old.Name), old.Factory}
			for seed := range uint64(3) {
				texts = append(texts, generated(t, old, rand.New(rand.NewPCG(seed, uint64(i)))))
			}
			for _, text := range texts {
				reads(t, next.Fitted(text), text)
			}
		})
	}
}

// What is generated for a release goes through all that follow, one by one and at a stride, without a refused line: up to
// 6.3. Those of later software take what they know, and say of each line that they do not know why.
func TestGeneratedGoesUp(t *testing.T) {
	for i, old := range usageEra() {
		t.Run(old.Name, func(t *testing.T) {
			t.Parallel()
			text := generated(t, old, rand.New(rand.NewPCG(uint64(i), 36)))
			for _, next := range usageEra()[i+1:] {
				reads(t, next.Fitted(text), text)
			}
			for _, next := range release.All()[len(usageEra()):] {
				readsOrSays(t, next.Fitted(text), text)
			}
			for _, next := range usageEra()[i+1:] {
				c, remarked := cli.Load(next.Fitted(text), text)
				for _, fault := range told(next, remarked) {
					t.Error("in turn:", fault)
				}
				text = document(c)
			}
		})
	}
}

// Software that is older than a configuration keeps what it knows of it and says of each other line that it does not.
func TestGeneratedGoesDown(t *testing.T) {
	all := usageEra()
	for i, old := range all[:len(all)-1] {
		next := all[i+1]
		t.Run(next.Name+"-"+old.Name, func(t *testing.T) {
			t.Parallel()
			text := generated(t, next, rand.New(rand.NewPCG(uint64(i), 37)))
			c := readsOrSays(t, old.Fitted(text), text)
			kept := []string{"hostname ", "ip address inside 10.1.1.1 255.255.255.0"}
			if old.Config.TelnetInterface == next.Config.TelnetInterface {
				kept = append(kept, "telnet 10.1.1.0 255.255.255.0")
			}
			for _, want := range kept {
				if got := document(c); strings.Contains(text, "\n"+want) && !strings.Contains(got, "\n"+want) {
					t.Errorf("%q is lost in\n%s", want, got)
				}
			}
		})
	}
}

// readsOrSays checks that r takes each line of text or says something about it, and that what comes of it loads again as
// it is.
func readsOrSays(t *testing.T, r *release.Release, text string) *config.Config {
	t.Helper()
	c, remarked := cli.Load(r, text)
	for _, l := range remarked {
		if strings.TrimSpace(strings.Join(l.Messages, "")) == "" {
			t.Errorf("%s: %q is refused without a word", r.Name, l.Text)
		}
	}
	fixed(t, r, c)
	return c
}

// reads checks that next takes text, which the release before has saved, and that what comes of it loads again as it is.
func reads(t *testing.T, next *release.Release, text string) {
	t.Helper()
	c, remarked := cli.Load(next, text)
	for _, fault := range told(next, remarked) {
		t.Error(fault)
	}
	fixed(t, next, c)
}

// fixed checks that r takes what it wrote of c, and that it is the same then.
func fixed(t *testing.T, r *release.Release, c *config.Config) {
	t.Helper()
	saved := document(c)
	again, remarked := cli.Load(r, saved)
	for _, l := range remarked {
		if !l.Taken {
			t.Errorf("%s, of its own: %q: %q", r.Name, l.Text, l.Messages)
		}
	}
	if got := document(again); got != saved {
		t.Errorf("%s: loaded again it is another one\n%s", r.Name, difference(saved, got))
	}
}

// What is generated is written, read and written as it was, without a word.
func TestGeneratedIsFixed(t *testing.T) {
	for _, rel := range usageEra() {
		t.Run(rel.Name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(4) {
				text := generated(t, rel, rand.New(rand.NewPCG(seed, 38)))
				c, remarked := cli.Load(rel, text)
				for _, l := range remarked { // the lab's own lines may inform
					if !l.Taken || !strings.HasPrefix(l.Text, "global ") {
						t.Errorf("%q: %q", l.Text, l.Messages)
					}
				}
				if got := document(c); got != text {
					t.Errorf("it is another one\n%s", difference(text, got))
				}
			}
		})
	}
}

// told are the lines that next refuses.
func told(next *release.Release, remarked []cli.Refused) (faults []string) {
	for _, r := range remarked {
		if !r.Taken {
			faults = append(faults, fmt.Sprintf("%s: %q: %q", next.Name, r.Text, r.Messages))
		}
	}
	return faults
}

// twoCards is r in a chassis with two cards, as the oldest releases had it.
func twoCards(r *release.Release) *release.Release {
	two := *r
	two.Model.Interfaces, two.Model.IRQ = r.Model.Interfaces[:2], r.Model.IRQ[:2]
	return &two
}

// A configuration that goes through every release in turn, from 4.0 on, arrives in 6.3 with what it was there for: the
// mail server is reached, and the people inside get out.
func TestUpgradeAllTheWay(t *testing.T) {
	all := usageEra()
	text := startupOf(t, all[0].Name)
	for _, next := range all[1:] {
		c, remarked := cli.Load(twoCards(next), text)
		for _, fault := range told(next, remarked) {
			t.Error(fault)
		}
		text = document(c)
	}
	last := all[len(all)-1]
	w := newWorld(t, last.Name, worldOptions{startup: text})
	if !w.masked(25) {
		t.Errorf("%s: mail is not inspected\n%s", last.Name, text)
	}
	for _, want := range []string{fmt.Sprintf("PIX Version %v", last.Version), "fixup protocol smtp 25", "hostname "} {
		if !strings.Contains(w.running(), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
