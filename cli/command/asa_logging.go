package command

import "pixsim/appliance/release"

// loggingASA are the lines of logging of 7.0 and later that nothing acts on, behind those that something does.
var loggingASA = storedSpec{
	name: "logging", help: "Enable logging facility", span: inASA, section: release.SectionLogging, noclear: true,
	forms: table(`
		logging list <list> level <level> [class <class>]
		logging list <list> message <number>
		own: logging list <list>
		logging mail = <destination>
		logging asdm-buffer-size = <100-512>
		logging from-address = <address:long>
		logging recipient-address <address:long> = [level <level>]
		logging class <class> = {asdm <level> & buffered <level> & console <level> & history <level> & mail <level> & monitor <level> & trap <level>}
		logging flash-bufferwrap
		logging flash-maximum-allocation = <4-65536>
		logging flash-minimum-free = <0-65536>
		logging ftp-bufferwrap
		logging ftp-server = <server:host> <path:long> <user> [{0|8}] <secret>
		logging debug-trace = [persistent]
		logging rate-limit {unlimited|<1-2147483647> [<1-2147483647>]} level <level>
		logging rate-limit {unlimited|<1-2147483647> [<1-2147483647>]} message <100000-999999>
		8.2+ neg: logging flow-export-syslogs {enable|disable}
		8.4+ neg: logging hide username
	`),
}

// serviceASA are the lines of service of 7.0 and later beside those that something acts on.
var serviceASA = storedSpec{
	name: "service", help: "Enable system services", span: inASA, section: release.SectionService, noclear: true,
	forms: append(table(`
		service {resetinbound|resetoutbound} interface <if>
		service resetoutbound
		9.0+ service call-home
		8.0+ service internal
	`), unsaid(release.Span{}, "service password-recovery")),
}

// crashASA are the settings of crash dumps.
var crashASA = storedSpec{
	name: "crashinfo", help: "Configure crash information", span: inASA, section: release.SectionCrash,
	forms: table("crashinfo save disable\n8.0+ crashinfo console disable"),
}

// sshASA are the settings of SSH of 7.0 and later that nothing acts on.
var sshASA = storedSpec{
	name: "ssh", help: "Configure SSH options", span: inASA, section: release.SectionSSH, noclear: true,
	forms: table(`
		ssh version = {1|2}
		ssh <net6> <if>
		9.1+ ssh cipher encryption = {all|fips|high|low|medium|custom <ciphers:long>}
		9.1+ ssh cipher integrity = {all|fips|high|low|medium|custom <algorithms:long>}
	`),
}

// listASA are the access-lists of other kinds than IP's, which nothing acts on.
var listASA = storedSpec{
	name: "access-list", help: "Configure an access control element", span: inASA, section: release.SectionAccessList, noclear: true,
	objects: []object{{lead: "access-list", keys: []keyKind{keyName}}},
	forms: table(`
		access-list <id> ethertype {permit|deny} {any|bpdu|ipx|mpls-unicast|mpls-multicast|is-is|dsap <value:hex>|<ethertype>}
		access-list <id> webtype {permit|deny} url {any|<url:long>} = [log [{disable|default|<level>}] [interval <1-600>]] [time-range <range>] [inactive]
		access-list <id> webtype {permit|deny} tcp {any|host <addr>|<net>} [{eq|neq|lt|gt} <port:tcp>] = [log [{disable|default|<level>}] [interval <1-600>]] [time-range <range>] [inactive]
	`),
}

// privilegeASA are the levels of commands of 7.0 and later.
var privilegeASA = storedSpec{
	name: "privilege", help: helpPrivilege, span: inASA, section: release.SectionPrivilege,
	forms: []form{privilegeLine()},
}

// privilegeLine: the level of a command in one of its forms and in one mode.
func privilegeLine() form {
	head, kind, mode := lit("privilege"), usually(ref("{cmd|show|clear|configure}"), "cmd"), usually(ref("mode <mode>"), "mode exec")
	command := ref("command <command>")
	return form{slot: seq(head, kind, ref("level <0-15>"), mode, command), by: seq(head, kind, mode, command)}
}
