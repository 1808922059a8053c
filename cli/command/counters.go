package command

import (
	"context"
	"fmt"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
	"pixsim/dataplane"
)

// Counters of the interfaces and of the engine's stores: what shows them, and what sets them to zero.

const helpTraffic = "Counters for traffic statistics"

var (
	clearedPort    = &g.Param[string]{Name: "hardware_id", Help: "Hardware id", Type: g.Hardware()}
	clearInterface = &Command{
		Name: "clear interface", Help: "Clear interface statistics", Mode: Privileged,
		Span:   release.Since(release.V(5, 1)), // unverified: before, it is said to have shut the interfaces down
		Syntax: clearing(g.Word("interface", "Clear interface statistics"), g.Opt(clearedPort)),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			id, one := clearedPort.Lookup(m)
			zeroPorts(s.Box(), func(hardware string) bool { return !one || hardware == id })
			return nil
		},
	}
	clearTraffic = clears("traffic", helpTraffic, since42, func(st *dataplane.State) { st.ClearTraffic() })
	clearBlocks  = clears("blocks", "Counters of system buffer utilization", since42, func(st *dataplane.State) { st.ClearBlocks() })
	// clear counters: all that the two others clear.
	clearCounters = &Command{
		Name: "clear counters", Help: "Clear interface and traffic counters", Mode: Privileged, Span: since60, // unverified: since when
		Syntax: clearing(g.Word("counters", "Clear interface and traffic counters")),
		Run: func(_ context.Context, s Session, _ *g.Match) error {
			zeroPorts(s.Box(), func(string) bool { return true })
			s.Box().Do(func(st *dataplane.State) { st.ClearTraffic() })
			return nil
		},
	}

	showTraffic = shows("traffic", helpTraffic, Privileged, since42, trafficText)
	showBlocks  = shows("blocks", "Show system buffer utilization", Privileged, release.Span{}, blocksText)
	showCPU     = shows("cpu", "Show CPU usage information", Privileged, inASA, cpuUsage)
	showCPUUsed = shows("cpu usage", "Show CPU usage information", Privileged, since60, cpuUsage)
	showMemory  = shows("memory", "System memory information", Privileged, release.Span{}, func(s Session) error {
		used, free := s.Box().Memory()
		total := used + free
		return tell(s, release.Memory, free, used, total, percent(free, total), 100-percent(free, total))
	})
)

// clears makes a clear command without arguments, of one word or of those of parts.
func clears(words, help string, span release.Span, do func(st *dataplane.State), parts ...g.Syntax) *Command {
	if parts == nil {
		parts = []g.Syntax{g.Word(words, help)}
	}
	return &Command{
		Name: "clear " + words, Help: help, Mode: Privileged, Span: span, Syntax: clearing(parts...),
		Run: func(_ context.Context, s Session, _ *g.Match) error {
			s.Box().Do(do)
			return nil
		},
	}
}

// zeroPorts zeroes what show interface counts of the interfaces that pick chooses by hardware id.
func zeroPorts(b Box, pick func(hardware string) bool) {
	all := b.Config().Interfaces
	b.Do(func(st *dataplane.State) {
		for i, f := range all {
			if pick(f.Hardware) {
				st.ClearInterface(dataplane.Port(i))
			}
		}
	})
}

// percent is part of whole in percent, rounded.
func percent(part, whole uint64) int {
	if whole == 0 {
		return 0
	}
	return int((part*100 + whole/2) / whole)
}

// cpuUsage is the share of the time that the engine was at work.
func cpuUsage(s Session) error {
	var now, minute, five dataplane.Done
	s.Box().Do(func(st *dataplane.State) { now, minute, five, _ = st.Work() })
	s.Say(release.CPU, now.Share(dataplane.WorkNow), minute.Share(dataplane.WorkMinute), five.Share(dataplane.WorkFive))
	return nil
}

// portTraffic is what show traffic prints of one interface.
type portTraffic struct {
	n            dataplane.IfCounters
	span         time.Duration
	minute, five dataplane.Rates
}

