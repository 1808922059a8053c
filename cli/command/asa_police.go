package command

import (
	"fmt"

	"pixsim/appliance/config"
	"pixsim/dataplane"
	"pixsim/dataplane/acl"
)

// policeForms are the forms of police in a class of a policy-map (command reference, police: what comes in is policed since
// 7.2).
var policeForms = table(`police output = <8000-2000000000> [<1000-512000000>] [conform-action {drop|transmit}] [exceed-action {drop|transmit}]
	7.2+ police input = <8000-2000000000> [<1000-512000000>] [conform-action {drop|transmit}] [exceed-action {drop|transmit}]`)

// policeIDs name the counters of the police lines of a class in force.
func policeIDs(c *config.Config, s config.ServicePolicy, class config.PolicyClass) (ids []acl.ID) {
	for _, p := range class.Policing() {
		for _, name := range c.PoliceInterfaces(s) {
			ids = append(ids, acl.ID(config.PoliceID(s, class.Class, p, name)))
		}
	}
	return ids
}

// policeText is what show service-policy says of police in a class (configuration guide, viewing QoS police statistics).
//
// unverified: that the way stands in front of police, and that a global policy shows each interface.
func policeText(s Session, sp config.ServicePolicy, class config.PolicyClass) (text string) {
	for _, p := range class.Policing() {
		for _, name := range s.Box().Config().PoliceInterfaces(sp) {
			var n dataplane.PoliceCounters
			s.Box().Do(func(st *dataplane.State) { n = st.Police(acl.ID(config.PoliceID(sp, class.Class, p, name))) })
			way := "Input"
			if p.Out {
				way = "Output"
			}
			text += fmt.Sprintf("      %s police Interface %s:\n        cir %d bps, bc %d bytes\n", way, name, p.Rate, p.Burst) +
				policedText("conformed", n.Conformed, p.DropConforming) + policedText("exceeded", n.Exceeded, !p.PassExceeding) +
				fmt.Sprintf("        conformed %d bps, exceed %d bps\n", n.Conformed.Rate, n.Exceeded.Rate)
		}
	}
	return text
}

// policedText is a half of the counters: what became of the packets.
func policedText(what string, n dataplane.PoliceCount, drop bool) string {
	action := "transmit"
	if drop {
		action = "drop"
	}
	return fmt.Sprintf("        %s %d packets, %d bytes; actions:  %s\n", what, n.Packets, n.Bytes, action)
}

// policed is the phase of the class whose rate bounds a packet.
func (v *tracerView) policed(p *tracerPhase, s dataplane.Step) bool {
	for _, sp := range v.c.ServicePolicies {
		pm, _ := v.c.PolicyMap(sp.Policy)
		for _, class := range pm.Classes {
			for i, id := range policeIDs(v.c, sp, class) {
				if id == s.Line {
					line := class.Policing()[i/len(v.c.PoliceInterfaces(sp))]
					p.config = v.policyConfig(sp, class.Class, line.String())
					return true
				}
			}
		}
	}
	return false
}
