package command

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
	"pixsim/dataplane"
)

var (
	showModule = textShow("module", "Show hardware module information", onASA, moduleText, g.Opt(g.Alt(
		g.Word("all", "Show all modules"), g.Word("details", "Show detailed information"),
		&g.Param[int]{Name: "slot", Help: "Module slot", Type: g.Int(0, 1)})))

	// The 5516-X is the only machine here with sensors that the command knows; those before it and virtual ones have none.
	showEnvironment = textShow("environment", "Display environmental information", release.Since(release.V(9, 8)).Through(release.V(9, 8)),
		func(s Session) string { return s.Release().Say(release.Environment) },
		g.Opt(g.Alt(g.Word("fans", "Display fan information"), g.Word("temperature", "Display temperature information"))))

	// unverified: that nothing is said where there is no VLAN.
	showVLAN = textShow("vlan", "Show VLANs", onASA, vlansText)
	// The table of transparent mode, which this box is not in. unverified: that the heading stands there nevertheless.
	showMACTable = textShow("mac-address-table", "Display MAC address table", onASA, always(
		"interface                   mac  address          type      Age(min)\n------------------------------------------------------------------\n"))
	// Seen, by where the caret of `show mac address-table` stands: mac is the beginning of two words.
	showMACLearn   = textShow("mac-learn", "Display MAC learning status", onASA, always("no mac-learn flood\n")) // unverified
	showCluster    = textShow("cluster info", "Show cluster status", since91, always("Clustering is not configured\n"))
	showFileSystem = &Command{
		Name: "show file system", Help: "Display filesystem information", Mode: Privileged, Span: inASA,
		Syntax: show(g.Word("file", "Display filesystem information"), g.Alt(
			&g.Keyword{Text: "system", Aliases: []string{"systems"}, Help: "Display filesystem information"},
			g.Seq(g.Word("descriptors", "List all open file descriptors")))),
		Run: func(_ context.Context, s Session, m *g.Match) error { return emit(s, fileSystems(s)) },
	}
)

// moduleText is the box itself, the only module that there is.
func moduleText(s Session) string {
	rel := s.Release()
	m := &rel.Model
	var macs []string
	for i := range m.Interfaces {
		macs = append(macs, rel.FormatMAC(m.MACOf(i)))
	}
	_, descr, _ := strings.Cut(rel.Say(release.InventoryAll, m.Serial), `DESCR: "`)
	descr, _, _ = strings.Cut(descr, `"`)
	if len(descr) > 44 {
		descr = descr[:44]
	}
	return rel.Say(release.ModuleTable, descr, m.Name, m.Serial, slices.Min(macs), slices.Max(macs), rel.Version)
}

// vlansText are the VLANs of the sub-interfaces, ascending.
func vlansText(s Session) string {
	var ids []string
	var nums []int
	for _, f := range s.Box().Config().Interfaces {
		if f.VLAN > 0 && !slices.Contains(nums, f.VLAN) {
			nums = append(nums, f.VLAN)
		}
	}
	slices.Sort(nums)
	for _, n := range nums {
		ids = append(ids, fmt.Sprint(n))
	}
	if len(ids) == 0 {
		return ""
	}
	return strings.Join(ids, ", ") + "\n"
}

// fileSystems. unverified: the columns, but for those of a 9.x capture.
func fileSystems(s Session) string {
	total, free := s.Box().Disk().Space()
	text := "\nFile Systems:\n\n     Size(b)     Free(b)     Type  Flags  Prefixes\n" +
		fmt.Sprintf("* %10d  %10d   disk    rw      %s\n", total, free, s.Release().Say(release.DiskNames))
	for word := range strings.FieldsSeq("tftp: system: " + s.Release().Say(release.CopyProtocols)) {
		kind, flags := "network", "rw"
		switch word {
		case "system:":
			kind = "opaque"
		case "http:", "https:":
			flags = "ro"
		}
		text += fmt.Sprintf("           -           -   %-7s %s      %s\n", kind, flags, word)
	}
	return text
}

