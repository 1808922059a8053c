package release

// config70 is what the text of the configuration becomes, after captures of 7.2(1) and 8.2(1).
func config70(c ConfigTraits) ConfigTraits {
	c.InterfaceName = ""
	c.OneRoute, c.OwnHop = false, false
	c.Converts = []string{"6."} // Cisco PIX 7.0 upgrade guide
	c.ManagementLast = true     // up to 8.4
	c.LoggingSwitch = "enable"
	c.TimeoutLines = [][]string{
		{"xlate"}, {"conn", "half-closed", "udp", "icmp"}, {"sunrpc", "h323", "h225", "mgcp", "mgcp-pat"},
		{"sip", "sip_media", "sip-invite", "sip-disconnect"}, {"uauth"},
	}
	c.ShownLimits, c.ShownWidth, c.ShownPrivilege = false, false, false
	c.DNSBehindMask = true
	c.MemberIndent = 1 // captures of 8.x
	c.LogAlways = 0
	c.ExtendedACL, c.LogLevelWords, c.ShownLogging = true, true, true
	c.DHCPGroups = true
	c.TrailingBlanks = []Section{SectionStatic, SectionAAA, SectionAAAServer, SectionIPAddress, SectionPrompt} // of an address up to 9.1
	return c
}
