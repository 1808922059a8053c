package config

import (
	"time"

	"pixsim/appliance/release"
)

// Timer is one of the idle timers of the timeout command.
type Timer uint8

const (
	TimerXlate Timer = iota
	TimerConn
	TimerHalfClosed
	TimerUDP
	TimerICMP
	TimerRPC // printed as sunrpc from 7.0 on
	TimerH323
	TimerH225
	TimerMGCP
	TimerMGCPPAT
	TimerSIP
	TimerSIPMedia
	TimerSIPInvite
	TimerSIPDisconnect
	TimerSIPProvisional
	TimerUauth
	TimerUauthIdle
	TimerTCPProxy
	TimerPATXlate
	TimerFloating
	TimerHolddown
	TimerStaleRoute
	TimerSCTP
	timers
)

// Timeouts are the idle timers; 0 is never. TimerUauth counts from the login, TimerUauthIdle from the last use.
type Timeouts struct{ Idle [timers]time.Duration }

// Of is one timer.
func (t Timeouts) Of(timer Timer) time.Duration { return t.Idle[timer] }

// usualTimeouts are the timers that no release's Timers carry: 4.4(5), 5.3(1), 6.3(5), 7.2(1), 8.2(1) and
// 9.7(1)4 captures agree.
var usualTimeouts = [timers]time.Duration{
	TimerXlate: 3 * time.Hour, TimerConn: time.Hour, TimerHalfClosed: 10 * time.Minute, TimerUDP: 2 * time.Minute,
	TimerICMP: 2 * time.Second, TimerRPC: 10 * time.Minute, TimerH323: 5 * time.Minute, TimerH225: time.Hour,
	TimerMGCP: 5 * time.Minute, TimerMGCPPAT: 5 * time.Minute, TimerSIP: 30 * time.Minute,
	TimerSIPMedia: 2 * time.Minute, TimerSIPInvite: 3 * time.Minute, TimerSIPDisconnect: 2 * time.Minute,
	TimerSIPProvisional: 2 * time.Minute, TimerUauth: 5 * time.Minute, TimerTCPProxy: time.Minute,
	TimerPATXlate: 30 * time.Second, TimerHolddown: 15 * time.Second, TimerStaleRoute: 70 * time.Second, TimerSCTP: 2 * time.Minute,
}

// DefaultTimeouts are those of a release.
func DefaultTimeouts(rel *release.Release) Timeouts {
	t := Timeouts{Idle: usualTimeouts}
	for timer, d := range map[Timer]time.Duration{
		TimerXlate: rel.Timers.Xlate, TimerConn: rel.Timers.Conn, TimerHalfClosed: rel.Timers.HalfClosed,
		TimerUDP: rel.Timers.UDP, TimerICMP: rel.Timers.ICMP, TimerUauth: rel.Timers.Uauth, TimerPATXlate: rel.Timers.PATXlate,
	} {
		if d > 0 {
			t.Idle[timer] = d
		}
	}
	return t
}

// SetTimeout sets one timer; 0 is never.
func (e *Edit) SetTimeout(timer Timer, d time.Duration) { e.c.Timeouts.Idle[timer] = d }

// ResetTimeouts puts every timer back.
func (e *Edit) ResetTimeouts() { e.c.Timeouts = DefaultTimeouts(e.c.Release) }
