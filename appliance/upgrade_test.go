package appliance_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

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

// reads checks that next takes text, which the release before has saved, and that what comes of it loads again as it is.
func reads(t *testing.T, next *release.Release, text string) {
	t.Helper()
	c, remarked := cli.Load(next, text)
	for _, fault := range told(next, remarked) {
		t.Error(fault)
	}
	saved := document(c)
	again, remarked := cli.Load(next, saved)
	for _, r := range remarked {
		if !r.Taken {
			t.Errorf("of its own: %q: %q", r.Text, r.Messages)
		}
	}
	if got := document(again); got != saved {
		t.Errorf("loaded again it is another one\n%s", difference(saved, got))
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
