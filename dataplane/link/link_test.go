package link

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func frame(b []byte) Frame {
	buf := make([]byte, 16+len(b))
	copy(buf[16:], b)
	return Frame{Buf: buf, Off: 16, Len: len(b)}
}

func room(n, size int) []Frame {
	fs := make([]Frame, n)
	for i := range fs {
		fs[i] = Frame{Buf: make([]byte, 32+size), Off: 32}
	}
	return fs
}

// A pipe below its bounds is a queue of byte strings: what goes in comes out, whatever the batches.
func TestPipeKeepsOrderAndBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := Pipe(1500)
		defer a.Close()
		defer b.Close()
		in := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 1, 100), 1, 60).Draw(t, "frames")
		var out [][]byte
		for len(in) > 0 || len(out) == 0 {
			n := rapid.IntRange(1, len(in)).Draw(t, "write")
			var batch []Frame
			for _, p := range in[:n] {
				f := frame(p)
				f.GSOSize, f.NeedsCsum = uint16(len(p)), len(p)%2 == 0
				batch = append(batch, f)
			}
			if w, err := a.Write(batch); w != n || err != nil {
				t.Fatalf("Write = %d, %v", w, err)
			}
			for i := range batch { // the caller may reuse its buffers
				clear(batch[i].Buf)
			}
			for left := n; left > 0; {
				fs := room(rapid.IntRange(1, 8).Draw(t, "read"), 200)
				r, err := b.Read(fs)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range fs[:r] {
					if f.GSOSize != uint16(f.Len) || f.NeedsCsum != (f.Len%2 == 0) {
						t.Fatalf("offload facts of a frame of %d are %d, %v", f.Len, f.GSOSize, f.NeedsCsum)
					}
					out = append(out, bytes.Clone(f.Bytes()))
				}
				left -= r
			}
			for i, p := range in[:n] {
				if !bytes.Equal(out[len(out)-n+i], p) {
					t.Fatalf("frame %d differs", i)
				}
			}
			in = in[n:]
			if len(in) == 0 {
				break
			}
		}
	})
}

func TestPipeDropsWhenFullAndKeepsTheRest(t *testing.T) {
	a, b := Pipe(1500)
	defer a.Close()
	defer b.Close()
	for i := range maxQueuedFrames + 10 {
		if _, err := a.Write([]Frame{frame(fmt.Appendf(nil, "%04d", i))}); err != nil {
			t.Fatal(err)
		}
	}
	if got := Dropped(b); got != 10 {
		t.Errorf("dropped %d, want 10", got)
	}
	fs := room(maxQueuedFrames+10, 64)
	n, err := b.Read(fs)
	if n != maxQueuedFrames || err != nil {
		t.Fatalf("Read = %d, %v", n, err)
	}
	if got := string(fs[n-1].Bytes()); got != fmt.Sprintf("%04d", maxQueuedFrames-1) {
		t.Errorf("the last frame is %q: the oldest must stay, the newest be dropped", got)
	}
}

func TestPipeDropsByOctets(t *testing.T) {
	a, b := Pipe(1500)
	defer a.Close()
	defer b.Close()
	big := frame(make([]byte, 65536))
	for range maxQueuedOctets/65536 + 3 {
		if _, err := a.Write([]Frame{big}); err != nil {
			t.Fatal(err)
		}
	}
	if got := Dropped(b); got != 3 {
		t.Errorf("dropped %d, want 3", got)
	}
}

func TestPipeFrameThatDoesNotFit(t *testing.T) {
	a, b := Pipe(1500)
	defer a.Close()
	defer b.Close()
	a.Write([]Frame{frame(make([]byte, 100)), frame([]byte("small"))})
	fs := room(2, 50)
	n, err := b.Read(fs)
	if n != 1 || err != nil || string(fs[0].Bytes()) != "small" || Dropped(b) != 1 {
		t.Errorf("Read = %d, %v, %q, dropped %d", n, err, fs[0].Bytes(), Dropped(b))
	}
}

