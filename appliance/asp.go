package appliance

import (
	"pixsim/cli/command"
	"pixsim/dataplane"
)

// dropsCleared is when the counts of dropped packets were set to zero last in this life of the box.
type dropsCleared struct{ frames, flows command.Cleared }

// ClearDrops implements command.Box.
func (b *Box) ClearDrops(c command.DropClass, by string) {
	b.engine.Do(func(s *dataplane.State) { s.ClearDrops(c.Has) })
	now := command.Cleared{At: b.Now(), By: by}
	b.mu.Lock()
	defer b.mu.Unlock()
	if c != command.DropFlows {
		b.cleared.frames = now
	}
	if c != command.DropFrames {
		b.cleared.flows = now
	}
}

// DropsCleared implements command.Box.
func (b *Box) DropsCleared() (frames, flows command.Cleared) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cleared.frames, b.cleared.flows
}
