package dataplane

import "pixsim/dataplane/packet"

// ProbeCounters are what dead connection detection did in a class.
type ProbeCounters struct{ Client, Server, Expired uint64 }

// deadline is a connection whose ends are asked whether they are there.
type deadline struct {
	tries int
	heard [2]bool
}

// spared tells whether a connection that was idle for too long stays for the present: its ends are asked first. One that does
// not is reset where its class says so.
func (e *Engine) spared(i uint32, f *flow) bool {
	c := e.settings.at(f.settings).class
	if f.ways[0].proto != packet.ProtoTCP || f.tcp.embryonic() || f.tcp.state&ConnBypass != 0 {
		return false
	}
	d := &c.ConnSettings.DCD
	if d.Every > 0 && f.tcp.overdue() == ReasonIdle {
		p := e.probes[i]
		if p == nil {
			p = &deadline{}
			e.probes[i] = p
		}
		if p.tries < d.Tries {
			p.tries++
			e.probe(f, p)
			e.wheel.start(f.timer, e.now+int64(d.Every))
			return true
		}
		c.Probes.Expired++
	}
	if c.Reset {
		e.resetEnd(f, 0)
		e.resetEnd(f, 1)
	}
	return false
}

// probe asks the ends that have not answered, each in the other's name: a number that it has acknowledged already makes it
// acknowledge again (RFC 9293 3.8.4).
func (e *Engine) probe(f *flow, p *deadline) {
	t := &f.tcp
	for side := range p.heard {
		if p.heard[side] {
			continue
		}
		if side == 0 {
			e.settings.at(f.settings).class.Probes.Client++
		} else {
			e.settings.at(f.settings).class.Probes.Server++
		}
		e.tell(f, side, packet.Segment{
			Seq: t.acked[side] + t.shift[1-side] - 1, Ack: t.acked[1-side], Flags: packet.ACK, Window: 1,
		})
	}
}

// answersProbe tells whether a packet is an answer to a probe, which goes no further. When both ends have answered, the
// connection is as one that was used just now.
func (e *Engine) answersProbe(k *arrival, i uint32, side int) bool {
	p := e.probes[i]
	if p == nil {
		return false
	}
	if k.d.Flags != packet.ACK || len(k.p.TCP().Payload()) > 0 {
		delete(e.probes, i) // it is in use again
		return false
	}
	f := e.flows.at(i)
	p.heard[side] = true
	if p.heard[0] && p.heard[1] {
		delete(e.probes, i)
		f.last = e.now
		e.wheel.start(f.timer, e.now+e.life(f))
	}
	return true
}

// resetEnd ends a connection at one of its ends, in the name of the other.
func (e *Engine) resetEnd(f *flow, side int) {
	e.tell(f, side, packet.Segment{Seq: f.tcp.acked[side] + f.tcp.shift[1-side], Flags: packet.RST})
}