func TestPipeClose(t *testing.T) {
	a, b := Pipe(1500)
	a.Write([]Frame{frame([]byte("last words"))})
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("second Close = %v", err)
	}
	for _, l := range []Link{a, b} {
		if _, err := l.Write([]Frame{frame([]byte("x"))}); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Write after Close = %v", err)
		}
	}
	fs := room(2, 50)
	if n, err := b.Read(fs); n != 1 || err != nil || string(fs[0].Bytes()) != "last words" {
		t.Errorf("what was written before Close: %d, %v", n, err)
	}
	for _, l := range []Link{a, b} {
		if _, err := l.Read(fs); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Read after Close = %v", err)
		}
	}
	if err := b.Close(); err != nil {
		t.Errorf("closing the other end: %v", err)
	}
}

func TestCloseWakesReaders(t *testing.T) {
	a, b := Pipe(1500)
	sw := NewSwitch(1500)
	p := sw.Port()
	var wg sync.WaitGroup
	for _, l := range []Link{a, b, p} {
		wg.Go(func() {
			if _, err := l.Read(room(1, 10)); !errors.Is(err, net.ErrClosed) {
				t.Errorf("Read = %v", err)
			}
		})
	}
	time.Sleep(10 * time.Millisecond)
	a.Close()
	p.Close()
	wg.Wait()
}

func eth(dst, src byte, text string) Frame {
	b := make([]byte, 14, 14+len(text))
	b[0], b[5], b[6], b[11] = 2, dst, 2, src
	if dst == 0xff {
		copy(b, bytes.Repeat([]byte{0xff}, 6))
	}
	return frame(append(b, text...))
}

