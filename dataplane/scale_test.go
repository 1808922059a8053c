package dataplane

import (
	"fmt"
	"net/netip"
	"reflect"
	"testing"
	"time"
	"unsafe"

	"pixsim/dataplane/acl"
	"pixsim/dataplane/packet"
)

// A million connections are held: what there is of each of them is small, and has nothing for the garbage collector to follow.
func TestConnectionIsSmall(t *testing.T) {
	const heads = 4 // octets of a bucket, of which there is one for each node
	ways := 2 * (unsafe.Sizeof(node{}) + heads)
	perConn := unsafe.Sizeof(flow{}) + ways + unsafe.Sizeof(timer{})
	perXlate := unsafe.Sizeof(xlate{}) + ways // its timer runs while it has no connection
	perHost := unsafe.Sizeof(host{}) + unsafe.Sizeof(node{}) + heads
	if perConn > 200 || perXlate > 80 || perHost > 64 {
		t.Errorf("a connection takes %d octets, a translation %d, a host %d", perConn, perXlate, perHost)
	}
	for _, v := range []any{flow{}, xlate{}, host{}, node{}, timer{}} {
		if at := pointerIn(reflect.TypeOf(v)); at != "" {
			t.Errorf("%T has a pointer in %s", v, at)
		}
	}
}

// pointerIn names the first part of a type that points somewhere.
func pointerIn(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			if at := pointerIn(t.Field(i).Type); at != "" {
				return t.Field(i).Name + " " + at
			}
		}
	case reflect.Array:
		return pointerIn(t.Elem())
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface, reflect.Func, reflect.Chan, reflect.String, reflect.UnsafePointer:
		return t.String()
	}
	return ""
}

// What goes over a table lets the engine go after each piece, meets all that stays, and clear xlate leaves nothing that was
// there, whatever comes meanwhile.
func TestTablesInPieces(t *testing.T) {
	p := patPolicy()
	p.Rules.MaxConns, p.Rules.MaxXlates = 65536, 65536
	r := newRig(t, p)
	const conns = 3 * pieceEntries
	open := func(port int) {
		r.send(inPort, udp(fmt.Sprint("10.1.1.2:", port), "192.150.49.10:53", "x"))
	}
	for i := range conns {
		open(1000 + i)
	}
	turns := 0
	do := func(f func(*State)) { // each time it lets go, a connection comes
		turns++
		r.e.Do(f)
		open(20000 + turns)
	}
	seen := map[uint32]int{}
	for c := range Conns(do) {
		seen[c.ID]++
		if c.ID > conns+uint32(turns) {
			t.Fatalf("connection %d", c.ID)
		}
	}
	for id := uint32(1); id <= conns; id++ {
		if seen[id] != 1 {
			t.Fatalf("connection %d is met %d times", id, seen[id])
		}
	}
	if turns < 3 {
		t.Errorf("%d turns for %d connections", turns, conns)
	}
	xlates := map[netip.AddrPort]bool{}
	for x := range Xlates(do) {
		xlates[x.Real] = true
	}
	if len(xlates) < conns {
		t.Errorf("%d translations of %d", len(xlates), conns)
	}
	turns = 30000
	if n := ClearXlates(do, nil); n < conns {
		t.Errorf("%d translations cleared of %d", n, conns)
	}
	sound(t, r.e)
	for c := range Conns(r.e.Do) {
		if c.Higher.Real.Port() < 50000 {
			t.Fatalf("%v is still there", c.Higher.Real)
		}
	}
	turns = 10000
	if ClearConns(do, nil); r.e.nConns > turns-10000 {
		t.Errorf("%d connections are left", r.e.nConns)
	}
	sound(t, r.e)
}

// A change of the routes is looked at a piece of the connections at a time: no packet waits for all of them. The engine wants
// to be called until it is through, and then every connection whose route is gone is on its way out.
func TestRerouteInPieces(t *testing.T) {
	p := basePolicy()
	p.Rules.Control, p.Rules.MaxConns = false, 65536
	p.Timeouts.Holddown = 15 * time.Second
	r := newRig(t, p)
	const conns = 4 * pieceEntries
	for i := range conns {
		r.send(inPort, udp(fmt.Sprint("10.1.1.2:", 1000+i), "198.51.100.10:53", "x"))
	}
	next := *p
	next.Routes = nil
	r.e.Swap(&next)
	r.send(inPort, udp("10.1.1.2:1000", "192.150.49.10:9", "x"))
	if n := len(r.e.adrift); n == 0 || n > 2*pieceEntries { // one more with the answer of ARP
		t.Errorf("%d connections were looked at before a packet", n)
	}
	for n := 0; !r.e.Next().After(r.now); n++ {
		if n > conns/pieceEntries+2 {
			t.Fatal("it does not come to an end")
		}
		r.e.Tick(r.now, &r.out)
	}
	if n := len(r.e.adrift); n != conns {
		t.Errorf("%d of %d connections have lost their route", n, conns)
	}
	r.wait(16 * time.Second)
	if n := r.e.nConns; n != 1 {
		t.Errorf("%d connections are left", n)
	}
}

// What the engine does to take over a policy does not grow with the lists in it.
func TestAdoptIsFlat(t *testing.T) {
	adopts := func(lines int) float64 {
		rules := make([]acl.Rule, lines)
		for i := range rules {
			rules[i] = rule(true, packet.ProtoTCP, "any", fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255), 25)
		}
		policy := *openInbound()
		policy.Conduits = list(rules...)
		e := New(Options{Policy: &policy, Now: epoch})
		made := newRules(&policy)
		return testing.AllocsPerRun(20, func() {
			v := *made
			e.rules.Store(&v)
			e.adopt()
		})
	}
	if few, many := adopts(100), adopts(20000); few != many {
		t.Errorf("%v allocations for 100 lines, %v for 20000", few, many)
	}
}
