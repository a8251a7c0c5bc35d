package source

import (
	"context"
	"strings"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/host"
)

// What one thing comes to in the bundle, in bytes before compression, as
// measured on servers with 100 to 600 processes and a million files. An
// estimate tells hours from minutes; it bounds nothing.
const (
	processBytes = 13_000 // state of one process of its own code
	threadBytes  = 4_000  // of one kernel thread
	socketBytes  = 320
	inodeBytes   = 300
)

// unknown stands for what nobody can tell before.
const unknownBytes = -1

// census is a first count of the processes, for estimates only.
type census struct {
	programs, kernel int
	exeBytes         int64 // of executables that the source exe copies, each once
}

// countProcesses looks at the executable of every process, once in a run.
func countProcesses(ctx context.Context, env *collect.Env) (census, bool) {
	proc := env.Host.Proc()
	if proc == nil {
		return census{}, false
	}
	if env.Seen != nil {
		if c, ok := env.Seen.Shared["census"].(census); ok {
			return c, true
		}
	}
	pids, err := proc.PIDs()
	if err != nil {
		return census{}, false
	}
	var c census
	seen := map[[2]uint64]bool{}
	for _, pid := range pids {
		if ctx.Err() != nil {
			return census{}, false
		}
		name := itoa(pid) + "/exe"
		target, err := proc.Readlink(name)
		if err != nil {
			c.kernel++
			continue
		}
		c.programs++
		if !nameless(target) && placeWhy(target) == "" {
			continue
		}
		if st, err := proc.Stat(name); err == nil && !seen[[2]uint64{st.Dev, st.Ino}] {
			seen[[2]uint64{st.Dev, st.Ino}] = true
			c.exeBytes += min(st.Size, exeCap)
		}
	}
	if env.Seen != nil {
		env.Seen.Share("census", c)
	}
	return c, true
}

func processEstimate(ctx context.Context, env *collect.Env) int64 {
	c, ok := countProcesses(ctx, env)
	if !ok {
		return unknownBytes
	}
	return int64(c.programs)*processBytes + int64(c.kernel)*threadBytes
}

func exeEstimate(ctx context.Context, env *collect.Env) int64 {
	c, ok := countProcesses(ctx, env)
	switch {
	case !ok:
		return unknownBytes
	case env.Profile == collect.ProfileSweep:
		return 0 // a sweep copies none
	}
	return c.exeBytes
}

// socketEstimate counts by /proc/net/sockstat: "sockets: used 21".
func socketEstimate(ctx context.Context, env *collect.Env) int64 {
	if env.Host.Proc() == nil {
		return unknownBytes
	}
	data, _, err := env.Host.Proc().Read(ctx, "self/net/sockstat", smallCap)
	if err != nil {
		return unknownBytes
	}
	f := strings.Fields(string(data))
	if len(f) < 3 || f[0] != "sockets:" {
		return unknownBytes
	}
	return int64(atoi(f[2])) * socketBytes
}

// kernelEstimate goes by the size of the type data: kallsyms is about as long.
func kernelEstimate(_ context.Context, env *collect.Env) int64 {
	st, err := env.Host.Stat("/sys/kernel/btf/vmlinux")
	if err != nil || env.Host.Proc() == nil || st.Size <= 0 || st.Size > 1<<30 {
		return unknownBytes
	}
	return 2 * st.Size
}

// mountEstimate goes by the inodes in use of a local file system that is mounted whole.
func mountEstimate(env *collect.Env, m host.Mount) int64 {
	counter, ok := env.Host.(host.InodeCounter)
	if !ok || m.Root != "/" || m.Storage() != host.StorageLocal {
		return unknownBytes
	}
	n, err := counter.Inodes(m.Point)
	if err != nil || n == 0 {
		return unknownBytes
	}
	return n * inodeBytes
}