// receive returns the payloads that wait at a port, found by sending it a last frame from another one.
func receive(t *testing.T, from, to Link, toID byte) []string {
	t.Helper()
	if _, err := from.Write([]Frame{eth(toID, 0x77, "end")}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for {
		fs := room(4, 100)
		n, err := to.Read(fs)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range fs[:n] {
			if text := string(f.Bytes()[14:]); text != "end" {
				got = append(got, text)
			} else {
				return got
			}
		}
	}
}

func TestSwitchLearns(t *testing.T) {
	sw := NewSwitch(1500)
	a, b, c, probe := sw.Port(), sw.Port(), sw.Port(), sw.Port()
	for _, l := range []Link{a, b, c, probe} {
		defer l.Close()
	}
	b.Write([]Frame{eth(0xff, 2, "hello from b")})
	c.Write([]Frame{eth(0xff, 3, "hello from c")})
	a.Write([]Frame{eth(2, 1, "for b"), eth(0xff, 1, "for all"), frame([]byte("runt")), eth(9, 1, "for nobody known")})
	if got := fmt.Sprint(receive(t, probe, b, 2)); got != "[hello from c for b for all for nobody known]" {
		t.Errorf("b got %s", got)
	}
	if got := fmt.Sprint(receive(t, probe, c, 3)); got != "[hello from b for all for nobody known]" {
		t.Errorf("c got %s", got)
	}
	b.Close()
	a.Write([]Frame{eth(2, 1, "b has gone")})
	if got := fmt.Sprint(receive(t, probe, c, 3)); got != "[b has gone]" {
		t.Errorf("after b was unplugged c got %s; its station must be forgotten", got)
	}
}

func TestSwitchConcurrently(t *testing.T) {
	sw := NewSwitch(1500)
	var links []Link
	var readers, writers sync.WaitGroup
	for range 4 {
		links = append(links, sw.Port())
	}
	for _, l := range links {
		readers.Go(func() {
			fs := room(16, 100)
			for {
				if _, err := l.Read(fs); err != nil {
					return
				}
			}
		})
	}
	for i, l := range links {
		writers.Go(func() {
			for k := range 500 {
				l.Write([]Frame{eth(byte(k%5), byte(i), "x")})
			}
		})
	}
	writers.Wait()
	for _, l := range links {
		l.Close()
	}
	readers.Wait()
}

func TestPcapIsReadableWhileItGrows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "in.pcap")
	p, err := CreatePcap(path)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2002, 10, 3, 13, 14, 25, 123456000, time.UTC)
	for i := range 5 {
		if err := p.WriteFrame(at, bytes.Repeat([]byte{byte(i)}, 60+i), 1000+i); err != nil {
			t.Fatal(err)
		}
		if err := p.Flush(); err != nil {
			t.Fatal(err)
		}
		if got := readPcap(t, path, at); got != i+1 {
			t.Errorf("%d records after %d", got, i+1)
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.WriteFrame(at, []byte{1}, 0); err == nil {
		t.Error("a frame after Close was taken")
	}
}

func readPcap(t *testing.T, path string, at time.Time) int {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	records := parsePcap(t, file)
	for n, r := range records {
		if len(r.data) != 60+n || r.data[0] != byte(n) || r.length != 1000+n || !r.at.Equal(at) {
			t.Errorf("record %d: %d octets of %d at %v", n, len(r.data), r.length, r.at)
		}
	}
	return len(records)
}

type pcapRecord struct {
	at     time.Time
	length int
	data   []byte
}

func parsePcap(t *testing.T, file []byte) []pcapRecord {
	t.Helper()
	const header = "\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01\x00\x00\x00"
	rest, ok := bytes.CutPrefix(file, []byte(header))
	if !ok {
		t.Fatalf("file begins with % x", file[:min(24, len(file))])
	}
	var out []pcapRecord
	for len(rest) > 0 {
		if len(rest) < 16 {
			t.Fatalf("half a record header: % x", rest)
		}
		field := func(i int) int { return int(binary.LittleEndian.Uint32(rest[4*i:])) }
		n := field(2)
		if len(rest) < 16+n {
			t.Fatalf("half a record: %d of %d octets", len(rest)-16, n)
		}
		out = append(out, pcapRecord{time.Unix(int64(field(0)), int64(field(1))*1000), field(3), rest[16 : 16+n]})
		rest = rest[16+n:]
	}
	return out
}

// The judge of the format is a reader of somebody else's.
func TestPcapByTcpdump(t *testing.T) {
	tcpdump, err := exec.LookPath("tcpdump")
	if err != nil {
		t.Skip("no tcpdump here")
	}
	path := filepath.Join(t.TempDir(), "x.pcap")
	p, err := CreatePcap(path)
	if err != nil {
		t.Fatal(err)
	}
	f := eth(1, 2, strings.Repeat("x", 40))
	p.WriteFrame(time.Unix(1033650865, 0), f.Bytes(), 0)
	p.Close()
	out, err := exec.Command(tcpdump, "-enr", path).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "02:00:00:00:00:02 > 02:00:00:00:00:01") {
		t.Errorf("tcpdump: %v\n%s", err, out)
	}
}

type wholeWrites struct {
	t     *testing.T
	sizes []int
}

func (w *wholeWrites) Write(p []byte) (int, error) {
	w.sizes = append(w.sizes, len(p))
	return len(p), nil
}

func TestPcapWritesWholeRecords(t *testing.T) {
	w := &wholeWrites{t: t}
	p, err := NewPcap(w)
	if err != nil {
		t.Fatal(err)
	}
	for range 300 {
		if err := p.WriteFrame(time.Unix(1, 0), make([]byte, 1000), 0); err != nil {
			t.Fatal(err)
		}
	}
	p.Close()
	if len(w.sizes) < 3 || w.sizes[0] != 24 {
		t.Fatalf("writes of %v", w.sizes)
	}
	for _, n := range w.sizes[1:] {
		if n%1016 != 0 {
			t.Errorf("a write of %d octets splits a record", n)
		}
	}
}

