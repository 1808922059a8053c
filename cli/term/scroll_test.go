package term

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// row is what a screen of so many columns shows of the last line that text paints, and where its cursor is. A line that
// reaches beyond the screen is a failure.
func row(t interface{ Fatalf(string, ...any) }, text string, columns int) (shown string, at int) {
	cells := []byte{}
	for _, b := range []byte(text) {
		switch b {
		case '\a':
		case '\b':
			if at--; at < 0 {
				t.Fatalf("the cursor is left of the screen in %q", text)
			}
		case '\r':
			at = 0
		case '\n':
			cells = cells[:0]
		default:
			if at >= columns {
				t.Fatalf("the line reaches beyond column %d in %q", columns, text)
			}
			for len(cells) <= at {
				cells = append(cells, ' ')
			}
			cells[at] = b
			at++
		}
	}
	return string(cells), at
}

// Whatever is typed into a line that is longer than the screen, what stands there is the part around the cursor, with a mark
// where it is cut; the line itself stays whole.
func TestScroll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const prompt = "pix# "
		columns := rapid.IntRange(50, 90).Draw(t, "columns")
		var left bytes.Buffer // what was too much to wait
		s := &screen{w: &left}
		e := &editor{screen: s, keys: &typeahead{}, o: LineOptions{Prompt: prompt, Width: columns}}
		s.text(prompt)
		line, pos := []rune{}, 0
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch n := rapid.IntRange(1, 40).Draw(t, "n"); rapid.IntRange(0, 5).Draw(t, "key") {
			case 0, 1, 2:
				typed := []rune(rapid.StringOfN(rapid.RuneFrom([]rune("abcdefgh ")), n, n, -1).Draw(t, "typed"))
				line = append(append(append([]rune{}, line[:pos]...), typed...), line[pos:]...)
				pos += n
			case 3:
				pos = max(0, pos-n)
			case 4:
				pos = min(len(line), pos+n)
			case 5:
				k := min(pos, n)
				line = append(append([]rune{}, line[:pos-k]...), line[pos:]...)
				pos -= k
			}
			e.paint(cells{line, pos})
			shown, at := row(t, left.String()+string(s.out), columns)
			shown = strings.TrimRight(shown, " ") + strings.Repeat(" ", columns)
			window := []byte(shown[len(prompt) : columns-1])
			for i := range window { // what stands there is the line, or a mark
				k := pos - (at - len(prompt)) + i
				want := byte(' ')
				if k >= 0 && k < len(line) {
					want = byte(line[k])
				}
				cut := window[i] == scrollMark && (i == 0 && k > 0 || k < len(line)-1 && i == columns-len(prompt)-2)
				if window[i] != want && !cut {
					t.Fatalf("column %d of %q has %q, the line is %q with the cursor at %d", i, shown, window[i], string(line), pos)
				}
			}
			if at == len(prompt) && pos > 0 {
				t.Fatalf("the cursor stands on the mark in %q", shown)
			}
		}
		e.finish()
		shown, _ := row(t, left.String()+string(s.out), columns)
		want := prompt + string(line)
		if room := columns - len(prompt) - 1; len(line) > room {
			want = prompt + string(line[:room-1]) + "$"
		}
		if got := strings.TrimRight(shown, " "); got != strings.TrimRight(want, " ") {
			t.Fatalf("entered, %q is shown as %q", want, got)
		}
	})
}

// A line that is pasted with its Enter shows its beginning and the mark, as captures have it, and is read whole.
func TestScrollPasted(t *testing.T) {
	long := "access-list outside_in extended permit tcp any host 203.0.113.10 eq smtp log"
	for width, want := range map[int]string{
		80:  "ciscoasa(config)# " + long[:60] + "$\r\n",
		511: "ciscoasa(config)# " + long + "\r\n", 0: "ciscoasa(config)# " + long + "\r\n", 30: "ciscoasa(config)# " + long + "\r\n",
	} {
		vt, w := newWire(t, Options{})
		go w.press(long + "\r")
		line, err := vt.ReadLine(context.Background(), LineOptions{Prompt: "ciscoasa(config)# ", Width: width})
		if err != nil || line != long {
			t.Errorf("width %d: %q, %v", width, line, err)
		}
		w.ends(t, "\r\n")
		if got, _ := row(t, strings.TrimSuffix(w.screen(), "\r\n"), 200); got+"\r\n" != want {
			t.Errorf("width %d shows %q, want %q", width, got, want)
		}
	}
}
