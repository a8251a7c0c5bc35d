package source

import (
	"context"
	"fmt"
	"strings"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/host"
)

const (
	maxNamespaces = 512     // mount namespaces looked at
	maxForeign    = 4096    // mounts taken from them
	maxForeignTab = 8 << 20 // bytes of one mount table
)

// foreignMounts lists local file systems that only processes in other mount
// namespaces see, such as the tmpfs at /dev/shm of a container. Their points
// are given as this host reaches them: /proc/PID/root/dev/shm.
func foreignMounts(ctx context.Context, env *collect.Env) (out []host.Mount) {
	proc := env.Host.Proc()
	if proc == nil {
		return nil
	}
	pids, err := proc.PIDs()
	if err != nil {
		return nil
	}
	known := map[uint64]bool{}
	for _, m := range env.Mounts() {
		known[m.Dev] = true
	}
	own, _ := proc.Readlink("self/ns/mnt")
	seen := map[string]bool{own: true, "": true}
	for _, pid := range pids {
		ns, err := proc.Readlink(itoa(pid) + "/ns/mnt")
		if err != nil || seen[ns] || len(seen) > maxNamespaces {
			continue
		}
		text, _, err := proc.Read(ctx, itoa(pid)+"/mountinfo", maxForeignTab)
		if err != nil {
			continue // the next process of that namespace may answer
		}
		seen[ns] = true
		mounts, _ := host.ParseMountinfo(text)
		for _, m := range mounts {
			if known[m.Dev] || m.Storage() != host.StorageLocal || m.FSType == "overlay" || len(out) >= maxForeign {
				continue
			}
			known[m.Dev] = true
			m.Point = strings.TrimSuffix(fmt.Sprintf("/proc/%d/root%s", pid, m.Point), "/")
			out = append(out, m)
		}
	}
	return out
}

// walkable lists the mounts of the host and those of other namespaces, as the
// plan of the walk found them.
func walkable(env *collect.Env) []host.Mount {
	return append(append([]host.Mount{}, env.Mounts()...), env.Seen.Foreign...)
}