func TestPcapError(t *testing.T) {
	if _, err := CreatePcap(filepath.Join(t.TempDir(), "no", "such")); err == nil {
		t.Error("no error for a missing directory")
	}
	p, err := NewPcap(&failing{after: 1})
	if err != nil {
		t.Fatal(err)
	}
	p.WriteFrame(time.Unix(1, 0), []byte{1}, 0)
	if err := p.Flush(); !errors.Is(err, os.ErrInvalid) {
		t.Errorf("Flush = %v", err)
	}
	if err := p.WriteFrame(time.Unix(1, 0), []byte{1}, 0); !errors.Is(err, os.ErrInvalid) {
		t.Errorf("the next frame = %v", err)
	}
}

type failing struct{ after int }

func (f *failing) Write(p []byte) (int, error) {
	if f.after--; f.after < 0 {
		return 0, os.ErrInvalid
	}
	return len(p), nil
}

func TestTapRecordsBothWays(t *testing.T) {
	var file bytes.Buffer
	p, err := NewPcap(&file)
	if err != nil {
		t.Fatal(err)
	}
	a, b := Pipe(1500)
	tapped := Tap(a, p, func() time.Time { return time.Unix(5, 0) })
	defer tapped.Close()
	defer b.Close()
	tapped.Write([]Frame{frame([]byte("out"))})
	b.Write([]Frame{frame([]byte("back"))})
	tapped.Read(room(1, 50))
	records := parsePcap(t, file.Bytes())
	if len(records) != 2 || string(records[0].data) != "out" || string(records[1].data) != "back" {
		t.Errorf("captured %v", records)
	}
}

// sent runs n numbered frames through an impaired pipe and returns what arrives.
func sent(t *testing.T, n int, how Impairment) []string {
	t.Helper()
	a, b := Pipe(1500)
	defer b.Close()
	bad := Impair(a, how)
	for i := range n {
		if _, err := bad.Write([]Frame{frame(fmt.Appendf(nil, "%d", i))}); err != nil {
			t.Fatal(err)
		}
	}
	bad.Close()
	var got []string
	for {
		fs := room(64, 50)
		k, err := b.Read(fs)
		if err != nil {
			return got
		}
		for _, f := range fs[:k] {
			got = append(got, string(f.Bytes()))
		}
	}
}

func TestImpair(t *testing.T) {
	const n = 300
	all := sent(t, n, Impairment{})
	if len(all) != n {
		t.Fatalf("%d of %d through a good wire", len(all), n)
	}
	if got := sent(t, n, Impairment{Loss: 1}); len(got) != 0 {
		t.Errorf("%d through a cut wire", len(got))
	}
	if got := sent(t, 200, Impairment{Duplicate: 1}); len(got) != 400 || got[0] != got[1] {
		t.Errorf("%d with every frame doubled", len(got))
	}
	lossy := sent(t, n, Impairment{Loss: 0.3, Seed: 7})
	if len(lossy) < n/2 || len(lossy) > n*9/10 {
		t.Errorf("%d of %d at a loss of 0.3", len(lossy), n)
	}
	if again := sent(t, n, Impairment{Loss: 0.3, Seed: 7}); fmt.Sprint(again) != fmt.Sprint(lossy) {
		t.Error("the same seed did something else")
	}
	if other := sent(t, n, Impairment{Loss: 0.3, Seed: 8}); fmt.Sprint(other) == fmt.Sprint(lossy) {
		t.Error("another seed did the same")
	}
	mixed := sent(t, n, Impairment{Reorder: 0.3, Seed: 7})
	if fmt.Sprint(mixed) == fmt.Sprint(all) || len(mixed) < n-maxHeld {
		t.Errorf("reordering: %d of %d", len(mixed), n)
	}
	seen := map[string]bool{}
	for pos, s := range mixed {
		var i int
		fmt.Sscan(s, &i)
		if seen[s] || pos-i > 2*maxHeld || i-pos > 2*maxHeld {
			t.Errorf("frame %s at %d", s, pos)
		}
		seen[s] = true
	}
}

func TestImpairCuts(t *testing.T) {
	halves := func(b []byte) [][]byte {
		if len(b) < 2 {
			return nil
		}
		return [][]byte{b[:len(b)/2], b[len(b)/2:]}
	}
	if got := fmt.Sprint(sent(t, 12, Impairment{Cut: halves})[8:]); got != "[8 9 1 0 1 1]" {
		t.Errorf("cut: %s", got)
	}
}

