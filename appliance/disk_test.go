package appliance

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pixsim/cli/command"
)

// disks are a disk of each store, of so many octets.
func disks(t *testing.T, size int) map[string]*disk {
	t.Helper()
	dir, err := DirFlash(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return map[string]*disk{
		"dir":    {store: dir.Disk(), size: size, mu: &sync.Mutex{}},
		"memory": {store: MemoryFlash(time.Now).Disk(), size: size, mu: &sync.Mutex{}},
	}
}

// Both stores hold what a map of paths holds, through any row of changes.
func TestDisk(t *testing.T) {
	for name, d := range disks(t, 1<<20) {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(7, 7))
			model := map[string]string{} // a directory is "/"
			paths := []string{"a", "b.cfg", "d", "d/a", "d/e", "d/e/f", "a/x", "no/where"}
			for range 600 {
				p, q := paths[r.IntN(len(paths))], paths[r.IntN(len(paths))]
				var got, want error
				switch r.IntN(5) {
				case 0:
					text := fmt.Sprint(r.IntN(1000))
					got, want = d.WriteFile(p, []byte(text)), modelFree(model, p, true)
					if want == nil {
						model[p] = text
					}
				case 1:
					got, want = d.MakeDir(p), modelFree(model, p, false)
					if want == nil {
						model[p] = "/"
					}
				case 2:
					got, want = d.Remove(p), modelFile(model, p)
					if want == nil {
						delete(model, p)
					}
				case 3:
					got, want = d.RemoveDir(p), modelEmpty(model, p)
					if want == nil {
						delete(model, p)
					}
				case 4:
					got, want = d.Rename(p, q), modelRename(model, p, q)
				}
				if !errors.Is(got, want) {
					t.Fatalf("%s %s: %v, want %v in %v", p, q, got, want, model)
				}
				sameDisk(t, d, model)
			}
			if len(model) == 0 {
				t.Error("nothing was left to compare")
			}
		})
	}
}

func modelParent(m map[string]string, p string) error {
	if dir := path.Dir(p); dir != "." {
		switch text, ok := m[dir]; {
		case !ok:
			return fs.ErrNotExist
		case text != "/":
			return command.ErrNotDir
		}
	}
	return nil
}

func modelFree(m map[string]string, p string, replace bool) error {
	if err := modelParent(m, p); err != nil {
		return err
	}
	switch text, ok := m[p]; {
	case ok && replace && text == "/":
		return command.ErrIsDir
	case ok && !replace:
		return fs.ErrExist
	}
	return nil
}

func modelFile(m map[string]string, p string) error {
	switch text, ok := m[p]; {
	case !ok:
		return fs.ErrNotExist
	case text == "/":
		return command.ErrIsDir
	}
	return nil
}

func modelEmpty(m map[string]string, p string) error {
	switch text, ok := m[p]; {
	case !ok:
		return fs.ErrNotExist
	case text != "/":
		return command.ErrNotDir
	}
	for q := range m {
		if strings.HasPrefix(q, p+"/") {
			return command.ErrNotEmpty
		}
	}
	return nil
}

func modelRename(m map[string]string, p, q string) error {
	if _, ok := m[p]; !ok {
		return fs.ErrNotExist
	}
	if err := modelFree(m, q, false); err != nil {
		return err
	}
	if strings.HasPrefix(q, p+"/") {
		return fs.ErrInvalid
	}
	moved := map[string]string{}
	for o, text := range m {
		if rest, ok := strings.CutPrefix(o+"/", p+"/"); ok {
			moved[strings.TrimSuffix(q+"/"+rest, "/")] = text
			delete(m, o)
		}
	}
	for o, text := range moved {
		m[o] = text
	}
	return nil
}

func sameDisk(t *testing.T, d *disk, model map[string]string) {
	t.Helper()
	var got, want []string
	var walk func(dir string)
	walk = func(dir string) {
		files, err := d.Files(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			p := path.Join(dir, f.Name)
			if f.Dir {
				got = append(got, p+" /")
				walk(p)
				continue
			}
			data, err := d.ReadFile(p)
			if err != nil || len(data) != f.Size {
				t.Fatalf("%s has %d octets, %v, and is said to have %d", p, len(data), err, f.Size)
			}
			got = append(got, p+" "+string(data))
		}
	}
	walk("")
	for p, text := range model {
		want = append(want, p+" "+text)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("the disk has %q, want %q", got, want)
	}
}

