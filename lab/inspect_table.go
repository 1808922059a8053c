package lab

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"

	"pixsim/appliance/release"
	"pixsim/dataplane/inspect/smtp"
)

// tableRow is a line of a recording, or a message as a whole.
type tableRow struct {
	dir      smtp.Dir
	from, to int
	ref      int
	text     string
	greeting bool
	order    int
}

// maxTableRows bounds a table; what comes behind it is left out.
const maxTableRows = 10_000

// family is the releases that make the same of a recording.
type family struct {
	names   []string
	cells   []string
	summary *Summary
}

// PrintInspectTable writes what each release makes of each line of a dialogue. Releases that make the same of all of it
// share a column.
func PrintInspectTable(w io.Writer, d *Dialogue, releases []*release.Release, style InspectStyle) error {
	if style.Width == 0 {
		style.Width = defaultWidth
	}
	p := &printer{w: w, style: style}
	p.style.Width = max(style.Width, minWidth)
	p.printf("%s\n", d.Heading())
	for _, n := range d.Notes {
		p.wrap("note: ", n)
	}
	rows := d.tableRows()
	families := d.families(rows, releases)
	p.printf("\n")
	for i, f := range families {
		p.wrap(fmt.Sprintf("  %s  ", column(i)), strings.Join(f.names, " "))
	}
	p.table(d, rows, families)
	p.tableSymptoms(families)
	return p.err
}

func column(i int) string { return string(rune('A' + i%26)) }

// tableRows are the lines of a recording in the order in which they begin.
func (d *Dialogue) tableRows() []tableRow {
	var rows []tableRow
	var open [2]int // row that is not at its end, by direction; -1: none
	open[0], open[1] = -1, -1
	p := player{d: d, passing: true}
	p.step = func(s *Step) {
		for _, l := range s.rows() {
			off := s.Off + l.from
			to := s.Off + l.to
			at := open[s.Dir]
			if at >= 0 && len(rows[at].text) < maxUnitText && !rows[at].message(d) {
				rows[at].text += string(s.In[l.from:l.to])
			}
			if at < 0 && len(rows) >= maxTableRows {
				return
			}
			if at < 0 || rows[at].message(d) && off >= d.units[d.unitAt(rows[at].from)].to {
				rows = append(rows, tableRow{dir: s.Dir, from: off, ref: s.Ref, text: string(s.In[l.from:l.to]), order: len(rows)})
				at = len(rows) - 1
			}
			rows[at].to = to
			open[s.Dir] = at
			if s.In[l.to-1] == '\n' && !rows[at].message(d) {
				open[s.Dir] = -1
			}
		}
	}
	p.play()
	for i := range rows {
		r := &rows[i]
		if r.message(d) {
			r.text = fmt.Sprintf("(%d octets of a message)", r.to-r.from)
		}
		if r.dir == smtp.ToClient {
			q, _ := d.replyAt(r.from)
			r.greeting = q != nil && q.unit >= 0 && d.units[q.unit].kind == unitGreeting
		}
	}
	return rows
}

// message says that the row is a message.
func (r *tableRow) message(d *Dialogue) bool {
	if r.dir != smtp.ToServer {
		return false
	}
	i := d.unitAt(r.from)
	return i < len(d.units) && d.units[i].from <= r.from && (d.units[i].kind == unitMessage || d.units[i].kind == unitChunk)
}

// tableCell is what became of a row.
type tableCell struct {
	taken, swallowed, held int // octets
	unsaid, doubtful, late bool
	blank                  bool
	first                  byte // of what an octet became that was overwritten, 0: none
	text                   []byte
	act                    smtp.Act
}

// cells are what became of the rows, in a word each.
func (x *Inspection) cells(rows []tableRow) []string {
	byDir := [2][]tableRow{}
	for _, r := range rows {
		byDir[r.dir] = append(byDir[r.dir], r)
	}
	cells := make([]tableCell, len(rows))
	for i := range x.Steps {
		s := &x.Steps[i]
		of := byDir[s.Dir]
		at, _ := slices.BinarySearchFunc(of, s.Off, func(r tableRow, off int) int { return cmp.Compare(r.to, off+1) })
		for ; at < len(of) && of[at].from < s.Off+len(s.In); at++ {
			cells[of[at].order].add(s, &of[at])
		}
	}
	words := make([]string, len(rows))
	for i := range rows {
		words[i] = cells[rows[i].order].word(&rows[i])
	}
	return words
}

