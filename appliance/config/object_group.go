package config

import (
	"iter"
	"net/netip"
	"slices"
)

// GroupKind is what an object-group holds. The zero value is no kind.
type GroupKind uint8

const (
	_ GroupKind = iota
	GroupNetwork
	GroupProtocol
	GroupICMP
	GroupTCP // of services, as the next two
	GroupUDP
	GroupTCPUDP
	GroupMixed // of services of any protocol (8.0 and later)
)

var groupKinds = [...]string{"", "network", "protocol", "icmp-type", "tcp", "udp", "tcp-udp", "service"}

// String is the word for a kind: what the line of the group says, of a group of services the protocol.
func (k GroupKind) String() string { return groupKinds[k] }

// Service reports whether groups of the kind hold ports.
func (k GroupKind) Service() bool { return k >= GroupTCP }

// Takes reports whether a group of kind k may hold one of kind inner: its own, and in a group of the services of one
// protocol those of both (a 6.3(3) configuration).
func (k GroupKind) Takes(inner GroupKind) bool {
	return inner == k || inner == GroupTCPUDP && k.Service() && k != GroupMixed
}

// Member is one line of an object-group, or the value of an object. Which field counts is the kind's to say, unless the
// member is a group or an object.
type Member struct {
	Group   string     // a group, or an object, that is held
	Object  bool       // Group is an object
	Net     Net        //
	Last    netip.Addr // of a range: Net is its first address, this the last
	FQDN    string     // of an object: a name; what it stands for is laid over, see SetResolved
	Six     string     // of IPv6, as an entry of an access-list has it; no packet that the box knows fits it
	Proto   uint8      //
	Type    int16      // of ICMP; of a service -1 for any
	Coded   bool       // of a service: Code counts too
	Code    uint8      //
	Src     PortMatch  // of a service: the source's port
	Port    PortMatch  // the destination's
	Service bool       // of a GroupMixed: protocol, both ports and ICMP type count
	Both    bool       // of a service: it is TCP's and UDP's, and stands for two
	ID      ID         // AddMember sets it
}

func (m *Member) key() ID { return m.ID }

func (m Member) id() ID {
	k := key(nil).text(m.Group).net(m.Net).num(int(m.Proto)).num(int(m.Type)).ports(m.Port)
	if m.Last.IsValid() || m.FQDN != "" || m.Service {
		k = k.addr(m.Last).text(m.FQDN).ports(m.Src)
	}
	if m.Six != "" {
		k = k.text(m.Six)
	}
	if m.Both {
		k = k.text("tcp-udp")
	}
	if m.Coded {
		k = k.text("code").num(int(m.Code))
	}
	return k.id()
}

// ObjectGroup is a named set of networks, protocols, ICMP types, ports or services. It is immutable. An object of 8.3 and
// later is a group of one member that cannot be a group: both have one space of names, and stand at the same places.
type ObjectGroup struct {
	Kind        GroupKind
	Object      bool
	NAT         *NATRule // the translation of an object network; nil: none
	Name        string
	Description string
	Members     Table[*Member]
	nested      int         // members that are groups
	size        int         // objects, those of nested groups included
	holders     Map[string] // the groups that it is a member of
	uses        int         // entries of access-lists and conduits that name it
}

// Size is how many objects the group stands for, those of nested groups included.
func (o *ObjectGroup) Size() int { return o.size }

// GroupRefs are the object-groups that an entry names, "" where it names none.
type GroupRefs struct{ Proto, Src, SrcPort, Dst, DstPort, ICMP string }

// Names are the groups, "" among them.
func (r *GroupRefs) Names() [6]string {
	if r == nil {
		return [6]string{}
	}
	return [6]string{r.Proto, r.Src, r.SrcPort, r.Dst, r.DstPort, r.ICMP}
}

func (k key) groups(r *GroupRefs) key {
	if r == nil {
		return k
	}
	for _, name := range r.Names() {
		k = k.text(name)
	}
	return k
}

// ObjectGroup is the group of that name.
func (c *Config) ObjectGroup(name string) (*ObjectGroup, bool) { return c.groups.get(HashID(name)) }

func (o *ObjectGroup) key() ID { return HashID(o.Name) }