var (
	showResources = textShow("resource usage", "Display resource usage", inASA, resourceText,
		g.Opt(g.Alt(g.Word("all", "Show all resources"), g.Word("detail", "Show the resources in detail"), g.Word("summary", "Show all contexts together"))))

	cpuDetailed   = g.Word("detailed", "Show the load of each core")
	showCPUDetail = textShow("cpu", "Show cpu utilization", since82, cpuDetailText, g.Opt(g.Word("usage", "Show cpu utilization")), cpuDetailed)

	loadNonZero     = g.Word("non-zero", "Only those that were at work")
	loadSorted      = g.Word("sorted", "The busiest first")
	showProcessLoad = &Command{
		Name: "show processes cpu-usage", Help: "Show system processes", Mode: Privileged, Span: inASA,
		Syntax: show(g.Word("processes", "Show system processes"), g.Word("cpu-usage", "Show the load of each process"), g.Any(loadNonZero, loadSorted)),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			return emit(s, processLoad(s, loadNonZero.Seen(m), loadSorted.Seen(m)))
		},
	}

	showMemoryDetail = textShow("memory detail", "Show detailed system memory statistics", inASA, memoryDetail)
)

// resourceText is what is used of what is bounded. Rows that nobody ever used are left out, as there. unverified: the row of
// sessions, whose most are counted since the program began.
func resourceText(s Session) string {
	var conns, xlates dataplane.Counts
	var hosts, mostHosts int
	b, rel := s.Box(), s.Release()
	ports := len(b.Config().Interfaces)
	b.Do(func(st *dataplane.State) {
		conns, xlates = st.Counts()
		for i := range ports {
			n := st.HostCounts(dataplane.Port(i))
			hosts, mostHosts = hosts+n.Active, mostHosts+n.Most
		}
	})
	open := map[string]int{}
	for _, v := range b.Sessions() {
		open[v.Kind]++
	}
	text := "Resource              Current         Peak      Limit        Denied Context\n"
	for _, r := range []struct {
		name      string
		now, most int
		limit     string
	}{
		{"Telnet", open["telnet"], b.MostSessions("telnet"), fmt.Sprint(rel.Console.MaxTelnet)},
		{"SSH", open["ssh"], b.MostSessions("ssh"), fmt.Sprint(rel.Console.MaxSSH)},
		{"Conns", conns.InUse, conns.MostUsed, fmt.Sprint(rel.Limits.Conns)},
		{"Xlates", xlates.InUse, xlates.MostUsed, "N/A"},
		{"Hosts", hosts, mostHosts, "N/A"},
	} {
		if r.now > 0 || r.most > 0 {
			text += fmt.Sprintf("%-17s%12d %12d %10s %13d System\n", r.name, r.now, r.most, r.limit, 0)
		}
	}
	return text
}

// shares are the percentages of the last 5 seconds, minute and five minutes.
func shares(b Box) [3]float64 {
	var now, minute, five dataplane.Done
	b.Do(func(st *dataplane.State) { now, minute, five, _ = st.Work() })
	return [3]float64{
		100 * now.Busy.Seconds() / dataplane.WorkNow.Seconds(), 100 * minute.Busy.Seconds() / dataplane.WorkMinute.Seconds(),
		100 * five.Busy.Seconds() / dataplane.WorkFive.Seconds(),
	}
}

// cpuDetailText: the engine has one goroutine, which is the data path of the first core.
func cpuDetailText(s Session) string {
	p := shares(s.Box())
	text := "Break down of per-core data path versus control point cpu usage:\nCore         5 sec              1 min              5 min\n"
	for i := range s.Release().Model.Cores() {
		text += fmt.Sprintf("Core %-8d", i)
		for _, v := range p {
			if i > 0 {
				v = 0
			}
			text += fmt.Sprintf("%.1f (%.1f + %.1f)    ", v, v, 0.0)
		}
		text = strings.TrimRight(text, " ") + "\n"
	}
	return text + "\nCurrent control point elapsed versus the maximum control point elapsed for:\n" + periods([3]float64{}) +
		"\n\nCPU utilization of external processes for:\n" + periods([3]float64{}) + "\n\nTotal CPU utilization for:\n" + periods(p)
}

