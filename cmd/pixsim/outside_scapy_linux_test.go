package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pixsim/dataplane/packet"
)

// scapyCases are those of testdata/outside.py, and what they say came back.
var scapyCases = []struct{ name, says string }{
	{"plain", ""}, {"in_order", ""}, {"reversed_order", ""}, {"twice", ""}, {"two_at_once", ""}, {"too_long_for_a_frame", ""},
	{"overlapping", ""}, {"teardrop", ""}, {"tiny", ""}, {"wall_behind_fragments", ""}, {"missing", ""}, {"longest_chain", ""},
	{"chain_too_long", ""}, {"ping_of_death", ""}, {"wrong_sums", ""}, {"wrong_lengths", ""}, {"padding", ""}, {"ttl", ""},
	{"tags", ""}, {"ethertypes", ""}, {"jumbo", ""}, {"arp_spoofs", ""}, {"sources", ""}, {"destinations", ""}, {"flags", ""},
	{"icmp_errors", ""}, {"mail_segments", ""}, {"mail_urgent", ""}, {"mail_strangers", "answered"}, {"mail_low_ttl", ""},
	{"mail_in_fragments", "answered"}, {"full_table", ""},
}

// scapy is testdata/outside.py in the namespace outside.
type scapy struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Scanner
}

// debianPython is the interpreter that finds Debian's packages, whatever else is in the PATH.
const debianPython = "/usr/bin/python3"

func (s *siege) scapy() *scapy {
	s.t.Helper()
	if err := exec.Command(debianPython, "-c", "import scapy").Run(); err != nil {
		s.t.Skip("python3-scapy is not installed")
	}
	cmd := exec.Command(debianPython, "-B", "testdata/outside.py", s.t.Name())
	in, err := cmd.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	var diag bytes.Buffer
	cmd.Stderr = &diag
	s.far.do(func() { err = cmd.Start() })
	if err != nil {
		s.t.Fatal(err)
	}
	stop := time.AfterFunc(8*patience, func() { cmd.Process.Kill() })
	s.t.Cleanup(func() {
		in.Close()
		cmd.Wait()
		stop.Stop()
		if s.t.Failed() {
			s.t.Logf("%s", &diag)
		}
	})
	return &scapy{s.t, in, bufio.NewScanner(out)}
}

// plays a case and returns the sums of the datagrams that must arrive, and what came back.
func (p *scapy) plays(name string) (must map[string]int, says string) {
	p.t.Helper()
	fmt.Fprintln(p.in, name)
	must = map[string]int{}
	for p.out.Scan() {
		what, arg, _ := strings.Cut(p.out.Text(), " ")
		switch what {
		case "must":
			must[arg]++
		case "says":
			says = arg
		case "done":
			return must, says
		}
	}
	p.t.Fatalf("%s: it has ended", name)
	return nil, ""
}

// TestNamespacesScapy: frames that no host sends. What has to arrive does, whole and once; nothing else does; what arrives of a
// mail connection does not contradict itself, and no server ever sees a command that the inspection takes away.
func TestNamespacesScapy(t *testing.T) {
	client(t, "ip")
	besieged(t, func(t *testing.T, release string) {
		s := besiege(t, release, verify(release)...)
		for n, name := range map[*space]string{s.far: "eth0", s.mid: "o0"} {
			n.ip("link", "set", name, "mtu", "9000")
		}
		p := s.scapy()
		for _, c := range scapyCases {
			must, says := p.plays(c.name)
			passed := s.holds(c.name)
			got := map[string]int{}
			for _, d := range s.echoed() {
				sum := sha256.Sum256(d)
				got[hex.EncodeToString(sum[:])]++
			}
			if !maps.Equal(got, must) {
				t.Errorf("%s: of %d datagrams that must come, %d came, with others", c.name, len(must), len(got))
			}
			if says != c.says {
				t.Errorf("%s: it says %q", c.name, says)
			}
			agrees(t, c.name, passed)
		}
		if said := s.mail.heard(); wizard.MatchString(said) {
			t.Errorf("the server was told %q", said)
		}
		if out := s.dialogue("NOOP\r\nQUIT\r\n"); !strings.HasSuffix(out, "250 ok\r\n221 bye\r\n") {
			t.Errorf("afterwards the server says %q", out)
		}
		s.box.stops()
	})
}

var wizard = regexp.MustCompile(`(?m)^WIZ`)

// verify switches the check of sources on, where it is.
func verify(release string) []string {
	if strings.HasPrefix(release, "pix-4") {
		return nil
	}
	return []string{"ip verify reverse-path interface outside"}
}

// agrees checks that no two segments of a mail connection have different octets at one place.
func agrees(t *testing.T, what string, passed []packet.Parsed) {
	t.Helper()
	octets := map[[2]uint32]byte{}
	for _, d := range passed {
		if d.Kind != packet.KindTCP || d.DstPort != 25 {
			continue
		}
		for i, b := range d.IP[d.Payload:] {
			at := [2]uint32{uint32(d.SrcPort), d.Seq + uint32(i)}
			if was, twice := octets[at]; twice && was != b {
				t.Errorf("%s: %q and %q at one place: % x", what, was, b, d.IP)
				return
			}
			octets[at] = b
		}
	}
}

