package command

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"strings"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// DefaultKey is the name of the key pair that was given none (7.0 and later).
const DefaultKey = "<Default-RSA-Key>"

const helpKey = "Long term key operations"

var (
	keyUsage   = g.Word("usage-keys", "Generate separate RSA key pairs for signing and encryption")
	keyGeneral = g.Word("general-keys", "Generate a general purpose RSA key pair for signing and encryption")
	keyLabel   = &g.Param[string]{Name: "key-pair-label", Help: "Name of the key pair", Type: g.Ident(63)}
	keyBits    = &g.Param[string]{Name: "size", Help: "Bits of the modulus", Type: g.Enum("512", "768", "1024", "2048", "4096")}
	keyAtOnce  = g.Word("noconfirm", "Do not ask")
	keyMake    = &Command{
		Name: "crypto key generate rsa", Help: helpKey, Mode: Configure, Span: inASA,
		Syntax: g.Seq(append(keywords("crypto key generate rsa", helpKey), g.Any(g.Alt(keyUsage, keyGeneral),
			g.Seq(g.Word("label", "Provide a label"), keyLabel), g.Seq(g.Word("modulus", "Provide number of modulus bits on the command line"), keyBits),
			keyAtOnce))...),
		Run: runKeyMake,
	}

	forgetLabel  = &g.Param[string]{Name: "key-pair-label", Help: "Name of the key pair", Type: g.Ident(63)}
	forgetUsual  = g.Word("default", "The key pair without a label")
	forgetAtOnce = g.Word("noconfirm", "Do not ask")
	keyForget    = &Command{
		Name: "crypto key zeroize rsa", Help: helpKey, Mode: Configure, Span: inASA,
		Syntax: g.Seq(append(keywords("crypto key zeroize rsa", helpKey),
			g.Opt(g.Alt(g.Seq(g.Word("label", "Provide a label"), forgetLabel), forgetUsual)), g.Opt(forgetAtOnce))...),
		Run: runKeyForget,
	}

	showPublicKeys = &Command{
		Name: "show crypto key mypubkey rsa", Help: helpCryptoShow, Mode: Privileged, Span: inASA,
		Syntax: show(append(keywords("crypto key mypubkey rsa", helpCryptoShow), g.Opt(g.Word("default", "Show the default key pair")))...),
		Run:    runShowPublicKeys,
	}
)

// runKeyMake makes key pairs. Those that the box came with are no reason to ask. Whatever modulus is asked for, that of the
// keys has 2,048 bits: no client of today takes less.
func runKeyMake(_ context.Context, s Session, m *g.Match) error {
	name := orElse(keyLabel.Get(m), DefaultKey)
	if !keyAtOnce.Seen(m) && madeKey(s, name) {
		ok, err := yesNo(s, s.Release().Say(release.KeyExists, name))
		if err != nil {
			return err
		}
		if !ok {
			s.Say(release.KeyKept, name)
			return nil
		}
	}
	s.Say(release.KeyName, name)
	if err := tell(s, release.KeyBegin); err != nil {
		return err
	}
	return saved(s, s.Box().GenerateRSA(name, keyUsage.Seen(m)))
}

// madeKey reports whether somebody made a key pair of that name.
func madeKey(s Session, name string) bool {
	for _, k := range s.Box().RSAKeys() {
		if k.Name == name && !k.Given {
			return true
		}
	}
	return false
}

// yesNo asks until the answer is yes or no, which may be abbreviated.
func yesNo(s Session, prompt string) (bool, error) {
	for {
		answer, err := s.Ask(prompt)
		if err != nil {
			return false, err
		}
		switch answer = strings.ToLower(strings.TrimSpace(answer)); {
		case answer != "" && strings.HasPrefix("yes", answer):
			return true, nil
		case answer != "" && strings.HasPrefix("no", answer):
			return false, nil
		}
		if _, alone, ok := strings.Cut("\n"+prompt, "\n\n"); ok { // what stood before the question is not said again
			prompt = alone
		}
	}
}

func runKeyForget(_ context.Context, s Session, m *g.Match) error {
	name, one := forgetLabel.Lookup(m)
	if forgetUsual.Seen(m) {
		name, one = DefaultKey, true
	}
	known := false
	for _, k := range s.Box().RSAKeys() {
		known = known || !one || k.Name == name
	}
	if !known {
		if one {
			s.Say(release.KeyNone, name)
		}
		return nil
	}
	if !forgetAtOnce.Seen(m) {
		prompt := s.Release().Say(release.KeysZeroize)
		if one {
			prompt = s.Release().Say(release.KeyZeroize, name)
		}
		if ok, err := yesNo(s, prompt); err != nil || !ok {
			return err
		}
	}
	s.Box().ZeroizeRSA(name)
	return nil
}

func runShowPublicKeys(_ context.Context, s Session, _ *g.Match) error {
	for _, k := range s.Box().RSAKeys() {
		at := k.At.In(s.Box().Zone()).Format("15:04:05 MST Jan 2 2006")
		if err := tell(s, release.KeyShownASA, at, k.Name, k.Usage, bits(k.Public), strings.TrimSuffix(hexWords(k.Public), "\n")); err != nil {
			return err
		}
	}
	return nil
}

// bits is the length of a public key's modulus.
func bits(public []byte) int {
	if key, err := x509.ParsePKIXPublicKey(public); err == nil {
		if k, ok := key.(*rsa.PublicKey); ok {
			return k.N.BitLen()
		}
	}
	return 0
}
