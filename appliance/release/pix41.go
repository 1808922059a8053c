package release

// pix41 brings nameif and the (internal,external) pairs of static, conduit and mailhost.
var pix41 = derive(pix40, func(r *Release) {
	r.Name, r.Version = "pix-4.1", Version{4, 1, 6, 0}
	r.Software.Compiled = "Fri 21-Nov-97 15:19 by pixbuild" // unverified
	r.Limits.Interfaces = 3                                 // Cisco PIX 4.1 command reference; the model has two
	r.Config.InterfacePairs = true

	r.Config.StaticMasks = true // unverified: that 4.0 has no static of a network

	r.Config.Converts = []string{"4.0("} // unverified
	r.Console.HistoryNumber = true       // Cisco PIX 4.1 command reference, which leaves it out of its examples
	r.Factory = factory41
})
