package config

import (
	"net/netip"
	"strings"
)

// PortOp is how ports are compared.
type PortOp uint8

const (
	PortAny PortOp = iota
	PortEq
	PortNeq
	PortLt
	PortGt
	PortRange
)

// PortMatch is a comparison of a port; the zero value fits every port. Hi counts for PortRange only.
type PortMatch struct {
	Op     PortOp
	Lo, Hi uint16
}

// ACEKind is what an entry of an access-list is.
type ACEKind uint8

const (
	ACERule ACEKind = iota
	ACERemark
)

// ACEEnd is one side of an entry: a network, or the address of an interface.
type ACEEnd struct {
	Net  Net
	Last netip.Addr // of a range of addresses: Net is the first, this the last
	FQDN string     // a name; where Net is invalid nothing fits, else Net is an address that it stands for
	If   string     // interface IF (6.3 and later): Net is invalid
	// Family is 4 of any4, and 6 of an end of IPv6, whose words are Six: no packet that the box knows fits that (9.0 and
	// later).
	Family uint8
	Six    string
	// Who are the words of a user or a group of TrustSec before the address (8.4 and later).
	Who  string
	Port PortMatch
}

// LogUse says whether and how hits of an entry are logged.
type LogUse uint8

const (
	LogDefault LogUse = iota // no log word: denials are 106023
	LogOn                    // log [level]: 106100
	LogDisable               // log disable
	LogUsual                 // log default: as LogDefault, and shown
)

// ACE is one line of an access-list. It is immutable.
type ACE struct {
	Kind     ACEKind
	Remark   string
	Permit   bool
	Proto    uint8 // 0: ip
	Src, Dst ACEEnd
	ICMPType int16 // -1: any
	ICMPCode int16 // -1: any
	Log      LogUse
	LogLevel int // of LogOn; 6 informational is the default
	Interval int // seconds, of LogOn; 300 is the default
	Inactive bool
	// TimeRange names the times in which the entry counts (7.0 and later); "": always.
	TimeRange string
	Standard  bool // access-list NAME standard: Src only
	// Groups are the object-groups in the places of the fields above, which then say nothing; nil: none.
	Groups *GroupRefs
	// ID is of the list's name and the fields that decide what fits. AddACE sets it; a remark has none.
	ID ID
}

// AccessList is one list. It is immutable; two equal pointers are the same list.
type AccessList struct {
	Name    string
	Entries Table[*ACE]
	// Compiled: access-list NAME compiled (6.2 and 6.3).
	Compiled bool
	grouped  int // entries with object-groups
	elements int // rules that the entries stand for
}

// Elements is how many rules the list stands for; remarks are none.
func (l *AccessList) Elements() int { return l.elements }

// Grouped reports whether an entry names an object-group.
func (l *AccessList) Grouped() bool { return l.grouped > 0 }

// counting counts an entry of l more or (by -1) less.
func (e *Edit) counting(l *AccessList, a *ACE, by int) {
	if a.Groups != nil {
		l.grouped += by
		e.use(a.Groups, by)
	}
	l.elements += by * e.c.RulesOf(a)
}

// AccessGroup binds a list to an interface, or to all.
type AccessGroup struct {
	ACL      string
	If       string
	Global   bool // asked behind the lists of the way in (8.3 and later); If is ""
	Out      bool // 7.0 and later
	Override bool // per-user-override
	Control  bool // control-plane (8.0 and later): kept, and asked of nothing
}

func (a *ACE) key() ID { return a.ID }

// id leaves out what an entry does beside matching: two lines that differ only in their logging are duplicates.
func (a *ACE) id(list string) ID {
	k := make(key, 0, 128).text(list).num(int(a.Kind)).text(a.Remark).flag(a.Permit).flag(a.Standard).num(int(a.Proto))
	k = k.net(a.Src.Net).text(a.Src.If).ports(a.Src.Port).net(a.Dst.Net).text(a.Dst.If).ports(a.Dst.Port)
	if a.Src.Family != 0 || a.Dst.Family != 0 {
		k = k.num(int(a.Src.Family)).text(a.Src.Six).num(int(a.Dst.Family)).text(a.Dst.Six)
	}
	if a.Src.Who != "" || a.Dst.Who != "" {
		k = k.text(a.Src.Who).text(a.Dst.Who)
	}
	return k.num(int(a.ICMPType)).num(int(a.ICMPCode)).groups(a.Groups).id()
}

