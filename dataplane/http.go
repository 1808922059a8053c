package dataplane

import (
	"bytes"

	"pixsim/dataplane/packet"
)

// maxURL is how much of a request's URL is reported, octets (6.3 command reference, filter url: the longest that is
// looked at is of this size).
const maxURL = 1159

// noteURL reports what a client asks a web server for. Requests are looked for at the beginning of segments alone; that
// is where clients put them.
func (e *Engine) noteURL(p packet.Packet, f *flow) {
	if len(e.r.HTTP) == 0 || !e.r.isHTTP(f) {
		return
	}
	url, ok := bytes.CutPrefix(p.TCP().Payload(), []byte("GET "))
	if !ok {
		return
	}
	end := bytes.IndexFunc(url, func(r rune) bool { return r <= ' ' || r >= 0x7f })
	if end < 0 {
		end = len(url)
	}
	ev := e.connEvent(EventURL, f)
	ev.Src, ev.Dst, ev.URL = f.end(0), f.end(1), string(url[:min(end, maxURL)])
	e.post(ev)
}

// isHTTP tells whether the server's port, as either side knows it, is one that is looked at.
func (r *rules) isHTTP(f *flow) bool {
	for _, ports := range r.HTTP {
		for _, port := range [...]uint16{f.ways[0].dstPort, f.ways[1].srcPort} {
			if ports.Lo <= port && port <= ports.Hi {
				return true
			}
		}
	}
	return false
}
