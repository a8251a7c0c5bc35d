package source

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// maxSymbolBytes bounds the copy of kallsyms: 15 MB with all symbols of today's
// kernels, more with thousands of modules.
const maxSymbolBytes = 64 << 20

// copySymbols takes kallsyms as an exhibit: a memory image is read by it. Size
// and zero addresses were counted in the reading before.
func (r *kernelReader) copySymbols(ctx context.Context, size int64, item int) error {
	if size == 0 {
		return nil
	}
	f, err := r.proc.Open("kallsyms")
	if err != nil {
		return nil // the line of the record before says why
	}
	defer f.Close()
	began, _ := r.clock.now()
	x := bundle.Exhibit{Name: "data/kernel/kallsyms", Source: "kernel", Item: item, Method: "read /proc/kallsyms", Started: began}
	y, err := r.env.Out.File(x, min(size, maxSymbolBytes), throttled{ctx: ctx, env: r.env, r: f})
	if err != nil {
		return fmt.Errorf("copy kallsyms: %w", err)
	}
	switch {
	case size > maxSymbolBytes:
		r.capped = append(r.capped, "/proc/kallsyms")
	case y.Size == size && !short(y) && r.env.Seen != nil:
		r.env.Seen.HaveSymbols("kallsyms")
	}
	r.exhibits++
	r.bytes += y.Size
	return nil
}

// copyTypes takes the kernel's own type data (BTF) as an exhibit, and of that of
// modules length and hash: their files lie on disk.
func (r *kernelReader) copyTypes(ctx context.Context, item int) error {
	const dir = "/sys/kernel/btf"
	var names []string
	err := r.env.Host.ReadDir(dir, func(name string, _ byte) bool {
		names = append(names, name)
		return len(names) < 1<<14
	})
	k := &record.Kernel{Name: dir, Of: "length and SHA-256 of the type data", Piece: record.Piece{Errno: host.ErrnoName(err)}}
	slices.Sort(names)
	for _, n := range names {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		data, cut, err := r.env.Host.ReadFile(dir+"/"+n, maxBTF)
		if err != nil {
			k.Data = append(k.Data, n+" "+host.ErrnoName(err)+"\n"...)
			continue
		}
		if err := throttle(ctx, r.env, len(data)); err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		k.Data = append(k.Data, fmt.Sprintf("%s %d %s\n", n, len(data), hex.EncodeToString(sum[:]))...)
		k.Cap = k.Cap || cut
		if n != "vmlinux" {
			continue
		}
		x := bundle.Exhibit{Name: "data/kernel/btf-vmlinux", Source: "kernel", Item: item, Method: "read " + dir + "/vmlinux"}
		if _, err := r.env.Out.Bytes(x, data); err != nil {
			return fmt.Errorf("copy type data: %w", err)
		}
		if !cut && r.env.Seen != nil {
			r.env.Seen.HaveSymbols("btf-vmlinux")
		}
		r.exhibits++
		r.bytes += int64(len(data))
	}
	return r.put(k)
}

// short says whether an exhibit has stretches that are not what was read.
func short(x bundle.Exhibit) bool {
	return slices.ContainsFunc(x.States, func(s bundle.StateRange) bool { return s.State != bundle.BytesRead && s.State != bundle.BytesZero })
}

// tracingRoots finds tracefs where it is mounted already. Below debugfs it is
// mounted by being looked at, which is left alone; kernels before 4.1 have it
// as a part of debugfs.
func (r *kernelReader) tracingRoots() []string {
	var out []string
	debug := ""
	for _, m := range r.env.Mounts() {
		switch m.FSType {
		case "tracefs":
			out = append(out, m.Point)
		case "debugfs":
			debug = m.Point
		}
	}
	var major, minor int
	if n, err := fmt.Sscanf(r.env.Host.Identity().Kernel, "%d.%d", &major, &minor); len(out) == 0 && debug != "" && err == nil && n == 2 && (major < 4 || major == 4 && minor < 1) {
		out = append(out, debug+"/tracing")
	}
	return out
}

// tracingFiles say what is traced and by which hook; each instance has its own.
func tracingFiles() []string {
	return []string{"current_tracer", "dynamic_events", "enabled_functions", "kprobe_events", "kprobe_profile", "set_event", "set_ftrace_filter", "set_ftrace_notrace",
		"set_ftrace_pid", "set_graph_function", "synthetic_events", "touched_functions", "trace_options", "tracing_on", "uprobe_events", "uprobe_profile"}
}

// tracing reads the hooks of ftrace, and those of kprobes from debugfs.
func (r *kernelReader) tracing() error {
	roots := r.tracingRoots()
	if len(roots) == 0 {
		k := &record.Kernel{Name: "/sys/kernel/tracing", Of: "trace hooks", Piece: record.Piece{Errno: "ENOENT"}}
		return r.put(k)
	}
	for _, root := range roots {
		dirs := []string{root}
		_ = r.env.Host.ReadDir(root+"/instances", func(name string, _ byte) bool { // none: no instances
			dirs = append(dirs, root+"/instances/"+name)
			return len(dirs) < 256
		})
		for _, dir := range dirs {
			for _, name := range tracingFiles() {
				data, cut, err := r.env.Host.ReadFile(dir+"/"+name, kernelFileCap)
				if host.ErrnoName(err) == "ENOENT" {
					continue // not in this kernel
				}
				if err := r.put(&record.Kernel{Name: dir + "/" + name, Piece: record.Piece{Data: data, Cap: cut, Errno: host.ErrnoName(err)}}); err != nil {
					return err
				}
			}
		}
	}
	for _, m := range r.env.Mounts() {
		if m.FSType != "debugfs" {
			continue
		}
		for _, name := range []string{"/kprobes/list", "/kprobes/enabled", "/kprobes/blacklist"} {
			data, cut, err := r.env.Host.ReadFile(m.Point+name, kernelFileCap)
			if err == nil {
				if err := r.put(&record.Kernel{Name: m.Point + name, Piece: record.Piece{Data: data, Cap: cut}}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// moduleFacts reads what sysfs says of one loaded module: "taint=OE
// srcversion=... text=0xffff...".
func (r *kernelReader) moduleFacts(name string) string {
	var out strings.Builder
	for _, f := range [][2]string{{"taint", "taint"}, {"srcversion", "srcversion"}, {"version", "version"}, {"coresize", "coresize"}, {"refcnt", "refcnt"}, {"text", "sections/.text"}} {
		data, _, err := r.env.Host.ReadFile("/sys/module/"+name+"/"+f[1], 256)
		if v := string(bytes.TrimSpace(data)); err == nil && v != "" && !strings.ContainsAny(v, " \n") {
			out.WriteString(" " + f[0] + "=" + v)
		}
	}
	return out.String()
}
