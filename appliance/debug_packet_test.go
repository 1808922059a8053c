package appliance

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"pixsim/dataplane/packet"
)

// What goes to and from the box's own telnet and SSH is not shown to consoles; what passes the box on those ports is.
func TestConsoleFrame(t *testing.T) {
	own := netip.MustParseAddr("10.1.1.1")
	for words, console := range map[string]bool{
		"tcp 10.1.1.20:1025 > 10.1.1.1:23 S":      true,
		"tcp 10.1.1.1:22 > 10.1.1.20:1025 A":      true,
		"tcp 10.1.1.20:1025 > 198.51.100.25:23 S": false,
		"tcp 10.1.1.1:1025 > 10.1.1.20:23 S":      false,
		"tcp 10.1.1.20:1025 > 10.1.1.1:80 S":      false,
		"udp 10.1.1.20:1025 > 10.1.1.1:23":        false,
	} {
		ip, err := made(strings.Fields(words))
		if err != nil {
			t.Fatal(err)
		}
		frame := packet.AppendEthernet(nil, [6]byte{1}, [6]byte{2}, packet.TypeIPv4)
		frame = append(frame[len(frame)-packet.EthernetLen:], ip...)
		if got := consoleFrame(frame, own); got != console {
			t.Errorf("%s: %v", words, got)
		}
		for n := range frame {
			consoleFrame(frame[:n], own) // no length is trusted
		}
	}
}

func FuzzConsoleFrame(f *testing.F) {
	for _, words := range []string{"tcp 10.1.1.20:1025 > 10.1.1.1:23 S", "udp 10.1.1.20:1025 > 10.1.1.1:23"} {
		ip, err := made(strings.Fields(words))
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(fmt.Sprint("12345612345678", string(ip))))
	}
	f.Fuzz(func(_ *testing.T, frame []byte) { consoleFrame(frame, netip.MustParseAddr("10.1.1.1")) })
}
