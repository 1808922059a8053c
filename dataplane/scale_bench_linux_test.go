package dataplane

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"pixsim/dataplane/packet"
)

// The scale of the tables, from a thousand entries to a million. Times of a single step are those of the thread's processor:
// what others do on the machine is not in them.

// scales are the sizes of what is measured.
var scales = [...]int{1000, 10_000, 100_000, 1_000_000}

// threadTime is the processor time of the calling thread.
func threadTime() time.Duration {
	const threadCPU = 3 // CLOCK_THREAD_CPUTIME_ID
	var t syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, threadCPU, uintptr(unsafe.Pointer(&t)), 0)
	return time.Duration(t.Nano())
}

// watch is how long the steps of something took: all of them, and the longest.
type watch struct {
	total, worst time.Duration
	steps        int
}

func (w *watch) step(f func()) {
	begin := threadTime()
	f()
	took := threadTime() - begin
	w.total += took
	w.worst = max(w.worst, took)
	w.steps++
}

func (w *watch) report(b *testing.B, each int, what string) {
	b.ReportMetric(float64(w.total.Nanoseconds())/float64(each), "ns/"+what)
	b.ReportMetric(float64(w.worst.Microseconds()), "worst-us/"+what)
}

// heap is what is in use after a collection, and how long that took.
func heap() (uint64, time.Duration) {
	runtime.GC()
	begin := time.Now()
	runtime.GC()
	took := time.Since(begin)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc, took
}

// crowd is n UDP connections from inside to outside, of a thousand hosts at most.
type crowd struct {
	r    *rig
	m    *mouth
	p    packet.Packet
	done []Event
}

func newCrowd(b *testing.B, p *Policy, n int) *crowd {
	p.Rules.MaxConns, p.Rules.MaxXlates = n+n/8, n+n/8
	p.Timeouts.UDP, p.Timeouts.PATXlate = time.Hour, 30*time.Second
	p.ARPTimeout = 10_000 * time.Hour
	c := &crowd{r: newRig(b, p), p: packet.Packet{IP: udp("10.9.0.1:9", "192.150.49.10:53", "x")}}
	c.r.send(inPort, c.p.IP)
	c.m = c.r.mouth(inPort, c.p.IP)
	c.r.wait(2 * time.Hour)
	c.r.wait(2 * time.Hour)
	c.done = c.r.e.Events(c.done[:0])
	return c
}

// send is a packet of connection i.
func (c *crowd) send(b *testing.B, i int) {
	c.p.SetSrc(addr("10.9.0.1") + uint32(i%1000))
	c.p.SetSrcPort(uint16(65535 - i/1000%64000))
	if c.m.feed(c.p.IP) != 1 {
		b.Fatalf("connection %d: lost: %v", i, c.r.drops())
	}
	c.done = c.r.e.Events(c.done[:0])
}

// open makes the first n connections.
func (c *crowd) open(b *testing.B, n int) (w watch) {
	for i := range n {
		w.step(func() { c.send(b, i) })
	}
	return w
}

// timeOut lets all connections, and then translations, time out at one time, while a packet passes after each tick.
func (c *crowd) timeOut(b *testing.B) (w watch) {
	for c.r.e.flows.used+c.r.e.xlates.used > 2 {
		c.r.now = c.r.now.Add(3 * time.Hour)
		for at := c.r.e.Next(); !at.IsZero() && !at.After(c.r.now); at = c.r.e.Next() {
			c.r.out.Reset()
			w.step(func() { c.r.e.Tick(c.r.now, &c.r.out) })
			c.done = c.r.e.Events(c.done[:0])
			w.step(func() { c.send(b, 0) })
		}
	}
	return w
}

// sharedPool is a pool of as many addresses as n ports of each range need.
func sharedPool(n int) *Policy {
	p := patPolicy()
	p.Pools[0].First, p.Pools[0].Last = mustAddr("204.40.0.1"), packet.Addr(addr("204.40.0.1")+uint32(n/60000))
	return p
}

// BenchmarkConns holds connections: their memory all told, what it costs to open one, to forward a packet of one of them
// and to time all out, the longest single step of each, and how long the garbage collector takes with them there. Beside
// it, the same number of entries in a map of Go, as the peer: two keys and a pointer to a struct of the same size for each.
func BenchmarkConns(b *testing.B) {
	free := basePolicy()
	free.Rules.Control = false
	for _, kind := range []struct {
		name string
		p    func(n int) *Policy
	}{{"plain", func(int) *Policy { return free }}, {"pat", sharedPool}} {
		for _, n := range scales {
			b.Run(fmt.Sprint(kind.name, "/", n), func(b *testing.B) {
				for b.Loop() {
					holdConns(b, kind.p(n), n)
				}
			})
		}
	}
	for _, n := range scales {
		b.Run(fmt.Sprint("map/", n), func(b *testing.B) {
			for b.Loop() {
				holdMap(b, n)
			}
		})
	}
}

