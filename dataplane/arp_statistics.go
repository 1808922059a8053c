package dataplane

// ARPStatistics is what became of the box's questions for neighbours since boot, and of their frames. Those towards the box's
// own host are not among them.
type ARPStatistics struct {
	Entries                    int // neighbours that have answered, and the arp lines
	Dropped                    int // frames whose neighbour never answered, or for which there was no room
	Queued, MostQueued         int // frames that wait, now and at most
	Collisions                 int // claims of others to addresses of the box or of arp lines
	Retries                    int // questions that were repeated
	Unresolved, MostUnresolved int // neighbours that have not answered, now and at most
}

// ARPStatistics tells of the questions since boot or ClearARPStatistics.
func (s *State) ARPStatistics() ARPStatistics {
	n := s.e.asked
	n.Entries, n.Queued = len(s.ARP()), s.e.waiting
	return n
}

// ClearARPStatistics makes what is now the most that ever was, and the rest zero.
func (s *State) ClearARPStatistics() {
	n := &s.e.asked
	*n = ARPStatistics{MostQueued: s.e.waiting, Unresolved: n.Unresolved, MostUnresolved: n.Unresolved}
}

// asks counts a question for a neighbour, the first or a further one.
func (n *ARPStatistics) asks(who *neighbour) {
	if who.key.port == Self {
		return
	}
	if who.tries > 1 {
		n.Retries++
		return
	}
	n.Unresolved++
	n.MostUnresolved = max(n.MostUnresolved, n.Unresolved)
}

// settles counts a neighbour that was asked for and is so no more: it has answered, or is forgotten.
func (n *ARPStatistics) settles(who *neighbour) {
	if !who.known && who.tries > 0 && who.key.port != Self {
		n.Unresolved--
	}
}
