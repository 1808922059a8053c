package command

import (
	"context"
	"fmt"
	"slices"
	"strings"

	g "pixsim/cli/grammar"
	"pixsim/dataplane"
)

// aspReason is a reason for which the accelerated security path drops a frame, or ends a flow, by its name and text. Drops
// are those of the engine that count as it: each of them belongs to one reason. A reason without any is known and never
// occurs here.
type aspReason struct {
	name, text string
	drops      []dataplane.Drop
}

// aspFrames and aspFlows are the reasons, after `show asp drop` of captures and the command reference's list of reasons.
//
// unverified: which reason it is on the box, of far-side addresses, port 0, a licence of hosts, the syslog server that is not
// there, what the box's own host may not send, and packets that do not fit. Names and texts are those of captures but for
// fragment-reassembly-failed, tcp-mss-exceeded, tcp-reserved-set, tcp-syn-data, tcp-synack-data, tcpnorm-win-variation and
// ipv6_sp-security-failed, which are from memory of the reference.
var (
	aspFrames = []aspReason{
		{"invalid-ip-header", "Invalid IP header", []dataplane.Drop{dataplane.DropMalformed}},
		{"l2_acl", "FP L2 rule drop", []dataplane.Drop{dataplane.DropNotForUs}},
		{"fragment-reassembly-failed", "Fragment reassembly failed", []dataplane.Drop{dataplane.DropFragment}},
		{"no-mcast-intrf", "FP no mcast output intrf", []dataplane.Drop{dataplane.DropMulticast}},
		{"sp-security-failed", "Slowpath security checks failed", []dataplane.Drop{
			dataplane.DropBroadcast, dataplane.DropLand, dataplane.DropSpoof, dataplane.DropFarSide, dataplane.DropPortZero}},
		{"no-route", "No route to host", []dataplane.Drop{dataplane.DropNoRoute}},
		{"interface-down", "Interface is down", []dataplane.Drop{dataplane.DropDown}},
		{"acl-drop", "Flow is denied by configured rule", []dataplane.Drop{
			dataplane.DropACL, dataplane.DropConduit, dataplane.DropOutbound, dataplane.DropHairpin, dataplane.DropLevel, dataplane.DropBox}},
		{"tcp-not-syn", "First TCP packet not SYN", []dataplane.Drop{dataplane.DropNoConn}},
		{"nat-xlate-failed", "NAT failed", []dataplane.Drop{dataplane.DropNoXlate}},
		{"unable-to-create-flow", "Flow denied due to resource limitation", []dataplane.Drop{dataplane.DropNoSlot, dataplane.DropDisallowed}},
		{"conn-limit", "Connection limit reached", []dataplane.Drop{dataplane.DropConnLimit, dataplane.DropLicence}},
		{"intercept-unexpected", "Intercept unexpected packet", []dataplane.Drop{dataplane.DropEmbryonic}},
		{"invalid-ip-length", "Invalid IP length", []dataplane.Drop{dataplane.DropTooBig}},
		{"no-adjacency", "No valid adjacency", []dataplane.Drop{dataplane.DropNeighbour}},
		{"np-socket-closed", "Dropped pending packets in a closed socket", []dataplane.Drop{dataplane.DropSelf}},
		{"tcp-rstfin-ooo", "TCP RST/FIN out of order", []dataplane.Drop{dataplane.DropReset}},
		{"rpf-violated", "Reverse-path verify failed", []dataplane.Drop{dataplane.DropReversePath}},
		{"shunned", "Packet shunned", []dataplane.Drop{dataplane.DropShun}},
		{"inspect-dns-pak-too-long", "DNS Inspect packet too long", []dataplane.Drop{dataplane.DropDNS}},
		{"invalid-ip-option", "IP option drop", []dataplane.Drop{dataplane.DropIPOption}},
		{"nat-no-xlate-to-pat-pool", "Connection to PAT address without pre-existing xlate", []dataplane.Drop{dataplane.DropEchoToPAT}},
		{"bad-tcp-cksum", "Bad TCP checksum", []dataplane.Drop{dataplane.DropChecksum}},
		{"tcp-mss-exceeded", "TCP data exceeded MSS", []dataplane.Drop{dataplane.DropMSS}},
		{"tcp-reserved-set", "TCP reserved flags set", []dataplane.Drop{dataplane.DropReserved}},
		{"tcp-syn-data", "TCP SYN with data", []dataplane.Drop{dataplane.DropSYNData}},
		{"tcp-synack-data", "TCP SYNACK with data", []dataplane.Drop{dataplane.DropSYNACKData}},
		{"tcp-invalid-ack", "TCP invalid ACK", []dataplane.Drop{dataplane.DropInvalidACK}},
		{"tcp-seq-past-win", "TCP packet SEQ past window", []dataplane.Drop{dataplane.DropPastWindow}},
		{"tcp-bad-option-list", "TCP option list invalid", []dataplane.Drop{dataplane.DropTCPOption}},
		{"tcpnorm-win-variation", "TCP unexpected window size variation", []dataplane.Drop{dataplane.DropWindow}},
		{"tcp-rst-syn-in-win", "TCP RST/SYN in window", []dataplane.Drop{dataplane.DropResetInWindow}},
		{"tcp-syn-ooo", "TCP SYN on established conn", []dataplane.Drop{dataplane.DropSYN}},
		{"tcp-buffer-full", "TCP Out-of-Order packet buffer full", []dataplane.Drop{dataplane.DropQueueFull}},
		{"tcp-buffer-timeout", "TCP Out-of-Order packet buffer timeout", []dataplane.Drop{dataplane.DropQueueTimeout}},
		{"tcpnorm-rexmit-bad", "TCP bad retransmission", []dataplane.Drop{dataplane.DropContradiction}},
		{"rate-exceeded", "Output QoS rate exceeded", []dataplane.Drop{dataplane.DropRate}},
		{"ttl-exceeded", "ttl exceeded", []dataplane.Drop{dataplane.DropTTL}},
		{"ipv6_sp-security-failed", "IPv6 slowpath security checks failed", []dataplane.Drop{dataplane.DropIPv6}},

		{name: "bad-tcp-flags", text: "Bad TCP flags"},
		{name: "connection-lock", text: "Unable to obtain connection lock"}, {name: "ctm-error", text: "CTM returned error"},
		{name: "dispatch-queue-limit", text: "Dispatch queue tail drops"}, {name: "flow-being-freed", text: "Flow is being freed"},
		{name: "flow-expired", text: "Expired flow"}, {name: "ifc-classify", text: "Virtual firewall classification failed"},
		{name: "inspect-dns-id-not-matched", text: "DNS Inspect id not matched"},
		{name: "inspect-dns-invalid-domain-label", text: "DNS Inspect invalid domain label"},
		{name: "inspect-dns-invalid-pak", text: "DNS Inspect invalid packet"},
		{name: "inspect-icmp-error-no-existing-conn", text: "ICMP Error Inspect no existing conn"},
		{name: "inspect-icmp-seq-num-not-matched", text: "ICMP Inspect seq num not matched"},
		{name: "invalid-encap", text: "Invalid encapsulation"},
		{name: "invalid-tcp-hdr-length", text: "Invalid TCP Length"}, {name: "invalid-udp-length", text: "Invalid UDP Length"},
		{name: "punt-no-mem", text: "Punt no memory"}, {name: "security-failed", text: "Early security checks failed"},
		{name: "tcp-3whs-failed", text: "TCP failed 3 way handshake"}, {name: "tcp-ack-syn-diff", text: "TCP ACK in SYNACK invalid"},
		{name: "tcp-data-past-fin", text: "TCP data send after FIN"},
		{name: "tcp-dual-open", text: "TCP Dual open denied"},
		{name: "tcp-paws-fail", text: "TCP packet failed PAWS test"}, {name: "tcp-seq-syn-diff", text: "TCP SEQ in SYN/SYNACK invalid"},
		{name: "tcp-synack-ooo", text: "TCP SYNACK on established conn"},
	}
	aspFlows = []aspReason{
		{"inspect-fail", "Inspection failure", []dataplane.Drop{dataplane.DropInspect}},
		{"nat-rpf-failed", "NAT reverse path failed", []dataplane.Drop{dataplane.DropReverseNAT}},

		{name: "acl-drop", text: "Flow is denied by access rule"}, {name: "nat-failed", text: "NAT failed"},
		{name: "need-ike", text: "Need to start IKE negotiation"}, {name: "out-of-memory", text: "No memory to complete flow"},
		{name: "shunned", text: "Flow shunned"}, {name: "ssl-handshake-failed", text: "SSL handshake failed"},
		{name: "ssl-received-close-alert", text: "SSL received close alert"},
	}
)