func readTraffic(b Box, ports int) []portTraffic {
	all := make([]portTraffic, ports)
	b.Do(func(st *dataplane.State) {
		for i := range all {
			t := &all[i]
			t.n, t.span = st.Traffic(dataplane.Port(i))
			t.minute, t.five = st.Rates(dataplane.Port(i))
		}
	})
	return all
}

func trafficText(s Session) error {
	c, rel := s.Box().Config(), s.Release()
	all := readTraffic(s.Box(), len(c.Interfaces))
	text := func(name string, t portTraffic) string {
		return rel.Say(release.TrafficHead, append(TrafficArgs(name, t.span, t.n), RatesText(rel, t.minute, t.five))...)
	}
	for i, t := range all {
		if c.Interfaces[i].Name == "" {
			continue
		}
		if err := emit(s, text(c.Interfaces[i].Name, t)); err != nil {
			return err
		}
	}
	head, ok := rel.Words(release.Aggregated)
	if !ok {
		return nil
	}
	for i, t := range all { // what runs over a port's VLANs is its own
		trunk := c.TrunkOf(i)
		if trunk == i {
			head += text(c.Interfaces[i].Hardware, aggregated(c, all, i, t))
		}
	}
	return emit(s, head)
}

func addRates(a, b dataplane.Rates) dataplane.Rates {
	return dataplane.Rates{
		InPackets: a.InPackets + b.InPackets, InBytes: a.InBytes + b.InBytes, OutPackets: a.OutPackets + b.OutPackets,
		OutBytes: a.OutBytes + b.OutBytes, Dropped: a.Dropped + b.Dropped,
	}
}

// aggregated is the traffic of a port with that of the interfaces that it carries.
func aggregated(c *config.Config, all []portTraffic, port int, t portTraffic) portTraffic {
	for i, v := range all {
		if i == port || c.TrunkOf(i) != port {
			continue
		}
		t.n.InPackets += v.n.InPackets
		t.n.InBytes += v.n.InBytes
		t.n.OutPackets += v.n.OutPackets
		t.n.OutBytes += v.n.OutBytes
		t.minute, t.five = addRates(t.minute, v.minute), addRates(t.five, v.five)
	}
	return t
}

// TrafficArgs are the arguments of release.TrafficHead for one interface, without the rates.
func TrafficArgs(name string, span time.Duration, n dataplane.IfCounters) []any {
	secs := max(uint64(span/time.Second), 1)
	return []any{name, span.Seconds(), n.InPackets, n.InBytes, n.InPackets / secs, n.InBytes / secs,
		n.OutPackets, n.OutBytes, n.OutPackets / secs, n.OutBytes / secs}
}

// RatesText are the rates of the last minute and the last five, nothing where the release shows none.
func RatesText(rel *release.Release, minute, five dataplane.Rates) string {
	say := func(minutes int, r dataplane.Rates) string {
		return rel.Say(release.InterfaceRates, minutes, r.InPackets, r.InBytes, r.OutPackets, r.OutBytes, r.Dropped)
	}
	return say(1, minute) + say(5, five)
}

// blockOctets is what one block of the inspection's store holds: a frame.
const blockOctets = 1550

// blocksText shows the engine's stores as blocks of the sizes that the device has; docs/model.md says which is which.
func blocksText(s Session) error {
	var b dataplane.Blocks
	s.Box().Do(func(st *dataplane.State) { b = st.Blocks() })
	whole := func(octets int) int { return octets / blockOctets }
	s.Say(release.BlocksHead)
	for _, row := range []struct {
		size int
		dataplane.Block
	}{
		{4, b.Assemblies}, {80, b.Neighbours}, {256, b.Events},
		{blockOctets, dataplane.Block{Max: whole(b.Streams.Max), Low: whole(b.Streams.Low), Free: whole(b.Streams.Free)}},
	} {
		if err := emit(s, BlockLine(row.size, row.Block)); err != nil {
			return err
		}
	}
	return nil
}

// BlockLine is one line of show blocks.
func BlockLine(size int, b dataplane.Block) string {
	return fmt.Sprintf("%6d %6d %6d %6d\n", size, b.Max, b.Low, b.Free)
}
