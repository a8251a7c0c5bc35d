package source

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"strings"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/host"
)

// viewNames lists the key views besides processes and sockets, in the order in
// which they are recorded.
func viewNames() []string {
	return []string{"modules", "threads", "namespaces", "mounts", "logins", "bpf-programs", "bpf-links"}
}

// maxView bounds the names of one view.
const maxView = 1 << 16

// keyViews looks once at every key view of a live host.
func keyViews(ctx context.Context, env *collect.Env) map[string]collect.View {
	clock := newWatch(env.Host, "views")
	out := map[string]collect.View{}
	for _, name := range viewNames() {
		at, _ := clock.now()
		v := collect.View{At: at, Names: map[string]bool{}}
		add := func(s string) {
			if len(v.Names) < maxView {
				v.Names[s] = true
			}
		}
		if err := lookAt(ctx, env, name, add); err != nil {
			v.Errno = host.ErrnoName(err)
		}
		out[name] = v
	}
	return out
}

func lookAt(ctx context.Context, env *collect.Env, view string, add func(string)) error {
	switch view {
	case "modules":
		return firstWords(ctx, env.Host.Proc(), "modules", add)
	case "mounts":
		return procLines(ctx, env.Host.Proc(), "self/mountinfo", add)
	case "threads":
		return eachThread(ctx, env.Host.Proc(), func(t task) {
			if t.pid != os.Getpid() { // the collector's own come and go with its reads
				add(t.dir)
			}
		})
	case "namespaces":
		return namespacesInUse(ctx, env.Host.Proc(), add)
	case "logins":
		return loggedIn(env, add)
	case "bpf-programs":
		return bpfIDs(ctx, env.Host.Kernel(), "prog", add)
	case "bpf-links":
		return bpfIDs(ctx, env.Host.Kernel(), "link", add)
	}
	return nil
}

// viewCap bounds the kernel file behind a view, bytes.
const viewCap = 8 << 20

func procLines(ctx context.Context, proc host.Proc, name string, add func(string)) error {
	ctx, cancel := host.Patience(ctx, taskWait)
	defer cancel()
	data, _, err := proc.Read(ctx, name, viewCap)
	for line := range bytes.Lines(data) {
		add(strings.TrimRight(string(line), "\n"))
	}
	if err != nil {
		return fmt.Errorf("%w", err)
	}
	return nil
}

func firstWords(ctx context.Context, proc host.Proc, name string, add func(string)) error {
	return procLines(ctx, proc, name, func(line string) {
		word, _, _ := strings.Cut(line, " ")
		add(word)
	})
}

// eachThread calls fn for every thread of every process but the leaders.
func eachThread(ctx context.Context, proc host.Proc, fn func(task)) error {
	pids, err := proc.PIDs()
	if err != nil {
		return fmt.Errorf("list processes: %w", err)
	}
	for _, pid := range pids {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		for _, tid := range threads(proc, pid) {
			fn(taskOf(pid, tid))
		}
	}
	return nil
}

// namespacesInUse gathers the namespaces that processes and threads are in.
func namespacesInUse(ctx context.Context, proc host.Proc, add func(string)) error {
	of := func(t task) {
		for _, kind := range namespaceNames() {
			if target, err := proc.Readlink(t.dir + "/ns/" + kind); err == nil {
				add(target)
			}
		}
	}
	pids, err := proc.PIDs()
	if err != nil {
		return fmt.Errorf("list processes: %w", err)
	}
	for _, pid := range pids {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		of(taskOf(pid, 0))
	}
	return eachThread(ctx, proc, of)
}

// loggedIn reads who is logged in: the entries of utmp(5) of type USER_PROCESS,
// and the sessions that logind keeps.
func loggedIn(env *collect.Env, add func(string)) error {
	data, _, err := env.Host.ReadFile("/run/utmp", viewCap)
	size := 384 // struct utmp of amd64; 400 on arm64. The fields used lie at the same places.
	if len(data)%384 != 0 && len(data)%400 == 0 {
		size = 400
	}
	for ; len(data) >= size; data = data[size:] {
		const userProcess = 7
		if binary.LittleEndian.Uint16(data) == userProcess {
			add(fmt.Sprintf("%s on %s from %s, process %d", cString(data[44:76]), cString(data[8:40]), cString(data[76:332]), binary.LittleEndian.Uint32(data[4:])))
		}
	}
	_ = env.Host.ReadDir("/run/systemd/sessions", func(name string, _ byte) bool {
		if !strings.HasSuffix(name, ".ref") {
			add("session " + name)
		}
		return true
	})
	if err != nil {
		return fmt.Errorf("%w", err)
	}
	return nil
}

func cString(b []byte) []byte {
	b, _, _ = bytes.Cut(b, []byte{0})
	return b
}

func bpfIDs(ctx context.Context, kernel host.Kernel, kind string, add func(string)) error {
	id := uint32(0)
	for range maxView {
		next, err := kernel.BPFNext(kind, id)
		switch errno := host.ErrnoName(err); {
		case errno == "ENOENT": // the end
			return nil
		case err != nil:
			return fmt.Errorf("%w", err)
		case ctx.Err() != nil:
			return context.Cause(ctx)
		}
		add(itoa(int(next)))
		id = next
	}
	return nil
}
