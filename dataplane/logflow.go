package dataplane

import (
	"time"

	"pixsim/dataplane/acl"
)

// logTable is the flows that rules with a log option decided about, each until an interval passes in which it was not hit.
type logTable struct {
	flows  slab[logFlow]
	index  index
	denied int
	silent int64 // until when nothing is said about too many denied flows
}

// maxLogFlows bounds all logged flows; denied ones have a bound of their own below it.
const maxLogFlows = 8192

func newLogTable(seed uint64) logTable {
	return logTable{flows: slab[logFlow]{max: maxLogFlows}, index: newIndex(seed)}
}

// logKey is a flow as a rule sees it.
type logKey struct {
	rule acl.ID
	tuple
}

func (k logKey) hash(seed uint64) uint64 { return k.tuple.hash(seed ^ uint64(k.rule)) }

// find is the logged flow of a key, 0 without one.
func (t *logTable) find(key logKey) uint32 {
	i := t.index.first(key.hash(t.index.seed))
	for i != 0 && t.flows.at(i).key != key {
		i = t.index.after(i)
	}
	return i
}

// logFlow is one logged flow: what its first packet was, and its hits since the last report.
type logFlow struct {
	key   logKey
	first Event
	wait  time.Duration
	hits  int
	timer uint32
}

// Of a rule that does not say it, and of the rules of the configuration.
const (
	logInterval   = 300 * time.Second
	denyFlows     = 1024
	denyFlowAlert = 300 * time.Second
)

// logHit counts a packet for its flow. The first one is reported at once, later ones at the end of the interval.
func (e *Engine) logHit(rule *acl.Rule, list string, a *attempt) {
	t, key := &e.logged, logKey{rule.ID, e.k.key}
	key.port = a.out // the way in belongs to the list
	if n := t.find(key); n != 0 {
		t.flows.at(n).hits++
		return
	}
	if limit := orElse(e.r.Rules.DenyFlows, denyFlows); !rule.Permit && t.denied >= limit {
		e.tooManyDenied(limit)
		return
	}
	ev := e.deny(EventACLLog, a)
	ev.List, ev.Permit, ev.Rule, ev.Count, ev.Log = list, rule.Permit, rule.ID, 1, rule.Log
	i, f, ok := t.flows.take()
	if !ok {
		return // reported, but not followed
	}
	f.key, f.first, f.wait = key, *ev, logInterval
	if rule.Interval > 0 {
		f.wait = time.Duration(rule.Interval) * time.Second
	}
	f.timer = e.wheel.newTimer(timerLog, i)
	t.index.put(i, key.hash(t.index.seed))
	if !rule.Permit {
		t.denied++
	}
	e.wheel.start(f.timer, e.now+int64(f.wait))
}

// tooManyDenied says that a denied flow finds no room, once in a while.
func (e *Engine) tooManyDenied(limit int) {
	if e.now < e.logged.silent {
		return
	}
	e.logged.silent = e.now + int64(pick(e.r.Rules.DenyFlowAlert > 0, e.r.Rules.DenyFlowAlert, denyFlowAlert))
	e.post(Event{Kind: EventLogFlowsFull, Limit: limit})
}

// reportLogged reports a flow at the end of its interval, or forgets it when nothing came.
func (e *Engine) reportLogged(i uint32) {
	t := &e.logged
	f := t.flows.at(i)
	if f.hits == 0 {
		if !f.first.Permit {
			t.denied--
		}
		e.wheel.freeTimer(f.timer)
		t.index.drop(i)
		t.flows.give(i)
		return
	}
	ev := f.first
	ev.Count, ev.Limit = f.hits, int(f.wait/time.Second)
	e.post(ev)
	f.hits = 0
	e.wheel.start(f.timer, e.now+int64(f.wait))
}

// LogFlows are the flows that are kept for 106100, and the bounds that hold for denied ones.
type LogFlows struct {
	Total, Denied, MaxDenied int
	Alert                    time.Duration
}

// LogFlows counts the flows that are kept for 106100.
func (s *State) LogFlows() LogFlows {
	e := s.e
	return LogFlows{
		Total: e.logged.flows.used, Denied: e.logged.denied, MaxDenied: orElse(e.r.Rules.DenyFlows, denyFlows),
		Alert: pick(e.r.Rules.DenyFlowAlert > 0, e.r.Rules.DenyFlowAlert, denyFlowAlert),
	}
}
