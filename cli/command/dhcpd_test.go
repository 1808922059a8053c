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
