package lab

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	"pixsim/appliance/tftp"
)

// fileHosts are the hosts that serve files by TFTP: the administrator's, which may keep them in a directory of the
// machine, and one outside.
var fileHosts = []string{"desk", "client"}

const filePort = 69

// Bounds of a FileStore in memory.
const (
	maxStoredFiles = 64
	maxFileOctets  = 64 << 20
)

// FileStore is what a TFTP server of the lab keeps: a directory, or memory. Names are taken as seen from its root; a
// leading slash does not matter, and nothing leads out of it. Its methods may be called concurrently.
type FileStore struct {
	root *os.Root // nil: memory

	mu     sync.Mutex
	files  map[string][]byte
	octets int
}

// NewFileStore keeps files in a directory that must be there; "": in memory.
func NewFileStore(dir string) (*FileStore, error) {
	if dir == "" {
		return &FileStore{files: map[string][]byte{}}, nil
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("TFTP server: %w", err)
	}
	return &FileStore{root: root}, nil
}

// inStore is a name as it is kept.
func inStore(name string) (string, error) {
	name = strings.TrimPrefix(path.Clean("/"+strings.ReplaceAll(name, `\`, "/")), "/")
	if name == "" {
		return "", fs.ErrPermission
	}
	return name, nil
}

// Read implements tftp.Files.
func (s *FileStore) Read(name string) ([]byte, error) {
	name, err := inStore(name)
	if err != nil {
		return nil, err
	}
	if s.root != nil {
		return s.readFile(name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	data, ok := s.files[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return data, nil
}

func (s *FileStore) readFile(name string) ([]byte, error) {
	f, err := s.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFileOctets+1))
	if err == nil && len(data) > maxFileOctets {
		err = tftp.ErrTooBig
	}
	return data, err
}

// Write implements tftp.Files.
func (s *FileStore) Write(name string, data []byte) error {
	name, err := inStore(name)
	if err != nil {
		return err
	}
	if s.root != nil {
		return s.root.WriteFile(name, data, 0o600)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old, known := s.files[name]
	if !known && len(s.files) >= maxStoredFiles || s.octets-len(old)+len(data) > maxFileOctets {
		return tftp.ErrTooBig
	}
	s.octets += len(data) - len(old)
	s.files[name] = slices.Clone(data)
	return nil
}

// Close gives the directory back.
func (s *FileStore) Close() error {
	if s.root == nil {
		return nil
	}
	return s.root.Close()
}

// Files is what the TFTP server of a host keeps; nil when that has none.
func (l *Lab) Files(host string) *FileStore { return l.files[host] }

// startFiles starts the TFTP servers.
func (l *Lab) startFiles(o Options) error {
	l.files = map[string]*FileStore{}
	for _, host := range fileHosts {
		dir := ""
		if host == fileHosts[0] {
			dir = o.Files
		}
		store, err := NewFileStore(dir)
		if err != nil {
			return err
		}
		l.files[host] = store
		s, err := l.serveFiles(host, store)
		if err != nil {
			return errors.Join(err, store.Close())
		}
		l.services[service{host, filePort, true}] = s
	}
	return nil
}

// fileServer is a TFTP server at work.
type fileServer struct {
	tftp.Server
	conn  net.PacketConn
	store *FileStore
	wg    sync.WaitGroup
}

func (l *Lab) serveFiles(host string, store *FileStore) (io.Closer, error) {
	h, addr := l.hosts[host], HostAddr(host)
	conn, err := h.ListenUDP(netip.AddrPortFrom(addr, filePort))
	if err != nil {
		return nil, err
	}
	return ServeFiles(conn, func() (net.PacketConn, error) { return h.ListenUDP(netip.AddrPortFrom(addr, 0)) }, store), nil
}

// ServeFiles is the lab's TFTP server on a socket; open makes one at the same address for each transfer. Closing it closes
// the sockets and the store.
func ServeFiles(conn net.PacketConn, open func() (net.PacketConn, error), store *FileStore) io.Closer {
	s := &fileServer{conn: conn, store: store}
	s.Files, s.Open = store, open
	s.wg.Go(func() { s.Serve(conn) })
	return s
}

// Close ends the server and waits for it.
func (s *fileServer) Close() error {
	s.conn.Close()
	s.wg.Wait()
	s.Server.Close()
	return s.store.Close()
}
