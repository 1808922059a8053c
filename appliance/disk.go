package appliance

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"pixsim/cli/command"
)

// The bounds of a disk.
const (
	maxDisk      = 256 << 20 // octets of all files, on whatever model
	maxDiskFiles = 1024
	maxDiskName  = 63
	maxDiskPath  = 255
	// diskCluster is what the smallest file and a directory take.
	diskCluster = 2048
)

// diskDir is where the files of disk0 lie in the directory of a flash.
const diskDir = "disk0"

// Disk implements command.Box: the files of the box's flash, as many as its model has room for.
func (b *Box) Disk() command.Disk {
	return &disk{store: b.o.Flash.Disk(), size: b.rel.Model.FlashSize(), mu: &b.disk}
}

// DiskStore is where the files of a disk lie. Paths are valid and slash-separated; "" is the root.
type DiskStore interface {
	Read(path string) ([]byte, error)
	Write(path string, data []byte) error // whole or not at all
	Remove(path string) error             // a file, or a directory without files
	Rename(from, to string) error
	MakeDir(path string) error
	List(dir string) ([]command.DiskFile, error)
}

// disk is a store with the rules and the size of the box's flash.
type disk struct {
	store DiskStore
	size  int
	mu    *sync.Mutex // one change at a time
}

var _ command.Disk = (*disk)(nil)

// valid refuses what is no path of the disk: names that lead elsewhere, or that the machine below would take for something
// else.
func valid(p string) error {
	if len(p) > maxDiskPath {
		return fs.ErrInvalid
	}
	for part := range strings.SplitSeq(p, "/") {
		if part == "" || part[0] == '.' || len(part) > maxDiskName || strings.ContainsFunc(part, func(r rune) bool {
			return r <= ' ' || r > '~' || strings.ContainsRune(`\:*?"<>|`, r)
		}) {
			return fs.ErrInvalid
		}
	}
	return nil
}

// Stat implements command.Disk.
func (d *disk) Stat(p string) (command.DiskFile, error) {
	if p == "" {
		return command.DiskFile{Dir: true}, nil
	}
	if err := valid(p); err != nil {
		return command.DiskFile{}, err
	}
	dir, name := above(p), path.Base(p)
	switch parent, err := d.Stat(dir); {
	case err != nil:
		return command.DiskFile{}, err
	case !parent.Dir:
		return command.DiskFile{}, fs.ErrNotExist
	}
	files, err := d.store.List(dir)
	if err != nil {
		return command.DiskFile{}, err
	}
	i := slices.IndexFunc(files, func(f command.DiskFile) bool { return f.Name == name })
	if i < 0 {
		return command.DiskFile{}, fs.ErrNotExist
	}
	return files[i], nil
}

// above is the directory that a path lies in.
func above(p string) string { return path.Dir("/" + p)[1:] }

// file is an error unless a file is at p.
func (d *disk) file(p string) error {
	f, err := d.Stat(p)
	if err == nil && f.Dir {
		err = command.ErrIsDir
	}
	return err
}

// free is an error unless something new may be made at p.
func (d *disk) free(p string) error {
	if p == "" {
		return fs.ErrExist
	}
	if err := valid(p); err != nil {
		return err
	}
	parent, err := d.Stat(above(p))
	switch {
	case err != nil:
		return err
	case !parent.Dir:
		return command.ErrNotDir
	}
	if _, err := d.Stat(p); !errors.Is(err, fs.ErrNotExist) {
		return cmpError(err, fs.ErrExist)
	}
	return nil
}