func BenchmarkPipe(b *testing.B) {
	x, y := Pipe(1500)
	defer x.Close()
	defer y.Close()
	var batch []Frame
	for range 32 {
		batch = append(batch, frame(make([]byte, 1500)))
	}
	in := room(32, 1600)
	b.ReportAllocs()
	b.SetBytes(32 * 1500)
	for b.Loop() {
		x.Write(batch)
		y.Read(in)
	}
}

// Frames that are taken lie in the wire until they are given back; a given frame's buffer changes hands, and no octet is copied.
func TestTakeWithoutCopying(t *testing.T) {
	a, b := Pipe(1500)
	defer a.Close()
	d := b.(Direct)
	big := make([]byte, FrameRoom)
	sent := []Frame{
		{Buf: big, Off: Headroom, Len: 60000, GSOSize: 1380, NeedsCsum: true, Given: true},
		{Buf: make([]byte, FrameRoom), Off: Headroom, Len: 60, Given: true}, // too small to be worth it
		{Buf: make([]byte, FrameRoom), Len: 60000, Given: true},             // no headroom
	}
	for i := range sent {
		copy(sent[i].Bytes(), fmt.Sprint("frame ", i))
	}
	kept := [][]byte{nil, sent[1].Buf, sent[2].Buf}
	if _, err := a.Write(sent); err != nil {
		t.Fatal(err)
	}
	if sent[0].Buf != nil || &sent[1].Buf[0] != &kept[1][0] || &sent[2].Buf[0] != &kept[2][0] {
		t.Error("not the buffer of the first frame alone was kept")
	}
	var got [4]Frame
	n, err := d.Take(got[:])
	if n != 3 || err != nil {
		t.Fatalf("Take = %d, %v", n, err)
	}
	if more, err := d.Take(got[3:]); more != 0 || err != nil {
		t.Errorf("Take of what is taken = %d, %v", more, err)
	}
	for i, f := range got[:n] {
		if f.Off < Headroom || f.Given || f.Len != sent[i].Len || f.GSOSize != sent[i].GSOSize || f.NeedsCsum != sent[i].NeedsCsum ||
			!bytes.HasPrefix(f.Bytes(), fmt.Append(nil, "frame ", i)) {
			t.Errorf("frame %d: %+v", i, f)
		}
	}
	if &got[0].Buf[0] != &big[0] {
		t.Error("the given frame was copied")
	}
	if now, most := Queued(b); now != 3 || most != 3 {
		t.Errorf("queued %d of %d before they are given back", now, most)
	}
	d.Give()
	if now, _ := Queued(b); now != 0 {
		t.Errorf("queued %d after", now)
	}
	again := []Frame{{Buf: make([]byte, FrameRoom), Off: Headroom, Len: 60000, Given: true}}
	if a.Write(again); again[0].Buf == nil {
		t.Error("the buffer that came back was not handed on")
	}
	b.Close()
	if _, err := d.Take(got[:]); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Take after Close = %v", err)
	}
	d.Give()
}

// What a frame is given to, it is given to once: not to all ports of a switch, nor twice by a wire that duplicates.
func TestGivenOnce(t *testing.T) {
	sw := NewSwitch(1500)
	from, x, y := sw.Port(), sw.Port(), sw.Port()
	one := []Frame{{Buf: make([]byte, FrameRoom), Off: Headroom, Len: 60000, Given: true}}
	all := eth(0xff, 1, "to all")
	copy(one[0].Bytes(), all.Bytes())
	from.Write(one)
	var gx, gy [2]Frame
	x.(Direct).Take(gx[:])
	y.(Direct).Take(gy[:])
	if one[0].Buf == nil || gx[0].Len != 60000 || gy[0].Len != 60000 || &gx[0].Buf[0] == &gy[0].Buf[0] || &gx[0].Buf[0] == &one[0].Buf[0] {
		t.Error("a buffer has two owners at a switch")
	}
	a, b := Pipe(1500)
	one = []Frame{{Buf: make([]byte, FrameRoom), Off: Headroom, Len: 60000, Given: true}}
	Impair(a, Impairment{Duplicate: 1}).Write(one)
	if n, _ := b.(Direct).Take(gx[:]); n != 2 || &gx[0].Buf[0] == &gx[1].Buf[0] || &gx[0].Buf[0] == &one[0].Buf[0] {
		t.Error("a buffer has two owners at a wire that duplicates")
	}
}

