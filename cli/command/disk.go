package command

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"pixsim/appliance/release"
)

// Disk is the part of flash where people keep their files. Paths are clean, slash-separated and begin at the root of the
// disk, which is "". Errors are those below, or of package fs, or the machine's.
type Disk interface {
	ReadFile(path string) ([]byte, error)
	// WriteFile makes a file, or replaces one, whole or not at all.
	WriteFile(path string, data []byte) error
	// Remove deletes a file, RemoveDir a directory without files, MakeDir makes one.
	Remove(path string) error
	RemoveDir(path string) error
	MakeDir(path string) error
	Rename(from, to string) error
	// Files are those of a directory, by name; Stat is one, or a directory.
	Files(dir string) ([]DiskFile, error)
	Stat(path string) (DiskFile, error)
	Space() (total, free int)
}

// DiskFile is a file or a directory.
type DiskFile struct {
	Name string
	Dir  bool
	Size int
	Time time.Time
}

// What else can be wrong with a path.
var (
	ErrDiskFull = errors.New("no space")
	ErrIsDir    = errors.New("is a directory")
	ErrNotDir   = errors.New("not a directory")
	ErrNotEmpty = errors.New("directory not empty")
)

// diskReason words an error of a disk.
func diskReason(err error) release.Key {
	for _, r := range []struct {
		err error
		key release.Key
	}{
		{fs.ErrNotExist, release.DiskNoFile}, {fs.ErrExist, release.DiskExists}, {ErrDiskFull, release.DiskFull}, {ErrIsDir, release.DiskIsDir},
		{ErrNotDir, release.DiskNotDir}, {ErrNotEmpty, release.DiskNotEmpty}, {fs.ErrInvalid, release.DiskBadName},
	} {
		if errors.Is(err, r.err) {
			return r.key
		}
	}
	return release.DiskBroken
}

// diskName is the name of the disk in what the device prints: "disk0:", or "flash:" on the PIX.
func diskName(s Session) string { return s.Release().Say(release.DiskName) }

// diskURL is a path as the device prints it.
func diskURL(s Session, p string) string { return diskName(s) + "/" + p }

// onDisk is a path as it was typed, seen from the directory that the session is in.
func onDisk(s Session, typed string) string {
	if !strings.HasPrefix(typed, "/") {
		typed = s.Dir() + "/" + typed
	}
	return strings.TrimPrefix(path.Clean("/"+typed), "/")
}

// diskEntry is a file with its path and the number that dir and show flash give it.
type diskEntry struct {
	DiskFile
	path   string
	number int
}

// walkDisk is everything on the disk, in the order of its numbers: the files of a directory stand behind it.
func walkDisk(d Disk) []diskEntry {
	var all []diskEntry
	var walk func(dir string)
	walk = func(dir string) {
		files, _ := d.Files(dir)
		for _, f := range files {
			at := path.Join(dir, f.Name)
			all = append(all, diskEntry{f, at, len(all) + 1})
			if f.Dir {
				walk(at)
			}
		}
	}
	walk("")
	return all
}

// entriesIn are those of files that lie in dir, and with deep those below it.
func entriesIn(files []diskEntry, dir string, deep bool) []diskEntry {
	return slices.DeleteFunc(slices.Clone(files), func(f diskEntry) bool {
		parent := cmp.Or(strings.TrimPrefix(path.Dir("/"+f.path), "/"), "")
		return parent != dir && !(deep && (dir == "" || strings.HasPrefix(parent, dir+"/")))
	})
}
