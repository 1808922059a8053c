package appliance_test

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"pixsim/appliance"
	"pixsim/dataplane"
	"pixsim/lab"
)

// TestMessagesOfTheConsole plays what people at the box make it say, as a syslog server hears it.
func TestMessagesOfTheConsole(t *testing.T) {
	table, plays := appliance.Messages(t), appliance.MessagePlays(t, "console")
	for _, r := range appliance.PIXReleases(t) {
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, r.Name, worldOptions{})
			heard := listen(t, w)
			w.console.configure()
			for _, line := range []string{
				"syslog output 20.7", "syslog host 10.1.1.20", "logging trap debugging", "logging host inside 10.1.1.20", "logging on",
				"no pager", "ssh 10.1.1.0 255.255.255.0 inside",
			} {
				w.console.line(line)
			}
			p := &messagePlayer{player: &player{world: w, marks: map[*screen][]mark{}, screens: map[string]*screen{"": w.console}}, heard: heard}
			for _, play := range plays {
				if !play.On(r) {
					continue
				}
				p.begin = heard.sentinel(w)
				for _, step := range play.Steps {
					if id, ok := strings.CutPrefix(step, "await "); !ok {
						p.cause(step)
					} else if table.Has(r, id) {
						heard.await(t, p.begin, id)
					}
				}
				end := heard.sentinel(w)
				said := heard.since(p.begin)[:end-p.begin]
				t.Run(play.Name, func(t *testing.T) { table.Judge(t, r, play.See, said) })
			}
		})
	}
}

// messagePlayer plays the steps of console.txt.
type messagePlayer struct {
	*player
	heard *syslogServer
	begin int
}

func (p *messagePlayer) cause(step string) {
	p.t.Helper()
	if name, keys, ok := typing.cut(step); ok {
		p.press(p.screens[name], keys, false)
		return
	}
	words := strings.Fields(step)
	var port uint16
	var err error
	switch words[0] {
	case "?":
		fmt.Sscan(words[4], &port)
		p.knock(words[2], words[3], port, true)
	case "ssh":
		fmt.Sscan(words[1], &port)
		p.ssh(port, words[2], words[3])
	case "get":
		fmt.Sscan(words[1], &port)
		err = p.get(port, words[2])
	default:
		err = p.do(words, step)
	}
	if err != nil {
		p.t.Fatalf("%q: %v", step, err)
	}
}

// ssh has a session that ends by itself; it need not come about.
func (p *messagePlayer) ssh(port uint16, user, password string) {
	if p.rel.Console.SSHVersion == "" {
		return
	}
	conn, err := p.dial(soon(p.t), "desk", port, netip.AddrPortFrom(lab.BoxInside, 22))
	if err != nil {
		p.t.Fatal(err)
	}
	defer conn.Close()
	c, chans, reqs, err := ssh.NewClientConn(conn, "box", &ssh.ClientConfig{
		User: user, Auth: []ssh.AuthMethod{ssh.Password(password)}, HostKeyCallback: ssh.InsecureIgnoreHostKey(),
	})
	if err != nil {
		return // refused
	}
	client := ssh.NewClient(c, chans, reqs)
	defer client.Close()
	if s, err := client.NewSession(); err == nil {
		s.Output("show version")
	}
}

// get asks a web server of the client's for a page and does not wait for one.
func (p *messagePlayer) get(port uint16, url string) error {
	at := netip.AddrPortFrom(lab.HostAddr("client"), 80)
	ln, err := p.lab.Host("client").Listen(at)
	if err != nil {
		return err
	}
	defer ln.Close()
	conn, err := p.dial(soon(p.t), "desk", port, at)
	if err != nil {
		return err
	}
	defer conn.Close()
	served, err := ln.Accept()
	if err != nil {
		return err
	}
	defer served.Close()
	request := "GET " + url + " HTTP/1.0\r\n\r\n"
	if _, err := conn.Write([]byte(request)); err != nil {
		return err
	}
	served.SetReadDeadline(time.Now().Add(patience))
	_, err = served.Read(make([]byte, len(request)))
	return err
}

// syslogServer is the desk's.
type syslogServer struct {
	mu    sync.Mutex
	lines []string // "level-id words"
}

func listen(t *testing.T, w *world) *syslogServer {
	t.Helper()
	conn, err := w.lab.Host("desk").ListenUDP(netip.AddrPortFrom(lab.DeskAddr, 514))
	if err != nil {
		t.Fatal(err)
	}
	s := &syslogServer{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.serve(t, conn)
	}()
	t.Cleanup(func() {
		conn.Close()
		<-done
	})
	return s
}

var envelope = regexp.MustCompile(`^<(\d+)>%PIX-(\d)-(\d{6}): (.*)$`)

func (s *syslogServer) serve(t *testing.T, conn net.PacketConn) {
	for b := make([]byte, 4096); ; {
		n, _, err := conn.ReadFrom(b)
		if err != nil {
			return
		}
		m := envelope.FindStringSubmatch(string(b[:n]))
		if m == nil || m[1] != fmt.Sprint(20*8+int(m[2][0]-'0')) {
			t.Errorf("no message: %q", b[:n])
			continue
		}
		s.mu.Lock()
		s.lines = append(s.lines, m[2]+"-"+m[3]+" "+m[4])
		s.mu.Unlock()
	}
}

func (s *syslogServer) since(n int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lines[n:])
}

// await waits for a message of that number behind the first n and returns how many there are up to it.
func (s *syslogServer) await(t *testing.T, n int, id string) int {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		for i, line := range s.since(n) {
			if strings.HasPrefix(line[2:], id) {
				return n + i + 1
			}
		}
	}
	t.Fatalf("no %s; heard %q", id, s.since(n))
	return 0
}

// sentinel saves the configuration and waits until that was heard: what was said before has come as well. It returns how many
// messages there are.
func (s *syslogServer) sentinel(w *world) int {
	w.t.Helper()
	w.box.Do(func(*dataplane.State) {}) // what the engine has seen it has said
	n := len(s.since(0))
	w.console.line("write memory")
	at := s.await(w.t, n, "111001 Begin configuration: console writing to memory")
	return s.await(w.t, at, "111004 console end")
}
