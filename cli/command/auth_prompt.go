package command

import (
	"iter"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// longAuthPrompt is the longest text (6.3 command reference).
const longAuthPrompt = 235

var (
	authPromptKind = &g.Param[string]{Name: "kind", Help: "when the text is shown", Type: g.Enum("prompt", "accept", "reject")}
	authPromptText = &g.Param[string]{Name: "string", Help: "the text", Type: g.Text()}

	authPrompt = &Command{
		Name: "auth-prompt", Help: "Customize authentication challenge, reject or acceptance prompt", Mode: Configure, Span: release.Since(release.V(4, 4)),
		Syntax:   g.Seq(g.Word("auth-prompt", "Customize authentication prompts"), authPromptKind, authPromptText),
		NoSyntax: g.Seq(g.Word("auth-prompt", "Customize authentication prompts"), authPromptKind, g.Opt(authPromptText)),
		Set: func(_ *Ctx, e *config.Edit, m *g.Match) error {
			if len(authPromptText.Get(m)) > longAuthPrompt {
				return ErrUsage
			}
			e.SetAuthPrompt(authPromptKind.Get(m), authPromptText.Get(m))
			return nil
		},
		No: func(_ *Ctx, e *config.Edit, m *g.Match) error {
			was := e.View().AuthPrompt(authPromptKind.Get(m))
			e.SetAuthPrompt(authPromptKind.Get(m), "")
			return found(was != "", "auth-prompt")
		},
		Clear: func(_ *Ctx, e *config.Edit, _ *g.Match) error {
			for _, kind := range authPrompts {
				e.SetAuthPrompt(kind, "")
			}
			return nil
		},
		Lines: func(c *config.Config, _ View) iter.Seq[Line] {
			return func(yield func(Line) bool) {
				for _, kind := range authPrompts {
					text := c.AuthPrompt(kind)
					if text != "" && !yield(line(release.SectionAuthPrompt, "auth-prompt %s %s", kind, text)) {
						return
					}
				}
			}
		},
		Usage: []string{"[no] auth-prompt prompt|accept|reject <string>"},
	}
	showAuthPrompt = shown("auth-prompt", "Show authentication prompts", pixFrom(4, 4))

	authPrompts = []string{"prompt", "accept", "reject"}
)
