package release

// What the commands of access-lists and object-groups say.
const (
	ConfNoGroup      Key = "conf no group"       // an entry names a group that is not there. 1 group
	ConfEmptyGroup   Key = "conf empty group"    // an entry names a group without objects. 1 group
	ConfTooManyRules Key = "conf too many rules" // 1 list
	ConfGroupKind    Key = "conf group kind"     // a group of that name is of another kind. 1 its kind
	ConfGroupGone    Key = "conf group gone"     // no object-group. 1 group
	ConfGroupInUse   Key = "conf group in use"   // 1 group
	ConfMemberExists Key = "conf member exists"  // this and the next ones: 1 the line of the member, 2 group
	ConfMemberGone   Key = "conf member gone"    //
	ConfMemberNone   Key = "conf member none"    // group-object of what is not there
	ConfMemberUnfit  Key = "conf member unfit"   // a protocol without ports in a group that stands with ports
	ConfGroupLoop    Key = "conf group loop"     //
	ConfGroupEmptied Key = "conf group emptied"  // the last member of a group in use

	// ListGroup is the line of show access-list of an entry with object-groups, ListInner that of one of its rules: arguments
	// as of ListLine. ListTurbo stands for ListHead over a list that is compiled.
	ListGroup Key = "show access-list group"
	ListInner Key = "show access-list inner"
	ListTurbo Key = "show access-list turbo"
	// SyslogLogFlows: 9 the number.
	SyslogLogFlows Key = "syslog log flows" // 106101

	NoSuchGroup Key = "no such group" // show object-group id X. 1 group
)

// listWords are the words since 6.2.
var listWords = Catalogue{
	ConfNoGroup:      "ERROR: specified object-group <%[1]s> not found",                                       // unverified:
	ConfEmptyGroup:   "ERROR: specified object-group <%[1]s> is empty",                                        // unverified:
	ConfTooManyRules: "ERROR: Unable to allocate memory for access-list <%[1]s>",                              // unverified:
	ConfGroupKind:    "An object-group with the same id but different type (%[1]s) exists",                    // seen up to "type"; unverified: the rest
	ConfGroupGone:    "Removing object-group (%[1]s) failed; it does not exist",                               // seen on 8.x;
	ConfGroupInUse:   "Removing object-group (%[1]s) not allowed, it is being used",                           // seen on 8.x
	ConfMemberExists: "Adding obj (%[1]s) to grp (%[2]s) failed; object already exists",                       // seen
	ConfMemberGone:   "Removing obj (%[1]s) from grp (%[2]s) failed; object does not exist",                   // unverified:
	ConfMemberNone:   "Adding obj (%[1]s) to grp (%[2]s) failed; object does not exist",                       // unverified:
	ConfMemberUnfit:  "Adding obj (%[1]s) to grp (%[2]s) failed; protocol has no ports",                       // unverified:
	ConfGroupLoop:    "Adding obj (%[1]s) to grp (%[2]s) failed; group would contain itself",                  // unverified:
	ConfGroupEmptied: "Removing obj (%[1]s) from grp (%[2]s) failed; group is in use and cannot become empty", // unverified:
	ListGroup:        "%[1]s ",                                                                                // unverified:
	ListInner:        "%[1]s (hitcnt=%[3]d) ",                                                                 // unverified:
	ListTurbo:        "access-list %[1]s turbo-configured; %[2]d elements",                                    // unverified:
	NoSuchGroup:      "ERROR: object-group <%[1]s> does not exist",                                            // unverified:
}