func (c *tableCell) add(s *Step, r *tableRow) {
	n := overlap(Change{0, len(s.In)}, s.Off, r.from, r.to)
	held := overlap(Change{len(s.In) - s.Withheld, len(s.In)}, s.Off, r.from, r.to)
	c.late = c.late || c.held > 0 && held < c.held
	c.held = held
	c.taken += n - held
	c.unsaid = c.unsaid || s.Unsaid != ""
	c.doubtful = c.doubtful || s.Doubtful != ""
	for _, w := range touched(s.Swallows, r.from-s.Off, r.to-s.Off) {
		c.swallowed += overlap(w, s.Off, r.from, r.to)
	}
	for _, h := range touched(s.Changes, r.from-s.Off, r.to-s.Off) {
		from := max(h.From, r.from-s.Off)
		for i := from; i < min(h.To, r.to-s.Off); i++ {
			switch o := s.wire[i]; {
			case o == ' ' && c.first == 0:
				c.blank = true
			case c.first == 0:
				c.first = o
			}
			if r.greeting {
				c.text = append(c.text, s.wire[i])
			}
		}
	}
	if s.Act == smtp.DropConn || s.Act == smtp.Reset {
		c.act = s.Act
	}
}

// word is the cell as it is printed; TableLegend explains the words.
func (c *tableCell) word(r *tableRow) string {
	switch {
	case c.act == smtp.DropConn:
		return "DROP"
	case c.act == smtp.Reset:
		return "RESET"
	case c.held > 0:
		return "held"
	case c.taken == 0:
		return "gone"
	case c.swallowed > 0:
		return "OK"
	case c.unsaid:
		return "-"
	case c.first != 0 && r.greeting:
		if bytes.HasPrefix(c.text, []byte("SMTP")) || bytes.IndexByte(c.text, '_') >= 0 {
			return "cmap"
		}
		return "stars"
	case c.first == 'X':
		return "X"
	case c.first != 0:
		return "NOOP"
	case c.blank:
		return "blank"
	case c.doubtful:
		return "?"
	case c.late:
		return "late"
	}
	return "."
}

// TableLegend explains the words of the table.
const TableLegend = `.      unchanged                        X, NOOP  overwritten with it
stars  the greeting as stars            OK       answered by the firewall
cmap   the greeting as SMTP/cmap        blank    octets of an address are blanks
late   withheld until it came again     held     withheld for good
?      another reply is to be expected  DROP, RESET: the connection is ended
-      not sent                         gone     left out from here on`

// families plays the dialogue under each release.
func (d *Dialogue) families(rows []tableRow, releases []*release.Release) []family {
	var all []family
	at := map[[sha256.Size]byte]int{}
	for _, r := range releases {
		x := d.Inspect(r)
		cells := x.cells(rows)
		h := sha256.New()
		fmt.Fprint(h, cells, x.Pending, x.Ended)
		h.Write(x.Sent(smtp.ToServer))
		h.Write([]byte{0})
		h.Write(x.Sent(smtp.ToClient))
		key := [sha256.Size]byte(h.Sum(nil))
		i, known := at[key]
		if !known {
			i = len(all)
			at[key] = i
			all = append(all, family{cells: cells, summary: x.Summary()})
		}
		all[i].names = append(all[i].names, r.Name)
	}
	return all
}

const cellWidth = 6

// table writes the rows that differ from the recording in at least one column.
func (p *printer) table(d *Dialogue, rows []tableRow, families []family) {
	room := max(1, (p.style.Width-minText)/cellWidth)
	for from := 0; from < len(families); from += room {
		p.columns(d, rows, families[from:min(from+room, len(families))], from)
	}
}

// minText is the width of what is left for the lines themselves.
const minText = 36

// columns writes the table of some families, the first of which is the from-th.
func (p *printer) columns(d *Dialogue, rows []tableRow, families []family, from int) {
	text := p.style.Width - cellWidth*len(families) - 8
	what := " line"
	if d.Capture {
		what = "frame"
	}
	head := fmt.Sprintf("%-*s", text+8, what)
	for i := range families {
		head += fmt.Sprintf("%-*s", cellWidth, column(from+i))
	}
	p.printf("\n%s\n", strings.TrimRight(head, " "))
	same := 0
	for i, r := range rows {
		if !slices.ContainsFunc(families, func(f family) bool { return f.cells[i] != "." }) {
			same++
			continue
		}
		shown := octets([]byte(strings.TrimRight(r.text, "\r\n")))
		if len(shown) > text-1 {
			shown = shown[:max(0, text-4)] + "..."
		}
		line := fmt.Sprintf("%5d %c %-*s", r.ref, "CS"[r.dir], text, shown)
		for _, f := range families {
			line += fmt.Sprintf("%-*s", cellWidth, f.cells[i])
		}
		p.printf("%s\n", strings.TrimRight(line, " "))
	}
	if same > 0 {
		p.printf("      %s unchanged in all of them\n", count(same, "line"))
	}
	if len(rows) >= maxTableRows {
		p.printf("      what comes behind the first %d lines is left out\n", maxTableRows)
	}
}

// tableSymptoms lists the symptoms by column.
func (p *printer) tableSymptoms(families []family) {
	p.printf("\nSymptoms of KB 320027:\n")
	for i, f := range families {
		var ns []string
		for _, y := range f.summary.Symptoms {
			ns = append(ns, fmt.Sprint(y.N))
		}
		if len(ns) == 0 {
			ns = []string{"none"}
		}
		p.printf("  %s  %s\n", column(i), strings.Join(ns, ", "))
	}
	p.printf("\n%s\n", TableLegend)
}
