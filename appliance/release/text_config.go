package release

// What the configuration commands say beside the console's own errors. Informational lines do not fail a command, the
// others do.
const (
	ConfReservedName  Key = "conf reserved name"  // nameif. 1 name, 2 level
	ConfNameInUse     Key = "conf name in use"    // nameif, name. 1 name
	ConfGlobalPAT     Key = "conf global pat"     // informational. 1 address
	ConfGlobalIf      Key = "conf global if"      // informational. 1 interface
	ConfNATZero       Key = "conf nat zero"       // informational. 1 address; "" where nothing is said
	ConfOverlap       Key = "conf overlap"        // informational: static over static. 1 address
	ConfStaticExists  Key = "conf static exists"  // two statics for one address. 1 address
	ConfStaticGlobal  Key = "conf static global"  // informational: static inside a pool. 1 address
	ConfRouteExists   Key = "conf route exists"   //
	ConfRouteBad      Key = "conf route bad"      // next hop of the box's own
	ConfACEDuplicate  Key = "conf ace duplicate"  // informational
	ConfNoACL         Key = "conf no acl"         // 1 list
	ConfNotFound      Key = "conf not found"      // no ... of what is not there. 1 command
	ConfExists        Key = "conf exists"         // a line that is there already. 1 command
	ConfBadMask       Key = "conf bad mask"       // 1 address, 2 mask
	ConfBadPassword   Key = "conf bad password"   // an "encrypted" one that is no hash
	ConfNoUsers       Key = "conf no users"       // informational: aaa ... LOCAL without users; "" where nothing is said
	ConfTooMany       Key = "conf too many"       // 1 command
	ConfBadTimeout    Key = "conf bad timeout"    // 1 timer, 2 least
	ConfBadRange      Key = "conf bad range"      //
	ConfChecksumLine  Key = "conf checksum line"  // of a stored configuration. 1: 16 octets; "" where there is none
	ConfMachine       Key = "conf machine"        // under ": Saved", with its line ends. 1 serial number, 2 the machine as show version has it
	ConfSecondLine    Key = "conf second line"    // behind that, where nothing is known of the writer
	ConfOverlapIf     Key = "conf overlap if"     // two interfaces in one network. 1 interface
	ConfFixupConvert  Key = "conf fixup convert"  // informational, 7.0 and later. 1 the line as it was typed
	ConfInUse         Key = "conf in use"         // a map or class that something names. 1 name
	ConfDefaultLevel  Key = "conf default level"  // informational, 7.0 and later. 1 interface, 2 level
	ConfPolicyPresent Key = "conf policy present" // a second global service-policy. 1 the first one
)

// configText is what all PIX releases say, and the first ones. A later release's catalogue adds the ones below.
var configText = Catalogue{
	ConfReservedName:  `interface name "%[1]s" is reserved for interface with security%[2]d`, // 6.x capture
	ConfNameInUse:     `name "%[1]s" is already in use`,                                      // unverified:
	ConfGlobalPAT:     "Global %[1]v will be Port Address Translated",
	ConfGlobalIf:      "%[1]s interface address added to PAT pool",
	ConfNATZero:       "nat 0 %[1]v will be non-translated",
	ConfOverlap:       "static %[1]v overlapped/redundant",             // unverified: but for the last word
	ConfStaticExists:  "static %[1]v overlapped/redundant",             // unverified: but for the last word
	ConfStaticGlobal:  "static overlaps with global pool at %[1]v",     // unverified: but for "static overlaps"
	ConfRouteExists:   "Route already exists",                          //
	ConfRouteBad:      "cannot add route entry",                        //
	ConfACEDuplicate:  "ACE not added. Possible duplicate entry",       //
	ConfNoACL:         "ERROR: access-list <%[1]s> does not exist",     // unverified:
	ConfNotFound:      "cannot find %[1]s",                             // unverified: but for "cannot find"
	ConfExists:        "%[1]s already exists",                          // unverified:
	ConfBadMask:       "Invalid netmask: %[1]v %[2]v",                  // unverified: but for "Invalid"
	ConfBadPassword:   "Invalid password",                              // unverified:
	ConfNoUsers:       "",                                              //
	ConfTooMany:       "Invalid: too many %[1]s entries",               // unverified:
	ConfBadTimeout:    "Invalid timeout: %[1]s must be at least %[2]s", // unverified:
	ConfBadRange:      "Invalid range",                                 // unverified:
	ConfChecksumLine:  "",                                              // 4.0 and 4.1 have none (unverified:)
	ConfMachine:       "",
	ConfSecondLine:    ":",                                                     //
	ConfOverlapIf:     "Invalid: overlaps with the network of interface %[1]s", // unverified:
	ConfInUse:         "%[1]s is in use",                                       // unverified:
	ConfFixupConvert:  "",
	ConfDefaultLevel:  "",
	ConfPolicyPresent: "",
}

// configText42 is what changes with 4.2.
var configText42 = Catalogue{
	ConfChecksumLine: "Cryptochecksum:%[1]x",
}

// configText50 is what changes with 5.0.
var configText50 = Catalogue{
	ConfNATZero: "nat 0 %[1]v will be identity translated for outbound",
}

// configText70 is what changes with 7.0. Patterns that production scripts match on are certain; the rest is unverified.
var configText70 = Catalogue{
	ConfNameInUse:     `ERROR: Name "%[1]s" has been assigned to interface or address`, // unverified:
	ConfGlobalPAT:     "INFO: Global %[1]v will be Port Address Translated",
	ConfGlobalIf:      "INFO: %[1]s interface address added to PAT pool",
	ConfNATZero:       "nat 0 %[1]v will be identity translated for outbound",
	ConfOverlap:       "WARNING: static %[1]v overlapped/redundant",
	ConfStaticExists:  "ERROR: mapped-address conflict with existing static",
	ConfStaticGlobal:  "WARNING: static overlaps with global pool at %[1]v",
	ConfRouteExists:   "ERROR: Route already exists",
	ConfRouteBad:      "ERROR: Invalid next hop address, it belongs to one of our interfaces",
	ConfACEDuplicate:  "WARNING: ACE not added. Possible duplicate entry",
	ConfNoACL:         "ERROR: access-list <%[1]s> does not exist",
	ConfNotFound:      "Removing %[1]s failed; it does not exist",
	ConfExists:        "ERROR: %[1]s already exists",
	ConfBadMask:       "ERROR: Bad mask %[2]v for address %[1]v",
	ConfBadPassword:   "ERROR: Invalid encrypted password",
	ConfNoUsers:       "WARNING: local database is empty! Use 'username' command to define local users.",
	ConfTooMany:       "ERROR: too many %[1]s entries",
	ConfBadTimeout:    "ERROR: %[1]s timeout must be at least %[2]s",
	ConfBadRange:      "ERROR: invalid range",
	ConfOverlapIf:     "ERROR: This IP address overlaps with the subnet of interface %[1]s",
	ConfFixupConvert:  "INFO: converting '%[1]s' to MPF commands",
	ConfInUse:         "ERROR: %[1]s is being used",
	ConfDefaultLevel:  `INFO: Security level for "%[1]s" set to %[2]d by default.`,
	ConfPolicyPresent: "ERROR: Policymap %[1]s is already configured as a service policy",
}
