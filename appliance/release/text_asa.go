package release

// asaText is what the commands of 7.0 and later say of their own.
var asaText = Catalogue{
	MPFReserved: "ERROR: %[1]s is a reserved name",                          // unverified:
	MPFInUse:    "ERROR: Removing %[1]s not allowed, it is being used",      // unverified: but for "Removing ... not allowed, it is being used"
	MPFNoClass:  "ERROR: %% class-map %[1]s not configured",                 // unverified:
	MPFNoPolicy: "ERROR: %% policy-map %[1]s not configured",                // unverified:
	MPFNoMap:    "ERROR: %% inspect map %[2]s of type %[1]s not configured", // unverified:
	// unverified: both from memory of the product.
	MPFManyMatches:   "ERROR: Multiple match commands are not supported except for the 'match tunnel-group or default-inspect-traffic' command.",
	MPFBadRegex:      "ERROR: Invalid regular expression: %[1]s", // unverified:
	KeyFileAsk:       "Enter an SSH public key formatted file.\nEnd with the word \"quit\" on a line by itself:",
	KeyFileGood:      "INFO: Import of an SSH public key formatted file completed successfully.",
	KeyFileBad:       "ERROR: Import of an SSH public key formatted file failed.", // unverified:
	MPFInspectExists: "ERROR: Inspect configuration of this type exists, first remove that configuration and then add the new configuration",
}
