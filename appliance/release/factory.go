package release

import _ "embed"

// The factory configurations, with the header and trailer that write terminal puts around them.
var (
	//go:embed factory/pix-4.1.conf
	factory41 string // unverified: assembled, no capture of a 4.1 was found
	//go:embed factory/pix-4.4.conf
	factory44 string // write terminal of a new 4.4(5) with six interfaces
	//go:embed factory/pix-6.3.conf
	factory63 string // 6.3(5): the order of a near-factory 501, with the lines of a 515E
	//go:embed factory/asa-8.2.conf
	factory82 string // 8.2(1): order of a 5505, with the lines of a 5510
)
