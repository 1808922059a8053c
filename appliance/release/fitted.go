package release

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// slot is what the software up to 6.3 calls an interface card: the word behind interface and nameif.
var slot = regexp.MustCompile(`(?im)^ *(?:interface|nameif) +(gb-|)(e\w*?|token|fddi)(\d+)(?: |$)`)

// Fitted is r on a model with the interface cards that a configuration names, where the model of r lacks one of them: a
// chassis takes many cards, and a configuration was written on one that had them. The cards are in the order in which
// the text first names them; those of a kind are numbered from 0 without a gap, so that ethernet2 alone tells of three.
func (r *Release) Fitted(text string) *Release {
	if r.Config.InterfaceName == "" {
		return r.chassis(text)
	}
	var cards []string
	lacks := false
	for _, m := range slot.FindAllStringSubmatch(text, -1) {
		kind := strings.ToLower(m[2])
		if strings.HasPrefix("ethernet", kind) {
			kind = "ethernet"
		}
		kind = strings.ToLower(m[1]) + kind
		for _, card := range append(below(kind, m[3]), kind+m[3]) {
			if !slices.Contains(cards, card) {
				cards = append(cards, card)
				lacks = lacks || !slices.Contains(r.Model.Interfaces, card)
			}
		}
	}
	if !lacks {
		return r
	}
	return r.withCards(cards)
}

// withCards is r on a model with other interfaces.
func (r *Release) withCards(cards []string) *Release {
	fitted := *r
	fitted.Model = r.Model.with(func(m *Model) {
		m.Interfaces = cards
		m.IRQ = make([]int, len(cards))
		for i := range m.IRQ {
			m.IRQ[i] = r.Model.IRQ[i%len(r.Model.IRQ)]
		}
	})
	fitted.Limits.Interfaces = max(fitted.Limits.Interfaces, len(cards))
	return &fitted
}

// port is what the software of 7.0 and later calls an interface of the machine.
var port = regexp.MustCompile(`(?im)^ *int\w* +([a-z]+) ?([0-9]+(?:/[0-9]+)*)(?:\.[0-9]+)? *\r?$`)

// portNames are the names of ports by their beginnings.
var portNames = []string{"Ethernet", "FastEthernet", "GigabitEthernet", "TenGigabitEthernet", "Management"}

// chassis is r on the machine that has the ports which a configuration names, where that of r lacks one of them, or that has
// a switch, where it names VLANs.
func (r *Release) chassis(text string) *Release {
	var ports []string
	lacks := false
	for _, m := range port.FindAllStringSubmatch(text, -1) {
		i := slices.IndexFunc(portNames, func(n string) bool { return len(m[1]) <= len(n) && strings.EqualFold(n[:len(m[1])], m[1]) })
		if i < 0 {
			continue
		}
		id := portNames[i] + m[2]
		if !slices.Contains(ports, id) {
			ports = append(ports, id)
			lacks = lacks || !slices.Contains(r.Model.Interfaces, id)
		}
	}
	fitted := r
	if lacks {
		fitted = r.withCards(ports)
	}
	if vlan.MatchString(text) && !fitted.Model.Switch {
		more := *fitted
		more.Model.Switch = true
		fitted = &more
	}
	return fitted
}

// vlan is an interface of a machine whose ports are those of a switch (the 5505).
var vlan = regexp.MustCompile(`(?im)^ *int\w* +vlan ?[0-9]+`)

// below are the cards of a kind before the one of that number, none where no chassis holds as many.
func below(kind, number string) (cards []string) {
	n, err := strconv.Atoi(number)
	if err != nil || n >= slots {
		return nil
	}
	for i := range n {
		cards = append(cards, kind+strconv.Itoa(i))
	}
	return cards
}

// slots are the interfaces that the largest chassis takes: a PIX 535 has ten.
const slots = 10
