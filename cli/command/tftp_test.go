package command

import (
	"context"
	"net/netip"
	"testing"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
)

func (b *shelf) Fetch(_ context.Context, at RemoteFile, limit int, progress func()) ([]byte, error) {
	text, ok := b.remote[at.url()]
	switch {
	case b.refuse != nil:
		return nil, b.refuse
	case !ok:
		return nil, Errorf(release.TFTPRefused, 1, "File not found")
	case len(text) > limit:
		return nil, Errorf(release.TFTPTooBig)
	}
	if progress != nil {
		progress()
	}
	return []byte(text), nil
}

func (b *shelf) Deposit(_ context.Context, at RemoteFile, data []byte, progress func()) error {
	if b.refuse != nil {
		return b.refuse
	}
	if progress != nil {
		progress()
	}
	b.remote[at.url()] = string(data)
	return nil
}

func (b *shelf) Way(ifname string, _ netip.Addr) (string, int, bool) {
	if ifname == "outside" {
		return ifname, 0, !b.unrouted
	}
	return "inside", 1, !b.unrouted
}

func (b *shelf) CapturedPcap(name string) ([]byte, bool) {
	_, ok := b.Captured(name)
	return []byte("pcap"), ok
}
func (b *shelf) Text(string) (string, [16]byte) { return "text\n", b.sum }
func (b *shelf) Store(text string) error        { b.startup = text; return nil }

// What the words of write net and configure net mean beside the tftp-server line.
func TestNetTarget(t *testing.T) {
	addr := netip.MustParseAddr
	line := config.TFTPServer{If: "inside", Addr: addr("1.2.3.5"), Path: "/tftpboot"}
	whole := config.TFTPServer{If: "outside", Addr: addr("1.1.1.5"), Path: "/conf/pix.cfg"}
	for _, c := range []struct {
		line  config.TFTPServer
		typed string
		want  RemoteFile
		fails bool
	}{
		{config.TFTPServer{}, "1.2.3.9:a.cfg", RemoteFile{"", addr("1.2.3.9"), "a.cfg"}, false},
		{config.TFTPServer{}, "", RemoteFile{}, true},
		{config.TFTPServer{}, ":a.cfg", RemoteFile{}, true},
		{config.TFTPServer{}, "1.2.3.9:", RemoteFile{}, true},
		{config.TFTPServer{}, "1.2.3.9", RemoteFile{}, true},
		{line, ":a.cfg", RemoteFile{"inside", addr("1.2.3.5"), "/tftpboot/a.cfg"}, false},
		{line, "1.2.3.5:/a.cfg", RemoteFile{"inside", addr("1.2.3.5"), "/tftpboot/a.cfg"}, false},
		{line, "1.2.3.9:a.cfg", RemoteFile{"", addr("1.2.3.9"), "a.cfg"}, false},
		{whole, ":", RemoteFile{"outside", addr("1.1.1.5"), "/conf/pix.cfg"}, false},
		{whole, "", RemoteFile{"outside", addr("1.1.1.5"), "/conf/pix.cfg"}, false},
	} {
		e := config.New(rel(t, "pix-6.3"))
		e.SetTFTPServer(c.line)
		var target netTarget
		if c.typed != "" {
			var err error
			if target, err = netTargetType().Parse(nil, c.typed); err != nil {
				t.Fatalf("%q: %v", c.typed, err)
			}
		}
		got, ok := target.remote(e.Config())
		if ok == c.fails || ok && got != c.want {
			t.Errorf("%+v, %q: %+v, %v", c.line, c.typed, got, ok)
		}
	}
	for _, bad := range []string{"nowhere:a", "1.2.3:a", "300.1.1.1:a"} {
		if _, err := netTargetType().Parse(nil, bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestTransfers(t *testing.T) {
	const where = "tftp://1.2.3.5/pix.cfg"
	for _, c := range []struct {
		rel, typed string
		set        func(d *desk)
		want       string
	}{
		{"pix-6.3", "write net 1.2.3.5:pix.cfg", nil, "Building configuration...\nTFTP write 'pix.cfg' at 1.2.3.5 on interface 1\n[OK]\n"},
		{"pix-4.1", "write net 1.2.3.5:pix.cfg", nil, "Building configuration...\nTFTP write 'pix.cfg' at 1.2.3.5 on interface 1\n[OK]\n"},
		{"pix-6.3", "write net 1.2.3.5:pix.cfg", func(d *desk) { d.box.refuse = Errorf(release.TFTPTimedOut) },
			"Building configuration...\nTFTP write 'pix.cfg' at 1.2.3.5 on interface 1\ntftp: Timed out\n[FAILED]\n"},
		{"pix-6.3", "write net 1.2.3.5:pix.cfg", func(d *desk) { d.box.unrouted = true }, "Building configuration...\nno route to 1.2.3.5\n"},
		{"pix-6.3", "configure net 1.2.3.5:pix.cfg", nil, "TFTP read 'pix.cfg' at 1.2.3.5 on interface 1\n[OK]\n"},
		{"pix-6.3", "configure net 1.2.3.5:none", nil, "TFTP read 'none' at 1.2.3.5 on interface 1\ntftp: Error code 1: File not found\n[FAILED]\n"},
		{"pix-6.3", "copy tftp://1.2.3.5/pix.cfg flash", nil,
			"copying tftp://1.2.3.5/pix.cfg to flash:image\n!\nReceived 5 bytes\nThe image is not installed: the simulator runs the software that it was started with\n"},
		{"pix-6.3", "copy tftp flash:pdm", func(d *desk) { d.answers = []string{"1.2.3.5", "pix.cfg", "no"} },
			"Address or name of remote host [127.0.0.1]? 1.2.3.5\nSource file name [cdisk]? pix.cfg\ncopying tftp://1.2.3.5/pix.cfg to flash:pdm\n[yes|no|again]? no\n"},
		{"asa-8.2", "copy /noconfirm running-config tftp://1.2.3.5/new.cfg", nil,
			"Cryptochecksum: 3a115dcb 6d5645e4 94c3e380 687a5015 \n!\n5 bytes copied in 0.10 secs\n"},
		{"asa-8.2", "copy /noconfirm tftp://1.2.3.5/pix.cfg startup-config", nil,
			"\nAccessing tftp://1.2.3.5/pix.cfg...!\n5 bytes copied in 0.10 secs\n"},
		{"asa-8.2", "copy /noconfirm tftp://1.2.3.5/none running-config", nil,
			"\nAccessing tftp://1.2.3.5/none...\n%Error opening tftp://1.2.3.5/none (File not found)\n"},
		{"pix-6.3", "copy capture:none tftp://1.2.3.5/x pcap", nil, "ERROR: capture <none> does not exist\n"},
		{"pix-6.3", "write floppy", nil, "No floppy drive\n"},
		{"pix-6.3", "configure floppy", nil, "No floppy drive\n"},
	} {
		d := newDesk(rel(t, c.rel), lab)
		d.box.remote = map[string]string{where: "text\n"}
		if c.set != nil {
			c.set(d)
		}
		if text, ok := d.typed(t, c.typed); !ok {
			t.Errorf("%s: %q: %s", c.rel, c.typed, text)
		}
		compare(t, c.rel+": "+c.typed, d.out.String(), c.want)
	}
}
