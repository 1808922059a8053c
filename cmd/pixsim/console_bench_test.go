package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
)

// The figures of the console, by SSH through lab and engine, and beside them those of a player of transcripts, which is
// what others use for a box: the least that a Go program can need for a session.

// benched is where each of the two is reached, and their figures by the benchmark's name.
type benched struct {
	addr map[string]string // "box", "player"
	cost map[string]float64
}

func BenchmarkConsole(b *testing.B) {
	box := benchBox(b)
	o := operatorAt(b, box)
	o.enables(b)
	version := o.says(b, "show version")
	o.close()
	p := player{host: "ciscoasa", answers: map[string]string{"show version": strings.ReplaceAll(version, "\n", "\r\n")}}
	two := benched{addr: map[string]string{"box": box, "player": p.starts(b)}, cost: map[string]float64{}}
	for _, what := range []string{"player", "box"} {
		addr := two.addr[what]
		two.run(b, "login", what, "ms", func(b *testing.B) float64 {
			for b.Loop() {
				operatorAt(b, addr).close()
			}
			return float64(b.Elapsed().Microseconds()) / 1000 / float64(b.N)
		})
		for _, sessions := range []int{1, 20} {
			two.run(b, fmt.Sprintf("show-version/sessions=%d", sessions), what, "shows/s", func(b *testing.B) float64 {
				return showing(b, addr, sessions)
			})
		}
		two.run(b, "memory", what, "kB/session", func(b *testing.B) float64 { return held(b, addr) })
	}
}

// run is one benchmark of one of the two; that of the box, which is the second, reports what it costs of the player's.
func (two benched) run(b *testing.B, name, what, unit string, f func(*testing.B) float64) {
	b.Run(name+"/"+what, func(b *testing.B) {
		cost := f(b)
		b.ReportMetric(cost, unit)
		b.ReportMetric(0, "ns/op")
		two.cost[name+what] = cost
		if other := two.cost[name+"player"]; what == "box" && other > 0 {
			b.ReportMetric(cost/other, "of-player")
		}
	})
}

// showing is how many show version a second so many sessions get.
func showing(b *testing.B, addr string, sessions int) float64 {
	var all []*operator
	for range sessions {
		o := operatorAt(b, addr)
		defer o.close()
		o.enables(b)
		all = append(all, o)
	}
	b.ResetTimer()
	var each sync.WaitGroup
	for i, o := range all {
		n := b.N / sessions
		if i < b.N%sessions {
			n++
		}
		each.Go(func() {
			for range n {
				o.says(b, "show version")
			}
		})
	}
	each.Wait()
	return float64(b.N) / b.Elapsed().Seconds()
}

// heldSessions is how many sessions the memory of one is measured by.
const heldSessions = 100

// held is the memory of a session that has logged in and waits, in kB. The clients are a process of their own.
func held(b *testing.B, addr string) float64 {
	before := inUse()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestHold$")
	cmd.Env = append(os.Environ(), "PIXSIM_HOLD="+addr+" "+strconv.Itoa(heldSessions))
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer cmd.Wait()
	defer in.Close()
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		b.Fatalf("%q %v", line, err)
	}
	return (inUse() - before) / 1000 / heldSessions
}

// inUse is what heap and stacks hold once collections find nothing more: each halves the stacks that are too large.
func inUse() float64 {
	var m runtime.MemStats
	for least := uint64(0); ; {
		runtime.GC()
		runtime.ReadMemStats(&m)
		now := m.HeapAlloc + m.StackInuse
		if least > 0 && now > least-least/100 {
			return float64(now)
		}
		least = now
	}
}

// TestHold is the clients of held: in a process of its own it holds sessions until its input ends.
func TestHold(t *testing.T) {
	addr, count, ok := strings.Cut(os.Getenv("PIXSIM_HOLD"), " ")
	if !ok {
		t.Skip("PIXSIM_HOLD is not in the environment: this is for BenchmarkConsole")
	}
	n, err := strconv.Atoi(count)
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		o := operatorAt(t, addr)
		defer o.close()
	}
	fmt.Println("held")
	io.Copy(io.Discard, os.Stdin)
}

// benchBox is a box of this process, by its SSH.
func benchBox(b *testing.B) (addr string) {
	b.Helper()
	b.Setenv("XDG_STATE_HOME", b.TempDir())
	ctx, stop := context.WithCancel(context.Background())
	out := newScreen()
	over := make(chan error, 1)
	go func() {
		over <- runCmd{
			Release: "asa-8.2", Console: "none", SSH: "127.0.0.1:0", Telnet: off, SMTP: off, POP3: off, SessionLimit: maxSessions,
		}.Run(ctx, streams{out: out, err: io.Discard})
	}()
	b.Cleanup(func() {
		stop()
		if err := <-over; err != nil {
			b.Error(err)
		}
	})
	m, _ := out.matches(b, `pixsim: ready ssh=(\S+) `)
	return m[1]
}

// operator is a session of somebody who waits for each prompt.
type operator struct {
	client *ssh.Client
	in     io.Writer
	out    *bufio.Reader
}

// operatorAt logs in and has seen the first prompt.
func operatorAt(t testing.TB, addr string) *operator {
	t.Helper()
	c, err := ssh.Dial("tcp", addr, &ssh.ClientConfig{
		User: "pix", Auth: []ssh.AuthMethod{ssh.Password("cisco")}, HostKeyCallback: ssh.InsecureIgnoreHostKey(),
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	in, _ := s.StdinPipe()
	out, _ := s.StdoutPipe()
	if err := s.RequestPty("vt100", 24, 80, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Shell(); err != nil {
		t.Fatal(err)
	}
	o := &operator{c, in, bufio.NewReaderSize(out, 64<<10)}
	o.until(t, "> ")
	return o
}

func (o *operator) close() { o.client.Close() }

func (o *operator) enables(t testing.TB) {
	t.Helper()
	io.WriteString(o.in, "enable\n")
	o.until(t, "Password: ")
	io.WriteString(o.in, "cisco\n")
	o.until(t, "# ")
	o.says(t, "terminal pager 0")
}

// says types a command and returns its output.
func (o *operator) says(t testing.TB, line string) string {
	io.WriteString(o.in, line+"\n")
	text := echoed.ReplaceAllString(o.until(t, "ciscoasa# "), "")
	return strings.ReplaceAll(strings.TrimSuffix(text, "ciscoasa# "), "\r", "")
}

// echoed is the line that was typed.
var echoed = regexp.MustCompile(`^[^\n]*\n`)

// until reads up to a text at the end of what there is.
func (o *operator) until(t testing.TB, end string) string {
	var text []byte
	for !bytes.HasSuffix(text, []byte(end)) {
		if o.out.Buffered() == 0 {
			if _, err := o.out.Peek(1); err != nil {
				t.Errorf("%q did not come, only %q: %v", end, text, err)
				runtime.Goexit()
			}
		}
		part, _ := o.out.Peek(o.out.Buffered())
		text = append(text, part...)
		o.out.Discard(len(part))
	}
	return string(text)
}