// aspReasonOf is the reason that a drop of the engine counts as.
func aspReasonOf(d dataplane.Drop) aspReason {
	for _, table := range [...][]aspReason{aspFrames, aspFlows} {
		for _, r := range table {
			if slices.Contains(r.drops, d) {
				return r
			}
		}
	}
	return aspReason{name: "unknown", text: d.String()}
}

// String is a reason as packet-tracer and show capture name it.
func (r aspReason) String() string { return "(" + r.name + ") " + r.text }

// aspAllNames are the names of all reasons, once each.
var aspAllNames = slices.Compact(slices.Sorted(slices.Values(slices.Concat(aspNames(aspFrames), aspNames(aspFlows)))))

func aspNames(table []aspReason) (names []string) {
	for _, r := range table {
		names = append(names, r.name)
	}
	return names
}

const helpASP = "Accelerated security path counters"

var (
	aspFrame       = g.Word("frame", "Show the frames that were dropped")
	aspFrameReason = &g.Param[string]{Name: "frame_drop_reason", Help: "Reason of the drop", Type: g.Enum(aspNames(aspFrames)...)}
	aspFlow        = g.Word("flow", "Show the flows that were dropped")
	aspFlowReason  = &g.Param[string]{Name: "flow_drop_reason", Help: "Reason of the drop", Type: g.Enum(aspNames(aspFlows)...)}
	showASPDrop    = &Command{
		Name: "show asp drop", Help: helpASP, Mode: Privileged, Span: inASA,
		Syntax: show(g.Word("asp", helpASP), g.Word("drop", "Show accelerated security path drops"),
			g.Opt(g.Alt(g.Seq(aspFrame, g.Opt(aspFrameReason)), g.Seq(aspFlow, g.Opt(aspFlowReason))))),
		Run: runShowASPDrop,
	}

	aspClearedFrame = g.Word("frame", "Clear the counters of frames")
	aspClearedFlow  = g.Word("flow", "Clear the counters of flows")
	clearASPDrop    = &Command{
		Name: "clear asp drop", Help: "Clear accelerated security path counters", Mode: Privileged, Span: inASA,
		Syntax: clearing(g.Word("asp", "Clear accelerated security path counters"), g.Word("drop", "Clear accelerated security path drops"),
			g.Opt(g.Alt(aspClearedFrame, aspClearedFlow))),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			s.Box().ClearDrops(aspDrops(aspClearedFlow.Seen(m), aspClearedFrame.Seen(m)), s.User())
			return nil
		},
	}
)

