package config

import (
	"iter"
	"math/bits"
	"net/netip"
)

// Net is an address under a netmask. The mask of a rule need not be contiguous. The zero Net is invalid.
type Net struct{ Addr, Mask netip.Addr }

var (
	zeroAddr = netip.AddrFrom4([4]byte{})
	fullAddr = netip.AddrFrom4([4]byte{255, 255, 255, 255})
)

// AnyNet is 0.0.0.0 0.0.0.0: every address.
var AnyNet = Net{zeroAddr, zeroAddr}

// Host is the network of one address.
func Host(a netip.Addr) Net { return Net{a, fullAddr} }

// IsValid reports whether n is set at all.
func (n Net) IsValid() bool { return n.Addr.IsValid() && n.Mask.IsValid() }

// IsHost reports whether n is a single address.
func (n Net) IsHost() bool { return n.Mask == fullAddr }

// IsAny reports whether n holds every address.
func (n Net) IsAny() bool { return n.Mask == zeroAddr && n.Addr == zeroAddr }

// Masked is n with the host bits of its address cleared.
func (n Net) Masked() Net {
	a, m := n.Addr.As4(), n.Mask.As4()
	for i := range a {
		a[i] &= m[i]
	}
	return Net{netip.AddrFrom4(a), n.Mask}
}

// Contains reports whether a lies in n.
func (n Net) Contains(a netip.Addr) bool {
	return n.IsValid() && a.Is4() && Net{a, n.Mask}.Masked().Addr == n.Masked().Addr
}

// Prefix is n as a prefix with its host bits kept; false when the mask is not contiguous.
func (n Net) Prefix() (netip.Prefix, bool) {
	if !n.IsValid() {
		return netip.Prefix{}, false
	}
	m := u32(n.Mask)
	ones := bits.LeadingZeros32(^m)
	if bits.OnesCount32(m) != ones {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(n.Addr, ones), true
}

// MaskOf is the netmask of so many bits.
func MaskOf(ones int) netip.Addr {
	m := ^uint32(0) << (32 - ones)
	if ones == 0 {
		m = 0
	}
	return netip.AddrFrom4([4]byte{byte(m >> 24), byte(m >> 16), byte(m >> 8), byte(m)})
}

// ClassMask is the netmask of a's class (RFC 791): what a missing mask means.
func ClassMask(a netip.Addr) netip.Addr {
	switch b := a.As4()[0]; {
	case a == zeroAddr:
		return zeroAddr
	case b < 128:
		return MaskOf(8)
	case b < 192:
		return MaskOf(16)
	case b < 224:
		return MaskOf(24)
	}
	return fullAddr
}

func u32(a netip.Addr) uint32 {
	b := a.As4()
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

// Name is a word for an address.
type Name struct {
	Addr        netip.Addr
	Name        string
	Description string // 7.0 and later
}

// NameTable is the `name` lines in order of entry and the `names` switch. It is immutable: the Edit makes new ones.
type NameTable struct {
	On     bool
	list   Table[Name] // by the address
	byName Map[Name]   // by the word
}

func (n Name) key() ID { return key(nil).addr(n.Addr).id() }

// All are the names in order of entry.
func (t *NameTable) All() iter.Seq[Name] { return t.list.Values() }

// Addr is the address that a word stands for.
func (t *NameTable) Addr(word string) (netip.Addr, bool) {
	n, ok := t.byName.Get(HashID(word))
	if !ok || n.Name != word {
		return netip.Addr{}, false
	}
	return n.Addr, true
}

// Name is the word for an address, whether names are on or not.
func (t *NameTable) Name(a netip.Addr) (string, bool) {
	n, ok := t.list.get(Name{Addr: a}.key())
	return n.Name, ok && n.Addr == a
}

// with is t with n in place of the name that its address has, or at the end.
func (t NameTable) with(n Name) *NameTable {
	if old, ok := t.Name(n.Addr); ok {
		t.byName = t.byName.Remove(HashID(old))
	}
	t.list, t.byName = t.list.put(n), t.byName.Add(HashID(n.Name), n)
	return &t
}

// SetNames switches the rendering of addresses by name.
func (e *Edit) SetNames(on bool) { t := *e.c.Names; t.On = on; e.c.Names = &t }

// AddName gives an address a name. An older name of the address is replaced in its place. It reports false, and changes
// nothing, when the word already names another address.
func (e *Edit) AddName(n Name) bool {
	t := e.c.Names
	if a, ok := t.Addr(n.Name); ok && a != n.Addr {
		return false
	}
	e.c.Names = t.with(n)
	return true
}

// RemoveName takes the name of an address away; it reports whether there was one. name "" fits any.
func (e *Edit) RemoveName(a netip.Addr, name string) bool {
	t := *e.c.Names
	old, ok := t.Name(a)
	if !ok || name != "" && name != old {
		return false
	}
	t.list, t.byName = t.list.remove(Name{Addr: a}.key()), t.byName.Remove(HashID(old))
	e.c.Names = &t
	return true
}

// ClearNames removes every name and leaves the switch.
func (e *Edit) ClearNames() { e.c.Names = &NameTable{On: e.c.Names.On} }
