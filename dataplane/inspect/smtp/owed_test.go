package smtp

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// slowOwed is the queue of replies as a list of all of them.
type slowOwed struct {
	all []owes
	due int
}

// runs is the list as runs.
func (q *slowOwed) runs() []run {
	var out []run
	for _, k := range q.all {
		if n := len(out); n > 0 && out[n-1].owes == k {
			out[n-1].n++
			continue
		}
		out = append(out, run{k, 1})
	}
	return out
}

func (q *slowOwed) answers() int {
	n := q.due
	for _, k := range q.all {
		if k == owesAnswer {
			n++
		}
	}
	return n
}

// TestOwedAgainstList compares the queue with a list, up to its bound and at it.
func TestOwedAgainstList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q owed
		var slow slowOwed
		kind := rapid.SampledFrom([]owes{owesOther, owesEHLO, owesRCPT, owesDATA, owesAuth, owesAnswer})
		if rapid.Bool().Draw(t, "full") {
			for i := range maxRuns + 1 {
				q.push([]owes{owesOther, owesRCPT}[i%2]) // the last one finds no room
			}
			for i := range maxRuns {
				slow.all = append(slow.all, []owes{owesOther, owesRCPT}[i%2])
			}
		}
		for range rapid.IntRange(1, 40).Draw(t, "operations") {
			k := kind.Draw(t, "kind")
			switch rapid.IntRange(0, 6).Draw(t, "operation") {
			case 0, 1:
				room := len(slow.runs()) < maxRuns || slow.all[len(slow.all)-1] == k
				room = room && (k != owesAnswer || slow.answers() < maxAnswers)
				if q.room(k) != room {
					t.Fatalf("room for %d: %v", k, !room)
				}
				if q.push(k); room {
					slow.all = append(slow.all, k)
				}
			case 2:
				if q.head() == owesAnswer {
					continue // only release takes those off
				}
				if q.pop(); len(slow.all) > 0 {
					slow.all = slow.all[1:]
				}
			case 3:
				at := slices.Index(slow.all, k)
				if k == owesAnswer {
					continue
				}
				if q.has(k) != (at >= 0) || q.skipTo(k) != (at >= 0) {
					t.Fatalf("%d is at %d", k, at)
				}
				for _, x := range slow.all[:max(0, at)] {
					if x == owesAnswer {
						slow.due++
					}
				}
				slow.all = slow.all[max(0, at):]
			case 4:
				q.clear()
				slow.due, slow.all = slow.answers(), nil
			case 5:
				n := slow.due
				for len(slow.all) > 0 && slow.all[0] == owesAnswer {
					n, slow.all = n+1, slow.all[1:]
				}
				if slow.due = 0; q.release() != n {
					t.Fatalf("%d answers were due", n)
				}
			case 6:
				turn := len(slow.all) > 0 && slow.all[0] != owesAnswer
				full := turn && len(slow.runs()) == maxRuns && slow.runs()[0].n > 1 && slow.all[0] != k
				was := slices.Clone(slow.all)
				if k == owesAnswer || full && slow.all[0] != k {
					continue // see TestTurnFirstOfAFullQueue
				}
				if turn {
					slow.all[0] = k
				}
				if q.turnFirst(k) != turn {
					t.Fatalf("first of %v to %d", was, k)
				}
			}
			if sent := slices.ContainsFunc(slow.all, func(k owes) bool { return k != owesAnswer }); q.sent() != sent {
				t.Fatalf("sent: %v", !sent)
			}
			// turnFirst may leave two runs where one would do.
			var got slowOwed
			for _, r := range q.runs[:q.n] {
				for range r.n {
					got.all = append(got.all, r.owes)
				}
			}
			if !slices.Equal(got.all, slow.all) || int(q.due) != slow.due || int(q.answers) != slow.answers() {
				t.Fatalf("%v, %d due, %d answers; want %v, %d, %d", got.all, q.due, q.answers, slow.all, slow.due, slow.answers())
			}
			if rs := slow.runs(); int(q.n) != len(rs) {
				// The bound is one of runs: go on only where both count alike.
				return
			}
		}
	})
}

// TestTurnFirstOfAFullQueue: with no room for another run all of the first one turns.
func TestTurnFirstOfAFullQueue(t *testing.T) {
	var q owed
	q.push(owesOther)
	for i := range maxRuns {
		q.push([]owes{owesOther, owesRCPT}[i%2])
	}
	if q.n != maxRuns || q.runs[0] != (run{owesOther, 2}) {
		t.Fatal(q.runs)
	}
	if !q.turnFirst(owesAuth) || q.n != maxRuns || q.runs[0] != (run{owesAuth, 2}) {
		t.Error(q.runs)
	}
}

func TestRunsAreBounded(t *testing.T) {
	var q owed
	for range 1<<16 + 5 {
		q.push(owesRCPT)
	}
	if q.n != 2 || q.runs[0].n != 1<<16-1 || q.runs[1].n != 6 {
		t.Errorf("%d runs: %v", q.n, q.runs[:q.n])
	}
}
