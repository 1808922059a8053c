package dataplane

import (
	"fmt"
	"testing"
	"time"

	"pixsim/dataplane/packet"
)

// loggedPolicy denies port 80 with a log option and permits mail with one.
func loggedPolicy() *Policy {
	p := openInbound()
	mail, web := rule(true, packet.ProtoTCP, "any", "204.31.17.2", 25), rule(false, packet.ProtoTCP, "any", "204.31.17.2", 80)
	mail.ID, mail.Log, mail.Interval = 5, 4, 10
	web.ID, web.Log = 6, 6
	p.Interfaces[outside].In, p.Interfaces[outside].InName = list(mail, web), "acl_out"
	return p
}

func logged(evs []Event) (out []string) {
	for _, ev := range evs {
		switch ev.Kind {
		case EventACLLog:
			out = append(out, fmt.Sprintf("%v %v %v %d in %d", ev.Permit, ev.Src.Real, ev.Log, ev.Count, ev.Limit))
		case EventLogFlowsFull:
			out = append(out, fmt.Sprint("full ", ev.Limit))
		}
	}
	return out
}

func (r *rig) flows() (f LogFlows) {
	r.e.Do(func(s *State) { f = s.LogFlows() })
	return f
}

// The first packet of a flow is reported at once, what follows at the end of each interval, until one passes in silence.
func TestLogIntervals(t *testing.T) {
	r := newRig(t, loggedPolicy())
	web := syn(client, "204.31.17.2:80")
	for range 4 {
		r.send(outside, web)
	}
	wantLines(t, "first hit", logged(r.taken()), "false 192.150.49.10:1025 6 1 in 0")
	if f := r.flows(); f != (LogFlows{Total: 1, Denied: 1, MaxDenied: 1024, Alert: 300 * time.Second}) {
		t.Errorf("%+v", f)
	}
	r.wait(299 * time.Second)
	wantLines(t, "before the interval ends", logged(r.taken()))
	r.wait(2 * time.Second)
	wantLines(t, "interval", logged(r.taken()), "false 192.150.49.10:1025 6 3 in 300")
	r.send(outside, web)
	r.wait(300 * time.Second)
	wantLines(t, "second interval", logged(r.taken()), "false 192.150.49.10:1025 6 1 in 300")
	r.wait(300 * time.Second)
	wantLines(t, "silence", logged(r.taken()))
	if f := r.flows(); f.Total != 0 || f.Denied != 0 {
		t.Errorf("%+v", f)
	}
	r.send(outside, web)
	wantLines(t, "again", logged(r.taken()), "false 192.150.49.10:1025 6 1 in 0")
}

// Permitted flows have their own interval and level, and do not count towards the bound of denied ones.
func TestDenyFlowMax(t *testing.T) {
	p := loggedPolicy()
	p.Rules.DenyFlows, p.Rules.DenyFlowAlert = 2, 60*time.Second
	r := newRig(t, p)
	r.send(outside, syn(client, "204.31.17.2:25"))
	for port := range 5 {
		r.send(outside, syn(fmt.Sprint("192.150.49.10:", 2000+port), "204.31.17.2:80"))
	}
	wantLines(t, "full", logged(r.taken()), "true 192.150.49.10:1025 4 1 in 0", "false 192.150.49.10:2000 6 1 in 0",
		"false 192.150.49.10:2001 6 1 in 0", "full 2")
	if f := r.flows(); f != (LogFlows{Total: 3, Denied: 2, MaxDenied: 2, Alert: 60 * time.Second}) {
		t.Errorf("%+v", f)
	}
	r.wait(59 * time.Second)
	r.send(outside, syn("192.150.49.10:2009", "204.31.17.2:80"))
	wantLines(t, "once a minute", logged(r.taken()))
	r.wait(2 * time.Second)
	r.send(outside, syn("192.150.49.10:2009", "204.31.17.2:80"))
	wantLines(t, "a minute later", logged(r.taken()), "full 2")
	r.wait(600 * time.Second)
	r.taken()
	r.send(outside, syn("192.150.49.10:2009", "204.31.17.2:80"))
	wantLines(t, "room again", logged(r.taken()), "false 192.150.49.10:2009 6 1 in 0")
}

func wantLines(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// taken are the events since the last call.
func (r *rig) taken() []Event {
	all := r.log
	r.log = nil
	return all
}