// ObjectGroups are all groups, each behind those that it holds and otherwise in the order in which they were made: text in
// this order can be read back.
func (c *Config) ObjectGroups() iter.Seq[*ObjectGroup] {
	return func(yield func(*ObjectGroup) bool) {
		done := map[string]bool{}
		var walk func(o *ObjectGroup) bool
		walk = func(o *ObjectGroup) bool {
			if done[o.Name] {
				return true
			}
			done[o.Name] = true
			for m := range o.groupMembers() {
				if inner, ok := c.ObjectGroup(m); ok && !walk(inner) {
					return false
				}
			}
			return yield(o)
		}
		for o := range c.groups.Values() {
			if !walk(o) {
				return
			}
		}
	}
}

// SameGroups reports whether no group changed between two configurations, one made from the other.
func (c *Config) SameGroups(o *Config) bool { return c.groups == o.groups }

// groupMembers are the names of the groups in o.
func (o *ObjectGroup) groupMembers() iter.Seq[string] {
	return func(yield func(string) bool) {
		if o.nested == 0 {
			return
		}
		for _, m := range o.Members.All() {
			if m.Group != "" && !yield(m.Group) {
				return
			}
		}
	}
}

// GroupHolds reports whether group outer is inner, or holds it, however deep.
func (c *Config) GroupHolds(outer, inner string) bool {
	if outer == inner {
		return true
	}
	o, ok := c.ObjectGroup(inner)
	return ok && slices.Contains(c.outers(o), outer)
}

// outers are the groups that hold a group, however deep: each once, and behind those of them that it holds itself.
func (c *Config) outers(o *ObjectGroup) []string {
	var out []string
	seen := map[string]bool{}
	var walk func(o *ObjectGroup)
	walk = func(o *ObjectGroup) {
		for name := range o.holders.Values() {
			outer, ok := c.ObjectGroup(name)
			if !ok || seen[name] {
				continue
			}
			seen[name] = true
			walk(outer)
			out = append(out, name)
		}
	}
	walk(o)
	slices.Reverse(out)
	return out
}

// InUse reports whether an access-list, a conduit or another group names the group.
func (o *ObjectGroup) InUse() bool { return o.held() || o.uses > 0 }

func (o *ObjectGroup) held() bool { return o.holders.root != nil }

// PortedBy reports whether an entry compares ports of the protocols that a group holds.
func (c *Config) PortedBy(name string) bool {
	for l := range c.ACLs.Values() {
		if l.grouped == 0 {
			continue
		}
		for _, a := range l.Entries.All() {
			if a.Groups != nil && a.Groups.Proto != "" && a.Ported() && c.GroupHolds(a.Groups.Proto, name) {
				return true
			}
		}
	}
	for _, v := range c.Conduits.All() {
		if a := v.ACE(); a.Groups != nil && a.Groups.Proto != "" && a.Ported() && c.GroupHolds(a.Groups.Proto, name) {
			return true
		}
	}
	return false
}

// Ported reports whether an entry compares ports.
func (a *ACE) Ported() bool {
	return a.Src.Port.Op != PortAny || a.Dst.Port.Op != PortAny || a.Groups != nil && a.Groups.SrcPort+a.Groups.DstPort != ""
}

// use counts an entry more or (by -1) less for the groups that it names.
func (e *Edit) use(r *GroupRefs, by int) {
	for _, name := range r.Names() {
		e.changeGroup(name, func(o *ObjectGroup) { o.uses += by })
	}
}

// hold notes that a group holds the group of that name, or does so no more.
func (e *Edit) hold(name, outer string, on bool) {
	e.changeGroup(name, func(o *ObjectGroup) {
		if on {
			o.holders = o.holders.Add(HashID(outer), outer)
		} else {
			o.holders = o.holders.Remove(HashID(outer))
		}
	})
}

// changeGroup puts a changed copy in the place of a group, if there is one of that name.
func (e *Edit) changeGroup(name string, f func(*ObjectGroup)) {
	if o, ok := e.c.ObjectGroup(name); ok {
		v := *o
		f(&v)
		e.c.groups = e.c.groups.put(&v)
	}
}

// SetGroupKind makes a group where there is none; false when there is one of another kind.
func (e *Edit) SetGroupKind(name string, k GroupKind) bool {
	return e.setGroup(ObjectGroup{Kind: k, Name: name})
}

