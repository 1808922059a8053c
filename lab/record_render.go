package lab

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"pixsim/dataplane/packet"
)

// RenderOptions say how a Recording is written for people.
type RenderOptions struct {
	Column  int  // characters of one side; 0: 60
	Brief   bool // long stretches that the box left alone are cut short sooner
	ACKs    bool // show segments that only acknowledge
	NoTimes bool // leave all times out, so that transcripts can be compared
	Colour  bool
}

// Stretches of octets that the box left alone are shown whole up to so many, else their first and last ones.
const (
	longStretch   = 512
	briefStretch  = 160
	binaryStretch = 24 // what is no text says nothing to anybody: TLS
)

// Render writes both sides in two columns, a row for each segment that came and, beside it, what left because of it. What
// the box did with an octet stands below it.
func (c *Recording) Render(w io.Writer, o RenderOptions) error {
	if o.Column == 0 {
		o.Column = defaultColumn
	}
	v := &view{RenderOptions: o, m: compare(c)}
	v.head()
	v.rows()
	v.foot()
	_, err := w.Write(v.out.Bytes())
	return err
}

// SidesColumn is the Column of what is to fit a terminal of so many columns, as far as that can be; 0 for 0.
func SidesColumn(terminal int) int {
	if terminal == 0 {
		return 0
	}
	return min(max((terminal-timesWidth-len(columnGap))/2, 24), defaultColumn)
}

const (
	defaultColumn = 60
	timesWidth    = 11
	columnGap     = " | "
)

type view struct {
	RenderOptions
	m   *comparison
	out bytes.Buffer
}

func (v *view) printf(format string, args ...any) { fmt.Fprintf(&v.out, format, args...) }

func (v *view) head() {
	c := v.m.rec
	inspected := "inspected"
	if !c.Inspected {
		inspected = "not inspected"
	}
	v.printf("connection %d through %s, %s\n", c.Number, c.Release, inspected)
	for s, name := range [...]string{"client side", "server side"} {
		from, to := c.Ends(Side(s))
		v.printf("%s  %s: %v -> %v\n", name, c.Sides[s].If, from, to)
	}
	if !v.NoTimes {
		v.printf("began        %s\n", c.Began.UTC().Format("2006-01-02 15:04:05.000000 UTC"))
	}
	v.printf("ended        %s\n", v.ending())
	for from, name := range [...]string{"to server  ", "to client  "} {
		arrived, left, signs := v.m.sum(Side(from))
		v.printf("%s  %d octets sent, %d got: %d changed, %d withheld, %d added\n", name, arrived, left, signs[changed], signs[withheld], signs[added])
	}
	if c.Missed > 0 {
		v.printf("missing      %d connections before this one were not recorded: there were too many at a time\n", c.Missed)
	}
	legend := fmt.Sprintf("below an octet: %c changed  %c withheld  %c added by the firewall", changed, withheld, added)
	if !v.ACKs {
		legend += "\nsegments that only acknowledge are not shown"
	}
	v.printf("%s\n\n", legend)
}

func (v *view) ending() string {
	c := v.m.rec
	switch {
	case c.Ended.IsZero() && c.Why == "":
		return "not yet"
	case v.NoTimes || c.Ended.IsZero():
		return c.Why
	}
	return fmt.Sprintf("after %s ms: %s", millis(c.Ended.Sub(c.Began)), c.Why)
}

func millis(d time.Duration) string {
	return fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond))
}

func (v *view) foot() {
	c := v.m.rec
	for s, name := range [...]string{"client", "server"} {
		if b := c.beyond[s]; b.segments > 0 {
			v.printf("... %d more octets in %d segments on the %s side were not kept: a transcript ends at %d octets or %d segments\n",
				b.octets, b.segments, name, maxOctets, maxSegments)
		}
		if n := c.lost[s]; n > 0 {
			v.printf("... %d frames are missing in the pcap file of the %s side: the disk was too slow, or the file is full\n", n, name)
		}
	}
}

// cell is a segment in its column.
type cell struct {
	at    time.Time
	lines []cellLine
}

// cellLine is a line of a cell; one of signs has a colour.
type cellLine struct {
	text  string
	signs bool
}

func (v *view) rows() {
	width := v.Column
	v.row("ms", []cellLine{{text: "client side"}}, []cellLine{{text: "server side"}})
	v.printf("%s\n", strings.Repeat("-", v.margin()+2*width+len(columnGap)))
	var columns [2][]cell
	turn := 0
	for i := range v.m.rec.Segments {
		s := &v.m.rec.Segments[i]
		if s.turn != turn {
			v.turn(&columns)
			turn = s.turn
		}
		if len(s.Payload) > 0 || s.control() || v.ACKs {
			columns[s.On] = append(columns[s.On], v.cell(i))
		}
	}
	v.turn(&columns)
}

// turn writes what came and what left because of it side by side.
func (v *view) turn(columns *[2][]cell) {
	for row := 0; row < max(len(columns[0]), len(columns[1])); row++ {
		var sides [2]cell
		for s := range columns {
			if row < len(columns[s]) {
				sides[s] = columns[s][row]
			}
		}
		when := sides[0].at
		if when.IsZero() {
			when = sides[1].at
		}
		v.row(millis(when.Sub(v.m.rec.Began)), sides[0].lines, sides[1].lines)
	}
	columns[0], columns[1] = columns[0][:0], columns[1][:0]
}

// margin is the width of the times.
func (v *view) margin() int {
	if v.NoTimes {
		return 0
	}
	return timesWidth
}

