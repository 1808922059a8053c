package appliance

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
