package source

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// kernelState is the source of kernel-wide state.
func kernelState() collect.Source { return kernelSource{} }

type kernelSource struct{}

const (
	kernelFileCap = 1 << 20
	kernelLogCap  = 8 << 20
)

// Describe implements collect.Source.
func (kernelSource) Describe() collect.Description {
	return collect.Description{
		Name: "kernel",
		Doc: "modules by their views (/proc/modules, /sys/module with taint, source version and address, symbols, areas of vmallocinfo), taint, security settings, " +
			"trace hooks of every tracing instance, kprobes, kernel log, memory map, vmcoreinfo, keys, locks, IPC; copies of /proc/kallsyms and of the kernel's type " +
			"data, by which a memory image is read, with the hashes of the type data of modules",
		Effects: "reads of /proc and already mounted sysfs, securityfs, debugfs and tracefs; tracefs below debugfs, which is mounted by being looked at, is left alone " +
			"from 4.1 on; the kernel log is read without being consumed",
		References: []string{"proc(5)", "sysfs(5)", "syslog(2)", "Documentation/trace/kprobetrace.rst"},
		Group:      collect.GroupKernel,
		MinKernel:  "3.10",
		Fallback:   "files that a kernel does not have are recorded with ENOENT; type data needs 5.4, of modules 5.11; trace hooks are absent where tracefs is not mounted",
		Root:       true,
		LiveOnly:   true,
		Profiles:   []string{"triage", "full"},
	}
}

// Plan implements collect.Source.
func (kernelSource) Plan(ctx context.Context, env *collect.Env) ([]bundle.PlanItem, error) {
	return []bundle.PlanItem{{Source: "kernel", Target: "modules, taint, hooks, settings, log", Bytes: kernelEstimate(ctx, env)}}, nil
}

// kernelProcFiles are read below the procfs root.
func kernelProcFiles() []string {
	return []string{"buddyinfo", "cgroups", "cmdline", "consoles", "crypto", "devices", "execdomains", "filesystems", "iomem", "key-users", "keys",
		"loadavg", "locks", "meminfo", "misc", "partitions", "schedstat", "stat", "swaps", "sysvipc/msg", "sysvipc/sem", "sysvipc/shm",
		"sys/fs/binfmt_misc/status", "sys/kernel/core_pattern", "sys/kernel/dmesg_restrict", "sys/kernel/ftrace_enabled", "sys/kernel/hostname",
		"sys/kernel/io_uring_disabled", "sys/kernel/module_sig_enforce", "ioports",
		"sys/kernel/kexec_load_disabled", "sys/kernel/kptr_restrict", "sys/kernel/modprobe", "sys/kernel/modules_disabled",
		"sys/kernel/perf_event_paranoid", "sys/kernel/pid_max", "sys/kernel/printk", "sys/kernel/random/boot_id", "sys/kernel/randomize_va_space",
		"sys/kernel/sysrq", "sys/kernel/tainted", "sys/kernel/unprivileged_bpf_disabled", "sys/kernel/yama/ptrace_scope", "sys/net/core/bpf_jit_enable", "sys/net/core/bpf_jit_harden", "sys/net/core/bpf_jit_kallsyms",
		"sys/net/ipv4/ip_forward", "uptime", "version", "vmallocinfo"}
}

// kernelTreeFiles are read where their file system is mounted already.
func kernelTreeFiles() []string {
	return []string{"/sys/fs/selinux/enforce", "/sys/kernel/kexec_loaded", "/sys/kernel/security/apparmor/profiles", "/sys/kernel/security/ima/ascii_runtime_measurements",
		"/sys/kernel/security/lockdown", "/sys/kernel/security/lsm", "/sys/kernel/vmcoreinfo"}
}

// Collect implements collect.Source.
func (kernelSource) Collect(ctx context.Context, env *collect.Env, item bundle.PlanItem) (bundle.Outcome, error) {
	proc, kernel := env.Host.Proc(), env.Host.Kernel()
	if proc == nil || kernel == nil {
		return bundle.Outcome{Outcome: bundle.Skipped, Reason: "not a live host"}, nil
	}
	stream, err := env.Out.Records(bundle.Exhibit{Name: "data/records/kernel", Source: "kernel", Item: item.Item, Method: method(proc)})
	if err != nil {
		return bundle.Outcome{}, fmt.Errorf("open the kernel record: %w", err)
	}
	r := kernelReader{env: env, proc: proc, clock: newWatch(env.Host, "kernel"), stream: stream, denied: map[string]string{}}
	err = r.run(ctx, kernel, item.Item)
	parts, size, closeErr := stream.Close()
	out := r.outcome()
	out.Exhibits, out.Bytes, out.Method = parts+r.exhibits, size+r.bytes, method(proc)
	if ctx.Err() != nil {
		out.Outcome, out.Reason = bundle.Partial, "cancelled"
		return out, nil
	}
	if err = firstError(err, closeErr); err != nil {
		return bundle.Outcome{}, fmt.Errorf("write the kernel record: %w", err)
	}
	return out, nil
}

type kernelReader struct {
	env    *collect.Env
	proc   host.Proc
	clock  watch
	stream collect.RecordStream
	denied map[string]string // name -> errno
	capped []string

	exhibits    int
	bytes       int64
	symbolBytes int64 // length of kallsyms
}

