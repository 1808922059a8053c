package appliance

import (
	"encoding/pem"
	"errors"
	"io/fs"
	"slices"
	"sync"
	"time"

	"pixsim/appliance/release"
	"pixsim/cli/command"
	"pixsim/cli/remote"
)

// keyring is the box's RSA key pairs of this life: those that flash has, and those that were made since. As on the box
// the ca command, and it alone, carries them to flash.
type keyring struct {
	mu    sync.Mutex
	pairs []*pem.Block

	changed bool // since they were last written to flash
}

// maxKeys is the most key pairs.
const maxKeys = 16

// Headers of a key pair in flash, a PEM file. A pair without them is one for all purposes.
const (
	keyUsage = "Usage"
	keyName  = "Name"
	keyMade  = "Made"
)

const (
	generalKey    = "General Purpose Key"
	signatureKey  = "Signature Key"
	encryptionKey = "Encryption Key"
)

// load forgets what there is and takes the key pairs of a file in flash. What is no key is passed over.
func (k *keyring) load(file []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pairs = nil
	for len(k.pairs) < maxKeys {
		var b *pem.Block
		if b, file = pem.Decode(file); b == nil {
			return
		}
		if remote.CheckHostKey(pem.EncodeToMemory(b)) == nil {
			k.pairs = append(k.pairs, b)
		}
	}
}

// file is the key pairs as flash keeps them.
func (k *keyring) file() []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []byte
	for _, b := range k.pairs {
		out = append(out, pem.EncodeToMemory(b)...)
	}
	return out
}

// change replaces the key pairs; f may write to its argument.
func (k *keyring) change(f func([]*pem.Block) []*pem.Block) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pairs = f(slices.Clone(k.pairs))
	k.changed = true
}

func (k *keyring) all() []*pem.Block {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.pairs
}

// host is the key that SSH shows: that for all purposes; nil: there is none. unverified: that special keys do not serve.
func (k *keyring) host() []byte {
	var key []byte
	for _, b := range k.all() {
		if usageOf(b) == generalKey && (key == nil || nameOf(b) == command.DefaultKey) {
			key = pem.EncodeToMemory(b)
		}
	}
	return key
}

func usageOf(b *pem.Block) string {
	if u := b.Headers[keyUsage]; u != "" {
		return u
	}
	return generalKey
}

// loadKeys takes the keys of flash. Where the release has no command that makes them there is always one.
func (b *Box) loadKeys() error {
	switch t := &b.rel.Console; {
	case t.KeyCommand:
	case t.SSHVersion == "":
		return nil
	default:
		if file, err := b.o.Flash.Read(hostKeyFile); err == nil && len(file) == 0 {
			b.keys.load(nil) // zeroized, and saved so
			return nil
		}
		key, err := b.hostKey()
		b.keys.load(key)
		return err
	}
	file, err := b.o.Flash.Read(hostKeyFile)
	if errors.Is(err, fs.ErrNotExist) && b.o.HostKey != nil {
		file, err = b.o.HostKey, b.o.Flash.Write(hostKeyFile, b.o.HostKey)
	}
	b.keys.load(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// RSAKeys implements command.Box.
func (b *Box) RSAKeys() []command.RSAKey {
	var out []command.RSAKey
	c := b.Config()
	for _, p := range b.keys.all() {
		public, err := remote.PublicKey(pem.EncodeToMemory(p))
		if err != nil {
			continue
		}
		k := command.RSAKey{Usage: usageOf(p), Name: p.Headers[keyName], Public: public, Given: p.Headers[keyMade] == ""}
		switch {
		case k.Name != "":
		case b.rel.Console.KeyCommand:
			k.Name = c.Hostname + "." + c.Domain
		default:
			k.Name = command.DefaultKey
		}
		if k.At, err = time.Parse(time.RFC3339, p.Headers[keyMade]); err != nil {
			k.At = b.Now().Add(-b.Uptime())
		}
		out = append(out, k)
	}
	return out
}

// GenerateRSA implements command.Box.
func (b *Box) GenerateRSA(name string, special bool) error {
	usages := []string{generalKey}
	if special {
		usages = []string{signatureKey, encryptionKey}
	}
	var pairs []*pem.Block
	for _, u := range usages {
		key, err := b.o.NewKey()
		if err != nil {
			return err
		}
		p, _ := pem.Decode(key)
		p.Headers = map[string]string{keyUsage: u, keyName: name, keyMade: b.Now().UTC().Format(time.RFC3339)}
		pairs = append(pairs, p)
	}
	b.keys.change(func(have []*pem.Block) []*pem.Block {
		have = slices.DeleteFunc(have, func(p *pem.Block) bool { return nameOf(p) == name })
		return append(pairs, have[:min(len(have), maxKeys-len(pairs))]...)
	})
	return nil
}

// ZeroizeRSA implements command.Box.
func (b *Box) ZeroizeRSA(name string) {
	b.keys.change(func(pairs []*pem.Block) []*pem.Block {
		return slices.DeleteFunc(pairs, func(p *pem.Block) bool { return name == "" || nameOf(p) == name })
	})
}

// nameOf is the name of a key pair; one that nobody named is the default one.
func nameOf(p *pem.Block) string {
	if name := p.Headers[keyName]; name != "" {
		return name
	}
	return command.DefaultKey
}

// SaveRSA implements command.Box.
func (b *Box) SaveRSA(keep bool) error {
	if !keep {
		return b.o.Flash.Write(hostKeyFile, nil)
	}
	if err := b.o.Flash.Write(hostKeyFile, b.keys.file()); err != nil {
		return err
	}
	b.keys.mu.Lock()
	b.keys.changed = false
	b.keys.mu.Unlock()
	return nil
}

// saveChangedKeys is what write memory does for the keys from 7.0 on.
func (b *Box) saveChangedKeys() error {
	b.keys.mu.Lock()
	changed := b.keys.changed
	b.keys.mu.Unlock()
	if b.rel.Console.KeyCommand || !changed {
		return nil
	}
	return b.SaveRSA(true)
}

// sshKey is the key for one more connection; without one it is logged that there is none.
func (b *Box) sshKey() []byte {
	key := b.keys.host()
	if key == nil {
		b.Event(release.SyslogSSHNoKey, notice{}.args()...)
	}
	return key
}
