package source

import "github.com/saksi-dfir/saksi/collect"

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
		wants: []string{
			"?/etc/docker/", "?/var/lib/docker/containers/*/*.json", "?/var/lib/docker/containers/*/*.log*", "?/var/lib/docker/containers/*/local-logs/", "?/var/lib/docker/containers/*/host*",
			"?/var/lib/docker/containers/*/resolv.conf", "?/var/lib/docker/image/*/repositories.json", "?/var/lib/docker/network/files/", "?/var/lib/docker/swarm/docker-state.json",
			"?/etc/containerd/", "?/run/containerd/io.containerd.runtime.v2.task/*/*/config.json", "?/run/containerd/io.containerd.runtime.v2.task/*/*/*.pid",
			"?/var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db", "?/etc/crio/", "?/etc/containers/", "?/run/runc/*/state.json", "?/run/docker/runtime-runc/moby/*/state.json",
			"?/var/lib/containers/storage/overlay-containers/*.json", "?/var/lib/containers/storage/overlay-containers/*/userdata/*.json", "?/var/lib/containers/storage/overlay-images/images.json",
			"?/var/lib/containers/storage/overlay-containers/*/userdata/ctr.log", "~/.local/share/containers/storage/overlay-containers/*.json",
			"~/.local/share/containers/storage/overlay-containers/*/userdata/*.json", "?/var/lib/containers/storage/db.sql", "?/etc/kubernetes/", "?/var/lib/kubelet/config.yaml",
			"?/var/lib/kubelet/kubeadm-flags.env", "?/var/lib/kubelet/pods/*/etc-hosts", "?/etc/cni/net.d/", "?/etc/rancher/", "?/var/lib/rancher/k3s/agent/etc/", "?/etc/lxc/",
			"?/var/lib/lxc/*/config", "?/var/lib/lxd/database/", "?/var/snap/docker/current/config/", "?/etc/systemd/nspawn/", "?/var/lib/machines/*/etc/machine-id", "?/etc/libvirt/qemu/",
		},
		skip: func(path string) bool { return hasSuffix(path, ".img", ".qcow2") },
		cap:  4 << 30,
	}
}
