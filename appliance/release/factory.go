package release

import _ "embed"

// The factory configurations, with the header and trailer that write terminal puts around them.
var (
	//go:embed factory/pix-4.0.conf
	factory40 string // unverified: that of 4.1
	//go:embed factory/pix-4.1.conf
	factory41 string // unverified: assembled, no capture of a 4.1 was found
	//go:embed factory/pix-4.2.conf
	factory42 string // unverified: the order of a 4.2(3), without its owner's lines
	//go:embed factory/pix-4.3.conf
	factory43 string // unverified: that of 4.4 with two interfaces and the timeouts of 4.1
	//go:embed factory/pix-4.4.conf
	factory44 string // write terminal of a new 4.4(5) with six interfaces
	//go:embed factory/pix-5.0.conf
	factory50 string // unverified: that of 5.1 with the timeout lines of 4.4
	//go:embed factory/pix-5.1.conf
	factory51 string // unverified: that of 5.3 without what came between
	//go:embed factory/pix-5.2.conf
	factory52 string // unverified: that of 5.3
	//go:embed factory/pix-5.3.conf
	factory53 string // of a new 5.3(1) with two interfaces
	//go:embed factory/pix-6.0.conf
	factory60 string // unverified: that of 6.1
	//go:embed factory/pix-6.1.conf
	factory61 string // unverified: the fixups and the order of a 6.1(1), without its owner's lines
	//go:embed factory/pix-6.2.conf
	factory62 string // unverified: that of 6.1 with the fixups of 6.2
	//go:embed factory/pix-6.3.conf
	factory63 string // 6.3(5): the order of a near-factory 501, with the lines of a 515E
	//go:embed factory/pix-6.1-501.conf
	factory61of501 string // unverified: that of 6.3 on a 501, with the lines of 6.1
	//go:embed factory/pix-6.2-501.conf
	factory62of501 string // unverified: that of 6.3 on a 501, with the lines of 6.2
	//go:embed factory/pix-6.3-501.conf
	factory63of501 string // a near-factory 6.3(5)
	//go:embed factory/pix-6.2-506E.conf
	factory62of506E string // unverified: that of the 501 with its own speeds and pool
	//go:embed factory/pix-6.3-506E.conf
	factory63of506E string // unverified: that of the 501 with its own speeds and pool
	//go:embed factory/pix-7.0.conf
	factory70 string // unverified: that of 7.2 without prompt
	//go:embed factory/pix-7.2.conf
	factory72 string // of a 7.2(1) that was never configured: it inspects nothing
	//go:embed factory/pix-8.0.conf
	factory80 string // unverified: that of 7.2 with the lines that 8.0 brings
	//go:embed factory/asa-7.2.conf
	factory72ASA string // unverified: that of 8.2 without what came between
	//go:embed factory/asa-8.0.conf
	factory80ASA string // unverified: that of 8.2 without what came between
	//go:embed factory/asa-8.2.conf
	factory82 string // 8.2(1): order of a 5505, with the lines of a 5510
	//go:embed factory/asa-8.3.conf
	factory83 string // unverified: that of 8.2 with the inspection that 8.3 adds
	//go:embed factory/asa-8.4.conf
	factory84 string // unverified: that of 8.3 with the lines that 8.4 brings
	//go:embed factory/asa-9.1.conf
	factory91 string // unverified: that of 8.4 with the lines that 9.1 brings
	//go:embed factory/asa-9.4.conf
	factory94 string // the lines of an ASAv 9.3 and of a 9.4(4)5, without their owners'
	//go:embed factory/asa-9.8.conf
	factory98 string // a 5516-X of 9.7(1)4 after configure factory-default
	//go:embed factory/asa-9.12.conf
	factory912 string // unverified: that of 9.8 on an ASAv
)

// factorySmall are those of the small boxes.
var factorySmall = map[smallBox]string{
	{1, "501"}: factory61of501, {2, "501"}: factory62of501, {3, "501"}: factory63of501,
	{2, "506E"}: factory62of506E, {3, "506E"}: factory63of506E,
}
