package appliance

import (
	"time"

	"pixsim/appliance/release"
	"pixsim/cli/command"
	"pixsim/dataplane"
)

// onEvents words what the engine noticed. It runs in the engine's goroutine and waits for nobody.
func (b *Box) onEvents(events []dataplane.Event) {
	logged := b.log.wanted()
	for _, e := range events {
		if e.Kind == dataplane.EventDebugICMP {
			b.traceICMP(e)
			continue
		}
		if !logged {
			continue
		}
		if key, args := word(e, b.ifname, b.rel); key != "" {
			b.log.raise(e.Time.Add(time.Duration(b.skew.Load())).UTC(), key, args...)
		}
	}
}

// ifname is the name of a port in the policy in force.
func (b *Box) ifname(p dataplane.Port) string {
	if all := b.policy.Load().Interfaces; int(p) < len(all) {
		return all[p].Name
	}
	return b.rel.Console.LogSelfName
}

// DebuggingICMP implements command.Box.
func (b *Box) DebuggingICMP(s command.Session) bool {
	b.desk.mu.Lock()
	defer b.desk.mu.Unlock()
	v := b.desk.of(s)
	return v != nil && v.icmp.Load()
}

// DebugICMP implements command.Box.
func (b *Box) DebugICMP(s command.Session, on bool) {
	any := false
	b.desk.mu.Lock()
	for _, v := range b.desk.open {
		if command.Session(v.s) == s {
			v.icmp.Store(on)
		}
		any = any || v.icmp.Load()
	}
	b.desk.mu.Unlock()
	b.engine.Do(func(st *dataplane.State) { st.DebugICMP(any) })
}

// traceICMP words one echo for debug icmp trace: e.Src is where it comes from, e.Dst where it goes, Mapped what the
// address was or became. What the box itself sends has no interface to come from; that of its way out stands there.
func (b *Box) traceICMP(e dataplane.Event) {
	kind, words := "echo-request", "echo request"
	if e.Type == 0 {
		kind, words = "echo-reply", "echo reply"
	}
	way := "Outbound"
	if e.Inbound && e.Src.If != dataplane.Self || e.Dst.If == dataplane.Self {
		way = "Inbound "
	}
	verb, from, to, a, m := "translating", e.Src.If, e.Dst.If, e.Src.Real, e.Src.Mapped
	global := m
	if way != "Outbound" {
		verb, a, m = "untranslating", e.Dst.Mapped, e.Dst.Real
		global = a
	}
	if from == dataplane.Self {
		from = to
	}
	const ip, echo = 20, 8 // octets of the headers
	b.traced++
	b.desk.debug(b.rel.Say(release.DebugEcho, b.traced, kind, b.ifname(from), e.Src.Real.Addr(), e.Dst.Mapped.Addr(), e.ID, e.Seq,
		e.Len-ip, way, words, global.Addr(), e.Len-ip-echo, e.Dst.Real.Addr()))
	if e.Src.Mapped.Addr() == e.Src.Real.Addr() && e.Dst.Mapped.Addr() == e.Dst.Real.Addr() {
		return
	}
	if words, ok := b.rel.Words(release.DebugTranslate); ok && words != "" {
		b.traced++
		b.desk.debug(b.rel.Say(release.DebugTranslate, b.traced, kind, verb, b.ifname(from), a.Addr(), b.ifname(to), m.Addr()))
	}
}
