package appliance

import "pixsim/cli/command"

// TCP is what the box's own TCP did since boot. Most is of all its lives: the stack goes on.
func (b *Box) TCP() command.TCPCounts {
	n := b.self.TCP()
	b.mu.Lock()
	was := b.before
	b.mu.Unlock()
	return command.TCPCounts{
		Now: n.Now, Most: n.Most, Made: n.Made - was.Made, Sent: n.Sent - was.Sent, Received: n.Received - was.Received,
		Bad: n.Bad - was.Bad, BadSum: n.BadSum - was.BadSum,
	}
}
