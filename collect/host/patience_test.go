package host

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestPatienceEnds(t *testing.T) {
	ctx, cancel := Patience(t.Context(), time.Millisecond)
	defer cancel()
	<-ctx.Done()
	if err := context.Cause(ctx); !errors.Is(err, ErrTimeout) {
		t.Errorf("cause %v", err)
	}
	parent, stop := context.WithCancel(t.Context())
	stop()
	ctx, cancel = Patience(parent, time.Hour)
	defer cancel()
	<-ctx.Done()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cause %v of a context whose parent ended", err)
	}
}

func TestAwakeStopped(t *testing.T) {
	called := make(chan struct{}, 1)
	for range 100 {
		stop := Awake(time.Hour, func() { called <- struct{}{} })
		stop()
		stop()
	}
	select {
	case <-called:
		t.Error("called after it was stopped")
	default:
	}
}

// A process that was stopped for longer than the deadline has it still before
// it when it goes on: the child says so.
func TestPauseIsNoDeadline(t *testing.T) {
	const wait = 2 * time.Second
	if os.Getenv("SAKSI_PAUSE") != "" {
		over := make(chan struct{})
		began := time.Now()
		defer Awake(wait, func() { close(over) })()
		_, _ = os.Stdout.WriteString("ready\n")
		_, _ = os.Stdin.Read(make([]byte, 1)) // an answer that comes behind the pause
		select {
		case <-over:
			_, _ = os.Stdout.WriteString("late\n")
		default:
			_, _ = os.Stdout.WriteString("in time, " + time.Since(began).String() + "\n")
		}
		os.Exit(0)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestPauseIsNoDeadline$")
	cmd.Env = append(os.Environ(), "SAKSI_PAUSE=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := func() string {
		b := make([]byte, 256)
		n, _ := out.Read(b)
		return string(b[:n])
	}
	if got := line(); got != "ready\n" {
		t.Fatalf("the child said %q", got)
	}
	if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(wait + wait/2) // the pause itself
	_ = in.Close()
	if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if got := line(); !strings.HasPrefix(got, "in time") {
		t.Errorf("after a pause the child said %q", got)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
