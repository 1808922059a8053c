package command

import (
	"context"

	"pixsim/appliance/release"
)

// askCallHome asks, behind the prompt of the configuration mode, whether the box may report its errors. Whoever leaves
// the question is asked later.
func askCallHome(ctx context.Context, s Session) error {
	if !s.Box().Asked() {
		return nil
	}
	s.Printf("%s%s\n", s.Box().Config().Hostname, Configure.Prompt(s.Release()))
	s.Say(release.CallHomeNotice)
	for {
		k, err := s.Key(s.Release().Say(release.CallHomeAsk))
		if err != nil {
			return nil
		}
		switch k {
		case 'y', 'Y':
			if err := tell(s, release.CallHomeYes); err != nil {
				return err
			}
			return s.Merge(ctx, "call-home reporting anonymous\n")
		case 'n', 'N':
			if err := tell(s, release.CallHomeNo); err != nil {
				return err
			}
			return s.Merge(ctx, "no call-home reporting anonymous\n")
		case 'a', 'A', 0x03:
			s.Say(release.CallHomeLater)
			return nil
		}
	}
}
