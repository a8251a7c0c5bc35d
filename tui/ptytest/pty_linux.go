// Package ptytest runs programs on a pseudo terminal in tests: a raw one that
// answers nothing, so that a program which asks the terminal questions is
// found out, and so that what a program writes can be counted byte by byte.
package ptytest

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Open makes a pseudo terminal of a size and gives both of its ends.
func Open(cols, rows int) (master, slave *os.File, err error) {
	master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("open a pseudo terminal: %w", err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		master.Close()
		return nil, nil, fmt.Errorf("unlock the pseudo terminal: %w", err)
	}
	slave, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		master.Close()
		return nil, nil, fmt.Errorf("open the slave end: %w", err)
	}
	if err := Resize(master, cols, rows); err != nil {
		master.Close()
		slave.Close()
		return nil, nil, err
	}
	return master, slave, nil
}

// Resize sets the size of a pseudo terminal.
func Resize(f *os.File, cols, rows int) error {
	err := unix.IoctlSetWinsize(int(f.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(cols), Row: uint16(rows)})
	if err != nil {
		return fmt.Errorf("set the size of the terminal: %w", err)
	}
	return nil
}

// Session is a program on a terminal.
type Session struct {
	Master *os.File
	Cmd    *exec.Cmd

	mu   sync.Mutex
	out  []byte
	last time.Time // when the last byte came
	news chan struct{}
	rate atomic.Int64 // bytes read in each 20 ms; 0: all
}

// Throttle reads the terminal slowly from now on: so many bytes in each 20 ms.
// 0 reads all again.
func (s *Session) Throttle(bytes int) { s.rate.Store(int64(bytes)) }

// Start runs a program with the terminal as its controlling one.
func Start(cmd *exec.Cmd, cols, rows int) (*Session, error) {
	master, slave, err := Open(cols, rows)
	if err != nil {
		return nil, err
	}
	defer slave.Close()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		master.Close()
		return nil, fmt.Errorf("start %q: %w", cmd.Path, err)
	}
	s := &Session{Master: master, Cmd: cmd, news: make(chan struct{}, 1)}
	go s.read()
	return s, nil
}

func (s *Session) read() {
	buf := make([]byte, 1<<16)
	for {
		part := buf
		if r := s.rate.Load(); r > 0 {
			time.Sleep(20 * time.Millisecond)
			part = buf[:min(len(buf), int(r))]
		}
		n, err := s.Master.Read(part)
		s.mu.Lock()
		s.out = append(s.out, buf[:n]...)
		if n > 0 {
			s.last = time.Now()
		}
		s.mu.Unlock()
		select {
		case s.news <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// Output gives what was written so far.
func (s *Session) Output() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]byte(nil), s.out...)
}

// Size gives the number of bytes written so far and when the last one came.
func (s *Session) Size() (int, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.out), s.last
}

// Quiet waits until something was written after the first from bytes and then
// nothing for a while. It gives up after limit and says so.
func (s *Session) Quiet(from int, pause, limit time.Duration) bool {
	end := time.Now().Add(limit)
	for time.Now().Before(end) {
		n, last := s.Size()
		if n > from && time.Since(last) >= pause {
			return true
		}
		select {
		case <-s.news:
		case <-time.After(time.Millisecond):
		}
	}
	return false
}

// Close ends the program and the terminal.
func (s *Session) Close() {
	if s.Cmd.ProcessState == nil {
		_ = s.Cmd.Process.Kill()
		_ = s.Cmd.Wait()
	}
	s.Master.Close()
}
