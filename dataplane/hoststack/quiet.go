package hoststack

import (
	"sync"
	"time"

	"gvisor.dev/gvisor/pkg/log"
)

// silence takes the words out of the stack's own log, which is one for the process and goes to standard error: into the
// midst of a serial console, and about things (a SYN that came twice) that are everyday on a wire.
var silence = sync.OnceFunc(func() { log.SetTarget(nowhere{}) })

// nowhere implements log.Emitter.
type nowhere struct{}

func (nowhere) Emit(int, log.Level, time.Time, string, ...any) {}