func periods(p [3]float64) string {
	return fmt.Sprintf("      5 seconds = %.1f%%; 1 minute: %.1f%%; 5 minutes: %.1f%%\n", p[0], p[1], p[2])
}

// processLoad: only the engine's work is measured by the span of time; it is one line here.
func processLoad(s Session, busy, sorted bool) string {
	type row struct {
		name string
		p    [3]float64
	}
	rows := []row{{"Dispatch Unit", shares(s.Box())}}
	for _, t := range s.Box().Tasks(s) {
		rows = append(rows, row{name: t.Name})
	}
	if !sorted {
		slices.SortStableFunc(rows, func(a, b row) int { return strings.Compare(a.name, b.name) })
	}
	text := "PC         Thread       5Sec     1Min     5Min   Process\n"
	for _, r := range rows {
		if busy && r.p == ([3]float64{}) {
			continue
		}
		text += fmt.Sprintf("0x%08x 0x%08x %5.1f%%   %5.1f%%   %5.1f%%   %s\n", 0, 0, r.p[0], r.p[1], r.p[2], r.name)
	}
	return text
}

// memoryDetail. unverified: the layout, from memory of 8.x; of what the box splits its memory into the simulator knows only
// what is used and what is free.
func memoryDetail(s Session) string {
	used, free := s.Box().Memory()
	total := used + free
	line := func(words string, n uint64) string {
		return fmt.Sprintf("%-35s%15d bytes (%2d%%)\n", words, n, percent(n, total))
	}
	return line("Free memory heap:", free) + line("Free memory system:", 0) + line("Used memory:", used) +
		line("   Allocated memory in use:", used) + line("   Reserved memory (DMA):", 0) + line("   Memory overhead:", 0) +
		"-----------------------------------   ----------------------\n" + fmt.Sprintf("%-35s%15d bytes (100%%)\n", "Total memory:", total)
}

var (
	poolName      = &g.Param[string]{Name: "poolname", Help: "Name of the pool", Type: g.Ident(63)}
	showLocalPool = &Command{
		Name: "show ip local pool", Help: "Show the addresses of a local pool", Mode: Privileged, Span: inASA,
		Syntax: show(append(keywords("ip local pool", "Show the addresses of a local pool"), poolName)...),
		Run:    runShowPool,
	}
)

// maxPool is how many addresses of a pool are listed.
const maxPool = 1 << 16

// runShowPool: nobody is given an address of the pool, for there are no tunnels.
func runShowPool(_ context.Context, s Session, m *g.Match) error {
	name := poolName.Get(m)
	for _, rest := range behindLines(s, "ip local pool "+name+" ") {
		words := strings.Fields(rest)
		first, last, _ := strings.Cut(words[0], "-")
		from, err1 := netip.ParseAddr(first)
		to, err2 := netip.ParseAddr(orElse(last, first))
		if err1 != nil || err2 != nil || to.Less(from) {
			continue
		}
		mask := "255.255.255.0"
		if len(words) > 2 && words[1] == "mask" {
			mask = words[2]
		}
		var free []string
		for a := from; len(free) < maxPool && !to.Less(a); a = a.Next() {
			free = append(free, a.String()+"\n")
		}
		text := "Begin           End             Mask            Free     Held     In use\n" +
			fmt.Sprintf("%-16s%-16s%-16s%5d%9d%9d\n\nAvailable Addresses:\n", from, to, mask, len(free), 0, 0)
		return emit(s, text+strings.Join(free, "")+"\nIn Use Addresses:\n") // unverified: that the heading stands there without any
	}
	s.Say(release.NoPool, name)
	return nil
}

// behindLines is what stands behind a beginning in the lines of the running configuration.
func behindLines(s Session, begin string) []string {
	var all strings.Builder
	for line := range s.Running(View{Release: s.Release(), All: true}) {
		all.WriteString(line + "\n")
	}
	return behind(all.String(), begin)
}
