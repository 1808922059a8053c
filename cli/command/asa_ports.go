package command

import (
	"slices"

	"pixsim/appliance/release"
)

// portBody are the lines of an interface that nothing acts on. The first stand before nameif, those from portTail on behind
// the address (captures of 7.2 to 9.x; the order among them is that of the command references).
var portBody = storedSpec{
	name: "interface", help: "Select an interface to configure", span: inASA, section: release.SectionInterface,
	body: &submodes{depth: 1, modes: []bodyMode{
		{mode: ConfigInterface, forms: portForms},
		{mode: ConfigSubinterface, forms: portForms},
	}},
}

var (
	portHead = table(`
		media-type = {rj45|sfp}
		8.2+ flowcontrol send on = [<0-65535> [<0-65535> [<0-65535>]]] [noconfirm]
		switchport access vlan = <1-4090>
		switchport mode {trunk|access}
		switchport trunk allowed vlan = <vlans>
		switchport trunk native vlan = <1-4090>
		switchport protected
		8.0+ switchport monitor <port-id> = [{tx|rx|both}]
		neg: forward interface <port-id>
		8.4+ channel-group <1-48> = mode {active|passive|on} [vss-id {1|2}]
		8.4+ lacp port-priority = <1-65535>
		8.4+ lacp max-bundle = <1-16>
		8.4+ port-channel load-balance = <method>
		8.4+ port-channel min-bundle = <1-16>
		8.4+ port-channel span-cluster = [vss-load-balance]
		8.0+ member-interface <port-id>
		8.0+ redundant-interface = <text>
		9.4+ vxlan port = <1-65535>
		9.4+ segment-id = <1-16777215> [mcast-group <addr>]
		9.4+ vtep-nve = <1-1>
		9.4+ mcast-group = <addr>
		8.4+ bridge-group = <1-250>
		mac-address = <mac> [standby <mac>]
		9.3+ zone-member = <zone>
		9.6+ cts manual
	`)
	portTail  = len(portHead)
	portForms = slices.Concat(portHead, table(`
		ipv6 address <net6> = [{eui-64|standby <ip6>}]
		ipv6 address <ip6> link-local = [standby <ip6>]
		ipv6 address autoconfig = [default trust dhcp]
		9.4+ ipv6 address dhcp = [default]
		9.6+ ipv6 dhcp client pd = <prefix-name>
		9.6+ ipv6 dhcp client pd hint = <net6>
		9.6+ ipv6 dhcp server = <pool>
		ipv6 enable
		ipv6 nd dad attempts = <0-600>
		ipv6 nd ns-interval = <1000-3600000>
		ipv6 nd reachable-time = <0-3600000>
		ipv6 nd prefix {default|<net6>} = <text>
		ipv6 nd ra-interval = <text>
		ipv6 nd ra-lifetime = <0-9000>
		ipv6 nd suppress-ra
		9.0+ ipv6 nd managed-config-flag
		9.0+ ipv6 nd other-config-flag
		9.0+ ipv6 ospf <pid:1-65535> area <area>
		9.0+ ipv6 ospf cost = <1-65535>
		9.0+ ipv6 ospf priority = <0-255>
		9.0+ ipv6 ospf hello-interval = <1-65535>
		9.0+ ipv6 ospf dead-interval = <1-65535>
		9.0+ ipv6 ospf retransmit-interval = <1-65535>
		9.0+ ipv6 ospf transmit-delay = <1-65535>
		9.0+ ipv6 ospf mtu-ignore
		9.0+ ipv6 ospf flood-reduction
		9.0+ ipv6 ospf network = point-to-point non-broadcast
		9.0+ ipv6 ospf authentication = {null|ipsec spi <256-4294967295> {md5|sha1} <key:secret>}
		9.0+ ipv6 dhcprelay server <ip6>
		rip authentication mode = {text|md5}
		rip authentication key = <secret> key_id <0-255>
		rip send version = {1|2|1 2}
		rip receive version = {1|2|1 2}
		ospf authentication = [{message-digest|null}]
		ospf authentication-key = <secret>
		ospf cost = <1-65535>
		ospf database-filter all out
		ospf dead-interval = {<1-65535>|minimal hello-multiplier <3-20>}
		ospf hello-interval = <1-65535>
		ospf message-digest-key <1-255> = md5 [{0|8}] <secret>
		ospf mtu-ignore
		ospf network = point-to-point non-broadcast
		ospf priority = <0-255>
		ospf retransmit-interval = <1-65535>
		ospf transmit-delay = <1-65535>
		8.0+ authentication mode eigrp <1-65535> = md5
		8.0+ authentication key eigrp <1-65535> = <secret> key-id <0-255>
		8.0+ hello-interval eigrp <1-65535> = <1-65535>
		8.0+ hold-time eigrp <1-65535> = <1-65535>
		8.0+ neg: split-horizon eigrp <1-65535>
		8.0+ summary-address eigrp <1-65535> <addr> <mask> = [<1-255>]
		8.0+ summary-address <1-65535> <addr> <mask> = [<1-255>]
		8.0+ delay = <1-16777215>
		9.6+ isis
		9.6+ isis circuit-type = {level-1|level-1-2|level-2-only}
		9.6+ isis metric = <1-16777214> [{level-1|level-2}]
		9.6+ bfd template = <name>
		9.6+ bfd interval = <50-999> min_rx <50-999> multiplier <3-50>
		neg: igmp
		igmp access-group = <acl>
		igmp forward interface = <if>
		igmp join-group <addr>
		igmp limit = <0-500>
		igmp query-interval = <1-3600>
		igmp query-max-response-time = <1-25>
		igmp query-timeout = <60-300>
		igmp static-group <addr>
		igmp version = {1|2}
		neg: pim
		neg: mfib forwarding
		pim dr-priority = <0-4294967294>
		pim hello-interval = <1-3600>
		pim join-prune-interval = <10-600>
		pim neighbor-filter <acl>
		8.0+ pim bidir-neighbor-filter <acl>
		multicast boundary = <acl> [filter-autorp]
		7.2+ pppoe client vpdn group = <group>
		7.2+ pppoe client route distance = <1-255>
		7.2+ pppoe client route track = <1-500>
		7.2+ pppoe client secondary track = <1-500>
		7.2+ dhcp client route distance = <1-255>
		7.2+ dhcp client route track = <1-500>
		7.2+ dhcp client update dns = [server {both|none}]
		7.2+ ddns update = <name>
		7.2+ ddns update hostname! = <name>
		8.0+ dhcprelay information trusted
		9.1+ dhcprelay server <addr>
		9.1+ dhcprelay interface-timeout = <1-3600>
		7.2+ backup interface = <port-id>
		8.0+ nac-authentication-server-group = <group>
		9.4+ policy-route route-map = <map>
		9.4+ policy-route cost = <1-65535>
		9.7+ tunnel source interface = <if>
		9.7+ tunnel destination = <addr>
		9.7+ tunnel mode ipsec ipv4
		9.7+ tunnel protection ipsec profile = <profile>
	`))
)
