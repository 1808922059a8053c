package appliance

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli"
	"pixsim/dataplane"
	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// BenchmarkRecompile puts a policy in force in whose access-list of n lines one line is new, while packets of a live
// connection pass. ms/line is what the one who typed it waits, gap-ms the longest time in which no packet came through
// meanwhile; quiet-gap-ms is the same while nobody types. In paste-us/line a thousand lines are one compile.
func BenchmarkRecompile(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			rel, err := release.Parse("pix-6.3")
			if err != nil {
				b.Fatal(err)
			}
			c, refused := cli.Load(rel, policyOf(n))
			for _, l := range refused {
				if !l.Taken {
					b.Fatal(l)
				}
			}
			k := &compiler{rel: rel, mac: rel.Model.MACOf}
			p := k.compile(c)
			e := dataplane.New(dataplane.Options{Policy: p, Now: time.Now()})
			f := newPassing(b, e, p)
			defer f.stop()
			time.Sleep(100 * time.Millisecond)
			f.gap.Store(0)
			time.Sleep(500 * time.Millisecond)
			quiet := f.gap.Swap(0)
			i := 0
			add := func(lines int) {
				edit := config.From(c)
				for range lines {
					i++
					edit.AddACE("outside_in", 0, typedACE(i))
				}
				c = edit.Config()
				e.Swap(k.compile(c))
				e.Do(func(*dataplane.State) {})
			}
			for b.Loop() {
				add(1)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms/line")
			b.ReportMetric(float64(f.gap.Load())/1e6, "gap-ms")
			b.ReportMetric(float64(quiet)/1e6, "quiet-gap-ms")
			begin := time.Now()
			add(1000)
			b.ReportMetric(float64(time.Since(begin).Microseconds())/1000, "paste-us/line")
		})
	}
}

// policyOf is a configuration with an access-list of n lines.
func policyOf(n int) string {
	var b strings.Builder
	b.WriteString("ip address outside 203.0.113.1 255.255.255.0\nip address inside 10.9.9.1 255.255.255.0\n")
	b.WriteString("arp outside 203.0.113.9 0200.0000.0002\n")
	for i := range n {
		host := fmt.Sprintf("10.%d.%d.%d", i>>16&255, i>>8&255, i&255)
		switch i % 4 {
		case 0:
			fmt.Fprintf(&b, "access-list outside_in permit tcp any host %s eq smtp\n", host)
		case 1:
			fmt.Fprintf(&b, "access-list outside_in permit tcp 192.0.2.0 255.255.255.0 host %s range 1024 2000\n", host)
		case 2:
			fmt.Fprintf(&b, "access-list outside_in deny udp host 198.51.100.7 host %s eq domain\n", host)
		default:
			fmt.Fprintf(&b, "access-list outside_in permit icmp any host %s echo-reply\n", host)
		}
	}
	b.WriteString("access-group outside_in in interface outside\nnat (inside) 0 0.0.0.0 0.0.0.0\n")
	return b.String()
}

// typedACE is a line of a host of its own.
func typedACE(i int) config.ACE {
	addr := netip.AddrFrom4([4]byte{172, 16, byte(i >> 8), byte(i)})
	return config.ACE{
		Permit: true, Proto: packet.ProtoTCP, Src: config.ACEEnd{Net: config.AnyNet},
		Dst: config.ACEEnd{Net: config.Net{Addr: addr, Mask: netip.MustParseAddr("255.255.255.255")}}, ICMPType: -1, ICMPCode: -1,
	}
}

// passing is a connection from inside to outside that never rests, and the longest time between two of its packets on the
// other side.
type passing struct {
	gap  atomic.Int64
	stop func()
}

func newPassing(b *testing.B, e *dataplane.Engine, p *dataplane.Policy) *passing {
	f := &passing{}
	in, inBox := link.Pipe(1500)
	out, outBox := link.Pipe(1500)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{}, 3)
	go func() {
		e.Run(ctx, map[dataplane.Port]link.Link{0: outBox, 1: inBox}, time.Now, nil)
		ended <- struct{}{}
	}()
	host := [6]byte{2, 0, 0, 0, 0, 1}
	ip := packet.AppendUDP(nil, packet.Header{Src: packet.U32(netip.MustParseAddr("10.9.9.2")), Dst: packet.U32(netip.MustParseAddr("203.0.113.9"))}, 1000, 2000, []byte("x"))
	frame := append(packet.AppendEthernet(nil, p.Interfaces[1].MAC, host, packet.TypeIPv4), ip...)
	go func() {
		for ctx.Err() == nil {
			in.Write([]link.Frame{{Buf: append([]byte(nil), frame...), Len: len(frame)}})
			time.Sleep(50 * time.Microsecond)
		}
		ended <- struct{}{}
	}()
	go func() {
		room := make([]link.Frame, 32)
		for i := range room {
			room[i].Buf = make([]byte, 4096)
		}
		last := time.Now()
		for {
			n, err := out.Read(room)
			if err != nil {
				break
			}
			for range n {
				now := time.Now()
				f.gap.Store(max(f.gap.Load(), int64(now.Sub(last))))
				last = now
			}
		}
		ended <- struct{}{}
	}()
	f.stop = func() {
		cancel()
		out.Close()
		in.Close()
		for range 3 {
			<-ended
		}
	}
	return f
}
