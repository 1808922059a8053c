package release

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A release has one hardware model by its bare name. The small boxes of 6.1 to 6.3 are had by the model behind it,
// "pix-6.3-501": the same release with another licence, other interfaces and a factory configuration of its own.

// machine is a hardware model beside a release's usual one.
type machine struct {
	name   string // behind the release's: "501"
	span   Span
	model  func(r *Release) Model
	change func(r *Release)
}

// In is the releases that run on the machine.
func (m machine) In() Span { return m.span }

// machines are all of them. unverified: that the 506E begins with 6.2 and its speeds, and the timeout of translations.
var machines = []machine{
	{"501", Since(V(6, 1)).Through(V(6, 3)), pix501, factoryOf("501")},
	{"501-50", Since(V(6, 1)).Through(V(6, 3)), pix501for50, func(r *Release) {
		factoryOf("501")(r)
		r.Captured = false
		r.Factory = strings.Replace(r.Factory, "-192.168.1.33 ", "-192.168.1.129 ", 1)
	}},
	{"506E", Since(V(6, 2)).Through(V(6, 3)), pix506e, factoryOf("506E")},
}

// on is r on another machine.
func (r *Release) on(m machine) *Release {
	v := *r
	v.Of, v.Parent = r, r
	v.Name = r.Name + "-" + m.name
	v.Model = m.model(r)
	v.Limits.Interfaces = len(v.Model.Interfaces)
	v.Config.Unshown = append(slices.Clone(v.Config.Unshown), "failover") // near-factory 501 6.3(5)
	v.Text = Catalogue{}
	if words, ok := r.Words(ShowVersion); ok {
		v.Text[ShowVersion] = restricted(words)
	}
	v.Boot = restricted(flashes.Replace(r.Boot))
	v.Limits.DHCPPool = hostPools[v.Model.InsideHosts]
	m.change(&v)
	v.Factory = v.Stamped(v.Factory)
	return &v
}

// restricted are the words of a box that is not an unrestricted one.
func restricted(words string) string {
	return strings.Replace(words, "an Unrestricted (UR) license", "a Restricted (R) license", 1)
}

// flashes gives a boot text the flash of the small boxes.
var flashes = strings.NewReplacer("E28F128J3 @ 0xfff00000", "E28F640J3 @ 0x3000000")

// parseMachine is r on the machine of that name.
func (r *Release) parseMachine(name string) (*Release, error) {
	var all []string
	for m := range Rows(r, machines) {
		if strings.EqualFold(m.name, name) {
			return r.on(m), nil
		}
		all = append(all, r.Name+"-"+m.name)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s runs on %s only", r.Name, r.Model.Name)
	}
	return nil, fmt.Errorf("%s-%s is no model of %[1]s: beside %[3]s those are %[4]s", r.Name, name, r.Model.Name, strings.Join(all, ", "))
}

// OnMachines are r on each further machine that it runs on.
func (r *Release) OnMachines() iter.Seq[*Release] {
	return func(yield func(*Release) bool) {
		for m := range Rows(r, machines) {
			if !yield(r.on(m)) {
				return
			}
		}
	}
}

func factoryOf(model string) func(r *Release) {
	return func(r *Release) {
		box := smallBox{r.Version.Minor, model}
		r.Factory, r.Captured = factorySmall[box], box == capturedSmall
		r.Limits.Conns, r.Limits.Xlates = smallConns[model], smallConns[model]
		if short, ok := smallXlate[r.Version.Minor]; ok {
			r.Timers.Xlate = short
		}
	}
}

// smallBox is a small box by the minor number of its 6.x.
type smallBox struct {
	minor uint8
	model string
}

// capturedSmall is the one whose factory configuration is a capture.
var capturedSmall = smallBox{3, "501"}

// smallConns are the connections that they take (data sheets).
var smallConns = map[string]int{"501": 7500, "506E": 25000}

// hostPools are the addresses that a box's DHCP server gives out, by the inside hosts of its licence (command reference of
// 6.3, dhcpd address).
var hostPools = map[int]int{10: 32, 50: 128, 0: 256}

// smallXlate is where their translations idle for less than elsewhere: near-factory 501 6.3(5).
var smallXlate = map[uint8]time.Duration{3: 5 * time.Minute}

// pix501 has ten inside hosts (a 6.1(1) capture); unverified: the licence of 6.2 and 6.3.
func pix501(r *Release) Model {
	return small(r, Model{
		Name: "PIX-501", InsideHosts: 10, MemoryMB: 16, CPU: "Am5x86 133 MHz",
		Flash: "E28F640J3 @ 0x3000000, 8MB", BIOS: "E28F640J3 @ 0xfffd8000, 128KB", IRQ: []int{9, 10},
		MAC: [6]byte{0x00, 0x09, 0xe8, 0x9c, 0xfd, 0x5c},
	}, map[string]string{"Inside Hosts:": "10", "ISAKMP peers:": "5", "IKE peers:": "10", "Throughput:": "Limited"})
}

func pix501for50(r *Release) Model {
	m := pix501(r)
	m.InsideHosts = 50
	m.Licence = licensed(m.Licence, map[string]string{"Inside Hosts:": strconv.Itoa(m.InsideHosts)})
	return m
}

// pix506e: unverified.
func pix506e(r *Release) Model {
	return small(r, Model{
		Name: "PIX-506E", MemoryMB: 32, CPU: "Pentium II 300 MHz",
		Flash: "E28F640J3 @ 0x300, 8MB", BIOS: "AM29F400B @ 0xfffd8000, 32KB", IRQ: []int{10, 11},
		MAC: [6]byte{0x00, 0x0b, 0x46, 0x2d, 0x11, 0x40},
	}, map[string]string{"IKE peers:": "25"})
}

// small is a box with two interfaces and without failover, with the licence of r's usual model but for some values.
func small(r *Release, m Model, licence map[string]string) Model {
	m.Serial, m.Activation, m.NIC = r.Model.Serial, r.Model.Activation, r.Model.NIC
	m.Interfaces = []string{"ethernet0", "ethernet1"}
	m.FactoryDefault = true
	m.Licence = licensed(r.Model.Licence, map[string]string{
		"Failover:": "Disabled", "Maximum Physical Interfaces:": "2", "Maximum Interfaces:": "2",
	})
	m.Licence = licensed(m.Licence, licence)
	return m
}

// licensed is a licence with other values for some of its features.
func licensed(all []Feature, values map[string]string) []Feature {
	out := slices.Clone(all)
	for i, f := range out {
		if v, ok := values[strings.TrimSpace(f.Name)]; ok {
			out[i].Value = v
		}
	}
	return out
}
