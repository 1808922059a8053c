package resolver

import (
	"cmp"
	"net/netip"
	"slices"
	"time"
)

// Table is what names stand for. It is asked again about a name when an address of it has expired, and each Poll. An address
// that was not said again goes Keep after it has expired. The zero value is empty, and its owner locks it.
type Table struct {
	Poll, Keep time.Duration

	names map[string]*entry
}

type entry struct {
	addrs []held
	next  time.Time // when to ask
	tries int       // in vain, since the last answer
}

// held is an address until it expires.
type held struct {
	addr    netip.Addr
	expires time.Time
}

// Name is a name with its addresses, and how long each is still good (0: it has expired).
type Name struct {
	Name  string
	Addrs []Record
}

const (
	// MaxNames is how many names are asked for; the rest are not.
	MaxNames = 1024
	// again is how soon a name is asked for that has no answer, and the most that this grows to.
	again, atMost = 10 * time.Second, 10 * time.Minute
)

// Want says which names are asked for. Others are forgotten.
func (t *Table) Want(names []string, now time.Time) {
	names = names[:min(len(names), MaxNames)]
	was := t.names
	t.names = make(map[string]*entry, len(names))
	for _, n := range names {
		if t.names[n] = was[n]; t.names[n] == nil {
			t.names[n] = &entry{next: now}
		}
	}
}

// Due is the name that has been waiting longest to be asked for; false when none is due.
func (t *Table) Due(now time.Time) (name string, ok bool) {
	for n, e := range t.names {
		if e.next.After(now) {
			continue
		}
		if best := t.names[name]; !ok || e.next.Before(best.next) || e.next.Equal(best.next) && n < name {
			name, ok = n, true
		}
	}
	return name, ok
}

// Heard takes an answer.
func (t *Table) Heard(name string, all []Record, now time.Time) {
	e := t.names[name]
	if e == nil {
		return
	}
	e.tries, e.next = 0, now.Add(t.Poll)
	for _, r := range all {
		h := held{r.Addr, now.Add(r.TTL)}
		if i := slices.IndexFunc(e.addrs, func(o held) bool { return o.addr == r.Addr }); i >= 0 {
			e.addrs[i] = h
		} else if len(e.addrs) < maxAddrs {
			e.addrs = append(e.addrs, h)
		}
		if soon := now.Add(max(r.TTL, time.Second)); soon.Before(e.next) {
			e.next = soon
		}
	}
	slices.SortFunc(e.addrs, func(a, b held) int { return a.addr.Compare(b.addr) })
}

// Failed notes that nobody answered, or that the name has no address.
func (t *Table) Failed(name string, now time.Time) {
	if e := t.names[name]; e != nil {
		e.next = now.Add(min(again<<min(e.tries, 10), atMost))
		e.tries++
	}
}

// Expire lets go of the addresses that have expired too long ago.
func (t *Table) Expire(now time.Time) (changed bool) {
	for _, e := range t.names {
		n := len(e.addrs)
		e.addrs = slices.DeleteFunc(e.addrs, func(h held) bool { return !h.expires.Add(t.Keep).After(now) })
		changed = changed || len(e.addrs) < n
	}
	return changed
}

// Forget lets go of the addresses of a name, or of all with "", and has them asked for again.
func (t *Table) Forget(name string, now time.Time) {
	for n, e := range t.names {
		if name == "" || n == name {
			*e = entry{next: now}
		}
	}
}

// Retry has every name asked for again whose last question was in vain.
func (t *Table) Retry(now time.Time) {
	for _, e := range t.names {
		if e.tries > 0 {
			e.tries, e.next = 0, now
		}
	}
}

// Addrs are the addresses of every name that has any.
func (t *Table) Addrs() map[string][]netip.Addr {
	out := map[string][]netip.Addr{}
	for n, e := range t.names {
		for _, h := range e.addrs {
			out[n] = append(out[n], h.addr)
		}
	}
	return out
}

// Names are all that are asked for, by name.
func (t *Table) Names(now time.Time) (out []Name) {
	for n, e := range t.names {
		v := Name{Name: n}
		for _, h := range e.addrs {
			v.Addrs = append(v.Addrs, Record{h.addr, max(0, h.expires.Sub(now))})
		}
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b Name) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// Idle tells that nothing is ever due.
func (t *Table) Idle() bool { return len(t.names) == 0 }
