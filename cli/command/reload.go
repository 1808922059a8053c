package command

import (
	"context"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

const (
	ctrlC      = 0x03
	helpReload = "Halt and perform a cold restart"
)

var (
	reloadNoConfirm = g.Word("noconfirm", "Perform an immediate reload without asking for confirmation")
	reloadSave      = g.Word("save-config", "Save configuration before reload")
	reload          = &Command{
		Name: "reload", Help: helpReload, Mode: Privileged,
		Syntax: g.Seq(g.Word("reload", helpReload), g.Alt(
			g.In(pixFrom(5, 0), g.Opt(reloadNoConfirm)),
			g.In(inASA, g.Any(reloadNoConfirm, reloadSave, g.Word("quick", "Quick reload without properly shutting down each subsystem"))),
			g.Seq(),
		)),
		Run:   runReload,
		Usage: []string{"reload [noconfirm]"},
	}
)

// runReload asks; the box's owner does the rest, and this session ends with the box.
func runReload(_ context.Context, s Session, m *g.Match) error {
	rel := s.Release()
	if reloadSave.Seen(m) {
		save(s)
	} else if rel.Console.ReloadAsksSave && !reloadNoConfirm.Seen(m) && s.Box().Dirty() {
		if err := offerSave(s); err != nil {
			return err
		}
	}
	if !reloadNoConfirm.Seen(m) {
		ok, err := confirmReload(s)
		if err != nil || !ok {
			return err
		}
	}
	if rel.Console.ReloadPrompt {
		s.Printf("%s%s", s.Box().Config().Hostname, s.Mode().Prompt(s.Release()))
	}
	s.Box().Reload(s.From())
	return nil
}

// offerSave asks until y or n comes; Enter alone is no answer.
func offerSave(s Session) error {
	for {
		key, err := s.Key(s.Release().Say(release.ReloadSave))
		if err != nil {
			return err
		}
		switch key {
		case 'y', 'Y':
			save(s)
			return nil
		case 'n', 'N':
			return nil
		case ctrlC:
			return context.Canceled
		}
	}
}

func confirmReload(s Session) (bool, error) {
	rel := s.Release()
	if !rel.Console.ConfirmAny {
		return s.Confirm(rel.Say(release.ReloadConfirm))
	}
	key, err := s.Key(rel.Say(release.ReloadConfirm))
	return err == nil && key != 'n' && key != 'N' && key != ctrlC, err
}