// logs reports whether two entries that fit the same do the same beside it.
func (a *ACE) logs(b *ACE) bool {
	return a.Log == b.Log && a.LogLevel == b.LogLevel && a.Interval == b.Interval && a.Inactive == b.Inactive && a.TimeRange == b.TimeRange
}

func (l *AccessList) key() ID { return aclKey(l.Name) }

func aclKey(name string) ID { return key("access-list ").text(name).id() }

// ACL is the list of that name.
func (c *Config) ACL(name string) (*AccessList, bool) { return c.ACLs.get(aclKey(name)) }

// AddACE adds an entry to a list, which it makes where need be: before line (1 is the first) or, when line is 0 or
// behind the end, at the end. The same rule with other logging takes the place of the one that is there. It reports false
// and changes nothing when the list has the entry already.
func (e *Edit) AddACE(list string, line int, a ACE) bool {
	l := AccessList{Name: list}
	if old, ok := e.c.ACL(list); ok {
		l = *old
	}
	if a.Kind == ACERule {
		a.ID = a.id(list)
		if old, ok := l.Entries.get(a.ID); ok {
			return e.relog(l, old, &a)
		}
	}
	at := l.Entries.Len()
	if line > 0 && line-1 < at {
		at = line - 1
	}
	l.Entries = l.Entries.insert(at, &a)
	e.counting(&l, &a, 1)
	e.c.ACLs = e.c.ACLs.put(&l)
	return true
}

// relog puts a in the place of the entry of a list that fits the same; false when it does the same too.
func (e *Edit) relog(l AccessList, old, a *ACE) bool {
	if old.logs(a) {
		return false
	}
	l.Entries = l.Entries.put(a)
	e.c.ACLs = e.c.ACLs.put(&l)
	return true
}

// MapACEs puts what f makes of each rule of a list in its place. A rule that the list has already is left out.
func (e *Edit) MapACEs(list string, f func(ACE) ACE) {
	old, ok := e.c.ACL(list)
	if !ok {
		return
	}
	l := AccessList{Name: old.Name, Compiled: old.Compiled}
	for _, v := range old.Entries.All() {
		a := *v
		if a.Kind == ACERule {
			e.use(v.Groups, -1)
			a = f(a)
			a.ID = a.id(list)
			if l.Entries.index.Has(a.ID) {
				continue
			}
		}
		l.Entries = l.Entries.insert(l.Entries.Len(), &a)
		e.counting(&l, &a, 1)
	}
	e.c.ACLs = e.c.ACLs.put(&l)
}

// RemoveACE removes the entry that is the same rule, or the same remark. The last entry takes the list and its bindings
// with it. It reports false when there is none such.
func (e *Edit) RemoveACE(list string, a ACE) bool {
	old, ok := e.c.ACL(list)
	if !ok {
		return false
	}
	l := *old
	at, ok := l.find(a)
	if !ok {
		return false
	}
	gone := l.Entries.At(at)
	l.Entries = l.Entries.delete(at)
	e.counting(&l, gone, -1)
	e.c.ACLs = e.c.ACLs.put(&l)
	if l.Entries.Len() == 0 {
		e.RemoveACL(list)
	}
	return true
}

// find is the place of the entry that is the same rule, or of the first with the same remark.
func (l *AccessList) find(a ACE) (int, bool) {
	if a.Kind == ACERule {
		r, ok := l.Entries.index.Get(a.id(l.Name))
		if !ok {
			return 0, false
		}
		return l.Entries.place(r), true
	}
	for at, v := range l.Entries.All() {
		if v.Kind == a.Kind && v.Remark == a.Remark {
			return at, true
		}
	}
	return 0, false
}

// RemoveACL removes a list, the access-groups that bind it, and the nat and static lines that go by it, which would not
// load without it.
func (e *Edit) RemoveACL(name string) bool {
	l, ok := e.c.ACL(name)
	if !ok {
		return false
	}
	if l.grouped > 0 {
		for _, a := range l.Entries.All() {
			e.use(a.Groups, -1)
		}
	}
	e.c.ACLs = e.c.ACLs.remove(l.key())
	for removeFirst(&e.c.Groups, func(g AccessGroup) bool { return g.ACL == name }) {
	}
	e.c.NATs, _ = e.c.NATs.without(func(n NAT) bool { return n.ACL == name })
	for s := range e.c.Statics.Values() {
		if s.ACL == name {
			e.RemoveStatic(*s)
		}
	}
	return true
}

