package lab

import (
	"context"
	"crypto/md5"
	"fmt"
	"slices"
	"strings"
)

// This file is what Exchange servers say to each other besides SMTP.

// LinkState is the link state table of a routing group, as far as the lab has one: its version.
type LinkState struct {
	Group   string
	Version int // moves when an exchange with a bridgehead of another group succeeds
}

// wants says whether the profile has an extra and may use it: it is offered, or the profile is blunt.
func (d *delivery) wants(x Extra) bool {
	return slices.Contains(d.Profile.Extras, x) && (d.Profile.Blunt || d.offered(string(x)))
}

// exps logs on to a server of the same organisation. Without, the mail goes as a stranger's, or not at all.
func (d *delivery) exps(context.Context) error {
	if !d.Org || !slices.Contains(d.Profile.Extras, XEXPS) {
		return nil
	}
	may := slices.DeleteFunc(slices.Clone(d.Profile.OrgMechs), func(m string) bool { return m == "LOGIN" && d.User == "" })
	mech := common(may, d.mechs(string(XEXPS), AuthEither))
	if mech == "" && d.Profile.Blunt && len(may) > 0 {
		mech = may[0]
	}
	if mech == "" {
		return d.stranger()
	}
	r, err := d.auth(string(XEXPS), mech)
	if err != nil {
		d.note(extraNote(d.Profile.Voice, d.Peer, string(XEXPS), Reply{Code: 451}))
		return err
	}
	if r.Code != 235 {
		d.note(extraNote(d.Profile.Voice, d.Peer, string(XEXPS)+" "+mech, r))
		return d.stranger()
	}
	return nil
}

func (d *delivery) stranger() error {
	if d.Profile.OrgAuth {
		return ErrOrgAuth
	}
	return nil
}

// linkState tells the table of the routing group. A failure never stops the mail.
func (d *delivery) linkState(context.Context) error {
	if !d.wants(XLINK2STATE) || !d.Org && !d.Profile.Blunt {
		return nil
	}
	r, err := d.cmd(d.linkStateLine())
	if err != nil {
		return err
	}
	if !r.OK() {
		d.note(extraNote(d.Profile.Voice, d.Peer, d.a.Command, r))
		return nil
	}
	if d.LinkState != nil {
		d.LinkState.Version++
	}
	return nil
}

// linkStateLine asks whether the peer's table has the same digest. unverified: the payload; only the grammar and the
// limit of 1024 octets are documented (KB 812455).
func (d *delivery) linkStateLine() string {
	state := LinkState{Group: "First Routing Group"}
	if d.LinkState != nil {
		state = *d.LinkState
	}
	_, org, _ := strings.Cut(d.Name, ".")
	query := fmt.Sprintf("DIGEST_QUERY %x %x", md5.Sum([]byte(org)), md5.Sum(fmt.Append(nil, state.Group, state.Version)))
	inner := fmt.Sprintf("MULTI (5) ({%08x} %s)", len(query), query)
	return fmt.Sprintf("X-LINK2STATE LAST CHUNK={%08x} %s", len(inner), inner)
}

// exch50 tells the properties of the message that SMTP has no place for. A refusal is logged and the mail goes on; a
// firewall that swallows the octets leaves both sides waiting.
func (d *delivery) exch50(ctx context.Context) error {
	if !d.wants(XEXCH50) {
		return nil
	}
	line := fmt.Sprintf("%s %d %d", XEXCH50, d.Profile.ExchSize, d.Profile.ExchKind)
	blob := properties(d.Profile.ExchSize)
	if d.Profile.Blunt {
		return d.bluntExch50(ctx, line, blob)
	}
	r, err := d.cmd(line)
	if err == nil && r.Code == 354 {
		if err = d.c.Raw(blob); err == nil {
			r, err = d.reply(line)
		}
	}
	if err == nil && !r.OK() {
		d.note(extraNote(d.Profile.Voice, d.Peer, line, r))
	}
	return err
}

// bluntExch50 does not wait for the answer. A server that has not understood the command takes the octets for command
// lines, and this client, which knows how many lines it sent, reads that many answers: it stays in step.
func (d *delivery) bluntExch50(ctx context.Context, line string, blob []byte) error {
	if err := d.c.Segments(ctx, []byte(line+"\r\n"), blob); err != nil {
		return err
	}
	first, err := d.reply(line)
	if err != nil {
		return err
	}
	answers := 1
	if first.Code != 354 {
		d.note(extraNote(d.Profile.Voice, d.Peer, line, first))
		answers = strings.Count(string(blob), "\r\n")
	}
	for range answers {
		if _, err := d.reply(line); err != nil {
			return err
		}
	}
	return nil
}

// properties are n octets, in lines that end in CR LF as far as they are whole: a stand-in for message properties.
func properties(n int) []byte {
	const text = "IPM.Note properties 0123456789abcdef ABCDEFGHIJKLMNOPQRSTUVWXYZ\r\n"
	b := []byte(strings.Repeat(text, n/len(text)+1))[:n]
	if n >= 2 {
		copy(b[n-2:], "\r\n")
	}
	return b
}

// ticket is the GSSAPI mechanism as the lab has it: see labTicket.
type ticket struct{ token []byte }

// Start implements sasl.Client. The token answers the first challenge, "334 GSSAPI supported".
func (t *ticket) Start() (mech string, ir []byte, err error) { return "GSSAPI", t.token, nil }

// Next implements sasl.Client: a token of the server needs no answer, and the empty one says so.
func (t *ticket) Next([]byte) ([]byte, error) { return []byte{}, nil }

// ntlm is the NTLM mechanism. Its first message answers the first challenge, or stands on the command line.
type ntlm struct{ user, domain, password string }

// Start implements sasl.Client.
func (n *ntlm) Start() (mech string, ir []byte, err error) { return "NTLM", ntlmNegotiate(), nil }

// Next implements sasl.Client.
func (n *ntlm) Next(challenge []byte) ([]byte, error) {
	return ntlmAuthenticate(challenge, n.user, n.domain, n.password)
}
