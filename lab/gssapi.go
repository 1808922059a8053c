package lab

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
)

// The lab has no domain controller, so GSSAPI is played: the token has the outside of a SPNEGO token with a Kerberos
// ticket and its size, and inside a name sealed with a secret that is the same for all servers of the lab. It proves
// nothing to anybody else, and no ticket of the world is good here.
var labTicketSecret = []byte("lab.example: the servers of the lab know each other by this")

// spnego is the identifier that such a token begins with (RFC 4178).
var spnego = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 2}

// ticketOctets make a line of about 2,100 characters in base64 (CASE09): longer than a command line may be.
const ticketOctets = 1570

const maxTicketName = 255

var (
	errTicket    = errors.New("no ticket of the lab")
	errTicketCut = errors.New("the ticket is not whole")
)

// initialToken is the outside: application 0, an identifier, and what the mechanism says.
type initialToken struct {
	Mech asn1.ObjectIdentifier
	Name []byte
	Seal []byte
	Pad  []byte
}

const initialTokenTag = "application,tag:0"

// seal is over all that a firewall could damage.
func seal(name, pad []byte) []byte {
	h := hmac.New(sha256.New, labTicketSecret)
	h.Write([]byte{byte(len(name))})
	h.Write(name)
	h.Write(pad)
	return h.Sum(nil)
}

// labTicket is the token by which a server of the lab says who it is.
func labTicket(name string) ([]byte, error) {
	if name == "" || len(name) > maxTicketName {
		return nil, errTicket
	}
	pad := bytes.Repeat([]byte{0xa5}, ticketOctets-len(name))
	t := initialToken{spnego, []byte(name), seal([]byte(name), pad), pad}
	return asn1.MarshalWithParams(t, initialTokenTag)
}

// openTicket is the name in a token. errTicketCut: it has not its whole length.
func openTicket(token []byte) (string, error) {
	var t initialToken
	rest, err := asn1.UnmarshalWithParams(token, &t, initialTokenTag)
	if len(token) > 0 && token[0] == 0x60 && err != nil && truncated(token) {
		return "", errTicketCut
	}
	if err != nil || len(rest) > 0 || !t.Mech.Equal(spnego) || len(t.Name) > maxTicketName || !hmac.Equal(t.Seal, seal(t.Name, t.Pad)) {
		return "", errTicket
	}
	return string(t.Name), nil
}

// truncated says whether the length that a DER token begins with goes beyond its end.
func truncated(token []byte) bool {
	if len(token) < 2 {
		return true
	}
	n := int(token[1])
	if n < 0x80 {
		return len(token) < 2+n
	}
	if n -= 0x80; n == 0 || n > 3 {
		return false
	}
	if len(token) < 2+n {
		return true
	}
	size := 0
	for _, b := range token[2 : 2+n] {
		size = size<<8 | int(b)
	}
	return len(token) < 2+n+size
}

// gssapiServer takes one token, and the rest of one that is not whole in none: nothing is joined.
type gssapiServer struct{ logon func(user string) }

func (g gssapiServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if response == nil {
		return []byte{}, false, nil
	}
	name, err := openTicket(response)
	if err != nil {
		return nil, true, err
	}
	g.logon(clean(name))
	return nil, true, nil
}