// ClearACLs removes them all with what goes by them.
func (e *Edit) ClearACLs() {
	for l := range e.c.ACLs.Values() {
		e.RemoveACL(l.Name)
	}
}

// CompileACL switches TurboACL for a list; false when there is no such list.
func (e *Edit) CompileACL(name string, on bool) bool {
	old, ok := e.c.ACL(name)
	if !ok {
		return false
	}
	l := *old
	l.Compiled = on
	e.c.ACLs = e.c.ACLs.put(&l)
	return true
}

// CompileACLs switches TurboACL for every list.
func (e *Edit) CompileACLs(on bool) { e.c.ACLCompiled = on }

// SetDenyFlowMax and SetAlertInterval set the bound of logged denials and the seconds between the messages that it was
// reached; 0 is the default.
func (e *Edit) SetDenyFlowMax(n int)         { e.c.DenyFlowMax = n }
func (e *Edit) SetAlertInterval(seconds int) { e.c.AlertInterval = seconds }

// sameWay tells whether two bindings are for the same traffic: only one list may be there.
func (a AccessGroup) sameWay(b AccessGroup) bool {
	return a.If == b.If && a.Out == b.Out && a.Global == b.Global && a.Control == b.Control
}

// SetGroup binds a list to an interface, in place of the one bound in that direction.
func (e *Edit) SetGroup(g AccessGroup) {
	for i, v := range e.c.Groups {
		if v.sameWay(g) {
			e.c.Groups = replaced(e.c.Groups, i, g)
			return
		}
	}
	e.c.Groups = added(e.c.Groups, g)
}

// RemoveGroup unbinds; false when the binding does not exist.
func (e *Edit) RemoveGroup(g AccessGroup) bool {
	return removeFirst(&e.c.Groups, func(v AccessGroup) bool {
		return v.ACL == g.ACL && v.sameWay(g)
	})
}

// ClearGroups unbinds every list.
func (e *Edit) ClearGroups() { e.c.Groups = nil }

// Group is the list bound to an interface in one direction.
func (c *Config) Group(ifname string, out bool) (string, bool) {
	for _, g := range c.Groups {
		if !g.Global && !g.Control && strings.EqualFold(g.If, ifname) && g.Out == out {
			return g.ACL, true
		}
	}
	return "", false
}

// GlobalGroup is the list that is bound to all interfaces.
func (c *Config) GlobalGroup() (string, bool) {
	for _, g := range c.Groups {
		if g.Global {
			return g.ACL, true
		}
	}
	return "", false
}

// renameACEs follows an interface's new name through `interface IF` ends; entries of a removed interface go.
func (e *Edit) renameACEs(was, now string) {
	for l := range e.c.ACLs.Values() {
		if !l.names(was) {
			continue
		}
		fresh := AccessList{Name: l.Name, Compiled: l.Compiled}
		for _, a := range l.Entries.All() {
			v := *a
			for _, end := range []*ACEEnd{&v.Src, &v.Dst} {
				if end.If == was {
					end.If = now
				}
			}
			e.use(a.Groups, -1)
			if now == "" && (a.Src.If == was || a.Dst.If == was) {
				continue
			}
			if v.Kind == ACERule {
				v.ID = v.id(l.Name)
			}
			fresh.Entries = fresh.Entries.insert(fresh.Entries.Len(), &v)
			e.counting(&fresh, &v, 1)
		}
		e.c.ACLs = e.c.ACLs.put(&fresh)
	}
}

func (l *AccessList) names(ifname string) bool {
	for _, a := range l.Entries.All() {
		if a.Src.If == ifname || a.Dst.If == ifname {
			return true
		}
	}
	return false
}

// Unknown reports whether the end asks for a user or a group that the box knows nothing of: no packet fits. `user none` is
// every packet, since no user is known.
func (e *ACEEnd) Unknown() bool { return e.Who != "" && e.Who != "user none" }
