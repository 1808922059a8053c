package command_test

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
)

// A program that boots no box makes no table of commands: `pixsim version` is there at once.
func TestStart(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, "-test.run=^$")
	c.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	m := regexp.MustCompile(`(?m)^init pixsim/cli/command .* (\d+) allocs$`).FindSubmatch(out)
	if m == nil {
		t.Fatalf("no trace: %s", out)
	}
	if n, _ := strconv.Atoi(string(m[1])); n > 40_000 { // 120,000 with all of them
		t.Errorf("%d allocations at start", n)
	}
}
