package appliance

// notice has the arguments of a management message, numbered as release/keys.go says: 1 from, 2 device, 3 user, 4
// command, 5 and 6 levels, 7 interface, 8 from addr/port, 9 to interface, 10 to addr/service, 11 tries, 12 reason.
type notice struct {
	from, device, user, command string
	was, is                     int
	ifname, source              string
	toIf, to                    string
	tries                       int
	reason                      string
}

func (n notice) args() []any {
	return []any{n.from, n.device, n.user, n.command, n.was, n.is, n.ifname, n.source, n.toIf, n.to, n.tries, n.reason}
}
