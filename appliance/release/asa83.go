package release

import "pixsim/dataplane/inspect/smtp"

// asa83 has the new NAT: objects, a table of translations instead of nat, global and static, and access-lists that name real
// addresses.
var asa83 = derive(asa82, func(r *Release) {
	r.Name, r.Version = "asa-8.3", Version{8, 3, 2, 0}
	r.SMTP = smtp.P83()
	// unverified: the date
	r.Software.Compiled, r.Software.Copyright, r.Software.Manager = "Fri 30-Jul-10 17:49 by builders", "1996-2010", "6.3(4)"
	r.NAT.ControlOption = false
	r.NAT.ByTable, r.NAT.KeepPort = true, true
	r.NAT.IdentityByRoute = true // until 8.4(2), whose release notes say so
	r.Config.ConvertsNAT = []string{"6.", "7.", "8.0", "8.1", "8.2"}
	r.Config.ServiceTo = true // unverified: that 8.3 has it, seen on 8.4
	r.Boot = boot83
	r.Factory = factory83
	r.Order = orderASA83
	r.Model = r.Model.with(func(m *Model) { m.Licence = licence83("100", "250") })
	r.Text = join(text83, version83)
})

// What objects and the table of translations say.
const (
	ConfObjectExists Key = "conf object exists" // 1 name, 2 what has it, "object network"
	ConfObjectGone   Key = "conf object gone"   // 1 name
	ConfObjectInUse  Key = "conf object in use" // 1 name
	ConfNoObject     Key = "conf no object"     // a line names one that is not there. 1 name
	ConfNATNoValue   Key = "conf nat no value"  // 1 the object without a value
	ConfNATGone      Key = "conf nat gone"      // no nat of what is not there
	ConfNATOverlap   Key = "conf nat overlap"   // 1 address, 2 interface that has it
	SyslogAsymmetric Key = "syslog asymmetric"  // 305013
)

// What the first boot with the configuration of an older software says.
const (
	MigrationSaving   Key = "migration saving"   // before the old configuration is copied
	MigrationSaved    Key = "migration saved"    // 1 the file
	MigrationErrors   Key = "migration errors"   // 1 the file of what was said
	MigrationNAT      Key = "migration nat"      // head of what is said of translations
	MigrationPoolless Key = "migration poolless" // before a nat line without a pool. 1 interface
	MigrationLimits   Key = "migration limits"   // before a line whose limits are not taken over
	MigrationDone     Key = "migration done"
	MigrationReal     Key = "migration real"    // head of what is said of access-lists
	MigrationList     Key = "migration list"    // 1 the list
	MigrationNoList   Key = "migration no list" // none was changed
)

var text83 = Catalogue{
	ConfObjectExists: "ERROR: %[2]s (%[1]s) exists with the same name", // unverified:
	ConfObjectGone:   "ERROR: object (%[1]s) does not exist.",
	ConfObjectInUse:  "ERROR: unable to delete object (%[1]s). object is being used.", // unverified:
	ConfNoObject:     "ERROR: object (%[1]s) does not exist.",
	ConfNATNoValue:   "ERROR: object (%[1]s) has no value.",                                                              // unverified:
	ConfNATGone:      "ERROR: No matching NAT policy found",                                                              // unverified:
	ConfNATOverlap:   "ERROR: Address %[1]s overlaps with %[2]s interface address.\nERROR: NAT Policy is not downloaded", // unverified:
	// unverified: from memory of logs of an upgrade, but for the limits, whose words are not known.
	BootNoConfig:      "ERROR: MIGRATION - Could not get the startup configuration.", // seen on a 9.x, on its way up
	MigrationSaving:   "INFO: MIGRATION - Saving the startup configuration to file\n",
	MigrationSaved:    "INFO: MIGRATION - Startup configuration saved to file 'flash:%[1]s'",
	MigrationErrors:   "INFO: MIGRATION - Saving the startup errors to file 'flash:%[1]s'",
	MigrationNAT:      "NAT migration logs:",
	MigrationPoolless: "The following 'nat' command didn't have a matching 'global' rule on interface '%[1]s' and was not migrated.",
	MigrationLimits:   "The connection limits of the following command were not migrated.",
	MigrationDone:     "INFO: NAT migration completed.",
	MigrationReal:     "Real IP migration logs:",
	MigrationList:     "    ACL <%[1]s> has been migrated to real-ip version",
	MigrationNoList:   "    No ACL was changed as part of Real-ip migration",

	XlateLegend:      "Flags: D - DNS, i - dynamic, r - portmap, s - static, I - identity, T - twice",
	SyslogAsymmetric: "5-305013 Asymmetric NAT rules matched for forward and reverse flows; Connection for %[1]s src %[2]s:%[3]s/%[4]v dst %[5]s:%[6]s/%[7]v denied due to NAT reverse path failure",
}

// orderASA83 has objects before their groups, as captures of 8.4 and later.
var orderASA83 = before(orderASA82, SectionObject, SectionObjectGroup)
