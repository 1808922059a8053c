// Package resolver makes the questions that a box asks name servers (RFC 1035), reads the answers, and keeps what names stand
// for until it has to be asked again. It does not know how messages travel, nor what the names are for.
package resolver

import (
	"errors"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// Record is an address that a name stands for, and for how long.
type Record struct {
	Addr netip.Addr
	TTL  time.Duration
}

const (
	// maxAddrs is how many addresses a name may stand for; further ones are left out.
	maxAddrs = 64
	// maxTTL is a bound on what a server says (RFC 2181 section 8 has no smaller one): a week.
	maxTTL = 7 * 24 * time.Hour
)

// Errors of Read.
var (
	ErrNotMine  = errors.New("an answer to something else")
	ErrNoName   = errors.New("there is no such name")
	ErrNoAnswer = errors.New("the server has no answer")
)

// Question is a question for the IPv4 addresses of a name.
func Question(id uint16, name string) ([]byte, error) {
	n, err := dnsmessage.NewName(absolute(name))
	if err != nil {
		return nil, err
	}
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: id, RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: n, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}},
	}
	return m.Pack()
}

func absolute(name string) string {
	if strings.HasSuffix(name, ".") {
		return name
	}
	return name + "."
}

// Read reads an answer to Question. Names that stand for other names are followed within the message.
func Read(msg []byte, id uint16, name string) ([]Record, error) {
	var p dnsmessage.Parser
	h, err := p.Start(msg)
	if err != nil {
		return nil, err
	}
	q, err := p.Question()
	switch {
	case err != nil:
		return nil, err
	case !h.Response || h.ID != id || !strings.EqualFold(q.Name.String(), absolute(name)) || q.Type != dnsmessage.TypeA:
		return nil, ErrNotMine
	case h.RCode == dnsmessage.RCodeNameError:
		return nil, ErrNoName
	case h.RCode != dnsmessage.RCodeSuccess:
		return nil, ErrNoAnswer
	}
	if err := p.SkipAllQuestions(); err != nil {
		return nil, err
	}
	answers, err := p.AllAnswers()
	if err != nil {
		return nil, err
	}
	return follow(answers, absolute(name)), nil
}

// follow collects the addresses of a name, by way of those that it stands for.
func follow(answers []dnsmessage.Resource, name string) (out []Record) {
	ttl := maxTTL
	for range answers { // no chain is longer
		next := ""
		for _, r := range answers {
			if !strings.EqualFold(r.Header.Name.String(), name) || r.Header.Class != dnsmessage.ClassINET {
				continue
			}
			own := min(ttl, time.Duration(r.Header.TTL)*time.Second)
			switch body := r.Body.(type) {
			case *dnsmessage.AResource:
				if len(out) < maxAddrs {
					out = append(out, Record{netip.AddrFrom4(body.A), own})
				}
			case *dnsmessage.CNAMEResource:
				next, ttl = body.CNAME.String(), own
			}
		}
		if len(out) > 0 || next == "" {
			return out
		}
		name = next
	}
	return out
}
