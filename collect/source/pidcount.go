package source

import (
	"context"
	"strings"

	"github.com/saksi-dfir/saksi/collect/host"
)

// number reads the n-th word of a kernel file.
func (v *pidViews) number(ctx context.Context, name string, n int) int {
	data, _, err := v.proc.Read(ctx, name, smallCap)
	f := strings.Fields(string(data))
	if err != nil || len(f) <= n {
		return 0
	}
	return max(atoi(f[n]), 0)
}

// cgroups gathers the pids of all control groups of the mounted hierarchies.
func (v *pidViews) cgroups(ctx context.Context) map[int]bool {
	out, dirs := map[int]bool{}, 0
	var visit func(dir string, depth int)
	visit = func(dir string, depth int) {
		if dirs++; depth > cgroupDepth || dirs > cgroupDirs || ctx.Err() != nil {
			return
		}
		if data, _, err := v.env.Host.ReadFile(dir+"/cgroup.procs", kernelFileCap); err == nil {
			for f := range strings.FieldsSeq(string(data)) {
				if pid := atoi(f); pid > 0 {
					out[pid] = true
				}
			}
		}
		var below []string
		err := v.env.Host.ReadDir(dir, func(name string, typ byte) bool {
			if typ == 4 { // DT_DIR
				below = append(below, name)
			}
			return true
		})
		if err != nil && depth == 0 {
			v.total.Errnos["cgroup"] = host.ErrnoName(err)
		}
		for _, name := range below {
			visit(dir+"/"+name, depth+1)
		}
	}
	visit("/sys/fs/cgroup", 0)
	return out
}

// children gathers the children that every thread names.
func (v *pidViews) children(ctx context.Context, listed []int) map[int]bool {
	out := map[int]bool{}
	for _, pid := range listed {
		for _, tid := range append([]int{pid}, threads(v.proc, pid)...) {
			if ctx.Err() != nil {
				return out
			}
			data, _, err := v.proc.Read(ctx, taskOf(pid, tid).dir+"/children", smallCap)
			if err != nil {
				if host.ErrnoName(err) == "ENOENT" && len(out) == 0 && tid == pid {
					v.total.Errnos["children"] = "ENOENT"
				}
				continue
			}
			for f := range strings.FieldsSeq(string(data)) {
				if child := atoi(f); child > 0 {
					out[child] = true
				}
			}
		}
	}
	return out
}

// tasks counts threads by /proc and by sysinfo(2), whose 16 bits wrap.
func (v *pidViews) tasks(listed []int) {
	count := len(listed)
	for _, pid := range listed {
		count += len(threads(v.proc, pid))
	}
	v.total.Counts["tasks"] = count
	n, err := v.kernel.ProcsCount()
	if err != nil {
		v.total.Errnos["sysinfo"] = host.ErrnoName(err)
		return
	}
	v.total.Counts["sysinfo"] = int(n)
}