// SetObject makes an object, GroupNetwork or GroupMixed, where there is none; false when there is something else of that
// name.
func (e *Edit) SetObject(name string, k GroupKind) bool {
	return e.setGroup(ObjectGroup{Kind: k, Name: name, Object: true})
}

func (e *Edit) setGroup(v ObjectGroup) bool {
	if o, ok := e.c.ObjectGroup(v.Name); ok {
		return o.Kind == v.Kind && o.Object == v.Object
	}
	e.c.groups = e.c.groups.put(&v)
	return true
}

// SetObjectValue gives an object its value, in the place of the one that it has.
func (e *Edit) SetObjectValue(name string, m Member) {
	if o, ok := e.c.ObjectGroup(name); ok {
		for _, old := range o.Members.All() {
			e.RemoveMember(name, *old)
		}
		e.AddMember(name, m)
	}
}

// DescribeGroup sets the description of a group; "" removes it.
func (e *Edit) DescribeGroup(name, text string) {
	e.changeGroup(name, func(o *ObjectGroup) { o.Description = text })
}

// AddMember adds a member to a group; false when the group has it already. A group that would come to hold itself must
// have been refused.
func (e *Edit) AddMember(name string, m Member) bool {
	o, ok := e.c.ObjectGroup(name)
	m.ID = m.id()
	if !ok || o.Members.index.Has(m.ID) {
		return false
	}
	v := *o
	v.Members = o.Members.put(&m)
	if m.Group != "" {
		v.nested++
		e.hold(m.Group, name, true)
	}
	e.resize(&v, e.c.memberSize(&m))
	return true
}

// RemoveMember removes a member; false when the group does not have it.
func (e *Edit) RemoveMember(name string, m Member) bool {
	o, ok := e.c.ObjectGroup(name)
	m.ID = m.id()
	if !ok || !o.Members.index.Has(m.ID) {
		return false
	}
	v := *o
	v.Members = o.Members.remove(m.ID)
	if m.Group != "" {
		v.nested--
		e.hold(m.Group, name, false)
	}
	e.resize(&v, -e.c.memberSize(&m))
	return true
}

// RemoveObjectGroup removes a group, which must not be in use; false when there is none such.
func (e *Edit) RemoveObjectGroup(name string) bool {
	o, ok := e.c.ObjectGroup(name)
	if !ok {
		return false
	}
	for inner := range o.groupMembers() {
		e.hold(inner, name, false)
	}
	e.SetObjectNAT(name, nil)
	e.c.groups = e.c.groups.remove(o.key())
	return true
}

func (c *Config) memberSize(m *Member) int {
	switch {
	case m.Both:
		return 2
	case m.Group == "":
		return 1
	}
	if o, ok := c.ObjectGroup(m.Group); ok {
		return o.size
	}
	return 0
}

// resize puts a changed group, which became by so many objects larger, in its place, and counts what goes by it again: the
// groups that hold it grow for each of their members that did.
func (e *Edit) resize(o *ObjectGroup, by int) {
	o.size += by
	e.c.groups = e.c.groups.put(o)
	used := o.uses > 0
	grown := map[string]int{o.Name: by}
	for _, name := range e.c.outers(o) {
		e.changeGroup(name, func(v *ObjectGroup) {
			more := 0
			for m := range v.groupMembers() {
				more += grown[m]
			}
			grown[name] = max(-ruleMax, min(more, ruleMax))
			v.size = max(0, min(v.size+grown[name], ruleMax))
			used = used || v.uses > 0
		})
	}
	if used {
		e.recount()
	}
}

// recount counts the rules of the lists with groups.
func (e *Edit) recount() {
	for l := range e.c.ACLs.Values() {
		if l.grouped == 0 {
			continue
		}
		v := *l
		v.elements = 0
		for _, a := range l.Entries.All() {
			v.elements += e.c.RulesOf(a)
		}
		e.c.ACLs = e.c.ACLs.put(&v)
	}
}

// ruleMax is where counts of rules stop: beyond any bound of a release.
const ruleMax = 1 << 40

// RulesOf is how many rules an entry stands for: the product of its groups' sizes; 0 for a remark.
func (c *Config) RulesOf(a *ACE) int {
	if a.Kind == ACERemark {
		return 0
	}
	n := 1
	for _, name := range a.Groups.Names() {
		if name == "" {
			continue
		}
		o, ok := c.ObjectGroup(name)
		if !ok {
			return 0
		}
		n = min(n*o.size, ruleMax)
	}
	return n
}

