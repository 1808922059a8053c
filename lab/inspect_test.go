package lab

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/tools/txtar"

	"pixsim/appliance/release"
	"pixsim/dataplane/inspect/smtp"
	"pixsim/dataplane/link"
)

var updateInspect = flag.Bool("update-inspect", false, "write the outputs in testdata/inspect anew")

// TestInspectOutputs: testdata/inspect/*.txtar hold a recording in `input`, and beside it what pixsim inspect prints of it,
// in files whose names are what is asked of it: "pix-6.3", "table pix-4.1 pix-6.3", "json asa-8.2", "pix-4.1 reject=noop", "width=60 pix-6.3".
func TestInspectOutputs(t *testing.T) {
	files, err := filepath.Glob("testdata/inspect/*.txtar")
	if err != nil || len(files) < 6 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var input string
			changed := false
			for i := range a.Files {
				f := &a.Files[i]
				if f.Name == "input" {
					input = string(f.Data)
					continue
				}
				got := inspectOutput(t, input, strings.Fields(f.Name))
				if *updateInspect {
					changed = changed || got != string(f.Data)
					f.Data = []byte(got)
				} else if got != string(f.Data) {
					t.Errorf("%s: got\n%s\nwant\n%s", f.Name, got, f.Data)
				}
			}
			if changed {
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func inspectOutput(t *testing.T, input string, words []string) string {
	t.Helper()
	d, err := ParseDialogue(strings.NewReader(input))
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	releases := []*release.Release{}
	var options []string
	all, asJSON := false, false
	style := InspectStyle{}
	for _, w := range words {
		switch {
		case w == "table":
			all = true
		case w == "json":
			asJSON = true
		case w == "colour":
			style.Colour = true
		case w == "body":
			style.Body = true
		case strings.HasPrefix(w, "width="):
			fmt.Sscanf(w, "width=%d", &style.Width)
		case strings.Contains(w, "="):
			options = append(options, w)
		default:
			r, err := release.Parse(w)
			if err != nil {
				t.Fatal(err)
			}
			releases = append(releases, r)
		}
	}
	for i, r := range releases {
		if releases[i], err = r.With(options); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	switch {
	case asJSON:
		err = WriteInspectJSON(&out, []*Dialogue{d}, []int{1}, releases)
	case all:
		err = PrintInspectTable(&out, d, releases, style)
	default:
		err = d.Inspect(releases[0]).Print(&out, style)
	}
	if err != nil {
		t.Fatal(err)
	}
	if asJSON {
		var indented bytes.Buffer
		if err := json.Indent(&indented, out.Bytes(), "", " "); err != nil {
			t.Fatal(err)
		}
		return indented.String()
	}
	return out.String()
}

// profiles are the releases, and with them each flaw and each option.
func profiles(t *testing.T) []*release.Release {
	t.Helper()
	all := release.All()
	for _, r := range release.All() {
		for _, o := range smtp.Options() {
			for _, v := range o.Values {
				c, err := r.With([]string{o.Name + "=" + v})
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, c)
			}
		}
	}
	return all
}

// talkWords are what random dialogues are made of.
var talkWords = [2][]string{
	smtp.ToServer: {
		"EHLO x\r\n", "HELO x\r\n", "MAIL FROM:<a|b@c>\r\n", "RCPT TO:<<d@e>\r\n", "DATA\r\n", "text\r\n", ".\r\n", "\r\n.\r\n", "..\r\n",
		"AUTH LOGIN\r\n", "dXNlcg==\r\n", "STARTTLS\r\n", "BDAT 6 LAST\r\nabcde\n", "XEXCH50 4 2\r\n", "\x00\xff\r\n", "NOOP\r\n", "QUIT\r\n", "RSET\r\nNO",
		"HE", "L", "\r", "\n", "X-LINK2STATE FIRST\r\n", "Subject: " + strings.Repeat("x", 1100) + "\r\n", "vrfy a\r\nRSET\r\nwiz\r\n",
	},
	smtp.ToClient: {
		"220 mx.example.net ESMTP 2002\r\n", "250 OK\r\n", "250-mx\r\n250-STARTTLS\r\n250-SIZE 10\r\n250 CHUNKING\r\n", "250-mx\r\n250-STAR", "TTLS\r\n250 OK\r\n",
		"354 go\r\n", "334 VXNl\r\n", "235 ok\r\n", "500 what\r\n", "421 bye\r\n", "220 go\r\n", "nonsense\r\n", "2", "250-", "\r\n", "550 5.7.1 no\r\n",
	},
}

// randomDialogue is a dialogue of segments.
func randomDialogue(r *rand.Rand) *Dialogue {
	d := &Dialogue{}
	var next [2]int
	at := time.Duration(0)
	for i := range 2 + r.IntN(25) {
		dir := smtp.Dir(r.IntN(2))
		b := ""
		for range 1 + r.IntN(3) {
			b += talkWords[dir][r.IntN(len(talkWords[dir]))]
		}
		if i == 0 && r.IntN(4) > 0 {
			dir, b = smtp.ToClient, talkWords[smtp.ToClient][0]
		}
		at += time.Duration(r.IntN(400)) * time.Millisecond
		d.pieces = append(d.pieces, piece{dir: dir, at: at, off: next[dir], b: []byte(b), ref: i + 1})
		next[dir] += len(b)
	}
	d.read()
	return d
}

// direct is what a session makes of a dialogue that is brought to it in the plainest way: a segment after the other, each
// with what was withheld of its direction in front.
func direct(d *Dialogue, r *release.Release) (sent [2][]byte) {
	s := smtp.New(&r.SMTP, nil)
	if d.midway {
		s.Segment(playStart, smtp.ToClient, []byte("220 \r\n"))
	}
	var pend [2][]byte
	var again [2]time.Time
	over := false
	bring := func(now time.Time, dir smtp.Dir) {
		b := pend[dir]
		for !over {
			v := s.Segment(now, dir, b)
			sent[dir] = append(sent[dir], b[:v.Take]...)
			sent[smtp.ToClient] = append(sent[smtp.ToClient], v.Answer...)
			b = b[v.Take+v.Swallow:]
			pend[dir], again[dir] = b, v.Again
			over = v.Act == smtp.DropConn || v.Act == smtp.Reset
			if len(b) == 0 || v.Swallow == 0 && len(v.Answer) == 0 {
				return
			}
		}
	}
	due := func(now time.Time) {
		for dir := range again {
			if !again[dir].IsZero() && !now.Before(again[dir]) {
				bring(again[dir], smtp.Dir(dir))
			}
		}
	}
	now := playStart
	for _, p := range d.pieces {
		now = playStart.Add(p.at)
		due(now)
		pend[p.dir] = slices.Concat(pend[p.dir], p.b)
		bring(now, p.dir)
	}
	due(now.Add(time.Minute))
	return sent
}

// TestInspectIsTheSession: what inspect says is sent is what a session that is driven directly sends; what a step says of
// its octets is true. A recording of which inspect left something out, or took something for unsaid, is not compared.
func TestInspectIsTheSession(t *testing.T) {
	all := profiles(t)
	r := rand.New(rand.NewPCG(3, 4))
	compared := map[string]int{}
	for range 3000 {
		d := randomDialogue(r)
		rel := all[r.IntN(len(all))]
		x := d.Inspect(rel)
		ok := true
		for i := range x.Steps {
			s := &x.Steps[i]
			ok = ok && s.Unsaid == "" && s.Stop == ""
			checkStep(t, s)
		}
		if !ok && x.Ended != smtp.DropConn && x.Ended != smtp.Reset || slices.ContainsFunc(x.Steps, func(s Step) bool { return s.Unsaid != "" }) {
			continue
		}
		compared[rel.Name]++
		want := direct(d, rel)
		for dir := range want {
			if got := x.Sent(smtp.Dir(dir)); !bytes.Equal(got, want[dir]) {
				t.Fatalf("%s %+v\ndirection %d: got\n%q\nwant\n%q", rel.Name, d.pieces, dir, got, want[dir])
			}
		}
	}
	for _, rel := range release.All() {
		if compared[rel.Name] < 10 {
			t.Errorf("%s was compared %d times", rel.Name, compared[rel.Name])
		}
	}
}

// checkStep: the octets of a step are accounted for, and marked where they differ and nowhere else.
func checkStep(t *testing.T, s *Step) {
	t.Helper()
	swallowed := 0
	for _, c := range s.Swallows {
		swallowed += c.To - c.From
	}
	if s.Unsaid == "" && len(s.Out)+swallowed+s.Withheld != len(s.In) {
		t.Fatalf("%d octets came in, %d out, %d swallowed, %d withheld: %+v", len(s.In), len(s.Out), swallowed, s.Withheld, s)
	}
	marked := make([]bool, len(s.In))
	for _, c := range s.Changes {
		for i := c.From; i < c.To; i++ {
			marked[i] = true
		}
	}
	if s.Unsaid != "" || swallowed > 0 {
		return
	}
	for i := range s.Out {
		if (s.Out[i] != s.In[i]) != marked[i] {
			t.Fatalf("octet %d of %q is %q, marked %v", i, s.In, s.Out[i], marked[i])
		}
	}
}

// frameOf is an Ethernet frame with TCP.
func frameOf(dir smtp.Dir, seq uint32, flags byte, payload []byte) []byte {
	b := make([]byte, 54, 54+len(payload))
	b[12], b[13] = 8, 0
	ip, tcp := b[14:34], b[34:54]
	ip[0], ip[8], ip[9] = 0x45, 64, 6
	binary.BigEndian.PutUint16(ip[2:], uint16(40+len(payload)))
	ends := [2][6]byte{{198, 51, 100, 25, 0x9c, 0x40}, {10, 1, 1, 10, 0, 25}}
	from, to := ends[dir], ends[dir^1]
	copy(ip[12:], from[:4])
	copy(ip[16:], to[:4])
	copy(tcp, from[4:])
	copy(tcp[2:], to[4:])
	binary.BigEndian.PutUint32(tcp[4:], seq)
	tcp[12], tcp[13] = 5<<4, flags
	return append(b, payload...)
}

const flagFIN, flagSYN, flagRST, flagACK = 1, 2, 4, 16

// packets is a capture of a dialogue; what comes twice or not in order is up to disturb, which gets the segments of one
// turn of a side.
func packets(t *testing.T, d *Dialogue, isn [2]uint32, disturb func([]piece) []piece) []byte {
	t.Helper()
	var b bytes.Buffer
	p, err := link.NewPcap(&b)
	if err != nil {
		t.Fatal(err)
	}
	write := func(at time.Duration, f []byte) {
		if err := p.WriteFrame(time.Unix(1e6, 0).Add(at), f, 0); err != nil {
			t.Fatal(err)
		}
	}
	write(0, frameOf(smtp.ToServer, isn[0], flagSYN, nil))
	write(0, frameOf(smtp.ToClient, isn[1], flagSYN|flagACK, nil))
	write(0, frameOf(smtp.ToServer, isn[0]+1, flagACK, nil))
	for i := 0; i < len(d.pieces); {
		n := i + 1
		for n < len(d.pieces) && d.pieces[n].dir == d.pieces[i].dir {
			n++
		}
		for _, c := range disturb(slices.Clone(d.pieces[i:n])) {
			write(d.pieces[n-1].at, frameOf(c.dir, isn[c.dir]+1+uint32(c.off), flagACK, c.b))
		}
		i = n
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// shaken puts segments out of order and sends some of them, or parts of two, again.
func shaken(r *rand.Rand) func([]piece) []piece {
	return func(in []piece) []piece {
		var again []piece
		for i, p := range in {
			switch r.IntN(4) {
			case 0:
				again = append(again, p)
			case 1:
				p.off, p.b = p.off+len(p.b)/2, p.b[len(p.b)/2:]
				if i+1 < len(in) {
					p.b = slices.Concat(p.b, in[i+1].b[:len(in[i+1].b)/2])
				}
				again = append(again, p)
			}
		}
		first := slices.Clone(in)
		r.Shuffle(len(first), func(a, b int) { first[a], first[b] = first[b], first[a] })
		return append(first, again...)
	}
}

// TestInspectCaptures: a capture with octets out of order and sent again gives what the segments give in order; sequence
// numbers may go round. What is withheld is left out: there a retransmission does make a difference.
func TestInspectCaptures(t *testing.T) {
	all := profiles(t)
	r := rand.New(rand.NewPCG(5, 6))
	compared := 0
	for range 1500 {
		d := randomDialogue(r)
		for i := range d.pieces { // each turn is at one moment, as packets writes it
			for n := i + 1; n < len(d.pieces) && d.pieces[n].dir == d.pieces[i].dir; n++ {
				d.pieces[i].at = d.pieces[n].at
			}
		}
		isn := [2]uint32{r.Uint32() | 0xffffff00, r.Uint32()}
		got, err := ReadDialogues(bytes.NewReader(packets(t, d, isn, shaken(r))), nil)
		if err != nil || len(got) != 1 {
			t.Fatalf("%d dialogues, %v", len(got), err)
		}
		for dir := range smtp.Dir(2) {
			if a, b := got[0].said(dir), d.said(dir); !bytes.Equal(a, b) {
				t.Fatalf("direction %d was put together as\n%q, not\n%q", dir, a, b)
			}
		}
		rel := all[r.IntN(len(all))]
		x, y := d.Inspect(rel), got[0].Inspect(rel)
		if d.midway != got[0].midway || slices.ContainsFunc(x.Steps, func(s Step) bool { return s.Withheld > 0 || s.Joined > 0 }) {
			continue
		}
		compared++
		for dir := range smtp.Dir(2) {
			if a, b := x.Sent(dir), y.Sent(dir); !bytes.Equal(a, b) {
				t.Fatalf("%s: direction %d: in order\n%q, shaken\n%q", rel.Name, dir, a, b)
			}
		}
	}
	if compared < 200 {
		t.Errorf("only %d compared", compared)
	}
}

// TestInspectRetransmission: what is withheld goes on when the capture has it again as a whole, and when it never has, as
// soon as what comes next is there; key by key a line goes out at once.
func TestInspectRetransmission(t *testing.T) {
	rel, err := release.Parse("pix-6.3")
	if err != nil {
		t.Fatal(err)
	}
	greeting := piece{dir: smtp.ToClient, b: []byte("220 hi\r\n")}
	client := func(off int, b string) piece {
		return piece{at: time.Second, dir: smtp.ToServer, off: off, b: []byte(b)}
	}
	for _, c := range []struct {
		name   string
		pieces []piece
		want   string // what a step took of the client's octets
		held   int
	}{
		{"never again", []piece{client(0, "HE"), client(2, "LO x\r\n")}, "HELO x\r\n", 0},
		{"key by key", []piece{client(0, "H"), client(1, "E"), client(2, "LO x\r"), client(7, "\n")}, "HELO x\r\n", 0},
		{"again by itself", []piece{client(0, "HE"), client(0, "HE"), client(2, "LO x\r\n")}, "HELO x\r\n", 0},
		{"again as a whole, behind what came next", []piece{client(0, "HE"), client(2, "LO x\r\n"), client(0, "HELO x\r\n")}, "HELO x\r\n", 0},
		{"to the end", []piece{client(0, "NOOP\r\nHE"), client(6, "HE")}, "NOOP\r\n", 2},
		{"other octets the second time", []piece{client(0, "NOOP\r\n"), client(0, "EVIL\r\nRSET\r\n")}, "NOOP\r\nRSET\r\n", 0},
	} {
		d := &Dialogue{pieces: append([]piece{greeting}, c.pieces...)}
		d.read()
		x := d.Inspect(rel)
		if got := string(x.Sent(smtp.ToServer)); got != c.want || x.Pending[smtp.ToServer] != c.held {
			t.Errorf("%s: %q and %d withheld, want %q and %d", c.name, got, x.Pending[smtp.ToServer], c.want, c.held)
		}
	}
}

// TestParseDialogueEncodings: what Windows and mail programs do to a text does not change what was said in it.
func TestParseDialogueEncodings(t *testing.T) {
	texts := map[string]string{
		"C: and S:": "S: 220 x\nC: EHLO a\nS: 250 ok\nC: QUIT\n",
		"telnet":    "Trying 192.0.2.1...\n220 x\nEHLO a\n250 ok\nQUIT\n",
		"swaks":     "=== Connected to x.\n<-  220 x\n -> EHLO a\n<-  250 ok\n -> QUIT\n",
	}
	wide := func(order binary.AppendByteOrder, text string) string {
		b := order.AppendUint16(nil, 0xfeff)
		for _, u := range utf16.Encode([]rune(text)) {
			b = order.AppendUint16(b, u)
		}
		return string(b)
	}
	quote := func(mark, text string) string {
		return mark + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+mark) + "\n"
	}
	for name, text := range texts {
		said := func(text string) (list []string) {
			d, err := ParseDialogue(strings.NewReader(text))
			if err != nil {
				t.Errorf("%s: %v: %.40q", name, err, text)
				return nil
			}
			for _, p := range d.pieces {
				list = append(list, fmt.Sprintf("%d %s", p.dir, p.b))
			}
			return list
		}
		want := said(text)
		if len(want) != 4 {
			t.Fatalf("%s: %q", name, want)
		}
		crlf := strings.ReplaceAll(text, "\n", "\r\n")
		for _, other := range []string{
			crlf, strings.TrimSuffix(text, "\n"), "\xef\xbb\xbf" + crlf, wide(binary.LittleEndian, crlf), wide(binary.BigEndian, text),
			quote("> ", text), quote(">", text), quote("> > ", text), quote(">> ", crlf),
		} {
			if got := said(other); !slices.Equal(got, want) {
				t.Errorf("%s: %q says %q", name, other, got)
			}
		}
	}
	for _, text := range []string{"\xff\xfe", "\xff\xfeC", "\n\n", strings.Repeat(">", 1<<20)} {
		if _, err := ParseDialogue(strings.NewReader(text)); err == nil {
			t.Errorf("%.20q is a dialogue", text)
		}
	}
}

// TestInspectBounds: what is withheld without end is given up, and long pointless recordings end in time.
func TestInspectBounds(t *testing.T) {
	d := &Dialogue{pieces: []piece{{dir: smtp.ToClient, b: []byte("220 hi\r\n")}}}
	for i := range 100_000 {
		d.pieces = append(d.pieces, piece{dir: smtp.ToServer, off: i, b: []byte("x")})
	}
	d.read()
	for _, rel := range release.All() {
		x := d.Inspect(rel)
		if n := x.Pending[smtp.ToServer]; n > maxPending+2 || rel.SMTP.Part == smtp.PartWithhold && n < maxPending {
			t.Errorf("%s: %d octets withheld", rel.Name, n)
		}
	}
	var gaps []piece
	for i := range 50_000 {
		gaps = append(gaps, piece{dir: smtp.ToServer, off: 2 * (50_000 - i), b: []byte("x")})
	}
	d = &Dialogue{pieces: gaps}
	d.read()
	if n := len(d.said(smtp.ToServer)); n != len(gaps) {
		t.Errorf("%d of %d octets behind gaps", n, len(gaps))
	}
}

// TestDialogueBounds: what a text holds is bounded before anything is made of it.
func TestDialogueBounds(t *testing.T) {
	const begin = "S: 220 hi\nC: "
	for name, text := range map[string]string{
		"octets":   begin + strings.Repeat("x", maxDialogue),
		"lines":    begin + strings.Repeat("x\nC: ", maxDialogueLines),
		"segments": begin + strings.Repeat("x | ", maxDialogueLines) + "x\n",
		"both":     begin + strings.Repeat("x | y\nC: ", maxDialogueLines/2) + "x\n",
	} {
		if d, err := ParseDialogue(strings.NewReader(text)); err == nil {
			t.Errorf("%s: %d pieces were taken", name, len(d.pieces))
		}
	}
	if d, err := ParseDialogue(strings.NewReader(begin + strings.Repeat("x | ", 1000) + "x\n")); err != nil || len(d.pieces) != 1002 {
		t.Errorf("%v", err)
	}
}

// TestInspectAll plays random recordings under every profile and prints them: nothing panics, and the text is plain.
func TestInspectAll(t *testing.T) {
	all := profiles(t)
	r := rand.New(rand.NewPCG(7, 8))
	for range 400 {
		printEverything(t, randomDialogue(r), all[r.IntN(len(all))])
	}
}

func printEverything(t *testing.T, d *Dialogue, rel *release.Release) {
	t.Helper()
	var out bytes.Buffer
	if err := d.Inspect(rel).Print(&out, InspectStyle{Width: 80}); err != nil {
		t.Fatal(err)
	}
	if err := PrintInspectTable(&out, d, []*release.Release{rel, release.All()[0]}, InspectStyle{}); err != nil {
		t.Fatal(err)
	}
	for i, c := range out.Bytes() {
		if c != '\n' && (c < ' ' || c > '~') {
			t.Fatalf("octet %q in the output: %q", c, out.Bytes()[max(0, i-40):i+1])
		}
	}
	out.Reset()
	if err := WriteInspectJSON(&out, []*Dialogue{d}, []int{1}, []*release.Release{rel}); err != nil {
		t.Fatal(err)
	}
	var file struct {
		Schema      int
		Connections []struct {
			Releases []struct{ Segments []struct{ In, Out string } }
		}
	}
	if err := json.Unmarshal(out.Bytes(), &file); err != nil || file.Schema != inspectSchema {
		t.Fatalf("%v\n%s", err, &out)
	}
	x := d.Inspect(rel)
	for i, s := range file.Connections[0].Releases[0].Segments {
		if s.In != latin1(x.Steps[i].In) || s.Out != latin1(x.Steps[i].Out) {
			t.Fatalf("segment %d: %+v", i, s)
		}
	}
}

// obeyed says that a terminal does something at a character instead of showing it.
func obeyed(c rune) bool { return c != '\n' && (unicode.IsControl(c) || c == utf8.RuneError) }

// TestInspectJSONOctets: every octet of a session comes back out of the JSON, and none of them reaches a terminal by it.
func TestInspectJSONOctets(t *testing.T) {
	var all []byte
	for c := range 256 {
		if c != '\n' && c != '\r' {
			all = append(all, byte(c))
		}
	}
	said := "220 " + string(all) + "\r\n"
	d := &Dialogue{pieces: []piece{{dir: smtp.ToClient, b: []byte(said), ref: 1}}}
	d.read()
	r, err := release.Parse("pix-6.3")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := WriteInspectJSON(&b, []*Dialogue{d}, []int{1}, []*release.Release{r}); err != nil {
		t.Fatal(err)
	}
	if bytes.ContainsFunc(b.Bytes(), obeyed) {
		t.Errorf("%q", &b)
	}
	var got any
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	found := false
	var look func(any)
	look = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, v := range v {
				found = found || k == "in" && v == latin1([]byte(said))
				look(v)
			}
		case []any:
			for _, v := range v {
				look(v)
			}
		}
	}
	look(got)
	if !found {
		t.Errorf("no segment is what was said: %s", &b)
	}
}

func FuzzReadDialogues(f *testing.F) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 5 {
		f.Add(packets(&testing.T{}, randomDialogue(r), [2]uint32{1, 2}, shaken(r)))
	}
	all := release.All()
	f.Fuzz(func(t *testing.T, b []byte) {
		dialogues, _ := ReadDialogues(bytes.NewReader(b), nil)
		for _, d := range dialogues {
			printEverything(t, d, all[len(b)%len(all)])
		}
	})
}

func FuzzParseDialogue(f *testing.F) {
	f.Add("S: 220 x\nC: HE | LO\\\nC: \\r\\n\nS: 250-a\nS: 250 b\n")
	f.Add("<-  220 x\n -> EHLO x\n<** 500 no\n")
	f.Add("2/7/01 5:01:23 PM : >>> 220 x\n2/7/01 5:01:23 PM : <<< DATA\n")
	f.Add("220 x\nEHLO y\n354 go\n250 text\n.\n250 ok\n")
	all := release.All()
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := ParseDialogue(strings.NewReader(text)); err == nil {
			printEverything(t, d, all[len(text)%len(all)])
		}
	})
}
