package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The network of TestBenchNet: a client, what is measured, and a server that is published as benchGlobal.
const (
	benchClient = "192.0.2.10"
	benchGlobal = "192.0.2.25"
	benchServer = "10.1.1.25"

	publishedBox = `nameif ethernet0 outside security0
nameif ethernet1 inside security100
interface ethernet0 auto
interface ethernet1 auto
ip address outside 192.0.2.1 255.255.255.0
ip address inside 10.1.1.1 255.255.255.0
static (inside,outside) 192.0.2.25 10.1.1.25 netmask 255.255.255.255 0 0
`
	wiredBox = publishedBox + `access-list IN permit tcp any host 192.0.2.25
access-list IN permit udp any host 192.0.2.25
access-group IN in interface outside
fixup protocol smtp 25
`
	benchRules = `table ip t {
 chain pre { type nat hook prerouting priority dstnat; iif "o0" ip daddr 192.0.2.25 dnat to 10.1.1.25; }
 chain post { type nat hook postrouting priority srcnat; oif "o0" ip saddr 10.1.1.25 snat to 192.0.2.25; }
 chain way { type filter hook forward priority filter; policy drop;
  ct state established,related accept
  iif "o0" ip daddr 10.1.1.25 meta l4proto { tcp, udp } accept
  iif "i0" accept
 }
}
`
	benchHAProxy = `global
 maxconn 4000
defaults
 mode tcp
 timeout connect 5s
 timeout client 60s
 timeout server 60s
listen smtp
 bind 192.0.2.25:25
 server s 10.1.1.25:25
listen bulk
 bind 192.0.2.25:5201
 server s 10.1.1.25:5201
listen conns
 bind 192.0.2.25:9
 server s 10.1.1.25:9
`
	benchNginx = `load_module /usr/lib/nginx/modules/ngx_stream_module.so;
worker_processes auto;
daemon off;
pid %[1]s/nginx.pid;
error_log stderr crit;
events { worker_connections 20000; multi_accept on; }
stream {
 server { listen 192.0.2.25:25; proxy_pass 10.1.1.25:25; }
 server { listen 192.0.2.25:5201; proxy_pass 10.1.1.25:5201; }
 server { listen 192.0.2.25:9; proxy_pass 10.1.1.25:9; }
 server { listen 192.0.2.25:9 udp; proxy_pass 10.1.1.25:9; proxy_responses 0; }
}
`
)

const benchTime = 2 * time.Second // of one measurement

// contender stands between the two and is ended by what start returns.
type contender struct {
	name  string
	start func(t *testing.T, mid *space, dir string) (stop func())
}

// measure is one figure of a round: larger is better, and 0 is one that failed.
type measure struct {
	name, unit string
	of         func(t *testing.T, far, near *space) float64
	without    string // contender that cannot
}

// TestBenchNet compares the program on packet: links, without and with --offload, with nftables, HAProxy and nginx in the same place, in
// turn. It runs where
// PIXSIM_BENCHNET says how many rounds, as make bench-net does; PIXSIM_BENCHNET_ONLY names some of its measures and
// PIXSIM_BENCHNET_PEERS some of those compared.
func TestBenchNet(t *testing.T) {
	rounds, err := strconv.Atoi(os.Getenv("PIXSIM_BENCHNET"))
	if err != nil {
		t.Skip("PIXSIM_BENCHNET is not a number of rounds: make bench-net sets it")
	}
	if os.Getuid() != 0 {
		t.Skip("network namespaces need root")
	}
	dir := t.TempDir()
	bin := filepath.Join(dir, "pixsim")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	contenders := benchContenders(t, bin)
	measures := benchMeasures(t)
	got := map[string]map[string][]float64{}
	for _, m := range measures {
		got[m.name] = map[string][]float64{}
	}
	before := loadNow()
	for round := range rounds {
		for _, c := range contenders {
			t.Run(fmt.Sprintf("%s-%d", c.name, round+1), func(t *testing.T) {
				far, mid, near := benchNet(t)
				stop := c.start(t, mid, t.TempDir())
				defer stop()
				for _, m := range measures {
					if m.without == c.name {
						continue
					}
					got[m.name][c.name] = append(got[m.name][c.name], m.of(t, far, near))
				}
			})
		}
	}
	t.Logf("load before %s, after %s; %d cpus, Linux %s\n%s", before, loadNow(), runtime.NumCPU(), kernelName(), benchTable(contenders, measures, got))
}

