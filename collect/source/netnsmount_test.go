package source

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/record"
)

// A network namespace that lives by a mount alone: what is attached in it is
// found without any task inside.
func TestNamespaceWithoutATask(t *testing.T) {
	needRoot(t)
	point := filepath.Join(t.TempDir(), "ns")
	if err := os.WriteFile(point, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	made := make(chan error, 1)
	go awayFromTheFirstThread(func() { // the thread ends with it, and leaves the namespace to the mount
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			made <- err
			return
		}
		if err := decoyTC(); err != nil {
			made <- err
			return
		}
		made <- unix.Mount(fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid()), point, "", unix.MS_BIND, "")
	})
	if err := <-made; err != nil {
		t.Skipf("no namespace can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(point, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	var st unix.Stat_t
	if err := unix.Stat(point, &st); err != nil {
		t.Fatal(err)
	}
	env, k := liveEnv(t)
	gather(t, env, netns())
	gather(t, env, ebpf())
	gather(t, env, netfilter())
	var link, hook, rules bool
	for _, n := range lines[record.NetDump](t, k, "netns") {
		link = link || n.NetNS == st.Ino && n.Of == "link" && len(n.Data) > 0
	}
	for _, n := range lines[record.Netfilter](t, k, "netfilter") {
		rules = rules || n.Type == "netfilter" && n.NetNS == st.Ino
	}
	for _, l := range k.lines["data/records/bpf"] {
		var h record.Hook
		if err := json.Unmarshal(l, &h); err != nil {
			t.Fatal(err)
		}
		hook = hook || h.Type == "bpf-hook" && h.NetNS == st.Ino && h.Where == "tc" && len(h.Filter) == 7
	}
	if !link || !hook || !rules {
		t.Errorf("links %v, hook %v, rules %v of the mounted namespace %d", link, hook, rules, st.Ino)
	}
}

// awayFromTheFirstThread runs fn on a thread that ends with the goroutine. The
// first thread of a process never ends: what fn changed of it would stay, and
// /proc/self would tell of it.
func awayFromTheFirstThread(fn func()) {
	runtime.LockOSThread()
	if unix.Gettid() != unix.Getpid() {
		fn()
		return
	}
	done := make(chan struct{})
	go func() { defer close(done); awayFromTheFirstThread(fn) }()
	<-done
	runtime.UnlockOSThread()
}
