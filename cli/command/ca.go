package command

import (
	"context"
	"fmt"
	"strings"
	"time"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// RSAKey is a key pair of the box as show ca mypubkey rsa prints it.
type RSAKey struct {
	Usage  string // "General Purpose Key", "Signature Key", "Encryption Key"
	Name   string // host.domain
	At     time.Time
	Public []byte // SubjectPublicKeyInfo, DER
	Given  bool   // the box came with it: nobody made it by a command
}

// fromCA are the releases whose RSA keys are those of the ca command.
var fromCA = pixFrom(5, 0)

var (
	rsaGeneral = g.Word("key", "One key pair for all purposes")
	rsaSpecial = g.Word("specialkey", "Two key pairs, for signatures and for encryption")
	// unverified: the least and the greatest modulus; the manuals speak of 512 to 2048.
	rsaModulus = &g.Param[int]{Name: "key_modulus_size", Help: "bits of the modulus", Type: g.Int(512, 2048)}

	caAlone = caCommand("ca", g.Seq(), func(s Session, _ *g.Match) error {
		s.Say(release.CAAlone)
		return nil
	})
	caGenerate = caCommand("ca generate rsa", g.Seq(kw("generate"), kw("rsa"), g.Alt(rsaGeneral, rsaSpecial), rsaModulus), runGenerate)
	caSave     = caCommand("ca save all", g.Seq(kw("save"), kw("all")), func(s Session, _ *g.Match) error {
		return saved(s, s.Box().SaveRSA(true))
	})
	noCASave = &Command{
		Name: "no ca save all", Help: helpCA, Mode: Configure, Span: fromCA, Syntax: negated(kw("ca"), kw("save"), kw("all")), Usage: caUsage,
		Run: func(_ context.Context, s Session, _ *g.Match) error { return saved(s, s.Box().SaveRSA(false)) },
	}
	caZeroize = caCommand("ca zeroize rsa", g.Seq(kw("zeroize"), kw("rsa"), g.Opt(&g.Param[string]{Name: "keypair_name", Type: g.Ident(128)})),
		func(s Session, _ *g.Match) error {
			s.Box().ZeroizeRSA("")
			return nil
		})
	showMyPubKey = &Command{
		Name: "show ca mypubkey rsa", Help: "Show the box's RSA public keys", Mode: Privileged, Span: fromCA,
		Syntax: show(kw("ca"), kw("mypubkey"), kw("rsa")), Run: runShowMyPubKey, Usage: caUsage,
	}
	// The box has no certificates: no authority ever answers.
	showCACertificate = &Command{
		Name: "show ca certificate", Help: "Show certificates", Mode: Privileged, Span: fromCA,
		Syntax: show(kw("ca"), kw("certificate")),
		Run:    func(context.Context, Session, *g.Match) error { return nil },
		Usage:  caUsage,
	}
	showCACRL = &Command{
		Name: "show ca crl", Help: "Show the revocation list", Mode: Privileged, Span: fromCA,
		Syntax: show(kw("ca"), kw("crl")),
		Run:    func(context.Context, Session, *g.Match) error { return nil },
		Usage:  caUsage,
	}
)

const helpCA = "Configure interoperation with a certification authority"

func caCommand(name string, rest g.Syntax, run func(Session, *g.Match) error) *Command {
	c := &Command{
		Name: name, Help: helpCA, Mode: Configure, Span: fromCA, Syntax: g.Seq(g.Word("ca", helpCA), rest),
		Run: func(_ context.Context, s Session, m *g.Match) error { return run(s, m) },
	}
	if name != "ca" {
		c.Usage = caUsage
	}
	return c
}

// runGenerate makes key pairs. Whatever modulus is asked for, that of the keys has 2,048 bits: no client of today takes
// less.
func runGenerate(s Session, m *g.Match) error {
	c := s.Box().Config()
	if c.Hostname == "" || c.Domain == "" {
		s.Say(release.CANoDomain)
		return nil
	}
	if len(s.Box().RSAKeys()) > 0 {
		s.Say(release.CAKeysExist)
		return nil
	}
	if rsaModulus.Get(m) >= 1024 {
		s.Say(release.CALongTime)
	}
	s.Say(release.CABegin)
	if err := s.Box().GenerateRSA(c.Hostname+"."+c.Domain, rsaSpecial.Seen(m)); err != nil {
		return saved(s, err)
	}
	return tell(s, release.CASuccess)
}

// saved says why flash refused.
func saved(s Session, err error) error {
	if err != nil {
		s.Say(release.SaveFailed, err)
	}
	return nil
}

func runShowMyPubKey(_ context.Context, s Session, _ *g.Match) error {
	for _, k := range s.Box().RSAKeys() {
		at := k.At.In(s.Box().Zone()).Format("15:04:05 MST Jan 02 2006")
		if err := tell(s, release.CAPublicKey, at, k.Name, k.Usage, hexWords(k.Public)); err != nil {
			return err
		}
	}
	return nil
}

// hexWords is data as keys and certificates are printed: eight groups of four octets a line.
func hexWords(data []byte) string {
	var b strings.Builder
	for i := 0; i < len(data); i += 4 {
		switch {
		case i%32 == 0 && i > 0:
			b.WriteString("\n  ")
		case i == 0:
			b.WriteString("  ")
		default:
			b.WriteString(" ")
		}
		fmt.Fprintf(&b, "%x", data[i:min(i+4, len(data))])
	}
	return b.String() + "\n"
}

// caUsage is the text of a 6.x box.
var caUsage = []string{
	"ca generate rsa key|specialkey <key_modulus_size>",
	"[no] ca identity <ca_nickname> [<ca_ipaddress | hostname>",
	"        [:<ca_script_location>] [<ldap_ipaddress | hostname>]]",
	"[show] ca configure <ca_nickname> [ca|ra <retry_period> <retry_count> [crloptional]]",
	"ca authenticate <ca_nickname> [<fingerprint>]",
	"[no] ca enroll <ca_nickname> <challenge_password> [serial] [ipaddress]",
	"[no] ca save all",
	"show ca certificate",
	"show ca mypubkey rsa",
	"ca zeroize rsa",
	"[no | show] ca crl [request <ca_nickname>]",
	"[no | show] ca subject-name <ca_nickname> [<X.500 string>]",
	"[no | show] ca verifycertdn [<X.500 string>]",
}