func (v *view) row(when string, left, right []cellLine) {
	for i := range max(len(left), len(right)) {
		var l, r cellLine
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			r = right[i]
		}
		if !v.NoTimes {
			v.printf("%9s  ", when)
			when = ""
		}
		pad := strings.Repeat(" ", max(0, v.Column-len(l.text)))
		v.printf("%s\n", strings.TrimRight(v.paint(l)+pad+columnGap+v.paint(r), " "))
	}
}

func (v *view) paint(l cellLine) string {
	t := transcript{colour: v.Colour && l.signs}
	return t.paint(red, l.text)
}

// cell is one segment: arrow, length, text with signs below it, and what else is to be said.
func (v *view) cell(index int) cell {
	s, n := &v.m.rec.Segments[index], &v.m.notes[index]
	arrow := "->"
	if s.From == ServerSide {
		arrow = "<-"
	}
	c := cell{at: s.At}
	first := strings.TrimRight(arrow+" "+flagWords(s.Flags), " ")
	if first == arrow && len(s.Payload) == 0 {
		first += " ACK"
	}
	var said []string
	if n.again {
		said = append(said, octetCount(len(s.Payload))+" again")
	}
	switch {
	case n.forever():
		said = append(said, n.share()+"withheld")
	case n.held > 0 && v.NoTimes:
		said = append(said, n.share()+"withheld until later")
	case n.held > 0:
		said = append(said, fmt.Sprintf("%swithheld until %s ms", n.share(), millis(n.until.Sub(v.m.rec.Began))))
	case all(n.signs, added) && len(n.signs) > 0:
		said = append(said, "added by the firewall")
	}
	remark := strings.Join(said, ", ")
	if len(s.Payload) == 0 || n.again {
		c.lines = []cellLine{{text: first + strings.TrimRight(" "+remark, " ")}}
		return c
	}
	c.lines = v.text(fmt.Sprintf("%s %4d ", first, len(s.Payload)), s.Payload, n.signs)
	if remark != "" {
		c.lines = append(c.lines, cellLine{text: strings.Repeat(" ", len(arrow)+6) + "(" + remark + ")"})
	}
	return c
}

// share says how many octets are withheld, if not all.
func (n *note) share() string {
	if n.held == len(n.signs) {
		return ""
	}
	return octetCount(n.held) + " "
}

func octetCount(n int) string {
	if n == 1 {
		return "1 octet"
	}
	return fmt.Sprintf("%d octets", n)
}

func all(signs []sign, what sign) bool {
	for _, s := range signs {
		if s != what {
			return false
		}
	}
	return true
}

// flagWords names the flags that open and end connections.
func flagWords(flags uint8) string {
	var words []string
	for _, f := range []struct {
		bit  uint8
		word string
	}{{packet.SYN, "SYN"}, {packet.FIN, "FIN"}, {packet.RST, "RST"}} {
		if flags&f.bit != 0 {
			words = append(words, f.word)
		}
	}
	if flags&(packet.SYN|packet.ACK) == packet.SYN|packet.ACK {
		words = append(words, "ACK")
	}
	return strings.Join(words, " ")
}

// text wraps octets behind a first line's beginning, with the signs of each below it.
func (v *view) text(begin string, octets []byte, signs []sign) (lines []cellLine) {
	indent := strings.Repeat(" ", len(begin))
	line, below := begin, indent
	flush := func() {
		lines = append(lines, cellLine{text: line})
		if strings.TrimSpace(below) != "" {
			lines = append(lines, cellLine{strings.TrimRight(below, " "), true})
		}
		line, below = indent, indent
	}
	skips := v.skips(octets, signs)
	for i := 0; i < len(octets); i++ {
		if to := skips[i]; to > 0 {
			if line != indent {
				flush()
			}
			line += fmt.Sprintf("[... %d octets unchanged]", to-i)
			flush()
			i = to - 1
			continue
		}
		shown := visible(octets[i])
		if len(line)+len(shown) > v.Column {
			flush()
		}
		line += shown
		below += strings.Repeat(string(rune(signs[i])), len(shown))
		if octets[i] == '\n' && i+1 < len(octets) {
			flush()
		}
	}
	if line != indent {
		flush()
	}
	return lines
}

// skips are the parts of long stretches of untouched octets that are not shown, by where they begin.
func (v *view) skips(octets []byte, signs []sign) map[int]int {
	parts := map[int]int{}
	for from := 0; from < len(signs); {
		to := from
		for to < len(signs) && signs[to] == same {
			to++
		}
		if most := v.stretch(octets[from:to]); to-from > most {
			parts[from+most/2] = to - most/4
		}
		from = to + 1
	}
	return parts
}

// stretch is how long a stretch of untouched octets may be to be shown whole.
func (v *view) stretch(octets []byte) int {
	escaped := 0
	for _, b := range octets {
		if len(visible(b)) == len(`\x00`) {
			escaped++
		}
	}
	switch {
	case 4*escaped > len(octets):
		return binaryStretch
	case v.Brief:
		return briefStretch
	}
	return longStretch
}

// visible is an octet as ASCII.
func visible(b byte) string {
	switch {
	case b == '\r':
		return `\r`
	case b == '\n':
		return `\n`
	case b == '\t':
		return `\t`
	case b == '\\':
		return `\\`
	case b < ' ' || b > '~':
		return fmt.Sprintf(`\x%02x`, b)
	}
	return string(rune(b))
}
