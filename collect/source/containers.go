package source

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/collect"
)

// containers takes the on-disk state of container runtimes.
func containers() collect.Source {
	return fileSource{
		desc: collect.Description{
			Name: "containers",
			Doc: "configuration and logs of containers and pods (docker, containerd, CRI-O, podman, LXC, Kubernetes) as they lie on the disk: which image ran " +
				"when, with which mounts and privileges. The files of their layers are in filestat.",
			Effects:    "page cache of the size of the container logs; no runtime is asked anything",
			References: []string{"OCI runtime specification config.json", "docker json-file logging driver", "containers-storage.conf(5)", "lxc.container.conf(5)"},
			Group:      collect.GroupConfig,
			MinKernel:  "3.10",
			Root:       true,
			Profiles:   []string{collect.ProfileTriage, collect.ProfileFull},
		},
		wants: containerWants(),
		skip:  func(path string) bool { return hasSuffix(path, ".img", ".qcow2") },
		more:  movedContainers,
		cap:   4 << 30,
	}
}

// movedContainers gives the wants of runtimes whose configuration moved their
// directory away from the usual place.
func movedContainers(_ context.Context, env *collect.Env) (out []string) {
	f := &logFinder{env: env}
	roots := map[string]string{} // usual place -> where it is
	for line := range strings.SplitSeq(strings.ReplaceAll(f.text("/etc/docker/daemon.json"), ",", "\n"), "\n") {
		k, v, _ := strings.Cut(line, ":")
		if key := strings.Trim(k, " \t{\""); key == "data-root" || key == "graph" {
			roots["/var/lib/docker"] = strings.Trim(v, " \t}\"\r")
		}
	}
	for name, usual := range map[string]string{"/etc/containerd/config.toml": "/var/lib/containerd", "/etc/containers/storage.conf": "/var/lib/containers/storage"} {
		for line := range strings.SplitSeq(f.text(name), "\n") {
			k, v, _ := strings.Cut(line, "=")
			if key := strings.TrimSpace(k); key == "root" || key == "graphroot" {
				roots[usual] = strings.Trim(v, " \t\"'\r")
			}
		}
	}
	for usual, now := range roots {
		if now = path.Clean(now); now == usual || !strings.HasPrefix(now, "/") || strings.Count(now, "/") < 2 && len(now) < 3 || strings.ContainsAny(now, "*?[") {
			continue
		}
		for _, w := range containerWants() {
			if rest, ok := strings.CutPrefix(strings.TrimPrefix(w, "?"), usual+"/"); ok {
				out = append(out, "?"+now+"/"+rest)
			}
		}
	}
	slices.Sort(out)
	return out
}

// containerWants lists what is taken where runtimes keep it usually.
func containerWants() []string {
	return []string{
		"?/etc/docker/", "?/var/lib/docker/containers/*/*.json", "?/var/lib/docker/containers/*/*.log*", "?/var/lib/docker/containers/*/local-logs/", "?/var/lib/docker/containers/*/host*",
		"?/var/lib/docker/containers/*/resolv.conf", "?/var/lib/docker/image/*/repositories.json", "?/var/lib/docker/network/files/", "?/var/lib/docker/swarm/docker-state.json",
		"?/etc/containerd/", "?/run/containerd/io.containerd.runtime.v2.task/*/*/config.json", "?/run/containerd/io.containerd.runtime.v2.task/*/*/*.pid",
		"?/var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db", "?/etc/crio/", "?/etc/containers/", "?/run/runc/*/state.json", "?/run/docker/runtime-runc/moby/*/state.json",
		"?/var/lib/containers/storage/overlay-containers/*.json", "?/var/lib/containers/storage/overlay-containers/*/userdata/*.json", "?/var/lib/containers/storage/overlay-images/images.json",
		"?/var/lib/containers/storage/overlay-containers/*/userdata/ctr.log", "~/.local/share/containers/storage/overlay-containers/*.json",
		"~/.local/share/containers/storage/overlay-containers/*/userdata/*.json", "?/var/lib/containers/storage/db.sql", "?/etc/kubernetes/", "?/var/lib/kubelet/config.yaml",
		"?/var/lib/kubelet/kubeadm-flags.env", "?/var/lib/kubelet/pods/*/etc-hosts", "?/etc/cni/net.d/", "?/etc/rancher/", "?/var/lib/rancher/k3s/agent/etc/", "?/etc/lxc/",
		"?/var/lib/lxc/*/config", "?/var/lib/lxd/database/", "?/var/snap/docker/current/config/", "?/etc/systemd/nspawn/", "?/var/lib/machines/*/etc/machine-id", "?/etc/libvirt/qemu/",
	}
}
