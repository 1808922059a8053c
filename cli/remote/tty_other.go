//go:build !linux

package remote

import "os"

func reopen(*os.File) *os.File { return nil }