func holdConns(b *testing.B, p *Policy, n int) {
	runtime.LockOSThread() // for threadTime
	defer runtime.UnlockOSThread()
	c := newCrowd(b, p, n)
	before, _ := heap()
	opened := c.open(b, n)
	after, collect := heap()
	if c.r.e.nConns != n {
		b.Fatalf("%d connections of %d", c.r.e.nConns, n)
	}
	r := rand.New(rand.NewPCG(1, 2))
	var passed watch
	for range 100_000 {
		i := r.IntN(n)
		passed.step(func() { c.send(b, i) })
	}
	over := c.timeOut(b)
	b.ReportMetric(float64(after-before)/float64(n), "B/conn")
	b.ReportMetric(float64(collect.Microseconds())/1000, "gc-ms")
	opened.report(b, n, "open")
	passed.report(b, 100_000, "packet")
	over.report(b, n, "timeout")
}

func holdMap(b *testing.B, n int) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	type conn struct {
		flow
		times *Timeouts
	}
	before, _ := heap()
	ways := map[tuple]*conn{}
	key := func(i int) tuple {
		return tuple{src: 1 + uint32(i%1000), dst: 7, srcPort: uint16(1024 + i/1000), proto: 17}
	}
	var opened, found watch
	times := &Timeouts{}
	for i := range n {
		opened.step(func() {
			v := &conn{times: times}
			ways[key(i)], ways[key(i).back(outside)] = v, v
		})
	}
	after, collect := heap()
	r := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		i := r.IntN(n)
		found.step(func() {
			v := ways[key(i)]
			v.last += int64(v.times.UDP)
		})
	}
	b.ReportMetric(float64(after-before)/float64(n), "B/conn")
	b.ReportMetric(float64(collect.Microseconds())/1000, "gc-ms")
	opened.report(b, n, "open")
	found.report(b, 100_000, "packet")
	runtime.KeepAlive(ways)
}

// BenchmarkXlates ends a translation with its connection, any one of many, and makes another, out of pools in which few
// addresses or ports are left: as nat takes whole addresses, as pat ports. searched-ns is what it would take, in the same
// state, to try one port after another, as the peer.
func BenchmarkXlates(b *testing.B) {
	for _, kind := range []string{"nat", "pat"} {
		for _, n := range scales {
			b.Run(fmt.Sprint(kind, "/", n), func(b *testing.B) {
				c := newCrowd(b, tightPool(kind == "pat", n), n)
				for i := range n {
					c.turn(b, kind, i)
				}
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
				r := rand.New(rand.NewPCG(1, 2))
				var made, searched watch
				i := n
				for b.Loop() {
					e := c.r.e
					var v uint32
					for v == 0 || e.flows.free[v/slabChunk][v%slabChunk/64]&(1<<(v%64)) != 0 {
						v = 1 + r.Uint32N(uint32(n))
					}
					if i%1000 == 0 {
						searched.step(func() { c.search(r) })
					}
					made.step(func() {
						f := e.flows.at(v)
						x := f.xlates[0]
						e.endFlow(v, f, ReasonIdle)
						e.removeXlate(x)
						c.turn(b, kind, i)
					})
					i++
				}
				made.report(b, b.N, "xlate")
				b.ReportMetric(float64(searched.total.Nanoseconds())/float64(max(searched.steps, 1)), "searched-ns")
				b.ReportMetric(float64(c.r.e.xlates.used), "xlates")
			})
		}
	}
}

// turn makes connection i, with whose source nobody else has an address or port.
func (c *crowd) turn(b *testing.B, kind string, i int) {
	if kind == "pat" {
		c.send(b, i%2_000_000)
		return
	}
	c.p.SetSrc(addr("10.16.0.1") + uint32(i%2_000_000))
	if c.m.feed(c.p.IP) != 1 {
		b.Fatalf("connection %d: lost: %v", i, c.r.drops())
	}
	c.done = c.r.e.Events(c.done[:0])
}

// search tries one number of a pool after another from anywhere.
func (c *crowd) search(r *rand.Rand) {
	e := c.r.e
	p := &e.r.Pools[0]
	first, last := packet.U32(p.First), packet.U32(p.Last)
	at := mappedPlace(outside, first+r.Uint32N(last-first+1))
	if p.PAT {
		low := uint32(e.r.Rules.PATRanges[1])
		at = at.withPort(packet.ProtoUDP, uint16(low+r.Uint32N(65536-low)))
	}
	for tried := uint32(0); e.placed(at) != 0 && tried < 1_000_000; tried++ {
		switch {
		case !p.PAT && at.addr == last:
			at.addr = first
		case !p.PAT:
			at.addr++
		case at.id == 65535:
			at.id = e.r.Rules.PATRanges[1]
		default:
			at.id++
		}
		if p.PAT && tried%65536 == 65535 { // none left of this address
			at.addr = first + (at.addr-first+1)%(last-first+1)
		}
	}
}

// tightPool is a policy with a pool of n addresses or ports, and a hundredth more.
func tightPool(pat bool, n int) *Policy {
	p := patPolicy()
	size := uint32(n + max(16, n/100))
	if !pat {
		p.Pools[0] = Pool{Port: outside, Number: 1, First: mustAddr("204.32.0.0"), Last: packet.Addr(addr("204.32.0.0") + size - 1)}
		return p
	}
	addrs := (size + 63_999) / 64_000
	p.Rules.PATRanges = []uint16{1, uint16(65536 - size/addrs)}
	p.Pools[0].First, p.Pools[0].Last = mustAddr("204.40.0.1"), packet.Addr(addr("204.40.0.1")+addrs-1)
	return p
}
