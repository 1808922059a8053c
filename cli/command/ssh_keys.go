package command

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// sinceKeys is 8.4(4.1), with which users could come by a key (8.4 and 9.1 configuration guides, authenticating users with
// a public key for SSH).
var sinceKeys = release.Since(release.Version{Major: 8, Minor: 4, Maint: 4})

const (
	userAttributes = "username attributes" // the block that the line stands in
	keySlot        = "ssh authentication"
	rsaKeyType     = "ssh-rsa" // the only type up to 9.15
	// maxKeyLines bounds what is typed behind pkf: a key of 16,384 bits has fewer.
	maxKeyLines = 64
)

const helpUserKey = "Configure SSH authentication of the user"

var (
	keySSH      = g.Word("ssh", helpUserKey)
	keyAuth     = g.Word("authentication", helpUserKey)
	keyPublic   = g.Word("publickey", "The user's public key, of one line")
	keyText     = &g.Param[string]{Name: "key", Help: "the key in base 64, or its SHA-256", Type: keyType()}
	keyHashed   = g.Word("hashed", "The key is already hashed")
	keyPKF      = g.Word("pkf", "The user's public key as a file of SSH2 (RFC 4716)")
	userKeyLine = &Command{
		Name: keySlot, Help: helpUserKey, Mode: ConfigUsername, Span: sinceKeys,
		Syntax:   g.Seq(keySSH, keyAuth, keyPublic, keyText, g.Opt(keyHashed)),
		NoSyntax: g.Seq(keySSH, keyAuth, g.Opt(keyPublic, g.Opt(keyText, g.Opt(keyHashed)))),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			sum, ok := hashOfKey(keyText.Get(m), keyHashed.Seen(m))
			if !ok {
				return ErrUsage
			}
			setUserKey(e, c.Path[0], sum)
			return nil
		},
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			return found(e.RemoveStored(userAttributes, c.Path[0]+config.BodyMark+keySlot), keySlot)
		},
	}
	userKeyFile = &Command{
		Name: "ssh authentication pkf", Help: helpUserKey, Mode: ConfigUsername, Span: sinceKeys,
		Syntax: g.Seq(keySSH, keyAuth, keyPKF), Run: runKeyFile,
	}
)

func keyType() g.Type[string] {
	return g.Type[string]{
		Label:  "WORD",
		Parse:  func(_ g.Env, w string) (string, error) { return w, nil },
		Sample: func(g.Env, *rand.Rand) string { return "AAAAB3NzaC1yc2EAAAADAQABAAAAAQDd" },
	}
}

// setUserKey gives a user the one key that it may have.
func setUserKey(e *config.Edit, head string, sum [sha256.Size]byte) {
	text := keySlot + " publickey " + colons(sum) + " hashed"
	e.SetStored(config.Stored{Command: userAttributes, Slot: head + config.BodyMark + keySlot, Words: []config.Word{{Text: text}}})
}

// colons is how the box writes a hash.
func colons(sum [sha256.Size]byte) string {
	parts := make([]string, 0, len(sum))
	for _, b := range sum {
		parts = append(parts, hex.EncodeToString([]byte{b}))
	}
	return strings.Join(parts, ":")
}

// hashOfKey reads a key in base 64, or its hash. unverified: that it is the key that is hashed, and not its base 64.
func hashOfKey(text string, hashed bool) (sum [sha256.Size]byte, ok bool) {
	if hashed {
		b, err := hex.DecodeString(strings.ReplaceAll(text, ":", ""))
		if err != nil || len(b) != len(sum) || strings.Count(text, ":") != len(sum)-1 {
			return sum, false
		}
		return [sha256.Size]byte(b), true
	}
	key, err := base64.StdEncoding.DecodeString(text)
	return sha256.Sum256(key), err == nil && isRSA(key)
}

// isRSA reports whether key, as SSH marshals it (RFC 4253 section 6.6), is of the type that the box takes.
func isRSA(key []byte) bool {
	if len(key) < 4 {
		return false
	}
	n := binary.BigEndian.Uint32(key)
	return uint64(n) <= uint64(len(key)-4) && string(key[4:4+n]) == rsaKeyType
}

// runKeyFile takes a key file (RFC 4716) line by line up to "quit".
func runKeyFile(_ context.Context, s Session, _ *g.Match) error {
	s.Say(release.KeyFileAsk)
	var lines []string
	for {
		line, err := s.Ask("")
		if err != nil {
			return err
		}
		line = strings.TrimSpace(line)
		if line == "quit" {
			break
		}
		if lines = append(lines, line); len(lines) > maxKeyLines {
			s.Say(release.KeyFileBad)
			return nil
		}
	}
	sum, ok := hashOfKey(keyInFile(lines), false)
	if !ok {
		s.Say(release.KeyFileBad)
		return nil
	}
	s.Say(release.KeyFileGood)
	return s.Box().Edit(func(e *config.Edit) error { setUserKey(e, s.Path()[0], sum); return nil })
}

// keyInFile is the base 64 between the lines that mark begin and end, without the headers, whose lines may be continued by
// a backslash.
func keyInFile(lines []string) string {
	var text strings.Builder
	header := false
	for _, l := range lines {
		switch {
		case strings.HasPrefix(l, "----"), l == "":
			header = false
		case header, strings.Contains(l, ":"):
			header = strings.HasSuffix(l, `\`)
		default:
			text.WriteString(l)
		}
	}
	return text.String()
}

// HasKeys reports whether any user may come by a key.
func HasKeys(c *config.Config) bool {
	for _, l := range c.StoredOf(userAttributes) {
		if strings.HasSuffix(l.Slot, config.BodyMark+keySlot) {
			return true
		}
	}
	return false
}

// AdmitsKey reports whether key, as SSH marshals it, is that of user.
func AdmitsKey(c *config.Config, user string, key []byte) bool {
	if _, ok := c.User(user); !ok || !isRSA(key) {
		return false
	}
	want := keySlot + " publickey " + colons(sha256.Sum256(key)) + " hashed"
	for _, l := range c.StoredOf(userAttributes) {
		if l.Slot == "username "+user+" attributes"+config.BodyMark+keySlot {
			return len(l.Words) == 1 && l.Words[0].Text == want
		}
	}
	return false
}