func (r *kernelReader) run(ctx context.Context, kernel host.Kernel, item int) error {
	// The three views of modules stand together, so that one part of the record
	// holds them all.
	if err := r.procFile(ctx, "modules"); err != nil {
		return err
	}
	if err := r.moduleNames(); err != nil {
		return err
	}
	if err := r.symbolOwners(ctx); err != nil {
		return err
	}
	for _, name := range kernelProcFiles() {
		if err := r.procFile(ctx, name); err != nil {
			return err
		}
	}
	for _, name := range kernelTreeFiles() {
		data, cut, err := r.env.Host.ReadFile(name, kernelFileCap)
		if err := r.put(&record.Kernel{Name: name, Piece: record.Piece{Data: data, Cap: cut, Errno: host.ErrnoName(err)}}); err != nil {
			return err
		}
	}
	if err := r.tracing(); err != nil {
		return err
	}
	if err := r.copyTypes(ctx, item); err != nil {
		return err
	}
	if err := r.copySymbols(ctx, r.symbolBytes, item); err != nil {
		return err
	}
	return r.log(kernel, item)
}

func (r *kernelReader) procFile(ctx context.Context, name string) error {
	ctx, cancel := host.Patience(ctx, taskWait)
	defer cancel()
	return r.put(&record.Kernel{Name: "/proc/" + name, Piece: *piece(ctx, r.proc, name, kernelFileCap)})
}

// log takes the kernel log as an exhibit of its own: lines as dmesg -r prints
// them, times since boot.
func (r *kernelReader) log(kernel host.Kernel, item int) error {
	began, _ := r.clock.now()
	data, err := kernel.Log(kernelLogCap)
	if err != nil {
		return r.put(&record.Kernel{Name: "kernel log", Of: "syslog(2)", Piece: record.Piece{Errno: host.ErrnoName(err)}})
	}
	x := bundle.Exhibit{Name: "data/kernel/dmesg", Source: "kernel", Item: item, Method: "syslog(2)", Started: began}
	if _, err := r.env.Out.Bytes(x, data); err != nil {
		return fmt.Errorf("write the kernel log: %w", err)
	}
	r.exhibits++
	r.bytes += int64(len(data))
	return nil
}

// put writes one line. What a kernel does not have is no failure.
func (r *kernelReader) put(k *record.Kernel) error {
	k.Type = "kernel"
	k.At, _ = r.clock.now()
	if k.Cap {
		r.capped = append(r.capped, k.Name)
	}
	if refused(k.Errno) || k.Errno == "ETIMEDOUT" {
		r.denied[k.Name] = k.Errno
	}
	return r.stream.Record(k)
}

// moduleNames lists /sys/module: loadable modules have a file initstate.
func (r *kernelReader) moduleNames() error {
	k := &record.Kernel{Name: "/sys/module", Of: "names of modules with initstate"}
	var names []string
	err := r.env.Host.ReadDir("/sys/module", func(name string, _ byte) bool {
		names = append(names, name)
		return len(names) < 1<<16
	})
	k.Errno = host.ErrnoName(err)
	slices.Sort(names)
	for _, n := range names {
		if state, _, err := r.env.Host.ReadFile("/sys/module/"+n+"/initstate", 64); err == nil {
			k.Data = append(k.Data, n+" "+strings.TrimSpace(string(state))+r.moduleFacts(n)+"\n"...)
		}
	}
	k.Lines = int64(len(names))
	return r.put(k)
}

// symbolOwners counts the symbols of each module in kallsyms: a module that
// took itself off the list of modules may still own symbols.
func (r *kernelReader) symbolOwners(ctx context.Context) error {
	k := &record.Kernel{Name: "/proc/kallsyms", Of: "number of symbols by owner"}
	f, err := r.proc.Open("kallsyms")
	if err != nil {
		k.Errno = host.ErrnoName(err)
		if errors.Is(err, syscall.EPERM) {
			r.denied[k.Name] = k.Errno
		}
		return r.put(k)
	}
	defer f.Close()
	owners := map[string]int{}
	zero := int64(0)
	k.Cap, k.Errno = eachLine(ctx, f, func(line string) bool {
		k.Lines++
		r.symbolBytes += int64(len(line))
		if strings.HasPrefix(line, "0000000000000000 ") {
			zero++
		}
		owner := "kernel"
		if i := strings.LastIndexByte(line, '['); i > 0 {
			owner = strings.TrimRight(line[i+1:], "]\n")
		}
		owners[owner]++
		return len(owners) < 1<<14
	})
	for _, o := range slices.Sorted(maps.Keys(owners)) {
		k.Data = append(k.Data, o+" "+strconv.Itoa(owners[o])+"\n"...)
	}
	if err := r.put(k); err != nil {
		return err
	}
	// All addresses zero: kptr_restrict, or a reader without rights.
	a := &record.Kernel{Name: "/proc/kallsyms", Of: "addresses that are zero", Lines: k.Lines}
	a.Data = strconv.AppendInt(nil, zero, 10)
	return r.put(a)
}

func (r *kernelReader) outcome() bundle.Outcome {
	o := bundle.Outcome{Outcome: bundle.Collected}
	switch {
	case len(r.denied) > 0:
		first := slices.Sorted(maps.Keys(r.denied))[0]
		o.Outcome, o.Errno = bundle.Partial, r.denied[first]
		o.Reason = fmt.Sprintf("%d files could not be read, the first is %s", len(r.denied), first)
	case len(r.capped) > 0:
		o.Outcome, o.Cap = bundle.Partial, kernelFileCap
		o.Reason = fmt.Sprintf("%d files cut at their cap, the first is %s", len(r.capped), r.capped[0])
	}
	return o
}
