package appliance

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pixsim/appliance/release"
	"pixsim/cli"
	"pixsim/dataplane"
	"pixsim/dataplane/packet"
)

// MessageRow is a row of testdata/messages/table.txt.
type MessageRow struct {
	Level, ID int
	Releases  []string
	Words     *regexp.Regexp
}

// MessageTable is the table.
type MessageTable []MessageRow

// Messages reads the table.
func Messages(t *testing.T) (all MessageTable) {
	t.Helper()
	for _, line := range messageLines(t, "table") {
		parts := strings.SplitN(line, " ", 3)
		row := MessageRow{}
		if _, err := fmt.Sscanf(parts[0], "%d-%d", &row.Level, &row.ID); err != nil || len(parts) < 3 {
			t.Fatalf("%q is no row: %v", line, err)
		}
		for _, r := range benchReleases(t, parts[1]) {
			row.Releases = append(row.Releases, r.Name)
		}
		words := strings.ReplaceAll(regexp.QuoteMeta(parts[2]), `<\*>`, `.*`)
		row.Words = regexp.MustCompile("^" + regexp.MustCompile(`<[a-z]+>`).ReplaceAllString(words, `[^ ]*`) + "$")
		all = append(all, row)
	}
	return all
}

// Line is "level-id words" as a release is to say it; ok is false when the release does not have the message, or not in words
// like these.
func (m MessageTable) Line(r *release.Release, see string) (line string, ok bool) {
	number, words, _ := strings.Cut(see, " ")
	for _, row := range m {
		if strconv.Itoa(row.ID) == number && slices.Contains(row.Releases, r.Name) && row.Words.MatchString(words) {
			return fmt.Sprintf("%d-%s", row.Level, see), true
		}
	}
	return "", false
}

// Has reports whether a release has a message, in whatever words.
func (m MessageTable) Has(r *release.Release, id string) bool {
	return slices.ContainsFunc(m, func(row MessageRow) bool {
		return strconv.Itoa(row.ID) == id && slices.Contains(row.Releases, r.Name)
	})
}

// Judge holds what a box said, lines of "level-id words", against what a play wants to see.
func (m MessageTable) Judge(t *testing.T, r *release.Release, see, said []string) {
	t.Helper()
	for _, want := range see {
		id, _, _ := strings.Cut(want, " ")
		line, known := m.Line(r, want)
		switch {
		case known && !slices.Contains(said, line):
			t.Errorf("want %q; the box said %q", line, said)
		case !known && !m.Has(r, id) && slices.ContainsFunc(said, func(l string) bool { return strings.HasPrefix(l[2:], id) }):
			t.Errorf("%s has no %s; the box said %q", r.Name, id, said)
		}
	}
}

// MessagePlay is a cause and what it makes the box say.
type MessagePlay struct {
	Name  string
	Steps []string
	See   []string // "ID words"
	Only  []string // releases; nil: all
}

// On reports whether a release plays it.
func (p *MessagePlay) On(r *release.Release) bool {
	return p.Only == nil || slices.Contains(p.Only, r.Name)
}

