package config

// The modular policy framework, 7.0 and later: what is inspected is a class of traffic in a policy-map, which a
// service-policy puts in force.

// MatchKind is what a class-map matches.
type MatchKind uint8

const (
	MatchNone              MatchKind = iota
	MatchDefaultInspection           // match default-inspection-traffic: the usual ports
	MatchAny
	MatchACL  // match access-list
	MatchPort // match port tcp|udp eq P | range A B
	MatchOther
)

// ClassMap is a class of traffic.
type ClassMap struct {
	Name        string
	Description string
	Kind        MatchKind
	ACL         string // MatchACL; MatchDefaultInspection: what the list permits of it, "": all
	Proto       uint8  // MatchPort: 6 or 17
	Lo, Hi      uint16 // MatchPort
	Other       string // MatchOther: the words behind match, kept and printed
	Flow        bool   // match flow ip destination-address, beside a tunnel-group
}

// Inspect is one inspect line: the engine as it is printed ("esmtp", "h323 h225") and its map.
type Inspect struct {
	Proto string
	Map   string // "": the default
	Tail  string // the words behind the map, kept and printed
}

// PolicyClass is a class within a policy-map and what is done with it.
type PolicyClass struct {
	Class    string
	Inspects []Inspect
	Other    []string // further lines (set connection ...), kept and printed
}

// PolicyMap is a policy of layer 3 and 4.
type PolicyMap struct {
	Name        string
	Description string
	Classes     []PolicyClass
}

// ServicePolicy puts a policy-map in force on an interface, or on all of them (If empty).
type ServicePolicy struct {
	Policy string
	If     string
	Closed bool // fail-close (9.0 and later)
}

// ESMTPMatchKind is what a match line of an ESMTP policy-map looks at.
type ESMTPMatchKind uint8

const (
	ESMTPBodyLength ESMTPMatchKind = iota
	ESMTPBodyLineLength
	ESMTPCmdVerb
	ESMTPCmdLineLength
	ESMTPCmdRcptCount
	ESMTPEhloReply
	ESMTPHeaderLength
	ESMTPHeaderLineLength
	ESMTPHeaderToFields
	ESMTPInvalidRecipients
	ESMTPMIMEFiletype
	ESMTPMIMEFilenameLength
	ESMTPMIMEEncoding
	ESMTPSenderRegex
	ESMTPSenderLength
)

// ESMTPAction is what a match line leads to.
type ESMTPAction struct {
	Drop, Reset, Mask bool // at most one
	Log               bool
	Rate              int // rate-limit, messages a second; 0 none
}

// ESMTPMatch is one match line. Than is of the "gt" kinds; Words are verbs, extensions or encodings in lower case.
type ESMTPMatch struct {
	Not    bool
	Kind   ESMTPMatchKind
	Than   int
	Words  []string
	Regex  string // name of a regex, or of a class of them
	Class  bool   // Regex is a class
	Action ESMTPAction
}

// ESMTPMap is a policy-map type inspect esmtp, 7.2 and later.
type ESMTPMap struct {
	Name        string
	Description string
	Parameters  bool // the block was opened: it is printed even when empty
	MaskBanner  bool
	NoMask      bool // no mask-banner was typed
	AllowTLS    bool
	AllowTLSLog bool
	MailRelay   string // domain; "" none
	RelayDrop   bool
	RelayLog    bool
	Special     bool // special-character action
	SpecialDrop bool
	SpecialLog  bool
	Matches     []ESMTPMatch
}

func (m ClassMap) key() ID { return classMapKey(m.Name) }

func classMapKey(name string) ID { return key("class-map ").text(name).id() }

// ClassMap is the class of that name.
func (c *Config) ClassMap(name string) (ClassMap, bool) {
	return c.ClassMaps.get(classMapKey(name))
}

// PolicyMap is the policy-map of that name.
func (c *Config) PolicyMap(name string) (PolicyMap, bool) {
	return find(c.PolicyMaps, func(v *PolicyMap) bool { return v.Name == name })
}

// ESMTPMap is the ESMTP policy-map of that name.
func (c *Config) ESMTPMap(name string) (ESMTPMap, bool) {
	return find(c.ESMTPMaps, func(v *ESMTPMap) bool { return v.Name == name })
}

