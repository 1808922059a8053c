package command

import "pixsim/appliance/release"

// Spans of URL filtering. unverified: N2H2 from 6.1, url-block from 6.2, FTP and HTTPS from 6.3.
var (
	urlOld    = release.Since(release.V(4, 2)).Through(release.V(6, 0))
	urlVendor = pixFrom(6, 1)
)

// urlProtocol is the protocol of a Websense server; the words are printed in capitals (TAC documents of 6.x).
func urlProtocol() piece {
	return usually(seq(lit("protocol"), either(
		seq(lit("TCP"), usually(seq(lit("version"), enumVal("version", "1", "4")), "version 1")),
		seq(lit("UDP"), usually(seq(lit("version"), enumVal("version", "4")), "version 4")),
	)), "protocol TCP version 1")
}

// urlSpecs are the filtering of URLs, Java and ActiveX with its servers.
var urlSpecs = []storedSpec{
	{
		name: "url-server", help: "Specify a URL filter server", section: release.SectionURLServer, span: from42,
		forms: []form{
			{span: urlOld, slot: seq(lit("url-server"), usually(ifParenVal(), "({inside})"), lit("host"), addrVal("local_ip")),
				rest: seq(usually(seq(lit("timeout"), numVal("seconds", 1, 1200)), "timeout 5"), within(pixFrom(5, 3), opt(lit("protocol"),
					either(seq(lit("TCP"), opt(lit("version"), enumVal("version", "1", "4"))), seq(lit("UDP"), opt(lit("version"), enumVal("version", "4")))))))},
			{span: urlVendor, slot: seq(lit("url-server"), usually(ifParenVal(), "({inside})"), usually(lit("vendor websense"), "vendor websense"),
				lit("host"), addrVal("local_ip")),
				rest: seq(usually(seq(lit("timeout"), numVal("seconds", 1, 1200)), "timeout 5"), urlProtocol())},
			{span: urlVendor, slot: seq(lit("url-server"), usually(ifParenVal(), "({inside})"), lit("vendor n2h2"), lit("host"), addrVal("local_ip")),
				rest: seq(usually(seq(lit("port"), numVal("number", 1, 65535)), "port 4005"), usually(seq(lit("timeout"), numVal("seconds", 1, 1200)), "timeout 5"),
					usually(seq(lit("protocol"), either(lit("TCP"), lit("UDP"))), "protocol TCP"))},
		},
		usage: []string{
			"[no] url-server [(<if_name>)] vendor n2h2 host <local_ip> [port <number>]",
			"        [timeout <seconds>] [protocol TCP|UDP]",
			"[no] url-server [(<if_name>)] [vendor websense] host <local_ip>",
			"        [timeout <seconds>] [protocol TCP|UDP [version 1|4]]",
		},
	},
	{
		name: "url-cache", help: "Enable URL caching", section: release.SectionURLServer, span: from50, // unverified: the release
		forms: []form{{slot: lit("url-cache"), rest: seq(enumVal("kind", "dst", "src_dst"), opt(lit("size")), numVal("kbytes", 1, 128))}},
		usage: []string{"[no] url-cache dst|src_dst [size] <kbytes>"},
	},
	{
		name: "filter", help: "Enable, disable, or view URL, Java, and ActiveX filtering", section: release.SectionFilter, span: from42,
		forms: []form{
			{slot: seq(lit("filter url except"), filterNets())},
			{span: from63, slot: seq(lit("filter ftp except"), filterNets())},
			{span: from63, slot: seq(lit("filter https except"), filterNets())},
			{slot: seq(lit("filter url"), filterPort("http"), filterNets()), rest: anyOf(lit("allow"), within(from62, lit("proxy-block")),
				within(from62, lit("longurl-truncate")), within(from62, lit("longurl-deny")), within(from62, lit("cgi-truncate")))},
			{span: pixFrom(4, 4), slot: seq(lit("filter java"), filterPort(), filterNets())},
			{span: pixFrom(4, 4), slot: seq(lit("filter activex"), filterPort(), filterNets())},
			{span: from63, slot: seq(lit("filter ftp"), filterPort("ftp"), filterNets()), rest: anyOf(lit("allow"), lit("interact-block"))},
			{span: from63, slot: seq(lit("filter https"), filterPort("https"), filterNets()), rest: opt(lit("allow"))},
		},
		usage: []string{
			"[no] filter ftp <port>[-<port>]|except <local_ip> <mask>",
			"        <foreign_ip> <mask> [allow] [interact-block]",
			"[no] filter https <port>[-<port>]|except <local_ip> <mask> <foreign_ip> <mask> [allow]",
			"[no] filter java|activex <port>[-<port>] <local_ip> <mask> <foreign_ip> <mask>",
			"[no] filter url <port>[-<port>]|except|http <local_ip> <mask> <foreign_ip> <mask>",
			"        [allow] [proxy-block] [longurl-truncate|longurl-deny] [cgi-truncate]",
		},
	},
	{
		name: "url-block", help: "Enable URL pending block buffer and long URL support", section: release.SectionURLBlock, span: from62,
		forms: []form{
			{slot: lit("url-block url-mempool"), rest: numVal("memory_size", 2, 10240)},
			{slot: lit("url-block url-size"), rest: numVal("long_url_size", 2, 6)},
			{slot: lit("url-block block"), rest: numVal("block_buffer_limit", 1, 128)},
		},
		usage: []string{"[no] url-block block <block_buffer_limit>", "[no] url-block url-mempool <memory_size>", "[no] url-block url-size <long_url_size>"},
	},
}

func filterNets() piece { return seq(netVal("local_ip", "mask"), netVal("foreign_ip", "mask")) }

// filterPort is a port or range; a name stays as it is typed.
func filterPort(names ...string) piece {
	if len(names) == 0 {
		return portVal("port")
	}
	return either(portVal("port"), enumVal("name", names...))
}
