package lab

import (
	"context"
	"strconv"
	"strings"
	"time"
)

// waitBoot waits until the box has booted since the script last knew it to.
func (r *run) waitBoot(ctx context.Context, _ []string) error {
	for {
		if after, before := r.booted(); after.After(r.boots) {
			r.box.Settle() // only the policy may still be missing
			r.boots = before
			return nil
		}
		select {
		case <-ctx.Done():
			return &unmet{"that the box boots", "none"}
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (r *run) flashSaw(_ context.Context, args []string) error {
	text, _ := r.box.Startup()
	return contains(args).in(text)
}

// reload confirms the question of `reload`, waits for the boot, and sees that the box has closed a telnet console.
func (r *run) reload(ctx context.Context, _ []string) error {
	if r.console == nil {
		return errNoConsole
	}
	if row := r.console.row(); !strings.HasPrefix(row, "Proceed with reload?") {
		return &unmet{"the question `Proceed with reload?`", strconv.Quote(row)}
	}
	if err := r.console.send(r.enterKey()); err != nil {
		return err
	}
	if err := r.waitBoot(ctx, nil); err != nil || r.console == r.line {
		return err
	}
	if err := r.ends(ctx, nil); err != nil {
		return err
	}
	return r.hangup(ctx, nil)
}
