package release

// FragmentStates are what show fragment says of an interface: 1 its name, 2 size, 3 chain, 4 timeout, 5 datagrams that wait, 6
// put together, 7 given up, 8 refused for want of room, 9 threshold, 10 given up because they were late, 11 too many, 12
// overlapping.
//
// unverified: the three forms, from memory of the command references of 6.3, 7.2 and 9.x; that 7.0 to 8.7 have the threshold, and
// that nothing else of the last one ever counts.
var FragmentStates = []Wording{
	{"Interface: %[1]s\n    Size: %[2]d, Chain: %[3]d, Timeout: %[4]d\n    Queue: %[5]d, Assemble: %[6]d, Fail: %[7]d, Overflow: %[8]d\n",
		Since(V(6, 1)).Through(V(6, 3))},
	{"Interface: %[1]s\n    Size: %[2]d, Chain: %[3]d, Timeout: %[4]d, Threshold: %[9]d\n" +
		"    Queue: %[5]d, Assembled: %[6]d, Fail: %[7]d, Overflow: %[8]d\n", Since(V(7, 0)).Through(V(8, 7))},
	{"Interface: %[1]s\nConfiguration: Size: %[2]d, Chain: %[3]d, Timeout: %[4]d, Reassembly: virtual\n" +
		"Run-time stats: Queue: %[5]d, Full assembly: %[6]d\nDrops: Size overflow: %[8]d, Timeout: %[10]d,\n" +
		"       Chain overflow: %[11]d, Fragment queue threshold exceeded: 0,\n       Small fragments: 0, Invalid IP len: 0,\n" +
		"       Reassembly overlap: %[12]d, Fraghead alloc failed: 0,\n       SGT mismatch: 0, Block alloc failed: 0,\n" +
		"       Invalid IPV6 header: 0\n", Since(V(9, 0))},
}
