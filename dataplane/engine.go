package dataplane

// Engine is the packet path. One goroutine owns it.
type Engine struct{}

// State is the engine's tables, seen from within its goroutine.
type State struct{ e *Engine }