func messageLines(t *testing.T, file string) (lines []string) {
	t.Helper()
	text, err := os.ReadFile("testdata/messages/" + file + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimRight(line, "\n"); line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	return lines
}

// MessagePlays reads a file of plays and puts its setups in.
func MessagePlays(t *testing.T, file string) (plays []MessagePlay) {
	t.Helper()
	setups, setup := map[string][]string{}, ""
	for _, line := range messageLines(t, file) {
		verb, rest, _ := strings.Cut(line, " ")
		last := len(plays) - 1
		steps := []string{line}
		if verb == "use" {
			if steps = setups[rest]; steps == nil {
				t.Fatalf("no setup %q", rest)
			}
		}
		switch {
		case verb == "setup":
			setup = rest
		case verb == "play":
			plays = append(plays, MessagePlay{Name: rest})
		case verb == "only":
			for _, r := range benchReleases(t, rest) {
				plays[last].Only = append(plays[last].Only, r.Name)
			}
		case verb == "see":
			plays[last].See = append(plays[last].See, rest)
		case last < 0:
			setups[setup] = append(setups[setup], steps...)
		default:
			plays[last].Steps = append(plays[last].Steps, steps...)
		}
	}
	return plays
}

// PIXReleases are the releases that the table speaks of.
func PIXReleases(t *testing.T) []*release.Release { return benchReleases(t, "pix-4.0..pix-6.3") }

// TestMessagesOnTheWire plays what packets make a box say.
func TestMessagesOnTheWire(t *testing.T) {
	table := Messages(t)
	for _, play := range MessagePlays(t, "wire") {
		for _, r := range PIXReleases(t) {
			t.Run(play.Name+"/"+r.Name, func(t *testing.T) {
				b := newBench(t, r)
				for _, step := range play.Steps {
					b.cause(step)
				}
				table.Judge(t, r, play.See, b.logs)
			})
		}
	}
}

// cause does one step of a play.
func (b *bench) cause(step string) {
	b.t.Helper()
	words := strings.Fields(step)
	var err error
	switch words[0] {
	case "config":
		b.tryConfig(strings.TrimPrefix(step, "config "))
	case "send":
		var ip packet.IPv4
		if ip, err = made(words[2:]); err == nil {
			b.send(words[1], ip)
		}
	case "fragments":
		said := b.logs
		b.fragments(words)
		b.logs = append(said, b.logs...)
	case "piece":
		b.send(words[1], pieceOf(words[2:]))
	case "pieces":
		n, _ := strconv.Atoi(words[5])
		for i := range n {
			b.send(words[1], pieceOf([]string{words[2], ">", words[4], "17", strconv.Itoa(i + 1), "0", "64", "more"}))
		}
	case "claim":
		b.claim(words[1], words[2])
	case "hosts":
		b.rel.Model.InsideHosts, err = strconv.Atoi(words[1])
	case "clear":
		dataplane.ClearXlates(b.e.Do, nil)
		b.collect()
	case "wait":
		var d time.Duration
		d, err = time.ParseDuration(words[1])
		for ; d > 0; d -= time.Second { // timers that timers set
			b.wait(min(d, time.Second))
		}
	default:
		err = fmt.Errorf("no such step")
	}
	if err != nil {
		b.t.Fatalf("%q: %v", step, err)
	}
}

// tryConfig types a line that the release may refuse.
func (b *bench) tryConfig(line string) {
	lines := append(slices.Clone(b.lines), line)
	_, refused := cli.Load(b.rel, strings.Join(lines, "\n"))
	if !slices.ContainsFunc(refused, func(l cli.Refused) bool { return l.Line == len(lines) && !l.Taken }) {
		b.config(line)
	}
}

// pieceOf is one fragment: words are source, ">", destination, protocol, number, offset, octets and perhaps "more".
func pieceOf(words []string) packet.IPv4 {
	n := make([]int, 4)
	for i := range n {
		n[i], _ = strconv.Atoi(words[3+i])
	}
	addr := func(s string) uint32 { return packet.U32(netip.MustParseAddr(s)) }
	h := packet.Header{Src: addr(words[0]), Dst: addr(words[2]), TTL: 64, ID: uint16(n[1])}
	ip := packet.IPv4(packet.AppendIPv4(nil, h, uint8(n[0]), n[3]))
	ip.SetFrag(n[2], len(words) > 7)
	if n[0] == packet.ProtoUDP && n[2] == 0 {
		binary.BigEndian.PutUint32(ip[ip.HeaderLen():], 9<<16|53)
		binary.BigEndian.PutUint16(ip[ip.HeaderLen()+4:], 1000) // octets of the datagram
	}
	return ip
}

// claim has a station answer for an address.
func (b *bench) claim(in, addr string) {
	own, mac := packet.U32(netip.MustParseAddr(addr)), [6]byte{10, 0, 0, 0, 0, 1}
	all := [6]byte{255, 255, 255, 255, 255, 255}
	f := packet.AppendEthernet(make([]byte, 64), all, mac, packet.TypeARP)
	b.step(b.port(in), packet.AppendARP(f, packet.ARPRequest, mac, own, [6]byte{}, own))
}

// neverRow is a row of the list of docs/messages.md.
var neverRow = regexp.MustCompile(`(?m)^\| (\d{6})(?:-(\d{6}))? \| [^|]+ \| [^|]+ \|$`)

// neverRaised tells the messages that docs/messages.md says are never raised.
func neverRaised(t *testing.T) func(id int) bool {
	t.Helper()
	page, err := os.ReadFile("../docs/messages.md")
	if err != nil {
		t.Fatal(err)
	}
	var spans [][2]int
	for _, m := range neverRow.FindAllStringSubmatch(string(page), -1) {
		from, _ := strconv.Atoi(m[1])
		to := from
		if m[2] != "" {
			to, _ = strconv.Atoi(m[2])
		}
		if len(spans) > 0 && from <= spans[len(spans)-1][1] {
			t.Errorf("docs/messages.md: %d is out of order", from)
		}
		spans = append(spans, [2]int{from, to})
	}
	return func(id int) bool {
		return slices.ContainsFunc(spans, func(s [2]int) bool { return s[0] <= id && id <= s[1] })
	}
}

// playedElsewhere are messages whose cause takes more than a play; the test that sees them has their number.
var playedElsewhere = map[int]string{604101: "dhcp_client_test.go", 604102: "dhcp_client_test.go"}

// Every message is either played or said to be never raised, and releases have words for those that the table gives them.
func TestEveryMessageIsAccountedFor(t *testing.T) {
	table, never, played, known := Messages(t), neverRaised(t), map[int]bool{}, map[int]bool{}
	for _, file := range []string{"wire", "console"} {
		for _, play := range MessagePlays(t, file) {
			for _, see := range play.See {
				id, err := strconv.Atoi(see[:6])
				if err != nil {
					t.Fatal(err)
				}
				played[id] = true
			}
		}
	}
	for id, file := range playedElsewhere {
		text, err := os.ReadFile(file)
		if played[id] = err == nil && strings.Contains(string(text), fmt.Sprintf("%d: ", id)); !played[id] {
			t.Errorf("%s does not see %d: %v", file, id, err)
		}
	}
	for _, r := range PIXReleases(t) {
		for id := range r.MessageLevels() {
			known[id] = true
		}
		own := *r
		own.Config.LogGuide = false
		words := own.MessageLevels()
		for _, row := range table {
			known[row.ID] = true
			level, ok := words[row.ID]
			if has := slices.Contains(row.Releases, r.Name) && !never(row.ID); has != ok && !(ok && table.Has(r, strconv.Itoa(row.ID))) {
				t.Errorf("%s has words for %d: %v, by the table %v", r.Name, row.ID, ok, has)
			} else if ok && has && level != row.Level {
				t.Errorf("%s: %d has severity %d, by the table %d", r.Name, row.ID, level, row.Level)
			}
		}
		for id := range words {
			if !table.Has(r, strconv.Itoa(id)) {
				t.Errorf("%s has words for %d, the table does not", r.Name, id)
			}
		}
	}
	for id := range known {
		if played[id] == never(id) {
			t.Errorf("%d is played: %v, is never raised: %v", id, played[id], never(id))
		}
	}
	for id := range played {
		if !known[id] {
			t.Errorf("%d is played and not in the table", id)
		}
	}
}
