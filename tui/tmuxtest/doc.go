// Package tmuxtest runs scenarios on the shipped program in a real terminal:
// tmux shows the screen, keys go in, and what stands on the screen is read
// back. It polls for what it waits for and never sleeps for a fixed time.
//
// The scenarios run when SAKSI_TMUX is set and tmux is there:
//
//	SAKSI_TMUX=1 go test ./tui/tmuxtest
//
// SAKSI_BIN names a program that is built already; without it the test builds
// one. SAKSI_TMUX_BIG=1 adds a case of ten million events, which
// SAKSI_BIG_CASE=DIR keeps for the next time.
package tmuxtest
