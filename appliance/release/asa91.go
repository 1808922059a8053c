package release

import "slices"

// asa91 is the first of the 9.x.
var asa91 = derive(asa84, func(r *Release) {
	r.Name, r.Version = "asa-9.1", Version{9, 1, 5, 0}
	// unverified: the date
	r.Software.Compiled, r.Software.Copyright, r.Software.Manager = "Thu 27-Mar-14 10:13 PDT by builders", "1996-2014", "7.1(6)"
	r.Config.ManagementLast = false // configurations of 9.x
	r.Config.NoPasswd = true
	r.Factory = factory91
	r.Console.FilterWords = append(slices.Clip(r.Console.FilterWords), "append", "count", "redirect") // contents of the 9.x command reference
	r.Order = orderASA91
	r.Text = join(showASA91, consoleText91, show91, Catalogue{
		CapturedFrame: "%4[1]d: %[2]s       %[3]s ", // captures of 9.x
	})
})