// While somebody attends to an uplink, it loses nothing, and who writes waits. When nobody does, or it is closed, nobody waits.
func TestUplinkLosesNothing(t *testing.T) {
	for _, end := range []string{"attended", "closed", "alone"} {
		sw := NewSwitch(1500)
		up, host := sw.Uplink(), sw.Port()
		up.Write([]Frame{eth(9, 3, "the switch learns where it is")})
		if end == "alone" {
			for range 2 * maxQueuedFrames {
				host.Write([]Frame{eth(3, 9, "x")})
			}
			if got := Dropped(up); got != maxQueuedFrames {
				t.Errorf("dropped %d, want %d", got, maxQueuedFrames)
			}
			continue
		}
		d := up.(Direct)
		bell, err := NewBell([]Direct{d})
		if err != nil {
			t.Fatal(err)
		}
		attending := make(chan struct{})
		var all sync.WaitGroup
		var once sync.Once
		host.Write([]Frame{eth(3, 9, "0")}) // so that who attends is rung for at once
		all.Go(func() { d.Attend(func() { bell.Ring(); once.Do(func() { close(attending) }) }) })
		<-attending
		const frames = 5 * maxQueuedFrames
		all.Go(func() {
			for i := range frames {
				host.Write([]Frame{eth(3, 9, fmt.Sprint(1+i))})
			}
		})
		for now, _ := Queued(up); now < maxQueuedFrames; now, _ = Queued(up) {
			runtime.Gosched()
		}
		for next := 0; end == "attended" && next <= frames; {
			var got [32]Frame
			n, err := d.Take(got[:])
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				bell.Wait(time.Hour)
			}
			for _, f := range got[:n] {
				if s := string(f.Bytes()[14:]); s != fmt.Sprint(next) {
					t.Fatalf("frame %q, want %d", s, next)
				}
				next++
			}
			if now, _ := Queued(host); n > 0 && now == 0 {
				up.Write([]Frame{eth(9, 3, "the way back is free meanwhile")})
			}
			d.Give()
		}
		if got := Dropped(up); got != 0 {
			t.Errorf("%s: dropped %d", end, got)
		}
		up.Close()
		all.Wait()
		bell.Close()
	}
}

// A bell is rung by what comes to a wire that was empty, by its end, and for what was there before.
func TestAttend(t *testing.T) {
	a, b := Pipe(1500)
	d := b.(Direct)
	rings := make(chan struct{}, 16)
	heard := func(what string) {
		t.Helper()
		select {
		case <-rings:
		case <-time.After(10 * time.Second):
			t.Fatalf("%s does not ring", what)
		}
	}
	a.Write([]Frame{frame([]byte("before"))})
	var all sync.WaitGroup
	all.Go(func() { d.Attend(func() { rings <- struct{}{} }) })
	heard("what was there before")
	var got [4]Frame
	d.Take(got[:1])
	a.Write([]Frame{frame([]byte("x")), frame([]byte("y"))})
	heard("a frame while one is out")
	d.Give()
	if n, _ := d.Take(got[:]); n != 2 || len(rings) != 0 {
		t.Errorf("took %d, and %d more rings", n, len(rings))
	}
	d.Give()
	a.Close()
	heard("the end")
	if _, err := d.Take(got[:]); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Take behind the end = %v", err)
	}
	b.Close()
	heard("Close")
	all.Wait()
}
