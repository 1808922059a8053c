package release

import "slices"

// pix43: log messages with the time and by number, show clock, telnet from all inside interfaces.
// unverified: the maintenance number.
var pix43 = derive(pix42, func(r *Release) {
	r.Name, r.Version = "pix-4.3", Version{4, 3, 2, 0}
	r.Config.LoggingShown = append(slices.Clone(r.Config.LoggingShown), "timestamp") // 4.3 release notes: logging timestamp
	r.Factory = factory43
})