func cmpError(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// ReadFile implements command.Disk.
func (d *disk) ReadFile(p string) ([]byte, error) {
	if err := d.file(p); err != nil {
		return nil, err
	}
	return d.store.Read(p)
}

// WriteFile implements command.Disk.
func (d *disk) WriteFile(p string, data []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	room, files := d.room()
	old, err := d.Stat(p)
	switch {
	case err == nil && old.Dir:
		return command.ErrIsDir
	case err == nil:
		room += taken(old)
	default:
		if err := d.free(p); err != nil {
			return err
		}
		files++
	}
	if taken(command.DiskFile{Size: len(data)}) > room || files > maxDiskFiles {
		return command.ErrDiskFull
	}
	return d.store.Write(p, data)
}

// Remove implements command.Disk.
func (d *disk) Remove(p string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.file(p); err != nil {
		return err
	}
	return d.store.Remove(p)
}

// RemoveDir implements command.Disk.
func (d *disk) RemoveDir(p string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	f, err := d.Stat(p)
	switch {
	case err != nil:
		return err
	case !f.Dir:
		return command.ErrNotDir
	case p == "":
		return fs.ErrInvalid
	}
	if files, err := d.store.List(p); err != nil || len(files) > 0 {
		return cmpError(err, command.ErrNotEmpty)
	}
	return d.store.Remove(p)
}

// MakeDir implements command.Disk.
func (d *disk) MakeDir(p string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.free(p); err != nil {
		return err
	}
	if room, files := d.room(); room < diskCluster || files >= maxDiskFiles {
		return command.ErrDiskFull
	}
	return d.store.MakeDir(p)
}

// Rename implements command.Disk.
func (d *disk) Rename(from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.Stat(from); err != nil {
		return err
	}
	if err := d.free(to); err != nil {
		return err
	}
	if from == "" || strings.HasPrefix(to+"/", from+"/") {
		return fs.ErrInvalid
	}
	return d.store.Rename(from, to)
}

// Files implements command.Disk.
func (d *disk) Files(dir string) ([]command.DiskFile, error) {
	f, err := d.Stat(dir)
	switch {
	case err != nil:
		return nil, err
	case !f.Dir:
		return nil, command.ErrNotDir
	}
	return d.store.List(dir)
}

// Space implements command.Disk.
func (d *disk) Space() (total, free int) {
	room, _ := d.room()
	return d.size, room
}

// room is how many octets are free, and how many files and directories there are.
func (d *disk) room() (octets, files int) {
	used := 0
	var walk func(dir string)
	walk = func(dir string) {
		list, _ := d.store.List(dir)
		for _, f := range list {
			files++
			used += taken(f)
			if f.Dir && files <= maxDiskFiles {
				walk(path.Join(dir, f.Name))
			}
		}
	}
	walk("")
	return max(0, min(d.size, maxDisk)-used), files
}

// taken is the room that a file takes: whole clusters.
func taken(f command.DiskFile) int {
	return max(1, (f.Size+diskCluster-1)/diskCluster) * diskCluster
}

// dirStore is a store in a directory of the machine. What leads out of it, by whatever link, is not followed.
type dirStore string

func (d dirStore) in(do func(*os.Root) error) error {
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(string(d))
	if err != nil {
		return err
	}
	defer root.Close()
	return do(root)
}

func (d dirStore) Read(p string) (data []byte, err error) {
	err = d.in(func(r *os.Root) error {
		info, err := r.Stat(p)
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() || info.Size() > maxDisk {
			return fs.ErrInvalid
		}
		data, err = r.ReadFile(p)
		return err
	})
	return data, err
}

// newFile begins the names of files that are being written; a name that begins so is no file of the disk.
const newFile = ".new-"

// Write goes through a temporary file, fsync and rename.
func (d dirStore) Write(p string, data []byte) error {
	return d.in(func(r *os.Root) error {
		temp := path.Join(path.Dir(p), newFile+path.Base(p))
		f, err := r.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		_, err = f.Write(data)
		err = errors.Join(err, f.Sync(), f.Close())
		if err == nil {
			err = r.Rename(temp, p)
		}
		if err != nil {
			return errors.Join(err, r.Remove(temp))
		}
		return syncDir(path.Join(string(d), path.Dir(p)))
	})
}

func (d dirStore) Remove(p string) error { return d.in(func(r *os.Root) error { return r.Remove(p) }) }

func (d dirStore) Rename(from, to string) error {
	return d.in(func(r *os.Root) error { return r.Rename(from, to) })
}

func (d dirStore) MakeDir(p string) error {
	return d.in(func(r *os.Root) error { return r.Mkdir(p, 0o700) })
}

func (d dirStore) List(dir string) (files []command.DiskFile, err error) {
	err = d.in(func(r *os.Root) error {
		f, err := r.Open(path.Join(".", dir))
		if err != nil {
			return err
		}
		defer f.Close()
		entries, err := f.ReadDir(2 * maxDiskFiles)
		for _, e := range entries {
			info, err := e.Info()
			if err != nil || valid(e.Name()) != nil || !info.Mode().IsRegular() && !e.IsDir() {
				continue
			}
			files = append(files, diskFile(e.Name(), e.IsDir(), int(info.Size()), info.ModTime()))
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	})
	sortFiles(files)
	return files, err
}

// memoryStore is a store that is gone with the process.
type memoryStore struct {
	now   func() time.Time
	mu    sync.Mutex
	files map[string]memoryEntry
}

type memoryEntry struct {
	memoryFile
	dir bool
}

func (m *memoryStore) Read(p string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, ok := m.files[p]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return bytes.Clone(f.data), nil
}

func (m *memoryStore) Write(p string, data []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files[p] = memoryEntry{memoryFile: memoryFile{bytes.Clone(data), m.now()}}
	return nil
}

func (m *memoryStore) Remove(p string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.files, p)
	return nil
}

func (m *memoryStore) Rename(from, to string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for p, f := range m.files {
		if rest, ok := strings.CutPrefix(p+"/", from+"/"); ok {
			delete(m.files, p)
			m.files[strings.TrimSuffix(to+"/"+rest, "/")] = f
		}
	}
	return nil
}

func (m *memoryStore) MakeDir(p string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files[p] = memoryEntry{memoryFile: memoryFile{at: m.now()}, dir: true}
	return nil
}

func (m *memoryStore) List(dir string) ([]command.DiskFile, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var files []command.DiskFile
	for p, f := range m.files {
		if path.Dir("/"+p) == path.Join("/", dir) {
			files = append(files, diskFile(path.Base(p), f.dir, len(f.data), f.at))
		}
	}
	sortFiles(files)
	return files, nil
}

// diskFile is an entry of a store; a directory has the size of a cluster.
func diskFile(name string, dir bool, size int, at time.Time) command.DiskFile {
	if dir {
		size = diskCluster
	}
	return command.DiskFile{Name: name, Dir: dir, Size: size, Time: at}
}

func sortFiles(files []command.DiskFile) {
	slices.SortFunc(files, func(a, b command.DiskFile) int { return strings.Compare(a.Name, b.Name) })
}
