package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// echoes says whether a terminal shows what is typed.
func echoes(tty *os.File) (bool, error) {
	mode, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err != nil {
		return false, err
	}
	return mode.Lflag&unix.ECHO != 0 && mode.Oflag&unix.OPOST != 0, nil
}