// dialogue sends text to the mail server from outside, by a connection of the kernel's, and returns all that it says.
func (s *siege) dialogue(text string) string {
	s.t.Helper()
	c := s.far.dial(net.JoinHostPort(published, "25"))
	c.SetDeadline(time.Now().Add(patience))
	io.WriteString(c, text)
	out, err := io.ReadAll(c)
	if err != nil {
		s.t.Errorf("%q: %v", out, err)
	}
	return string(out)
}

// hpings are runs of hping3, and the ports that they must reach; only those may be reached.
var hpings = []struct {
	args    string
	reaches []uint16
}{
	{"-S -p 80 -c 20 -i u1000 " + published, []uint16{80}},
	{"-S -p 80 -c 5 -i u1000 --data 100 " + published, []uint16{80}},
	{"-S -p 22 -c 5 -i u1000 " + published, nil},
	{"-S -p 80 -c 2000 -i u100 -q --rand-source " + published, []uint16{80}}, // a flood that ends
	{"-F -p 25 -c 3 -i u1000 " + published, nil},
	{"-F -P -U -p 25 -c 3 -i u1000 " + published, nil},
	{"-S -F -p 25 -c 3 -i u1000 " + published, nil},
	{"-S -R -p 25 -c 3 -i u1000 " + published, nil},
	{"-X -p 25 -c 3 -i u1000 " + published, nil},
	{"-Y -p 25 -c 3 -i u1000 " + published, nil},
	{"-S -X -Y -p 80 -c 3 -i u1000 " + published, []uint16{80}}, // the reserved bits may be set
	{"-A -p 25 -c 3 -i u1000 " + published, nil},
	{"-R -A -p 25 -c 3 -i u1000 " + published, nil},
	{"-S -a " + published + " -s 25 -p 25 -k -c 3 -i u1000 " + published, nil}, // land
	{"-S -a " + boxHost + " -s 23 -p 23 -k -c 3 -i u1000 " + boxHost, nil},
	{"-S -a 127.0.0.1 -p 25 -c 3 -i u1000 " + published, nil},
	{"-1 -c 3 -i u1000 " + published, nil},
	{"-1 -a 203.0.113.77 -c 3 -i u1000 203.0.113.255", nil}, // smurf
	{"-1 -a 10.1.1.255 -c 3 -i u1000 " + published, nil},
	{"-1 -C 5 -K 1 --icmp-gw 203.0.113.66 -c 3 -i u1000 " + boxHost, nil}, // redirect
	{"-1 -C 13 -c 3 -i u1000 " + published, nil},
	{"-1 -C 17 -c 3 -i u1000 " + published, nil},
	{"-1 --rroute -c 3 -i u1000 " + published, nil},
	{"-S -p 25 --lsrr 203.0.113.1 -c 3 -i u1000 " + published, nil},
	{"-S -p 25 --ssrr 203.0.113.1 -c 3 -i u1000 " + published, nil},
	{"-S -p 25 -f -d 100 -c 3 -i u1000 " + published, nil}, // tiny fragments
	{"-2 -p 53 -c 3 -i u1000 -d 1000 -f --mtu 104 " + published, []uint16{53}},
	{"-2 -p 137 -c 3 -i u1000 -d 1000 -f --mtu 104 " + published, nil},
	{"-2 -p 53 -c 3 -i u1000 --badcksum " + published, []uint16{53}}, // the host inside sees to it,
	{"-0 -H 47 -c 3 -i u1000 -d 40 " + published, nil},
	{"-0 -H 41 -c 3 -i u1000 -d 40 " + published, nil},
}

// TestNamespacesHping: floods that end, odd flags, addresses that cannot be, and options.
func TestNamespacesHping(t *testing.T) {
	client(t, "hping3")
	besieged(t, func(t *testing.T, release string) {
		s := besiege(t, release, verify(release)...)
		var denied sync.WaitGroup
		for _, c := range hpings {
			if c.reaches == nil {
				denied.Go(func() { s.far.runs("hping3", append([]string{"-n"}, strings.Fields(c.args)...)...) })
			}
		}
		denied.Wait()
		s.reached("what may not pass", nil)
		for _, c := range hpings {
			if c.reaches != nil {
				s.far.runs("hping3", append([]string{"-n"}, strings.Fields(c.args)...)...)
				s.reached(c.args, c.reaches)
			}
		}
		// a source that lives inside, where the way back is looked at and where it is not
		inside := "-S -a 10.1.1.77 -p 80 -c 3 -i u1000 " + published
		s.far.runs("hping3", strings.Fields(inside)...)
		if verify(release) != nil {
			s.reached(inside, nil)
		} else {
			s.reached(inside, []uint16{80})
		}
		if out := s.dialogue("NOOP\r\nQUIT\r\n"); !strings.HasSuffix(out, "250 ok\r\n221 bye\r\n") {
			t.Errorf("afterwards the server says %q", out)
		}
		s.box.stops()
	})
}

// reached checks to which ports something has come since the last mark.
func (s *siege) reached(what string, want []uint16) {
	s.t.Helper()
	var got []uint16
	for _, d := range s.holds(what) {
		if d.Kind == packet.KindTCP && d.Flags&packet.SYN == 0 {
			continue // a reset by the kernel outside, of what was answered
		}
		got = append(got, d.DstPort)
	}
	slices.Sort(got)
	if got = slices.Compact(got); !slices.Equal(got, want) {
		s.t.Errorf("%s: it came to the ports %v, want %v", what, got, want)
	}
}
