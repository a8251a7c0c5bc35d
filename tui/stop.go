package tui

import (
	"os"
	"os/signal"
	"syscall"
)

// stopProcess stops the whole job and returns when it is continued.
func stopProcess() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGCONT)
	defer signal.Stop(c)
	_ = syscall.Kill(0, syscall.SIGTSTP)
	<-c
}
