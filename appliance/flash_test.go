package appliance

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// Both kinds of flash keep the same promises.
func TestFlash(t *testing.T) {
	dir, err := DirFlash(filepath.Join(t.TempDir(), "a", "b"))
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]Flash{"dir": dir, "memory": MemoryFlash(time.Now)} {
		t.Run(name, func(t *testing.T) {
			if _, err := f.Read("x"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Read of nothing: %v", err)
			}
			for _, want := range []string{"one", "another, longer", ""} {
				if err := f.Write("x", []byte(want)); err != nil {
					t.Fatal(err)
				}
				if got, err := f.Read("x"); err != nil || string(got) != want {
					t.Errorf("Read = %q, %v; want %q", got, err, want)
				}
			}
			if list, err := f.List(); err != nil || len(list) != 1 || list[0].Name != "x" {
				t.Errorf("List = %v, %v", list, err)
			}
		})
	}
	for _, bad := range []string{"", "../x", "a/b", ".hidden", "a\x00b"} {
		if err := dir.Write(bad, nil); err == nil {
			t.Errorf("Write(%q) succeeded", bad)
		}
	}
}

// A writer that is killed at any moment leaves one whole version behind: the test runs itself as that writer.
func TestFlashKill(t *testing.T) {
	if dir := os.Getenv("PIXSIM_FLASH_WRITER"); dir != "" {
		f, err := DirFlash(dir)
		if err != nil {
			t.Fatal(err)
		}
		for i := os.Getpid() % 10_000 * 1000; ; i++ { // where no other writer has been
			if err := f.Write("startup-config", wholeVersion(i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	dir := t.TempDir()
	f, err := DirFlash(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Write("startup-config", wholeVersion(0)); err != nil {
		t.Fatal(err)
	}
	for i := range 12 {
		before, err := f.Read("startup-config")
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(os.Args[0], "-test.run", "^TestFlashKill$")
		cmd.Env = append(os.Environ(), "PIXSIM_FLASH_WRITER="+dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for wait := 0; wait < 1000; wait++ { // until it has written, however slow it is to start
			if now, err := f.Read("startup-config"); err != nil || !bytes.Equal(now, before) {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(time.Duration(i) * time.Millisecond)
		cmd.Process.Kill()
		cmd.Wait()
		got, err := f.Read("startup-config")
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.Atoi(string(got[:8]))
		if err != nil || !bytes.Equal(got, wholeVersion(n)) {
			t.Fatalf("after kill %d: %d octets that are no whole version: %.40q", i, len(got), got)
		}
		if bytes.Equal(got, before) {
			t.Errorf("round %d: the writer never got to write", i)
		}
	}
}

// wholeVersion is a text that differs in length and in every part by n.
func wholeVersion(n int) []byte {
	head := []byte(leftPad(n))
	return append(head, bytes.Repeat(head, 2000+n%977)...)
}

func leftPad(n int) string {
	s := strconv.Itoa(n)
	return "00000000"[:8-len(s)] + s
}