// Elements is how many rules all access-lists and conduits stand for.
func (c *Config) Elements() int {
	n := c.Conduits.Len()
	for l := range c.ACLs.Values() {
		n += l.elements
	}
	for _, v := range c.Conduits.All() {
		if v.Groups != nil {
			a := v.ACE()
			n += c.RulesOf(&a) - 1
		}
	}
	return n
}

// Expander tells which rules entries with object-groups stand for. It belongs to one goroutine.
type Expander struct {
	c    *Config
	flat map[string][]*Member
}

// Expander makes one for the groups of c.
func (c *Config) Expander() *Expander { return &Expander{c: c, flat: map[string][]*Member{}} }

// Objects are the members of a group, those of nested groups in their places; one member for "", which names nothing.
func (x *Expander) Objects(name string) []*Member {
	if name == "" {
		return noMember
	}
	if all, ok := x.flat[name]; ok {
		return all
	}
	var all []*Member
	if o, ok := x.c.ObjectGroup(name); ok {
		all = make([]*Member, 0, o.size)
		for _, m := range o.Members.All() {
			switch {
			case m.Group != "":
				all = append(all, x.Objects(m.Group)...)
			case m.Both:
				all = append(all, m.of(protoTCP), m.of(protoUDP))
			case m.FQDN != "":
				all = append(all, x.stood(m)...)
			default:
				all = append(all, m)
			}
		}
	}
	x.flat[name] = all
	return all
}

// of is a member of both protocols as one of proto.
func (m *Member) of(proto uint8) *Member {
	v := *m
	v.Both, v.Proto = false, proto
	v.ID = v.id()
	return &v
}

const (
	protoTCP = 6
	protoUDP = 17
)

var noMember = []*Member{nil}

// Rules are the rules of an entry in order: protocols, then sources, their ports, destinations, their ports and ICMP types,
// the last varying fastest. A rule has an ID of its own. The *ACE is good until the next one is asked for.
func (x *Expander) Rules(a *ACE) iter.Seq[*ACE] {
	return func(yield func(*ACE) bool) {
		if a.Groups == nil {
			yield(a)
			return
		}
		r := *a
		r.Groups = nil
		var sets [6][]*Member
		for i, name := range a.Groups.Names() {
			sets[i] = x.Objects(name)
		}
		expand(&r, a.ID, 0, &sets, yield)
	}
}

// expand sets part i of the rule, and those behind it, to each of their objects in turn.
func expand(r *ACE, id ID, i int, sets *[6][]*Member, yield func(*ACE) bool) bool {
	if i == len(sets) {
		r.ID = id
		return yield(r)
	}
	for _, m := range sets[i] {
		next := id
		if m != nil {
			r.put(i, m)
			next = id.with(m.ID, i)
		}
		if !expand(r, next, i+1, sets, yield) {
			return false
		}
	}
	return true
}

func (m *Member) family() (uint8, string) {
	if m.Six != "" {
		return 6, m.Six
	}
	return 0, ""
}

// put sets the part of a rule that group i of GroupRefs.Names stands for.
func (a *ACE) put(i int, m *Member) {
	switch i {
	case 0:
		a.Proto = m.Proto
		if m.Service {
			a.Src.Port, a.Dst.Port, a.ICMPType = m.Src, m.Port, m.Type
			a.ICMPCode = -1
			if m.Coded {
				a.ICMPCode = int16(m.Code)
			}
		}
	case 1:
		a.Src.Net, a.Src.Last, a.Src.FQDN = m.Net, m.Last, m.FQDN
		a.Src.Family, a.Src.Six = m.family()
	case 2:
		a.Src.Port = m.Port
	case 3:
		a.Dst.Net, a.Dst.Last, a.Dst.FQDN = m.Net, m.Last, m.FQDN
		a.Dst.Family, a.Dst.Six = m.family()
	case 4:
		a.Dst.Port = m.Port
	case 5:
		a.ICMPType = m.Type
	}
}

// with is the ID of what id and part number i of it make.
func (id ID) with(part ID, i int) ID {
	h := uint64(id)*0x9e3779b97f4a7c15 ^ uint64(part) + uint64(i)
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return ID(h ^ h>>33)
}
