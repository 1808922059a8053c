package command

import (
	"net/netip"
	"testing"
	"time"
)

func (b *shelf) DHCPBindings() []DHCPBinding {
	return []DHCPBinding{{netip.MustParseAddr("10.0.1.100"), "0100.a0c9.868e.43", 84985 * time.Second}}
}
func (b *shelf) DHCPCounts() DHCPCounts {
	return DHCPCounts{Pools: 1, Bindings: 1, Expired: 1, Discover: 1, Request: 2, Offer: 1, Ack: 1, Nak: 1}
}
func (b *shelf) ClearDHCP(bindings, counts bool) { b.cleared = bindings || counts }

// The examples of the 6.x command reference.
func TestShowDHCPD(t *testing.T) {
	d := newDesk(rel(t, "pix-6.3"), lab)
	got, _ := d.typed(t, "show dhcpd binding")
	compare(t, "binding", got, "IP Address       Hardware Address        Lease Expiration        Type\n"+
		"10.0.1.100       0100.a0c9.868e.43       84985 seconds           automatic\n")
	got, _ = d.typed(t, "show dhcpd statistics")
	compare(t, "statistics", got, "Address Pools        1\nAutomatic Bindings   1\nExpired Bindings     1\nMalformed messages   0\n\n"+
		"Message              Received\nBOOTREQUEST          0\nDHCPDISCOVER         1\nDHCPREQUEST          2\nDHCPDECLINE          0\n"+
		"DHCPRELEASE          0\nDHCPINFORM           0\n\nMessage              Sent\nBOOTREPLY            0\nDHCPOFFER            1\n"+
		"DHCPACK              1\nDHCPNAK              1\n")
	if d.typed(t, "clear dhcpd binding"); !d.box.cleared {
		t.Error("nothing is cleared")
	}
}

// The example of the 6.x command reference.
func TestShowLease(t *testing.T) {
	for _, line := range []string{"show ip address outside dhcp", "show ip address outside dhcp lease"} {
		got, _ := newDesk(rel(t, "pix-6.3"), lab).typed(t, line)
		compare(t, line, got, "Temp IP Addr:209.165.201.57 for peer on interface:outside\nTemp sub net mask:255.255.255.224\n"+
			"   DHCP Lease server:209.165.200.225, state:3 Bound\n   DHCP Transaction id:0x4123\n   Lease:7200 secs,  Renewal:1505 secs,  Rebind:7000 secs\n"+
			"   Temp default-gateway addr:209.165.201.1\n   Next timer fires after:6809 secs\n   Retry count:0,   Client-ID:cisco-0000.0000.0000-outside\n")
	}
}
