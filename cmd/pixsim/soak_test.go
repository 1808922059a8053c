package main

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const (
	soakIdle   = 200 // SSH sessions that wait
	soakDrives = 10  // Netmiko sessions that work, each a process
)

// TestSoak: many sessions that wait, and some that work and come again, need no more memory late than early. It runs where
// PIXSIM_SOAK says how long, as make soak does.
func TestSoak(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("PIXSIM_SOAK"))
	if err != nil {
		t.Skip("PIXSIM_SOAK is not a duration: make soak sets it")
	}
	b := bootQuiet(t, "--release", "asa-8.2", "--session-limit", strconv.Itoa(soakIdle+soakDrives),
		"--startup-config", startupWith(t, "asa-8.2", "ssh timeout 60\n"))
	empty := resident(t, b)
	var idle []talk
	for range soakIdle {
		k := sshShell(t, b.ssh, "pix", "cisco", 80, 24)
		k.sees(t, "ciscoasa> ")
		idle = append(idle, k)
	}
	t.Logf("empty: %d kB; with %d sessions that wait: %d kB", empty>>10, soakIdle, resident(t, b)>>10)

	var rounds atomic.Int64
	var sizes []int
	end := time.Now().Add(length)
	t.Run("at work", func(t *testing.T) {
		for i := range soakDrives {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				for time.Now().Before(end) {
					soakRound(t, b.ssh)
					rounds.Add(1)
				}
			})
		}
		t.Run("memory", func(t *testing.T) {
			t.Parallel()
			for time.Now().Before(end) {
				time.Sleep(length / 20)
				sizes = append(sizes, resident(t, b)>>10)
			}
		})
	})
	for i, k := range idle {
		k.types(t, "show curpriv\n")
		if before := k.sees(t, "ciscoasa> "); !strings.Contains(before, "Current privilege level : 1\r\n") {
			t.Fatalf("session %d: %q", i, before)
		}
	}
	t.Logf("%d rounds of Netmiko in %v; kB: %v", rounds.Load(), length, sizes)
	// The first sessions that configure and save make the heap what it then is.
	early, late := mean(sizes[len(sizes)/2:3*len(sizes)/4]), mean(sizes[3*len(sizes)/4:])
	if late > early+early/20 {
		t.Errorf("memory grows: %d kB in the third quarter, %d kB in the last", early, late)
	}
	b.stops()
}

// soakRound is a session of Netmiko from login to logoff.
func soakRound(t *testing.T, addr string) {
	steps := [][]any{}
	for _, s := range netmikoShows {
		steps = append(steps, []any{"send_command", s[0]})
	}
	steps = append(steps, []any{"send_config_set", []string{"access-list SOAK extended permit ip any any", "no access-list SOAK extended permit ip any any"}}, []any{"save_config"})
	r := netmiko(t, addr, map[string]any{"username": "pix", "password": "cisco", "secret": "cisco"}, steps)
	if out := r.said(len(r.Steps) - 1); !strings.Contains(out, "[OK]") {
		t.Errorf("save: %q", out)
	}
}

func mean(sizes []int) int {
	sum := 0
	for _, s := range sizes {
		sum += s
	}
	return sum / len(sizes)
}
