package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// intakeHosts takes in from many hosts at once, each through the user's ssh.
func (a *app) intakeHosts(ctx context.Context, f intakeFlags, key *heldKey) error {
	hosts, err := readHosts(f.hosts)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.to, 0o700); err != nil {
		return withCode(exitFailed, err, "")
	}
	s := &hostRun{a: a, f: &f, key: key, out: newJSONLines(a.out)}
	slots := make(chan struct{}, f.parallel)
	var wg sync.WaitGroup
	for _, h := range hosts {
		slots <- struct{}{}
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer func() { <-slots }()
			s.one(ctx, h)
		}()
	}
	wg.Wait()
	if err := s.out.flush(); err != nil {
		return err
	}
	switch {
	case s.failed == 0 && s.cut == 0:
		return nil
	case s.cut > 0:
		return withCode(exitVerify, fmt.Errorf("%d of %d bundles are cut or damaged, %d hosts gave nothing", s.cut, len(hosts), s.failed), "what their last checkpoints prove is usable")
	}
	return withCode(exitFailed, fmt.Errorf("%d of %d hosts gave nothing", s.failed, len(hosts)), "each is named above")
}

// readHosts reads lines of a host and ssh arguments; # begins a comment.
func readHosts(path string) ([][]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, withCode(exitFailed, err, "")
	}
	defer f.Close()
	var out [][]string
	s := bufio.NewScanner(f)
	for s.Scan() {
		w := strings.Fields(s.Text())
		if len(w) == 0 || strings.HasPrefix(w[0], "#") {
			continue
		}
		if strings.HasPrefix(w[0], "-") {
			return nil, usagef("--hosts: %q is no host name", w[0])
		}
		out = append(out, w)
	}
	if err := s.Err(); err != nil {
		return nil, withCode(exitFailed, err, "")
	}
	if len(out) == 0 {
		return nil, usagef("--hosts %s names no host", path)
	}
	return out, nil
}

// hostRun is the state of many intakes.
type hostRun struct {
	a           *app
	f           *intakeFlags
	key         *heldKey
	mu          sync.Mutex
	out         *jsonLines
	failed, cut int
}

// say prints one status line.
func (s *hostRun) say(host, format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.a.err, "%s  %-20s %s\n", s.a.now().UTC().Format("15:04:05"), safe(host), safe(fmt.Sprintf(format, args...)))
}

// Write makes the standard error of an ssh a status line of its host.
type hostErr struct {
	s    *hostRun
	host string
}

func (w *hostErr) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		if line = strings.TrimSpace(line); line != "" {
			w.s.say(w.host, "%.300s", line)
		}
	}
	return len(p), nil
}

// one runs ssh for one host. No shell is started here; the command is one
// argument, for the shell of the account over there.
func (s *hostRun) one(ctx context.Context, h []string) {
	host := h[0]
	args := append(append([]string{}, h[1:]...), "--", host, s.f.command)
	cmd := exec.CommandContext(ctx, s.f.ssh, args...)
	cmd.Stderr = &hostErr{s, host}
	pipe, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		s.end(host, bundle.Receipt{}, err)
		return
	}
	s.say(host, "connected")
	t := &taking{a: s.a, f: s.f, key: s.key, from: "ssh " + host, to: s.f.to, said: cmd.Stderr}
	last := time.Now()
	t.tell = func(f *bundle.Follower) {
		if time.Since(last) > 2*time.Second {
			last = time.Now()
			p := f.Proven()
			s.say(host, "%s, %d exhibits proven, checkpoint %d", size(f.Bytes()), p.Items, p.Checkpoint)
		}
	}
	r, err := t.run(ctx, pipe)
	if werr := cmd.Wait(); werr != nil && err == nil && r.State != "whole" && r.State != "encrypted" {
		err = fmt.Errorf("ssh: %w", werr)
	}
	s.end(host, r, err)
}

func (s *hostRun) end(host string, r bundle.Receipt, err error) {
	state := r.State
	switch {
	case r.Run == "" && state != "encrypted":
		if err == nil {
			err = errors.New(r.Reason)
		}
		s.say(host, "FAILED: %v", err)
		s.mu.Lock()
		s.failed++
		s.mu.Unlock()
		return
	case state != "whole" && state != "encrypted":
		s.mu.Lock()
		s.cut++
		s.mu.Unlock()
	}
	s.say(host, "%s: %s, %s, %d checkpoints", strings.ToUpper(state), r.File, size(r.Bytes), len(r.Checkpoints))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.a.json {
		_ = s.out.write(r) // flush reports a failed output
		return
	}
	_, _ = fmt.Fprintf(s.a.out, "%s\n%s\n", safe(host), receiptText(&r))
}
