package term

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"
	"time"
)

func TestCodec(t *testing.T) {
	const (
		open41 = "\xff\xfb\x03\xff\xfb\x01\xff\xfb\x03\xff\xfb\x01\r\n\r\nPIX passwd: "
		open63 = "\xff\xfb\x01\r\r\nUser Access Verification\r\r\n\r\r\n"
		asked  = "\xff\xfb\x01\xff\xfb\x03\xff\xfd\x1f" // WILL ECHO, WILL SGA, DO NAWS
	)
	for _, c := range []struct{ name, open, in, typed, answer string }{
		{"data", "", "show\r\n", "show\r\n", ""},
		{"escaped 255", "", "a\xff\xffb", "a\xffb", ""},
		{"answers to the opening of 4.1, given twice", open41, "\xff\xfd\x03\xff\xfd\x01\xff\xfd\x03\xff\xfd\x01x", "x", "\xff\xfd\x1f"},
		{"answer to the opening of 6.3 brings SGA up", open63, "\xff\xfd\x01", "", "\xff\xfb\x03\xff\xfd\x1f"},
		{"and the answers to that are not answered", open63, "\xff\xfd\x01\xff\xfd\x03\xff\xfb\x1f", "", "\xff\xfb\x03\xff\xfd\x1f"},
		{"a client that refuses everything", open41, "\xff\xfe\x03\xff\xfe\x01\xff\xfc\x1f\xff\xfe\x01", "", "\xff\xfd\x1f"},
		{"a client that begins", "", "\xff\xfd\x03", "", "\xff\xfb\x03\xff\xfb\x01\xff\xfd\x1f"},
		{"TTYPE refused once", open41, "\xff\xfb\x18\xff\xfb\x18\xff\xfb\x18", "", "\xff\xfe\x18\xff\xfd\x1f"},
		{"TTYPE that we asked for", "\xff\xfd\x18", "\xff\xfb\x18", "", asked},
		{"unknown option refused once", open41, "\xff\xfd\x99\xff\xfd\x99", "", "\xff\xfc\x99\xff\xfd\x1f"},
		{"BINARY both ways", open41, "\xff\xfb\x00\xff\xfd\x00", "", "\xff\xfd\x00\xff\xfd\x1f\xff\xfb\x00"},
		{"off again", open41, "\xff\xfd\x01\xff\xfe\x01\xff\xfe\x01", "", "\xff\xfd\x1f\xff\xfc\x01"},
		{"timing mark answered every time", open41, "\xff\xfd\x06\xff\xfd\x06", "", "\xff\xfc\x06\xff\xfc\x06"},
		{"interrupt and break", "", "a\xff\xf4b\xff\xf3c", "a\x03b\x03c", ""},
		{"erase character and line", "", "\xff\xf7\xff\xf8", "\x7f\x15", ""},
		{"are you there", "", "a\xff\xf6b", "ab", "\r\n[Yes]\r\n"},
		{"no operation, data mark, go ahead", "", "\xff\xf1\xff\xf2\xff\xf9x", "x", ""},
		{"IAC whose data mark came out of band", "", "\xffx", "x", ""},
		{"unknown subnegotiation", "", "\xff\xfa\x18\x00xterm\xff\xf0x", "x", ""},
		{"subnegotiation without an end", "", "\xff\xfa\x1f\x00" + strings.Repeat("z", 5000) + "\xff\xf4y", "\x03y", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			for step := 1; step <= len(c.in); step++ {
				var d codec
				d.offered([]byte(c.open))
				var typed, answer []byte
				for in := []byte(c.in); len(in) > 0; {
					n := min(step, len(in))
					typed, answer = d.decode(typed, answer, in[:n])
					in = in[n:]
				}
				if string(typed) != c.typed || string(answer) != c.answer {
					t.Fatalf("in pieces of %d: typed %q, want %q; answer %q, want %q", step, typed, c.typed, answer, c.answer)
				}
				if step > 64 {
					break
				}
			}
		})
	}
}

func TestWindowSize(t *testing.T) {
	var d codec
	d.decode(nil, nil, []byte("\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0"))
	if d.columns != 80 || d.rows != 24 {
		t.Errorf("%d x %d", d.columns, d.rows)
	}
	d.decode(nil, nil, []byte("\xff\xfa\x1f\x00\xff\xff\x01\x00\xff\xf0")) // 255 columns, 256 rows
	if d.columns != 255 || d.rows != 256 {
		t.Errorf("%d x %d", d.columns, d.rows)
	}
	d.decode(nil, nil, []byte("\xff\xfa\x1f\x00\x50\xff\xf0\xff\xfa\x1f\x00\x50\x00\x18\x00\xff\xf0"))
	if d.columns != 255 || d.rows != 256 {
		t.Errorf("malformed size taken: %d x %d", d.columns, d.rows)
	}
}

