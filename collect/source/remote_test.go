//go:build linux

package source

import (
	"context"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
)

// claimedMounts is a tree whose mount table names more than is mounted.
type claimedMounts struct {
	host.Host
	mounts []host.Mount
	opened []string // looked at below a claimed mount
}

func (h *claimedMounts) Mounts() ([]host.Mount, error) { return h.mounts, nil }

func (h *claimedMounts) Open(path string) (host.File, error) {
	h.note(path)
	return h.Host.Open(path)
}

func (h *claimedMounts) ReadDir(path string, fn func(string, byte) bool) error {
	h.note(path)
	return h.Host.ReadDir(path, fn)
}

func (h *claimedMounts) note(path string) {
	for _, m := range h.mounts {
		if m.Point != "/" && (path == m.Point || strings.HasPrefix(path, m.Point+"/")) {
			h.opened = append(h.opened, path)
		}
	}
}

// What lies on mounts that another host or a daemon answers for ends as
// skipped with the reason, whether it is named by path, pattern or directory;
// --paths reads it, but never what autofs would have to mount.
func TestNetworkFileSystems(t *testing.T) {
	dir := t.TempDir()
	plantFiles(t, dir, map[string]string{
		"etc/passwd": "root:x:0:0::/root:/bin/sh\nkim:x:1:1::/net/home/kim:/bin/sh\n", "etc/rsyslog.conf": "*.* /data/nfs/all.log\n*.* /data/here/all.log\n*.* /data/*/r/x.log\n",
		"data/nfs/all.log": "n", "data/nfs/r/x.log": "n", "data/here/all.log": "h", "data/here/r/x.log": "h", "data/auto/a.log": "a", "data/fuse/f.log": "f", "var/log/remote/a.log": "v", "var/log/syslog": "s",
		"net/home/kim/.bash_history": "id\n",
	})
	base, err := host.NewMounted(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { base.Close() })
	h := &claimedMounts{Host: base, mounts: []host.Mount{{ID: 1, Point: "/", FSType: "ext4"}, {ID: 2, Parent: 1, Point: "/data/nfs", FSType: "nfs4"}, {ID: 3, Parent: 1, Point: "/data/auto", FSType: "autofs"},
		{ID: 4, Parent: 1, Point: "/data/fuse", FSType: "fuse.sshfs"}, {ID: 5, Parent: 1, Point: "/var/log/remote", FSType: "cifs"}, {ID: 6, Parent: 1, Point: "/net/home", FSType: "nfs"}}}
	run := func(sel collect.Selection, sources ...collect.Source) *shelf {
		t.Helper()
		p, err := collect.NewPlan(context.Background(), h, sources, sel)
		if err != nil {
			t.Fatal(err)
		}
		s := newShelf()
		if _, err := collect.Run(context.Background(), collect.Config{Plan: p, Writer: s}); err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := run(collect.Selection{}, logs(), history(), filestat())
	for target, reason := range map[string]string{
		"logs /data/nfs/": "nfs4", "logs /data/auto/": "autofs", "logs /data/fuse/": "fuse.sshfs", "logs /var/log/remote/": "cifs", "history /net/home/kim/": "nfs",
		"filestat /data/nfs (nfs4, mount 2)": "nfs4", "filestat /data/auto (autofs, mount 3)": "autofs",
	} {
		if o, ok := s.outcomes[target]; !ok || o.Outcome != bundle.Skipped || !strings.Contains(o.Reason, reason) {
			t.Errorf("%s: %v %+v, want skipped because of %s", target, ok, o, reason)
		}
	}
	for _, p := range []string{"/data/here/all.log", "/data/here/r/x.log", "/var/log/syslog"} {
		if _, ok := s.files[p]; !ok {
			t.Errorf("%s not taken", p)
		}
	}
	if len(h.opened) > 0 {
		t.Errorf("looked at on other hosts: %q", h.opened)
	}
	s = run(collect.Selection{Paths: []string{"/data/nfs/all.log", "/data/*/*.log", "/data/auto/a.log", "/data/auto/", "/data/nfs/none", "/data/nfs/r/"}}, paths())
	for target, want := range map[string]bundle.OutcomeCode{
		"/data/nfs/all.log": bundle.Collected, "pattern /data/*/*.log": bundle.Collected, "/data/auto/a.log": bundle.Skipped, "further files below /data/auto": bundle.Skipped,
		"/data/nfs/none": bundle.Absent, "further files below /data/nfs/r": bundle.Collected,
	} {
		if o, ok := s.outcomes["paths "+target]; !ok || o.Outcome != want {
			t.Errorf("--paths %s: %v %+v, want %s", target, ok, o, want)
		}
	}
	for _, p := range []string{"/data/nfs/all.log", "/data/here/all.log", "/data/fuse/f.log", "/data/nfs/r/x.log"} {
		if _, ok := s.files[p]; !ok {
			t.Errorf("--paths: %s not taken", p)
		}
	}
	for _, p := range h.opened {
		if strings.HasPrefix(p, "/data/auto") {
			t.Errorf("%s was looked at: that mounts it", p)
		}
	}
}
