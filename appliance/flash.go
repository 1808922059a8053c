package appliance

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/renameio/v2"

	"pixsim/cli/command"
)

// Flash is what survives a reload: small named files. Write is atomic: a kill at any moment leaves the old or the new
// content, whole. Read of a file that is not there returns fs.ErrNotExist. All methods may be called concurrently.
type Flash interface {
	Read(name string) ([]byte, error)
	Write(name string, data []byte) error
	List() ([]FlashFile, error)
	// Disk is where the files of people lie, apart from those.
	Disk() DiskStore
}

// FlashFile is one file of a Flash.
type FlashFile = command.FlashFile

// Seed stores text as the startup-config of flash that was never used. It reports whether it did: flash that has one, or
// whose configuration was erased, is left alone.
func Seed(f Flash, text string) (bool, error) {
	if _, err := f.Read(startupFile); !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	return true, f.Write(startupFile, []byte(text))
}

// StartupText is the startup-config of a flash; false where it was never used.
func StartupText(f Flash) (string, bool, error) {
	text, err := f.Read(startupFile)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	return string(text), err == nil, err
}

// The files that the appliance keeps in flash.
const (
	startupFile = "startup-config"
	hostKeyFile = "ssh_host_rsa_key"
)

// maxFlashFile bounds what is read back: no configuration of a box of that time comes near.
const maxFlashFile = 64 << 20

// DirFlash is flash in a directory of the machine, made if it is not there. Secrets lie in it: nobody else may read.
func DirFlash(dir string) (Flash, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("flash: %w", err)
	}
	probe, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return nil, fmt.Errorf("flash: %w", err)
	}
	probe.Close()
	os.Remove(probe.Name())
	sweep(dir)
	return dirFlash(dir), nil
}

// sweep removes what a kill in the midst of a write memory left behind.
func sweep(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if rest, ok := strings.CutPrefix(e.Name(), "."+startupFile); ok && rest != "" && strings.Trim(rest, "0123456789") == "" {
			os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

type dirFlash string

// Disk is a directory in that of the flash.
func (d dirFlash) Disk() DiskStore { return dirStore(filepath.Join(string(d), diskDir)) }

func (d dirFlash) path(name string) (string, error) {
	if name == "" || strings.ContainsAny(name, "/\\\x00") || strings.HasPrefix(name, ".") {
		return "", fmt.Errorf("flash: bad file name %q", name)
	}
	return filepath.Join(string(d), name), nil
}

func (d dirFlash) Read(name string) ([]byte, error) {
	p, err := d.path(name)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(p)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFlashFile {
		return nil, fmt.Errorf("flash: %s is not a file of at most %d octets", p, maxFlashFile)
	}
	return os.ReadFile(p)
}

// Write goes through a temporary file, fsync and rename, and then syncs the directory (renameio does the first three).
func (d dirFlash) Write(name string, data []byte) error {
	p, err := d.path(name)
	if err != nil {
		return err
	}
	if err := renameio.WriteFile(p, data, 0o600); err != nil {
		return err
	}
	return syncDir(string(d))
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

func (d dirFlash) List() ([]FlashFile, error) {
	entries, err := os.ReadDir(string(d))
	if err != nil {
		return nil, err
	}
	var out []FlashFile
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			out = append(out, FlashFile{Name: e.Name(), Size: int(info.Size()), Time: info.ModTime()})
		}
	}
	return out, nil
}

// MemoryFlash is flash that is gone with the process.
func MemoryFlash(now func() time.Time) Flash {
	return &memoryFlash{now: now, files: map[string]memoryFile{}, disk: memoryStore{now: now, files: map[string]memoryEntry{}}}
}

type memoryFlash struct {
	now   func() time.Time
	mu    sync.Mutex
	files map[string]memoryFile
	disk  memoryStore
}

func (m *memoryFlash) Disk() DiskStore { return &m.disk }

type memoryFile struct {
	data []byte
	at   time.Time
}

func (m *memoryFlash) Read(name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, ok := m.files[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return slices.Clone(f.data), nil
}

func (m *memoryFlash) Write(name string, data []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files[name] = memoryFile{slices.Clone(data), m.now()}
	return nil
}

func (m *memoryFlash) List() ([]FlashFile, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []FlashFile
	for name, f := range m.files {
		out = append(out, FlashFile{Name: name, Size: len(f.data), Time: f.at})
	}
	slices.SortFunc(out, func(a, b FlashFile) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}