// ratios are what the table compares, in each round.
var ratios = [][2]string{{"pixsim", "nftables"}, {"offload", "nftables"}, {"pixsim", "haproxy"}, {"pixsim", "nginx"}}

func benchTable(contenders []contender, measures []measure, got map[string]map[string][]float64) string {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "median\tunit\t")
	for _, c := range contenders {
		fmt.Fprintf(w, "%s\t", c.name)
	}
	for _, r := range ratios {
		fmt.Fprintf(w, "%s/%s (rounds)\t", r[0], r[1])
	}
	fmt.Fprintln(w)
	for _, m := range measures {
		fmt.Fprintf(w, "%s\t%s\t", m.name, m.unit)
		for _, c := range contenders {
			fmt.Fprintf(w, "%s\t", figure(got[m.name][c.name]))
		}
		for _, r := range ratios {
			mine, peer := got[m.name][r[0]], got[m.name][r[1]]
			var of []float64
			for i := range min(len(mine), len(peer)) {
				if mine[i] > 0 && peer[i] > 0 {
					of = append(of, mine[i]/peer[i])
				}
			}
			if len(of) == 0 {
				fmt.Fprint(w, "-\t")
				continue
			}
			fmt.Fprintf(w, "%.2f (%.2f-%.2f)\t", median(of), slices.Min(of), slices.Max(of))
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	return b.String()
}

func figure(of []float64) string {
	if len(of) == 0 {
		return "-"
	}
	return strconv.FormatFloat(median(of), 'g', 4, 64)
}

func median(of []float64) float64 {
	if len(of) == 0 {
		return 0
	}
	of = slices.Sorted(slices.Values(of))
	return (of[(len(of)-1)/2] + of[len(of)/2]) / 2
}

func loadNow() string {
	b, _ := os.ReadFile("/proc/loadavg")
	return strings.Join(strings.Fields(string(b))[:3], " ")
}

func kernelName() string {
	var u unix.Utsname
	unix.Uname(&u)
	return unix.ByteSliceToString(u.Release[:])
}

// benchNet is three namespaces in a row; the middle one has wires without addresses.
func benchNet(t *testing.T) (far, mid, near *space) {
	far, mid, near = newSpace(t), newSpace(t), newSpace(t)
	mid.wired("o0", far, "eth0", benchClient+"/24")
	mid.wired("i0", near, "eth0", benchServer+"/24")
	near.ip("route", "add", "default", "via", "10.1.1.1")
	for _, s := range []*space{far, mid, near} {
		s.sysctl("net/ipv4/tcp_congestion_control", "reno") // of what stands in the middle, too
		s.sysctl("net/ipv4/ip_local_port_range", "1024 65535")
		s.sysctl("net/ipv4/tcp_tw_reuse", "1")
	}
	return far, mid, near
}

func (s *space) sysctl(name, value string) {
	s.t.Helper()
	s.do(func() {
		if err := os.WriteFile("/proc/sys/"+name, []byte(value), 0); err != nil {
			s.t.Error(err)
		}
	})
}

// process starts a program in the namespace. The function ends it.
func (s *space) process(cmd *exec.Cmd) (stop func()) {
	s.t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	var err error
	s.do(func() { err = cmd.Start() })
	if err != nil {
		s.t.Fatal(err)
	}
	return func() {
		cmd.Process.Signal(unix.SIGTERM)
		kill := time.AfterFunc(5*time.Second, func() { cmd.Process.Kill() })
		defer kill.Stop()
		if err := cmd.Wait(); err != nil && s.t.Failed() {
			s.t.Logf("%s: %v: %s", cmd.Path, err, out.Bytes())
		}
	}
}

func benchContenders(t *testing.T, bin string) []contender {
	routed := func(mid *space) {
		mid.sysctl("net/ipv4/ip_forward", "1")
		for _, addr := range []string{"192.0.2.1/24", benchGlobal + "/24"} {
			mid.ip("addr", "add", addr, "dev", "o0")
		}
		mid.ip("addr", "add", "10.1.1.1/24", "dev", "i0")
	}
	file := func(t *testing.T, dir, name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return name
	}
	all := []contender{
		{"nftables", func(t *testing.T, mid *space, dir string) func() {
			routed(mid)
			mid.do(func() {
				if out, err := exec.Command(program(t, "nft"), "-f", file(t, dir, "rules", benchRules)).CombinedOutput(); err != nil {
					t.Fatalf("nft: %v: %s", err, out)
				}
			})
			return func() {}
		}},
		{"haproxy", func(t *testing.T, mid *space, dir string) func() {
			routed(mid)
			return mid.process(exec.Command(program(t, "haproxy"), "-db", "-f", file(t, dir, "haproxy.cfg", benchHAProxy)))
		}},
		{"nginx", func(t *testing.T, mid *space, dir string) func() {
			routed(mid)
			return mid.process(exec.Command(program(t, "nginx"), "-p", dir, "-c", file(t, dir, "nginx.conf", fmt.Sprintf(benchNginx, dir))))
		}},
	}
	for _, mine := range []struct {
		name string
		more []string
	}{{"pixsim", nil}, {"offload", []string{"--offload"}}} {
		all = append(all, contender{mine.name, func(t *testing.T, mid *space, dir string) func() {
			args := []string{"run", "--release", "pix-6.3", "--console", "none", "--startup-config", file(t, dir, "startup-config", wiredBox),
				"--link", "outside=packet:o0", "--link", "inside=packet:i0"}
			return mid.process(exec.Command(bin, append(args, mine.more...)...))
		}})
	}
	only := strings.Fields(os.Getenv("PIXSIM_BENCHNET_PEERS"))
	return slices.DeleteFunc(all, func(c contender) bool {
		if len(only) > 0 && !slices.Contains(only, c.name) {
			return true
		}
		if c.name == "pixsim" || c.name == "offload" {
			return false
		}
		_, err := exec.LookPath(strings.TrimSuffix(c.name, "ables"))
		if err != nil {
			t.Logf("%s is not installed", c.name)
		}
		return err != nil
	})
}

func program(t *testing.T, name string) string {
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	return path
}

func benchMeasures(t *testing.T) []measure {
	all := []measure{
		{name: "bulk-1", unit: "Gb/s", of: func(t *testing.T, far, near *space) float64 { return iperf(t, far, near, 1) }},
		{name: "bulk-8", unit: "Gb/s", of: func(t *testing.T, far, near *space) float64 { return iperf(t, far, near, 8) }},
		{name: "smtp-bulk-1", unit: "Gb/s", of: func(t *testing.T, far, near *space) float64 { return smtpBulk(t, far, near, 1) }},
		{name: "smtp-bulk-8", unit: "Gb/s", of: func(t *testing.T, far, near *space) float64 { return smtpBulk(t, far, near, 8) }},
		{name: "udp-64", unit: "packets/s", of: udpSmall, without: "haproxy"},
		{name: "tcp-conns", unit: "conns/s", of: tcpConns},
		{name: "smtp-single", unit: "mails/s", of: func(t *testing.T, far, near *space) float64 { return smtpMails(t, far, near, 4000) }},
		{name: "smtp-reused", unit: "mails/s", of: func(t *testing.T, far, near *space) float64 { return smtpMails(t, far, near, 8000, "-d") }},
	}
	if only := strings.Fields(os.Getenv("PIXSIM_BENCHNET_ONLY")); len(only) > 0 {
		all = slices.DeleteFunc(all, func(m measure) bool { return !slices.Contains(only, m.name) })
	}
	return all
}

// iperf is the rate of so many streams of TCP that are not inspected.
func iperf(t *testing.T, far, near *space, streams int) float64 {
	path := program(t, "iperf3")
	defer near.process(exec.Command(path, "-s", "-1"))()
	far.await(t, benchGlobal+":5201", nil)
	cmd := exec.Command(path, "-c", benchGlobal, "-C", "reno", "-P", strconv.Itoa(streams), "-t", "2", "-O", "0", "-J")
	var out []byte
	far.do(func() { out, _ = cmd.Output() })
	var said struct {
		End struct {
			SumReceived struct {
				BitsPerSecond float64 `json:"bits_per_second"`
			} `json:"sum_received"`
		}
		Error string
	}
	if err := json.Unmarshal(out, &said); err != nil || said.Error != "" {
		t.Errorf("iperf3: %v %s", err, said.Error)
	}
	return said.End.SumReceived.BitsPerSecond / 1e9
}

// await waits until something listens on addr, which it may not find out by connecting where one connection ends it.
func (s *space) await(t *testing.T, addr string, found func(net.Conn)) {
	t.Helper()
	if found == nil {
		time.Sleep(300 * time.Millisecond)
		return
	}
	for end := time.Now().Add(patience); ; {
		var c net.Conn
		var err error
		s.do(func() { c, err = net.DialTimeout("tcp4", addr, time.Second) })
		if err == nil {
			found(c)
			c.Close()
			return
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// smtpBulk is the rate of mail in DATA.
func smtpBulk(t *testing.T, far, near *space, streams int) float64 {
	var ln net.Listener
	near.do(func() { ln, _ = net.Listen("tcp4", benchServer+":25") })
	if ln == nil {
		t.Fatal("port 25 is taken")
	}
	var octets atomic.Int64
	var servers, clients sync.WaitGroup
	servers.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			servers.Go(func() { bulkSink(c, &octets) })
		}
	})
	far.await(t, benchGlobal+":25", func(net.Conn) {})
	var conns []net.Conn
	for range streams {
		far.do(func() {
			c, err := net.DialTimeout("tcp4", benchGlobal+":25", patience)
			if err != nil {
				t.Fatal(err)
			}
			c.SetDeadline(time.Now().Add(benchTime + 30*time.Second))
			bulkOpen(t, c)
			conns = append(conns, c)
		})
	}
	begin := time.Now()
	for _, c := range conns {
		clients.Go(func() { bulkSend(t, c, begin.Add(benchTime)) })
	}
	clients.Wait()
	took := time.Since(begin).Seconds()
	for _, c := range conns {
		c.Close()
	}
	ln.Close()
	servers.Wait()
	return float64(octets.Load()) * 8 / took / 1e9
}

func bulkOpen(t *testing.T, c net.Conn) {
	b := make([]byte, 512)
	for _, line := range []string{"", "HELO a.example.net\r\n", "MAIL FROM:<a@example.net>\r\n", "RCPT TO:<b@example.com>\r\n", "DATA\r\n"} {
		if _, err := c.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
		if n, err := c.Read(b); err != nil || b[0] != '2' && b[0] != '3' {
			t.Fatalf("%q: %q, %v", line, b[:n], err)
		}
	}
}

func bulkSend(t *testing.T, c net.Conn, until time.Time) {
	line := strings.Repeat("QWxsIG1haWwgYmVoaW5kIGEgZmlyZXdhbGwg", 3)[:76] + "\r\n" // of an attachment in base64
	body := bytes.Repeat([]byte(line), 1<<11)
	for time.Now().Before(until) {
		if _, err := c.Write(body); err != nil {
			t.Error(err)
			return
		}
	}
	c.Write([]byte(".\r\n"))
	b := make([]byte, 512)
	if n, err := c.Read(b); err != nil || b[0] != '2' {
		t.Errorf("%q, %v", b[:n], err)
	}
}

// bulkSink answers lines, each of which it takes to come alone, and counts the octets of DATA.
func bulkSink(c net.Conn, octets *atomic.Int64) {
	defer c.Close()
	b := make([]byte, 256<<10)
	c.Write([]byte("220 sink.example.com ready\r\n"))
	data := false
	var tail []byte
	for {
		n, err := c.Read(b)
		if err != nil {
			return
		}
		if !data {
			data = bytes.HasPrefix(b[:n], []byte("DATA"))
			answer := "250 ok\r\n"
			if data {
				answer = "354 go on\r\n"
			}
			c.Write([]byte(answer))
			continue
		}
		octets.Add(int64(n))
		tail = append(tail, b[max(0, n-5):n]...)
		tail = tail[max(0, len(tail)-5):]
		if bytes.Equal(tail, []byte("\r\n.\r\n")) {
			c.Write([]byte("250 taken\r\n"))
			return
		}
	}
}

// udpSmall is how many of the smallest frames arrive while one thread sends as fast as it can.
func udpSmall(t *testing.T, far, near *space) float64 {
	const batch = 64
	rx := near.udp(t, benchServer+":9")
	tx := far.udp(t, benchClient+":0")
	defer unix.Close(tx)
	var got int64
	var receiver sync.WaitGroup
	receiver.Go(func() {
		m := newMsgs(batch, nil)
		for {
			n := m.call(unix.SYS_RECVMMSG, rx, unix.MSG_WAITFORONE)
			if n <= 0 || m.iovs[0].Base != nil && m.bufs[0][0] == 'E' {
				return
			}
			atomic.AddInt64(&got, int64(n))
		}
	})
	dst := &unix.RawSockaddrInet4{Family: unix.AF_INET, Port: 9 << 8, Addr: [4]byte{192, 0, 2, 25}}
	m := newMsgs(batch, dst)
	begin := time.Now()
	for time.Since(begin) < benchTime {
		m.call(unix.SYS_SENDMMSG, tx, 0)
	}
	n := atomic.LoadInt64(&got)
	took := time.Since(begin).Seconds()
	near.do(func() { // the end, from beside
		if c, err := net.Dial("udp4", benchServer+":9"); err == nil {
			for range 100 { // the queue may be full
				c.Write([]byte("E"))
				time.Sleep(time.Millisecond)
			}
			c.Close()
		}
	})
	unix.Shutdown(rx, unix.SHUT_RD)
	receiver.Wait()
	unix.Close(rx)
	return float64(n) / took
}

func (s *space) udp(t *testing.T, addr string) (fd int) {
	t.Helper()
	a, err := net.ResolveUDPAddr("udp4", addr)
	if err != nil {
		t.Fatal(err)
	}
	s.do(func() {
		if fd, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0); err == nil {
			err = unix.Bind(fd, &unix.SockaddrInet4{Port: a.Port, Addr: [4]byte(a.IP.To4())})
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return fd
}

// tcpConns is how many connections a second eight clients make, each with a greeting and an end by the server.
func tcpConns(t *testing.T, far, near *space) float64 {
	const clients, servers = 8, 2
	var ln int
	var err error
	near.do(func() {
		if ln, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err == nil {
			unix.SetsockoptInt(ln, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
			if err = unix.Bind(ln, &unix.SockaddrInet4{Port: 9, Addr: [4]byte{10, 1, 1, 25}}); err == nil {
				err = unix.Listen(ln, 1024)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	var accepting, dialling sync.WaitGroup
	for range servers {
		accepting.Go(func() {
			for {
				c, _, err := unix.Accept4(ln, unix.SOCK_CLOEXEC)
				if err != nil {
					return
				}
				unix.Write(c, []byte("hello"))
				unix.Close(c)
			}
		})
	}
	far.await(t, benchGlobal+":9", func(net.Conn) {})
	var made, failed atomic.Int64
	begin := time.Now()
	for range clients {
		dialling.Go(func() {
			far.enter(t)
			b := make([]byte, 16)
			for time.Since(begin) < benchTime {
				if greetedBy(&unix.SockaddrInet4{Port: 9, Addr: [4]byte{192, 0, 2, 25}}, b) {
					made.Add(1)
				} else {
					failed.Add(1)
				}
			}
		})
	}
	dialling.Wait()
	took := time.Since(begin).Seconds()
	unix.Shutdown(ln, unix.SHUT_RDWR)
	accepting.Wait()
	unix.Close(ln)
	if n := failed.Load(); n > made.Load()/100 {
		t.Errorf("%d of %d connections failed", n, n+made.Load())
	}
	return float64(made.Load()) / took
}

// enter brings the calling goroutine into the namespace, and its thread with it, which ends with it.
func (s *space) enter(t *testing.T) {
	runtime.LockOSThread()
	fd, err := unix.Open(fmt.Sprintf("/proc/self/task/%d/ns/net", s.tid), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err == nil {
		err = unix.Setns(fd, unix.CLONE_NEWNET)
		unix.Close(fd)
	}
	if err != nil {
		t.Error(err)
	}
}

// greetedBy connects, reads to the end and closes.
func greetedBy(to unix.Sockaddr, b []byte) bool {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 5})
	unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &unix.Timeval{Sec: 5})
	if unix.Connect(fd, to) != nil {
		return false
	}
	for got := 0; ; {
		n, err := unix.Read(fd, b)
		if err != nil || n == 0 {
			return err == nil && got == 5
		}
		got += n
	}
}

// msgs are what recvmmsg and sendmmsg take: datagrams of the least length.
type msgs struct {
	hdrs []mmsghdr
	iovs []unix.Iovec
	bufs [][]byte
}

type mmsghdr struct {
	hdr unix.Msghdr
	len uint32
}

func newMsgs(n int, to *unix.RawSockaddrInet4) *msgs {
	m := &msgs{make([]mmsghdr, n), make([]unix.Iovec, n), make([][]byte, n)}
	for i := range n {
		m.bufs[i] = make([]byte, 18) // in 64 octets on a wire
		m.iovs[i].Base = &m.bufs[i][0]
		m.iovs[i].SetLen(18)
		m.hdrs[i].hdr.Iov = &m.iovs[i]
		m.hdrs[i].hdr.SetIovlen(1)
		if to != nil {
			m.hdrs[i].hdr.Name = (*byte)(unsafe.Pointer(to))
			m.hdrs[i].hdr.Namelen = unix.SizeofSockaddrInet4
		}
	}
	return m
}

func (m *msgs) call(trap uintptr, fd, flags int) int {
	n, _, code := unix.Syscall6(trap, uintptr(fd), uintptr(unsafe.Pointer(&m.hdrs[0])), uintptr(len(m.hdrs)), uintptr(flags), 0, 0)
	if code != 0 {
		return -1
	}
	return int(n)
}

// smtpMails is how many messages a second eight sessions of smtp-source bring to smtp-sink.
func smtpMails(t *testing.T, far, near *space, mails int, args ...string) float64 {
	defer near.process(exec.Command(program(t, "smtp-sink"), "-u", "nobody", benchServer+":25", "1000"))()
	far.await(t, benchGlobal+":25", func(net.Conn) {})
	cmd := exec.Command(program(t, "smtp-source"), append(args, "-s", "8", "-m", strconv.Itoa(mails), "-l", "1024",
		"-f", "a@example.net", "-t", "b@example.com", benchGlobal+":25")...)
	var out []byte
	var err error
	begin := time.Now()
	far.do(func() { out, err = cmd.CombinedOutput() })
	took := time.Since(begin).Seconds()
	if err != nil {
		t.Logf("smtp-source: %v: %s", err, out)
		return 0
	}
	return float64(mails) / took
}