// A path that leads out of the disk, or that the machine below would take for something else, is refused.
func TestDiskPaths(t *testing.T) {
	for name, d := range disks(t, 1<<20) {
		for _, bad := range []string{
			"..", "../startup-config", "a/../../x", ".hidden", newFile + "x", "a//b", "/a", "a/", "a\x00b", "a\nb", `a\b`, "a:b", "a b", "ä",
			strings.Repeat("a", maxDiskName+1), strings.Repeat("a/", maxDiskPath/2) + "aa",
		} {
			for what, err := range map[string]error{
				"WriteFile": d.WriteFile(bad, nil), "MakeDir": d.MakeDir(bad), "Remove": d.Remove(bad), "RemoveDir": d.RemoveDir(bad),
				"Rename": d.Rename(bad, "x"),
			} {
				if err == nil {
					t.Errorf("%s: %s(%q) succeeded", name, what, bad)
				}
			}
			if _, err := d.ReadFile(bad); err == nil {
				t.Errorf("%s: ReadFile(%q) succeeded", name, bad)
			}
		}
		if err := d.WriteFile("x", nil); err != nil {
			t.Error(err)
		}
		if err := d.Rename("x", "../y"); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%s: Rename out of the disk: %v", name, err)
		}
	}
}

// A link that somebody put there is no way out, and neither is it listed.
func TestDiskLinks(t *testing.T) {
	flash, outside := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := DirFlash(flash)
	if err != nil {
		t.Fatal(err)
	}
	d := &disk{store: f.Disk(), size: 1 << 20, mu: &sync.Mutex{}}
	if err := d.WriteFile("own", []byte("own")); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"out": outside, "file": filepath.Join(outside, "secret")} {
		if err := os.Symlink(to, filepath.Join(flash, diskDir, name)); err != nil {
			t.Fatal(err)
		}
	}
	sameDisk(t, d, map[string]string{"own": "own"})
	for _, p := range []string{"file", "out/secret"} {
		if data, err := d.store.Read(p); err == nil {
			t.Errorf("Read(%q) = %q", p, data)
		}
		if data, err := d.ReadFile(p); err == nil {
			t.Errorf("ReadFile(%q) = %q", p, data)
		}
	}
	if err := d.store.Write("out/new", nil); err == nil {
		t.Error("a file was made through a link")
	}
}

// A full disk refuses what is new and keeps what it has.
func TestDiskFull(t *testing.T) {
	for name, d := range disks(t, 5*diskCluster) {
		big := bytes.Repeat([]byte("x"), 3*diskCluster)
		for _, step := range []struct {
			what string
			err  error
			want error
		}{
			{"a file of three fifths", d.WriteFile("a", big), nil},
			{"another", d.WriteFile("b", big), command.ErrDiskFull},
			{"the same again", d.WriteFile("a", append(big, big[:diskCluster]...)), nil},
			{"a directory in the last cluster", d.MakeDir("d"), nil},
			{"an empty file behind it", d.WriteFile("d/e", nil), command.ErrDiskFull},
			{"a directory behind it", d.MakeDir("d/e"), command.ErrDiskFull},
		} {
			if !errors.Is(step.err, step.want) {
				t.Errorf("%s: %s: %v, want %v", name, step.what, step.err, step.want)
			}
		}
		if total, free := d.Space(); total != 5*diskCluster || free != 0 {
			t.Errorf("%s: %d of %d octets are free", name, free, total)
		}
	}
	for name, d := range disks(t, maxDisk) {
		for i := range maxDiskFiles {
			if err := d.store.Write(fmt.Sprint("f", i), nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.WriteFile("one-more", nil); !errors.Is(err, command.ErrDiskFull) {
			t.Errorf("%s: file %d: %v", name, maxDiskFiles+1, err)
		}
		if err := d.WriteFile("f0", []byte("again")); err != nil {
			t.Errorf("%s: replacing one of them: %v", name, err)
		}
	}
}

// Files outlive the process, and what a kill left half-written is not among them.
func TestDiskSurvives(t *testing.T) {
	dir := t.TempDir()
	open := func() *disk {
		f, err := DirFlash(dir)
		if err != nil {
			t.Fatal(err)
		}
		return &disk{store: f.Disk(), size: 1 << 20, mu: &sync.Mutex{}}
	}
	if err := errors.Join(open().MakeDir("d"), open().WriteFile("d/a", []byte("whole"))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, diskDir, "d", newFile+"a"), []byte("ha"), 0o600); err != nil {
		t.Fatal(err)
	}
	sameDisk(t, open(), map[string]string{"d": "/", "d/a": "whole"})
	if err := open().WriteFile("d/a", []byte("whole again")); err != nil {
		t.Error(err)
	}
	sameDisk(t, open(), map[string]string{"d": "/", "d/a": "whole again"})
	if f, _ := DirFlash(dir); f != nil {
		if list, err := f.List(); err != nil || len(list) != 0 {
			t.Errorf("the box's own files are %v, %v", list, err)
		}
	}
}
