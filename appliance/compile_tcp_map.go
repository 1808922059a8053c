package appliance

import (
	"slices"
	"strconv"
	"time"

	"pixsim/appliance/config"
	"pixsim/dataplane"
	"pixsim/dataplane/packet"
)

// tcpMap compiles a tcp-map; nil where there is none of that name. What it does not say is as the command reference has it by
// default.
func (k *compiler) tcpMap(c *config.Config, name string) *dataplane.TCPMap {
	lines, ok := c.Under("tcp-map", "tcp-map "+name)
	if !ok {
		return nil
	}
	m := &dataplane.TCPMap{
		DropMSS: k.rel.NAT.DropExceedMSS, DropSYNACKData: true, DropInvalidACK: true, DropPastWindow: true, TTL: true, ClearUrgent: true,
	}
	for kind := range m.Options {
		if kind == 6 || kind == 7 || kind >= 9 {
			m.Options[kind] = dataplane.Clear
		}
	}
	for _, words := range lines {
		tcpMapLine(m, words)
	}
	return m
}

var treats = map[string]dataplane.Treat{"allow": dataplane.Pass, "clear": dataplane.Clear, "drop": dataplane.Refuse}

// tcpMapOptions are the options that a tcp-map knows by name.
var tcpMapOptions = map[string][]uint8{
	"selective-ack": {packet.OptSACKOK, packet.OptSACK}, "timestamp": {packet.OptTimestamps}, "window-scale": {packet.OptWScale},
	"mss": {packet.OptMSS}, "md5": {optMD5},
}

const optMD5 = 19 // RFC 2385

// tcpMapLine is one line of the map.
func tcpMapLine(m *dataplane.TCPMap, words []string) {
	off := words[0] == "no"
	if off {
		words = words[1:]
	}
	last := words[len(words)-1]
	switch words[0] {
	case "check-retransmission":
		m.CheckAgain = !off
	case "queue-limit":
		m.Queue = queueOf(words, off)
	case "checksum-verification":
		m.Checksum = !off
	case "exceed-mss":
		m.DropMSS = last == "drop"
	case "invalid-ack":
		m.DropInvalidACK = last == "drop"
	case "reserved-bits":
		m.Reserved = treats[last]
	case "seq-past-window":
		m.DropPastWindow = last == "drop"
	case "synack-data":
		m.DropSYNACKData = last == "drop"
	case "syn-data":
		m.DropSYNData = last == "drop"
	case "tcp-options":
		tcpMapOption(m, words[1:])
	case "ttl-evasion-protection":
		m.TTL = !off
	case "urgent-flag":
		m.ClearUrgent = last == "clear"
	case "window-variation":
		m.DropWindow = last == "drop-connection"
	}
}

// tcpMapOption is a tcp-options line behind its first word.
func tcpMapOption(m *dataplane.TCPMap, words []string) {
	if words[0] == "range" && len(words) == 4 {
		lo, _ := strconv.Atoi(words[1])
		hi, _ := strconv.Atoi(words[2])
		for kind := lo; kind <= min(hi, 255); kind++ {
			m.Options[kind] = treats[words[3]]
		}
		return
	}
	for _, kind := range tcpMapOptions[words[0]] {
		if how, ok := treats[words[1]]; ok {
			m.Options[kind] = how
		}
	}
	if at := slices.Index(words, "maximum"); at >= 0 && at+1 < len(words) {
		n, _ := strconv.Atoi(words[at+1])
		m.MaxMSS = uint16(n)
	}
}

// queueWait is how long segments wait for those that go before them where queue-limit does not say (command reference,
// queue-limit).
const queueWait = 4 * time.Second

// queueOf is a queue-limit; 0 leaves segments in the order in which they come.
func queueOf(words []string, off bool) (q dataplane.Queue) {
	if off || len(words) < 2 {
		return q
	}
	if q.Segments, _ = strconv.Atoi(words[1]); q.Segments == 0 {
		return q
	}
	q.Wait = queueWait
	if len(words) > 3 {
		n, _ := strconv.Atoi(words[3])
		q.Wait = time.Duration(n) * time.Second
	}
	return q
}
