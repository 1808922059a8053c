package release

import (
	"slices"
	"time"
)

// asa912 is on the virtual machine again.
var asa912 = derive(asa98, func(r *Release) {
	r.Name, r.Version = "asa-9.12", Version{9, 12, 4, 0}
	r.Model = asav912
	// unverified: the date
	r.Software = Software{Compiled: "Thu 21-May-20 11:50 PDT by builders", Copyright: "1996-2020", File: "boot:/asa%d-%d-%d-smp-k8.bin", Manager: "7.12(2)", Chassis: "2.6(1.192)"}
	r.Timers.Bypass = 2 * time.Minute // since 9.10
	r.Console.EnableLeast = 3         // unverified: for 9.12
	r.Config.Unshown = append(slices.Clone(r.Config.Unshown), "service sw-reset-button")
	r.Boot = bootASAv
	r.Factory, r.Commands = factory912, ""
	r.Text = join(showASAv, consoleText912, versionASAv98, Catalogue{
		InventoryAll: "Name: \"Chassis\", DESCR: \"ASAv Adaptive Security Virtual Appliance\"\nPID: ASAv , VID: V01 , SN: %[1]s\n\n",
	})
})

var asav912 = asav.with(func(m *Model) {
	m.CPU, m.Serial = "Xeon E5 series 3491 MHz", "9A5BHB00D2D"
	m.MAC = [6]byte{0x50, 0x01, 0x00, 0x03, 0x00, 0x00}
})
