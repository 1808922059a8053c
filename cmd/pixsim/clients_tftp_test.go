package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pixsim/lab"
)

// tftpd starts a real TFTP server for a directory that anybody may write to, and returns its address.
func tftpd(t *testing.T, dir string) string {
	t.Helper()
	program := filepath.Join(os.Getenv("PIXSIM_UNPACKED"), "tftpd-hpa/usr/sbin/in.tftpd")
	if _, err := os.Stat(program); err != nil {
		program = client(t, "in.tftpd")
	}
	if os.Getenv("PIXSIM_CLIENTS") != "1" {
		t.Skip("PIXSIM_CLIENTS=1 is not in the environment")
	}
	if os.Getuid() != 0 {
		t.Skip("in.tftpd starts as root only")
	}
	free, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	addr := free.LocalAddr().String()
	free.Close()
	var said bytes.Buffer
	cmd := exec.Command(program, "--foreground", "--listen", "--address", addr, "--user", "root", "--create", "--secure", dir)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		c, err := net.ListenPacket("udp", addr)
		if err != nil { // it has the port
			return addr
		}
		c.Close()
	}
	t.Fatalf("in.tftpd does not listen: %s", &said)
	return ""
}

// TestClientTFTPServer: what the box writes to a real server is there, whole, and what lies there is read, also where it has
// many blocks; what the server refuses, the box tells.
func TestClientTFTPServer(t *testing.T) {
	for _, release := range []string{"pix-4.4", "pix-6.3"} {
		t.Run(release, func(t *testing.T) {
			dir := t.TempDir()
			b := bootRelease(t, release, "--serve", "desk,69/udp="+tftpd(t, dir))
			k := logsIn(t, b)
			if out := k.does(t, "write net 10.1.1.20:pix.cfg"); !strings.Contains(out, "[OK]") {
				t.Errorf("write net: %q", out)
			}
			text, err := os.ReadFile(filepath.Join(dir, "pix.cfg"))
			if shown := k.does(t, "write terminal"); err != nil || !strings.Contains(string(text), "\nfixup protocol smtp 25\n") || !strings.Contains(shown, "\nfixup protocol smtp 25\n") ||
				!strings.HasSuffix(strings.TrimSpace(string(text)), ": end") {
				t.Errorf("what arrived: %v %q", err, text)
			}
			var more strings.Builder
			for i := range 400 { // some 30 blocks
				fmt.Fprintf(&more, "name 10.9.%d.%d host-%d\n", i/200, i%200+1, i)
			}
			if err := os.WriteFile(filepath.Join(dir, "more.cfg"), []byte("hostname foreign\n"+more.String()), 0o644); err != nil {
				t.Fatal(err)
			}
			if out := k.does(t, "configure net 10.1.1.20:more.cfg"); !strings.Contains(out, "[OK]") {
				t.Errorf("configure net: %q", out)
			}
			if out := k.does(t, "show names"); !strings.Contains(out, "name 10.9.1.200 host-399\n") || strings.Count(out, "\nname ") < 399 {
				t.Errorf("show names: %d lines", strings.Count(out, "\n"))
			}
			if out := k.does(t, "configure net 10.1.1.20:none.cfg"); !strings.Contains(out, "Error code 1") {
				t.Errorf("a file that is not there: %q", out)
			}
			b.stops()
		})
	}
}

// TestClientTFTPClients: real clients get and put files at the lab's TFTP server, with options and without, as text and as
// octets.
func TestClientTFTPClients(t *testing.T) {
	curl, tftp := client(t, "curl"), client(t, "tftp")
	store, err := lab.NewFileStore("")
	if err != nil {
		t.Fatal(err)
	}
	open := func() (net.PacketConn, error) { return net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}) }
	conn, err := open()
	if err != nil {
		t.Fatal(err)
	}
	server := lab.ServeFiles(conn, open, store)
	t.Cleanup(func() { server.Close() })
	host, port, _ := net.SplitHostPort(conn.LocalAddr().String())
	url := "tftp://" + net.JoinHostPort(host, port) + "/"
	for name, c := range map[string]struct {
		get, put func(remote, file string) []string
	}{
		"curl": {
			func(remote, file string) []string { return []string{curl, "-sS", "-o", file, url + remote} },
			func(remote, file string) []string { return []string{curl, "-sS", "-T", file, url + remote} },
		},
		"curl without options": {
			func(remote, file string) []string {
				return []string{curl, "-sS", "--tftp-no-options", "-o", file, url + remote}
			},
			func(remote, file string) []string {
				return []string{curl, "-sS", "--tftp-no-options", "-T", file, url + remote}
			},
		},
		"tftp": {
			func(remote, file string) []string {
				return []string{tftp, "-m", "binary", host, port, "-c", "get", remote, file}
			},
			func(remote, file string) []string {
				return []string{tftp, "-m", "binary", host, port, "-c", "put", file, remote}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{1, 511, 512, 513, 5120, 70000} {
				data := bytes.Repeat([]byte("line\r\n\x00\xff"), size/8+1)[:size]
				if err := store.Write("there", data); err != nil {
					t.Fatal(err)
				}
				file := filepath.Join(t.TempDir(), "file")
				for _, args := range [][]string{c.get("there", file), c.put("back", file)} {
					if code, out := runs(t, exec.Command(args[0], args[1:]...)); code != 0 || out != "" {
						t.Errorf("%d octets: %v: exit code %d: %s", size, args, code, out)
					}
				}
				got, err := os.ReadFile(file)
				back, err2 := store.Read("back")
				if err != nil || err2 != nil || !bytes.Equal(got, data) || !bytes.Equal(back, data) {
					t.Errorf("%d octets: got %d, %v, put %d, %v", size, len(got), err, len(back), err2)
				}
			}
		})
	}
	args := []string{"-sS", "-o", filepath.Join(t.TempDir(), "none"), url + "none"}
	if code, out := runs(t, exec.Command(curl, args...)); code != 68 { // CURLE_TFTP_NOTFOUND
		t.Errorf("a file that is not there: exit code %d: %s", code, out)
	}
}
