package command

import (
	"net/netip"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
)

// DHCPClient is the box's DHCP client as commands see it.
type DHCPClient interface {
	// Live is the configuration in force with the addresses that were leased, and the default routes that came with them.
	Live() *config.Config
	// Lease is how the client of an interface stands; false: its address does not come by DHCP.
	Lease(ifname string) (LeaseState, bool)
}

// LeaseState is what show ip address ... dhcp prints.
type LeaseState struct {
	If                        string
	Addr                      netip.Prefix // offered or leased; invalid: none
	Server, Router            netip.Addr
	State                     int
	Word                      string
	Number                    uint32
	Time, Renew, Rebind, Next time.Duration
	Tries                     int
	ID                        string
}

// showLease says nothing of an interface whose address does not come by DHCP.
func showLease(s Session, ifname string) error {
	v, ok := s.Box().Lease(ifname)
	if !ok {
		return nil
	}
	return emit(s, LeaseText(s.Release(), v)+"\n")
}

// LeaseText is a lease as it is shown, without the last line end.
func LeaseText(rel *release.Release, v LeaseState) string {
	addr, mask := netip.IPv4Unspecified(), netip.IPv4Unspecified()
	if v.Addr.IsValid() {
		addr, mask = v.Addr.Addr(), config.MaskOf(v.Addr.Bits())
	}
	seconds := func(d time.Duration) int { return int(d / time.Second) }
	return rel.Say(release.ShowLease, addr, v.If, mask, v.Server, v.State, v.Word, v.Number, seconds(v.Time), seconds(v.Renew),
		seconds(v.Rebind), v.Router, seconds(v.Next), v.Tries, v.ID)
}
