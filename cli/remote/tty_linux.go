package remote

import (
	"fmt"
	"os"
	"syscall"
)

// reopen opens what f is once more, with a mode of its own; nil if that is impossible (a socket).
func reopen(f *os.File) *os.File {
	n, err := os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", descriptor(f)), os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil
	}
	return n
}
