package command

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// secret is a password as typed, or its stored form.
func secret() g.Type[string] {
	t := g.Ident(80)
	t.Sample = func(_ g.Env, r *rand.Rand) string {
		return config.HashPIX(string(rune('a'+r.IntN(26)))+fmt.Sprint(r.Uint32()), "")
	}
	return t
}

// storedForm are the words behind a secret that is in its stored form already.
type storedForm struct{ encrypted, salted *g.Keyword }

func newStoredForm() storedForm {
	return storedForm{g.Word("encrypted", "The password is already encrypted"), g.Word("pbkdf2", "The password is already hashed with a salt")}
}

func (f storedForm) syntax() g.Syntax {
	return g.Opt(g.Alt(f.encrypted, g.In(since97, f.salted)))
}

// since97 is where secrets are salted (a 9.7(1)4).
var since97 = release.Since(release.V(9, 7))

// keep is the form in which a typed password is kept. What is called encrypted must look like a hash.
func (f storedForm) keep(e *config.Edit, m *g.Match, word, user string) (string, error) {
	switch {
	case f.salted.Seen(m):
		if !config.Sealed(word) {
			return "", Errorf(release.ConfBadPassword)
		}
		return word, nil
	case f.encrypted.Seen(m):
		return hashed(word)
	}
	return e.Seal(word, user), nil
}

// hashed is a word that must look like a hash without salt.
func hashed(word string) (string, error) {
	if len(word) != 16 || strings.Trim(word, "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != "" {
		return "", Errorf(release.ConfBadPassword)
	}
	return word, nil
}

// formWord is what stands behind a stored secret.
func formWord(hash string) string {
	if config.Sealed(hash) {
		return "pbkdf2"
	}
	return "encrypted"
}

var (
	passwdWord      = &g.Keyword{Text: "passwd", Aliases: []string{"password"}, Help: "Change Telnet console access password"}
	passwdSecret    = &g.Param[string]{Name: "password", Help: "password of up to 16 alphanumeric and special characters", Type: secret()}
	passwdEncrypted = g.Word("encrypted", "The password is already encrypted")
	passwd          = &Command{
		Name: "passwd", Help: "Change Telnet console access password", Mode: Configure, Private: true,
		Syntax:   g.Seq(passwdWord, passwdSecret, g.Opt(passwdEncrypted)),
		NoSyntax: g.Seq(passwdWord, g.Opt(passwdSecret, g.Opt(passwdEncrypted))),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			if !passwdEncrypted.Seen(m) {
				e.SetPasswd(config.Hash(c.Release, passwdSecret.Get(m), ""))
				return nil
			}
			h, err := hashed(passwdSecret.Get(m))
			if err == nil {
				e.SetPasswd(h)
			}
			return err
		},
		No:    resetPasswd,
		Clear: resetPasswd,
		Lines: one(release.SectionPasswd, func(c *config.Config, _ View) string {
			if c.Passwd == "" {
				return ""
			}
			return "passwd " + c.Passwd + " encrypted"
		}),
		Usage: []string{"passwd <password> encrypted"},
	}
)

func resetPasswd(c *Ctx, e *config.Edit, _ *g.Match) error {
	e.SetPasswd(config.DefaultPasswd(c.Release))
	return nil
}

var (
	enableWord      = g.Word("enable", "Configure enable passwords")
	enablePassWord  = g.Word("password", "Change the privileged mode password")
	enableSecret    = &g.Param[string]{Name: "password", Help: "password of up to 16 characters", Type: secret()}
	enableForm      = newStoredForm()
	enableLevelWord = g.Word("level", "Privilege level of the password")
	enableLevel     = &g.Param[int]{Name: "level", Help: "privilege level", Type: g.Int(0, 15)}

	enableTail = g.Seq(g.In(since62, g.Opt(enableLevelWord, enableLevel)), enableForm.syntax())

	enablePassword = &Command{
		Name: "enable password", Help: "Configure enable passwords", Mode: Configure, Private: true,
		Syntax:      g.Seq(enableWord, enablePassWord, g.Opt(enableSecret, enableTail)),
		NoSyntax:    g.Seq(enableWord, enablePassWord, g.Opt(g.Alt(g.Seq(enableSecret, enableTail), g.In(since62, enableLevelWord, enableLevel)))),
		ClearSyntax: g.Seq(enableWord, g.Opt(enablePassWord)),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			h, err := enableForm.keep(e, m, enableSecret.Get(m), "")
			if err == nil {
				e.SetEnable(config.EnablePassword{Level: enableLevelOf(m), Hash: h})
			}
			return err
		},
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			level := enableLevelOf(m)
			if level != 15 {
				return found(e.RemoveEnable(level), "enable password")
			}
			return resetEnable(c, e, m)
		},
		Clear: resetEnable,
		Lines: func(c *config.Config, v View) iter.Seq[Line] {
			return func(yield func(Line) bool) {
				for _, p := range c.EnablePasswords {
					level := ""
					if p.Level != 15 {
						level = fmt.Sprintf(" level %d", p.Level)
					}
					if !yield(line(release.SectionEnable, "enable password %s%s %s", p.Hash, level, formWord(p.Hash))) {
						return
					}
				}
			}
		},
		Usage: []string{"enable password [<pw>] [level <level>] [encrypted]", "no enable password level <level>"},
	}
)

func enableLevelOf(m *g.Match) int {
	if l, ok := enableLevel.Lookup(m); ok {
		return l
	}
	return 15
}

// resetEnable puts the password of the highest level back to what it is before anybody sets one.
func resetEnable(c *Ctx, e *config.Edit, _ *g.Match) error {
	e.RemoveEnable(top)
	for _, p := range config.DefaultEnable(c.Release) {
		e.SetEnable(p)
	}
	return nil
}
