package lab

import (
	"slices"

	"pixsim/appliance/release"
	"pixsim/dataplane/inspect/smtp"
)

// Symptom is one of the fourteen symptoms of KB 320027.
type Symptom struct {
	N      int    // its place in the article
	Title  string // what the user sees
	causes []cause
}

// cause is a way in which inspection brings a symptom about, and the engines that have it.
type cause struct {
	when func(*smtp.Profile) bool
	why  string
}

// Mechanism is how a release brings the symptom about, in one sentence or two; not ok where it does not.
func (s Symptom) Mechanism(r *release.Release) (why string, ok bool) {
	for _, c := range s.causes {
		if c.when(&r.SMTP) {
			return c.why, true
		}
	}
	return "", false
}

// Symptoms are the fourteen, in the order of the article. The caller owns the slice.
func Symptoms() []Symptom { return slices.Clone(symptoms) }

// What engines do that symptoms come from.
func always(*smtp.Profile) bool        { return true }
func refusesEHLO(p *smtp.Profile) bool { return !p.ESMTP }
func saysOK(p *smtp.Profile) bool      { return !p.ESMTP && p.Reject != smtp.RejectMask }
func hidesTLS(p *smtp.Profile) bool    { return p.ESMTP && !p.AllowTLS }
func losesEnd(p *smtp.Profile) bool    { return p.Flaws&lostEnd != 0 }
func garbles(p *smtp.Profile) bool {
	return p.Flaws&(smtp.FlawNoopDesync|smtp.FlawEODSegmentStart) != 0
}

// lostEnd are the flaws that lose the end of a message, or the reply to it (CSCds90792).
const lostEnd = smtp.FlawEODWithhold | smtp.FlawEODReset | smtp.FlawEODEatReply

// Mechanisms that several symptoms share.
const (
	whyLostEnd = "the end of a message, CR LF . CR LF, is lost when it comes in two segments (CSCds90792)"
	whyTwice   = whyLostEnd + ": the sender never learns that the mail has arrived, and sends it again"
	whyAUTH    = "AUTH is refused, and EHLO with it: the server takes the user for a stranger who relays, and says 550 5.7.1"
	whyX       = "the verb is not among those that pass, and its keyword is hidden from the reply to EHLO"
)

// symptoms is the one place for what the article lists; the mechanisms are those of the engine.
var symptoms = []Symptom{
	{1, "No Internet mail is received.", []cause{
		{losesEnd, whyLostEnd},
		{saysOK, "EHLO never reaches the server but is answered 250: the sender takes itself for greeted, the server asks for HELO and refuses MAIL"},
		{refusesEHLO, "EHLO reaches the server as XXXX: a sender that does not fall back to HELO, or a server that says 4xx to it, stops the mail"},
	}},
	{2, "Mail with attachments cannot be sent.", []cause{
		{losesEnd, whyLostEnd + ", as that of a large message does"},
	}},
	{3, "No telnet session can be had with port 25.", []cause{
		{func(p *smtp.Profile) bool { return p.Part == smtp.PartMask }, "a client that sends each key by itself sends no command: every key but the line end becomes X"},
		{always, "a client that sends each key by itself is withheld until its line comes whole: the session freezes"},
	}},
	{4, "EHLO gets \"command unrecognized\" or \"OK\".", []cause{
		{saysOK, "EHLO is not among the commands that pass, and what is put in its place is answered OK"},
		{refusesEHLO, "EHLO is overwritten with XXXX, which the server does not know"},
	}},
	{5, "Mail to or from certain domains fails.", []cause{
		{hidesTLS, "STARTTLS is hidden and refused: a peer that demands it gives up"},
		{refusesEHLO, "it depends on the pair: a peer that falls back to HELO gets through, one that needs EHLO, AUTH or STARTTLS does not"},
	}},
	{6, "POP3 clients fail to authenticate for relaying: 550 5.7.1.", []cause{{refusesEHLO, whyAUTH}}},
	{7, "Mail is sent in duplicate, five or six times.", []cause{{losesEnd, whyTwice}}},
	{8, "Incoming mail arrives in duplicate.", []cause{{losesEnd, whyTwice}}},
	{9, "Outlook and Outlook Express report 0x800CCC79.", []cause{{refusesEHLO, whyAUTH + ", which these clients show by that number"}}},
	{10, "Binary MIME (8BITMIME) fails: 554 5.6.1.", []cause{
		{refusesEHLO, "without EHLO the sender cannot learn that the server takes 8BITMIME, and returns the mail itself"},
		{always, "BINARYMIME is shown and CHUNKING, without which it is of no use, is hidden: mail in binary MIME is returned; 8BITMIME passes"},
	}},
	{11, "Attachments are missing or garbled.", []cause{
		{garbles, "lines of the message are taken for commands, and become X"},
		{losesEnd, whyLostEnd + ", and the message is cut"},
		{always, "the octets that follow a refused XEXCH50 or BDAT are taken for commands, if the sender does not wait for the reply"},
	}},
	{12, "Link-state routing between Exchange routing groups fails.", []cause{{always, "X-LINK2STATE: " + whyX}}},
	{13, "The X-LINK2STATE verb is not passed.", []cause{{always, whyX}}},
	{14, "Servers fail to authenticate over a routing-group connector.", []cause{{always, "X-EXPS, by which Exchange servers authenticate: " + whyX}}},
}

// Cure is what to type, from the enable prompt, to switch inspection of SMTP off in a release: steps 4 to 7 of the
// article. Words in capitals stand for what only the box's own configuration tells: MAPPED and REAL are the addresses of
// its mailhost line.
func Cure(r *release.Release) []string {
	return between("configure terminal", switchOff(r), "write memory", "reload")
}

func switchOff(r *release.Release) []string {
	switch {
	case slices.Contains(r.Order, release.SectionPolicyMap):
		return []string{"policy-map global_policy", "class inspection_default", "no inspect esmtp", "end"}
	case slices.Contains(r.Order, release.SectionFixup):
		// With the port: without it the command puts the default back, which is port 25.
		return []string{"no fixup protocol smtp 25", "exit"}
	}
	pair := ""
	if r.Config.InterfacePairs {
		pair = "(inside,outside) "
	}
	return []string{
		"no mailhost " + pair + "MAPPED REAL", "static " + pair + "MAPPED REAL",
		"conduit " + pair + "MAPPED 25 tcp 0.0.0.0 0.0.0.0", "exit",
	}
}

// CureTLS is what to type to let STARTTLS pass and keep what hides the other keywords; nil where the release has no maps, or
// hides no STARTTLS.
func CureTLS(r *release.Release) []string {
	if !r.Config.InspectMaps || !r.SMTP.Maps || !hidesTLS(&r.SMTP) {
		return nil
	}
	return between("configure terminal", []string{
		"policy-map type inspect esmtp tls", "parameters", "allow-tls", "exit",
		"match ehlo-reply-parameter others", "mask", "exit", "exit", // else CHUNKING is shown, whose BDAT is refused
		"policy-map global_policy", "class inspection_default", "no inspect esmtp", "inspect esmtp tls", "end",
	}, "write memory")
}

func between(first string, middle []string, last ...string) []string {
	return slices.Concat([]string{first}, middle, last)
}
