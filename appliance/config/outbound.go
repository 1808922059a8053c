package config

import (
	"net/netip"
	"slices"
	"sort"
)

// OutboundKind says what a line of an outbound list does with what it fits.
type OutboundKind uint8

const (
	OutboundPermit OutboundKind = iota
	OutboundDeny
	OutboundExcept // the other way round, for peers in Net
)

// Outbound is one line of an outbound list, 4.0 to 6.3.
type Outbound struct {
	List   int // 1 to 1599
	Kind   OutboundKind
	Net    Net
	Lo, Hi uint16 // ports; 0 0: all
	Java   bool   // in place of ports: Java applets
	Proto  uint8  // 0: ip
}

// Apply puts an outbound list into force for connections that come from an interface.
type Apply struct {
	If   string
	List int
	Dest bool // Net of the list are destinations; else sources
}

// AddOutbound adds a line behind those of lists that are not higher; false when the same one exists.
func (e *Edit) AddOutbound(o Outbound) bool {
	if e.c.Outbounds.index.Has(o.key()) {
		return false
	}
	behind := sort.Search(e.c.Outbounds.Len(), func(i int) bool { return e.c.Outbounds.At(i).List > o.List })
	e.c.Outbounds = e.c.Outbounds.insert(behind, o)
	return true
}

func (o Outbound) key() ID {
	return key("outbound ").num(o.List).num(int(o.Kind)).net(o.Net).num(int(o.Lo)).num(int(o.Hi)).flag(o.Java).num(int(o.Proto)).id()
}

// RemoveOutbound removes a line; false when there is none such.
func (e *Edit) RemoveOutbound(o Outbound) bool { return remove(&e.c.Outbounds, o.key()) }

// ClearOutbounds removes them all; false when there is none.
func (e *Edit) ClearOutbounds() bool {
	had := e.c.Outbounds.Len() > 0
	e.c.Outbounds = Table[Outbound]{}
	return had
}

// AddApply adds an apply line; false when the same one exists.
func (e *Edit) AddApply(a Apply) bool { return addUnique(&e.c.Applies, a) }

// RemoveApply removes the lines that fits wants gone; false when there is none such.
func (e *Edit) RemoveApply(fits func(Apply) bool) bool { return removeAll(&e.c.Applies, fits) }

// removeAll takes every entry away that fits.
func removeAll[E any](s *[]E, fits func(E) bool) bool {
	kept := slices.DeleteFunc(slices.Clone(*s), fits)
	if len(kept) == len(*s) {
		return false
	}
	*s = kept
	return true
}

// Alias gives hosts behind an interface another address for a foreign network: what they send to DNAT goes to Foreign,
// what comes from Foreign seems to come from DNAT, and DNS replies are rewritten likewise.
type Alias struct {
	If            string
	DNAT, Foreign netip.Addr
	Mask          netip.Addr // of both
}

// SetAlias adds an alias, or replaces the mask of the same one.
func (e *Edit) SetAlias(a Alias) { e.c.Aliases = e.c.Aliases.put(a) }

func (a Alias) key() ID { return key("alias ").text(a.If).addr(a.DNAT).addr(a.Foreign).id() }

// RemoveAlias removes an alias, whatever its mask; false when there is none such.
func (e *Edit) RemoveAlias(a Alias) bool { return remove(&e.c.Aliases, a.key()) }

// ClearAliases removes them all.
func (e *Edit) ClearAliases() { e.c.Aliases = Table[Alias]{} }

// PortClause is a protocol and a range of its ports; Proto 0 is no clause, ports 0 0 are all.
type PortClause struct {
	Proto  uint8
	Lo, Hi uint16
}

// Established lets hosts that were spoken to open connections back.
type Established struct {
	Proto    uint8  // of the connection that there must be, 6 or 17
	Dst, Src uint16 // its ports as it was opened; 0: any
	To, From PortClause
}

// AddEstablished adds a line; false when the same one exists.
func (e *Edit) AddEstablished(v Established) bool { return addUnique(&e.c.Established, v) }

// RemoveEstablished removes a line; false when there is none such.
func (e *Edit) RemoveEstablished(v Established) bool {
	return removeFirst(&e.c.Established, func(w Established) bool { return v == w })
}

// ClearEstablished removes them all.
func (e *Edit) ClearEstablished() { e.c.Established = nil }