// aspDrops are the drops of the engine that count as flows, as frames, or all where neither is said.
func aspDrops(flows, frames bool) DropClass {
	switch {
	case flows:
		return DropFlows
	case frames:
		return DropFrames
	}
	return DropAll
}

// DropClass says which of the engine's drops are meant.
type DropClass uint8

const (
	DropAll DropClass = iota
	DropFrames
	DropFlows
)

// Has tells whether a drop is of the class.
func (c DropClass) Has(d dataplane.Drop) bool {
	flow := slices.ContainsFunc(aspFlows, func(r aspReason) bool { return slices.Contains(r.drops, d) })
	return c == DropAll || flow == (c == DropFlows)
}

func runShowASPDrop(_ context.Context, s Session, m *g.Match) error {
	counts := map[dataplane.Drop]uint64{}
	s.Box().Do(func(st *dataplane.State) {
		for _, d := range st.Drops() {
			counts[d.Reason] = d.Count
		}
	})
	frames, flows := s.Box().DropsCleared()
	for _, part := range []struct {
		head    string
		table   []aspReason
		cleared Cleared
		hidden  bool
		only    *g.Param[string]
	}{
		{"Frame drop:", aspFrames, frames, aspFlow.Seen(m), aspFrameReason},
		{"Flow drop:", aspFlows, flows, aspFrame.Seen(m), aspFlowReason},
	} {
		if part.hidden {
			continue
		}
		only, one := part.only.Lookup(m)
		text := "\n" + part.head + "\n"
		for _, r := range part.table {
			if one && r.name != only {
				continue
			}
			if n := r.sum(counts); n > 0 || one {
				text += aspLine(r, n)
			}
		}
		if err := emit(s, text+"\nLast clearing: "+clearedText(s, part.cleared)+"\n"); err != nil {
			return err
		}
	}
	return nil
}

func (r aspReason) sum(counts map[dataplane.Drop]uint64) (n uint64) {
	for _, d := range r.drops {
		n += counts[d]
	}
	return n
}

// aspLine is one reason: 80 columns, or 113 where its name and text are longer than 68 (captures).
func aspLine(r aspReason, n uint64) string {
	label, wide := r.text+" ("+r.name+")", 68
	if len(label) > wide {
		wide = 101
	}
	return fmt.Sprintf("  %-*s%10d\n", wide, label, n)
}

// clearedText is "10:43:33 EDT Mar 27 2019 by genie", or Never.
func clearedText(s Session, c Cleared) string {
	if c.At.IsZero() {
		return "Never"
	}
	return strings.TrimSpace(c.At.In(s.Box().Zone()).Format("15:04:05 MST Jan 2 2006") + " by " + c.By)
}
