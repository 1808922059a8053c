package command

import (
	"encoding/hex"
	"strings"
	"testing"
)

// frames are an echo request, the SYN of a connection, a query over UDP, and a later fragment.
var frames = []string{
	"000102030405060708090a0b08004500001c0001000040010000c6336419cb0071010800f7fc00020001",
	"000102030405060708090a0b08004500002c00010000400600000a010114c63364190401001900000001000000006002200000000000020405b4",
	"000102030405060708090a0b0800450000200001000040110000" + "0a010114c63364190401003500" + "0c000061626364",
	"000102030405060708090a0b08004500001800010001401100000a010114c633641961626364",
}

func TestPacketText(t *testing.T) {
	r := rel(t, "pix-6.3")
	for i, want := range []string{
		"type = 0x8\tcode = 0x0", "source port = 0x401\tdest port = 0x19syn \n", "source port = 0x401\tdest port = 0x35\n\t\tlen = 0xc",
		"frag off=0x8\n",
	} {
		b, err := hex.DecodeString(frames[i])
		if err != nil {
			t.Fatal(err)
		}
		got := PacketText(r, b)
		if !strings.Contains(got, want) || !strings.HasSuffix(got, "END OF PACKET ---------\n") || strings.Contains(got, "%!") {
			t.Errorf("%d: %q is not in\n%s", i, want, got)
		}
		if data := strings.Contains(got, "61 62 63 64"); data != (i > 1) {
			t.Errorf("%d: data shown %v\n%s", i, data, got)
		}
	}
}

func FuzzPacketText(f *testing.F) {
	for _, text := range frames {
		b, err := hex.DecodeString(text)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	r := rel(f, "pix-6.3")
	f.Fuzz(func(t *testing.T, frame []byte) {
		got := PacketText(r, frame)
		if got != "" && (!strings.HasPrefix(got, "--------- PACKET") || !strings.HasSuffix(got, "END OF PACKET ---------\n")) {
			t.Error(got)
		}
	})
}
