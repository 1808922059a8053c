package release

// What shun says, 6.0 to 6.3.
const (
	ShunAdded   Key = "shun added"   // 1 host
	ShunExists  Key = "shun exists"  // 1 host
	ShunLifted  Key = "shun lifted"  // 1 host
	ShunMissing Key = "shun missing" // 1 host
	ShunLine    Key = "shun line"    // 1 host, 2 destination, 3 source port, 4 destination port
	ShunCount   Key = "shun count"   // 1 host, 2 packets
)