// TestOptionFlood: however many requests come, those that change nothing are not answered.
func TestOptionFlood(t *testing.T) {
	var d codec
	var in []byte
	for range 100 {
		for opt := range 256 {
			for _, verb := range []byte{will, do} {
				if opt != optTM {
					in = append(in, iac, verb, byte(opt))
				}
			}
		}
	}
	_, answer := d.decode(nil, nil, in)
	if max := 3 * (2*256 + 3); len(answer) > max {
		t.Errorf("%d octets of answer, at most %d", len(answer), max)
	}
}

// TestTelnetTerminal: a session over the codec, as a client in character mode and one in line mode have it.
func TestTelnetTerminal(t *testing.T) {
	for _, in := range []string{"\xff\xfd\x01\xff\xfd\x03sh\x7fho\xff\xffw\r\x00", "sho\xff\xffw\r\n"} {
		near, far := net.Pipe()
		w := &wire{Conn: far, done: make(chan struct{})}
		go func() {
			defer close(w.done)
			buf := make([]byte, 100)
			for {
				n, err := far.Read(buf)
				if w.Write(buf[:n]); err != nil {
					return
				}
			}
		}()
		tel := NewTelnet(near)
		const open = "\xff\xfb\x01\xff\xfb\x03\r\nUser Access Verification\r\n"
		if err := tel.Open(open); err != nil {
			t.Fatal(err)
		}
		vt := New(tel, Options{Size: tel.Size})
		c := start(vt, context.Background(), LineOptions{Prompt: "> "})
		go w.press(in)
		if r := w.result(t, c); r.line != "sho\xffw" {
			t.Errorf("line %q %v", r.line, r.err)
		}
		vt.Write([]byte("\xff\n"))
		shows := w.screen() // the far end reads on its own
		for i := 0; i < 1000 && !strings.HasSuffix(shows, "o\xff\xffw\r\n\xff\xff\r\n"); i++ {
			time.Sleep(time.Millisecond)
			shows = w.screen()
		}
		if !strings.HasPrefix(shows, open) || !strings.HasSuffix(shows, "o\xff\xffw\r\n\xff\xff\r\n") {
			t.Errorf("screen %q", shows)
		}
		w.press("\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0")
		for i := 0; ; i++ {
			if columns, rows := vt.Size(); columns == 80 && rows == 24 {
				break
			} else if i == 1000 {
				t.Fatalf("Size() = %d, %d", columns, rows)
			}
			time.Sleep(time.Millisecond)
		}
		vt.Close()
		<-w.done
	}
}

// FuzzTelnet: no octets make the codec grow, answer out of proportion, or depend on how they are cut; and text that is
// written comes through.
func FuzzTelnet(f *testing.F) {
	f.Add([]byte("\xff\xfd\x01\xff\xfd\x03show version\r\x00"), uint8(1))
	f.Add([]byte("\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0\xff\xf6\xff\xff"), uint8(2))
	f.Add([]byte("\xff\xfa\xff\xfa\xff\xff\xff"), uint8(3))
	f.Fuzz(func(t *testing.T, in []byte, step uint8) {
		var whole, cut codec
		typed, answer := whole.decode(nil, nil, in)
		var typed2, answer2 []byte
		for rest := in; len(rest) > 0; {
			n := min(int(step)+1, len(rest))
			typed2, answer2 = cut.decode(typed2, answer2, rest[:n])
			rest = rest[n:]
		}
		if !bytes.Equal(typed, typed2) || !bytes.Equal(answer, answer2) {
			t.Fatalf("whole %q %q, in pieces %q %q", typed, answer, typed2, answer2)
		}
		if len(typed) > len(in) || len(answer) > 5*len(in)+9 || len(whole.sub) > subMax {
			t.Fatalf("%d octets gave %d typed, %d of answer, %d kept", len(in), len(typed), len(answer), len(whole.sub))
		}
		var plain codec
		if back, _ := plain.decode(nil, nil, bytes.ReplaceAll(in, []byte{iac}, []byte{iac, iac})); !bytes.Equal(back, in) {
			t.Fatalf("%q came through as %q", in, back)
		}
	})
}
