package release

// What shun says.
const (
	ShunAdded   Key = "shun added"   // 1 host
	ShunExists  Key = "shun exists"  // 1 host
	ShunLifted  Key = "shun lifted"  // 1 host
	ShunMissing Key = "shun missing" // 1 host
	ShunLine    Key = "shun line"    // 1 host, 2 destination, 3 source port, 4 destination port, 5 interface, 6 protocol
	ShunCount   Key = "shun count"   // 1 host, 2 packets, 3 time
	// ShunInterface: 1 interface, 2 whether hosts behind it are shunned, 3 packets of those.
	ShunInterface Key = "shun interface"
)

// shunASA is what it says from 7.0 on.
var shunASA = Catalogue{
	ShunAdded:     "Shun %[1]s added in context: single_vf\nShun %[1]s successful", // seen on a 9.x and an FTD 7.4
	ShunLifted:    "",                                                              // the same capture
	ShunLine:      "shun (%[5]s) %[1]s %[2]s %[3]d %[4]d %[6]d",                    // programs that read it, of 9.x
	ShunCount:     "Shun %[1]s cnt=%[2]d, time=(%[3]s)",                            // the same
	ShunInterface: "%[1]s=%[2]s, cnt=%[3]d",                                        // the same
}
