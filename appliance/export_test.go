package appliance

import (
	"pixsim/appliance/config"
	"pixsim/dataplane"
)

// DuringCompilation has f called in the midst of every compilation of a box.
func DuringCompilation(b *Box, f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	mac := b.kompile.mac
	b.kompile.mac = func(port int) [6]byte {
		f()
		return mac(port)
	}
}

// Compiled is what c means to packets.
func Compiled(c *config.Config) *dataplane.Policy {
	return (&compiler{rel: c.Release, mac: c.Release.Model.MACOf}).compile(c)
}
