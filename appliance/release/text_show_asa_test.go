package release

// What is said from 7.0 on only.
func init() {
	for key := range showASA70 {
		reach[key] = Since(V(7, 0))
	}
}
