package release

// Privileges and the box's own accounts (6.2 and later).
const (
	// NotAuthorized answers a command above the session's level.
	NotAuthorized Key = "not authorized"
	// EnableLevelAAA answers enable with a level where accounts decide on the level.
	EnableLevelAAA Key = "enable level aaa"
)

// consoleText62 is what the console says from 6.2 on.
var consoleText62 = Catalogue{
	NotAuthorized:  "Command authorization failed",                                                                            // unverified: for 6.2; the words are those of command authorization elsewhere
	EnableLevelAAA: "Enabling to privilege levels is not allowed when configured for\nAAA authentication. Use 'enable' only.", // unverified
}

// How an SSH session ended, as 315011 says it (5.2 and later).
const (
	SSHNormal Key = "ssh normal" // exit, quit, logout
	SSHIdle   Key = "ssh idle"   // ssh timeout
	SSHKilled Key = "ssh killed" // ssh disconnect, reload
	SSHLost   Key = "ssh lost"   // the client is gone
)

var consoleText52 = Catalogue{
	SSHNormal: "terminated normally", // unverified, but for SSHLost: the words of the log guide, codes from memory
	SSHIdle:   `disconnected by SSH server, reason: "Time-out activated" (0x3c)`,
	SSHKilled: `disconnected by SSH server, reason: "Reset by operator" (0x3d)`,
	SSHLost:   `disconnected by SSH server, reason: "TCP connection closed" (0x03)`,
}

// RSA keys (5.0 to 6.3).
const (
	CAAlone     Key = "ca alone"      // ca without an argument
	CANoDomain  Key = "ca no domain"  // keys have the name of the box
	CAKeysExist Key = "ca keys exist" // they must be zeroized first
	CALongTime  Key = "ca long time"  // a modulus of 1024 bits or more
	CABegin     Key = "ca begin"      //
	CASuccess   Key = "ca success"    //
	// CAPublicKey is a block of show ca mypubkey rsa, with its line ends. 1 time, 2 name, 3 usage, 4 lines of data.
	CAPublicKey Key = "ca public key"
)

// consoleText50 is what the console says from 5.0 on. The texts of ca are captures of a 6.x box, unless said otherwise.
var consoleText50 = Catalogue{
	CAAlone: `CIERR: The ca command requires at least one option!
Usage: ca generate rsa key|specialkey <key_modulus_size>
       [no] ca identity <ca_nickname> [<ca_ipaddress | hostname>
               [:<ca_script_location>] [<ldap_ipaddress | hostname>]]
       [show] ca configure <ca_nickname> [ca|ra <retry_period> <retry_count> [crloptional]]
       ca authenticate <ca_nickname> [<fingerprint>]
       [no] ca enroll <ca_nickname> <challenge_password> [serial] [ipaddress]
       [no] ca save all
       show ca certificate
       show ca mypubkey rsa
       ca zeroize rsa
       [no | show] ca crl [request <ca_nickname>]
       [no | show] ca subject-name <ca_nickname> [<X.500 string>]
       [no | show] ca verifycertdn [<X.500 string>]`,
	CANoDomain:  "CIERR: Please define a domain name first!",                                    // unverified
	CAKeysExist: "CIERR: RSA key pair already exists! Use 'ca zeroize rsa' to delete it first.", // unverified
	CALongTime:  "For <key_modulus_size> >= 1024, key generation could\n  take up to several minutes. Please wait.",
	CABegin:     "Keypair generation process begin.",
	CASuccess:   ".Success.\n\n", // unverified: the number of dots
	// unverified: after the sample of the 5.1 command reference
	CAPublicKey: "%% Key pair was generated at: %[1]s\n\nKey name: %[2]s\n Usage: %[3]s\n Key Data:\n%[4]s\n",
}

// What 9.x asks and tells who logs in.
const (
	// LoginHistory: 1 user, 2 host name, 3 days, 4 logins, 5 LoginLast or "", 6 failures, 7 LoginLastFailed or "".
	LoginHistory    Key = "login history"
	LoginLast       Key = "login last"        // 1 time, 2 from where
	LoginLastFailed Key = "login last failed" // the same
	// LoginShown: 1 user, 2 days, padded, 3 logins, 4 the last one, 5 failures, 6 the last one, 7 level of privilege; with its line ends.
	LoginShown Key = "login shown"
	// BootTests stand between the checksum and the first prompt.
	BootTests Key = "boot tests"
	// SetEnableAsk, SetEnableFirst and SetEnableAgain ask who enables for a password, where there is none yet.
	SetEnableAsk    Key = "set enable ask"
	SetEnableFirst  Key = "set enable first"
	SetEnableAgain  Key = "set enable again"
	SetEnableDiffer Key = "set enable differ" // they are not the same
	SetEnableShort  Key = "set enable short"  // 1 the least characters
)

var consoleText91 = Catalogue{
	// a 9.8(4)22; unverified: that 9.1 has the first part only
	BootTests: "\nINFO: Power-On Self-Test in process.\n.......................................................................\nINFO: Power-On Self-Test complete.",
}

var consoleText98 = Catalogue{
	LoginHistory: "User %[1]s logged in to %[2]s\nLogins over the last %[3]d days: %[4]d.  %[5]s\n" +
		"Failed logins since the last login: %[6]d.  %[7]s",
	LoginLast:       "Last login: %[1]s from %[2]s",
	LoginLastFailed: "Last failed login: %[1]s from %[2]s",
	// unverified: the blanks, and that a level that was changed is not said to have been.
	LoginShown: "Login history for user:        %[1]s\nLogins in last %[2]s%[3]d\nLast successful login:         %[4]s\n" +
		"Failures since last login:     %[5]d\nLast failed login:             %[6]s\nPrivilege level:               %[7]d\n",
	BootTests: "\nINFO: Power-On Self-Test in process.\n.......................................................................\nINFO: Power-On Self-Test complete.\n\n" +
		"INFO: Starting HW-DRBG health test...\nINFO: HW-DRBG health test passed.\n\nINFO: Starting SW-DRBG health test...\nINFO: SW-DRBG health test passed.",
}

// consoleText912: unverified what it says of a password that is too short, or is not the same twice.
var consoleText912 = Catalogue{
	SetEnableAsk:    "The enable password is not set.  Please set it now.",
	SetEnableFirst:  "Enter  Password: ",
	SetEnableAgain:  "Repeat Password: ",
	SetEnableDiffer: "ERROR: Passwords do not match",
	SetEnableShort:  "ERROR: Password must be at least %[1]d characters in length",
	// the virtual machine has no generator of its own
	BootTests: "\nINFO: Power-On Self-Test in process.\n.......................................................................\nINFO: Power-On Self-Test complete.\n\n" +
		"INFO: Starting SW-DRBG health test...\nINFO: SW-DRBG health test passed.",
}
