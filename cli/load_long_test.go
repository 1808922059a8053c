package cli

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// What an administrator's script writes by the thousand takes memory, and so time, that grows with the number of lines
// and not with its square.
func TestLongConfigurations(t *testing.T) {
	rel := named(t, "pix-6.3")
	host := func(net, i int) string { return fmt.Sprintf("%d.%d.%d.%d", net, i>>16&255, i>>8&255, i&255) }
	for kind, line := range map[string]func(i int) string{
		"names": func(i int) string { return fmt.Sprintf("name %s n%d", host(10, i), i) },
		"groups": func(i int) string {
			return fmt.Sprintf("object-group network g%d\n network-object host %s", i, host(10, i))
		},
		"nested":   func(i int) string { return fmt.Sprintf("object-group protocol g%d\n group-object g%d", i, i/2) },
		"members":  func(i int) string { return fmt.Sprintf("object-group network g\n network-object host %s", host(10, i)) },
		"statics":  func(i int) string { return fmt.Sprintf("static (inside,outside) %s %s", host(100, i), host(10, i)) },
		"conduits": func(i int) string { return fmt.Sprintf("conduit permit tcp host %s eq smtp any", host(100, i)) },
		"entries":  func(i int) string { return fmt.Sprintf("access-list l line 1 permit ip host %s any", host(10, i)) },
		"remarks":  func(i int) string { return fmt.Sprintf("access-list l remark %d", i) },
		"junk":     func(i int) string { return fmt.Sprintf("access-list l permit ip junk%d", i) },
	} {
		t.Run(kind, func(t *testing.T) {
			few, many := allocated(func() { Load(rel, linesOf(1000, line)) }), allocated(func() { Load(rel, linesOf(8000, line)) })
			if many > 16*few {
				t.Errorf("1000 lines take %d octets, 8000 take %d", few, many)
			}
		})
	}
}

func linesOf(n int, line func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(line(i) + "\n")
	}
	return b.String()
}

// allocated is how many octets f asks for.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