// SetClassMap adds a class, or replaces the one of its name.
func (e *Edit) SetClassMap(m ClassMap) {
	e.c.ClassMaps = e.c.ClassMaps.put(m)
}

// RemoveClassMap removes a class; false when there is none such.
func (e *Edit) RemoveClassMap(name string) bool {
	return remove(&e.c.ClassMaps, classMapKey(name))
}

// SetPolicyMap adds a policy-map, or replaces the one of its name. Its slices must not be written to afterwards.
func (e *Edit) SetPolicyMap(m PolicyMap) {
	put(&e.c.PolicyMaps, m, func(v *PolicyMap) bool { return v.Name == m.Name })
}

// RemovePolicyMap removes a policy-map; false when there is none such.
func (e *Edit) RemovePolicyMap(name string) bool {
	return removeFirst(&e.c.PolicyMaps, func(v PolicyMap) bool { return v.Name == name })
}

// SetESMTPMap adds an ESMTP policy-map, or replaces the one of its name. Its slices must not be written to afterwards.
func (e *Edit) SetESMTPMap(m ESMTPMap) {
	put(&e.c.ESMTPMaps, m, func(v *ESMTPMap) bool { return v.Name == m.Name })
}

// RemoveESMTPMap removes one; false when there is none such.
func (e *Edit) RemoveESMTPMap(name string) bool {
	return removeFirst(&e.c.ESMTPMaps, func(v ESMTPMap) bool { return v.Name == name })
}

// SetServicePolicy puts a policy-map in force, in place of the one of that interface.
func (e *Edit) SetServicePolicy(p ServicePolicy) {
	put(&e.c.ServicePolicies, p, func(v *ServicePolicy) bool { return v.If == p.If })
}

// RemoveServicePolicy takes it out of force; false when there is none such.
func (e *Edit) RemoveServicePolicy(p ServicePolicy) bool {
	return removeFirst(&e.c.ServicePolicies, func(v ServicePolicy) bool { return v == p })
}

// Class is the class of that name within a policy-map, and its index; -1 when there is none.
func (m PolicyMap) Class(name string) (PolicyClass, int) {
	for i, c := range m.Classes {
		if c.Class == name {
			return c, i
		}
	}
	return PolicyClass{}, -1
}

// WithClass is m with a class added, or replaced where it stands.
func (m PolicyMap) WithClass(c PolicyClass) PolicyMap {
	put(&m.Classes, c, func(v *PolicyClass) bool { return v.Class == c.Class })
	return m
}

// WithoutClass is m less a class.
func (m PolicyMap) WithoutClass(name string) PolicyMap {
	removeFirst(&m.Classes, func(v PolicyClass) bool { return v.Class == name })
	return m
}

// WithInspect is c with an inspect line added, or with the map of the same engine replaced.
func (c PolicyClass) WithInspect(i Inspect) PolicyClass {
	put(&c.Inspects, i, func(v *Inspect) bool { return v.Proto == i.Proto })
	return c
}

// WithoutInspect is c less an inspect line.
func (c PolicyClass) WithoutInspect(proto string) PolicyClass {
	removeFirst(&c.Inspects, func(v Inspect) bool { return v.Proto == proto })
	return c
}

func find[E any](s []E, fits func(*E) bool) (E, bool) {
	for i := range s {
		if fits(&s[i]) {
			return s[i], true
		}
	}
	var zero E
	return zero, false
}

// put replaces the entry that fits by v, or appends v.
func put[E any](s *[]E, v E, fits func(*E) bool) {
	for i := range *s {
		if fits(&(*s)[i]) {
			*s = replaced(*s, i, v)
			return
		}
	}
	*s = added(*s, v)
}

// InspectID names the counters of one inspect line in force.
func InspectID(s ServicePolicy, class string, i Inspect) ID {
	return HashID("inspect " + s.If + " " + s.Policy + " " + class + " " + i.Proto + " " + i.Map)
}

// ClassID names the counters of the connections of a class in force.
func ClassID(s ServicePolicy, class string) ID {
	return HashID("class " + s.If + " " + s.Policy + " " + class)
}
