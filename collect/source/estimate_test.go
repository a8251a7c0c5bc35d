//go:build linux

package source

import (
	"testing"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/host/hosttest"
	"github.com/saksi-dfir/saksi/collect/record"
)

// Estimates count what is there: programs, kernel threads, each odd executable
// once, sockets; what nobody can count stays unknown.
func TestEstimates(t *testing.T) {
	h := hosttest.New(recording())
	h.P.Dirs["."] = []string{"50", "60", "70", "80"}
	odd := &record.Link{Target: record.Bytes("/dev/shm/x (deleted)"), Dev: 1, Ino: 2, Size: 1000, Mode: 0o100755}
	h.P.Links["50/exe"], h.P.Links["60/exe"] = odd, odd
	h.P.Links["70/exe"] = &record.Link{Target: record.Bytes("/usr/bin/sshd"), Dev: 1, Ino: 3, Size: 5000, Mode: 0o100755}
	h.P.Links["80/exe"] = &record.Link{Errno: "ENOENT"}
	h.P.Pieces["self/net/sockstat"] = text("sockets: used 21\nTCP: inuse 5\n")
	env := &collect.Env{Host: h, Seen: &collect.Seen{}, Profile: collect.ProfileTriage}
	for _, c := range []struct {
		s    collect.Source
		want int64
	}{{process(), 3*processBytes + threadBytes}, {exe(), 1000}, {socket(), 21 * socketBytes}} {
		items, err := c.s.Plan(t.Context(), env)
		if err != nil || len(items) != 1 || items[0].Bytes != c.want {
			t.Errorf("%s: %+v, %v; want %d", c.s.Describe().Name, items, err, c.want)
		}
	}
	delete(h.P.Pieces, "self/net/sockstat")
	if n := socketEstimate(t.Context(), env); n != unknownBytes {
		t.Errorf("%d bytes of sockets that nobody counted", n)
	}
	env.Profile = collect.ProfileSweep
	if n := exeEstimate(t.Context(), env); n != 0 {
		t.Errorf("a sweep copies %d bytes", n)
	}
	if n := mountEstimate(env, host.Mount{Root: "/", FSType: "ext4", Point: "/"}); n != unknownBytes {
		t.Errorf("%d bytes of a host that counts no inodes", n)
	}
}

// The inodes of a mount of this host are counted, those of a part of one are not.
func TestEstimateOfAMount(t *testing.T) {
	env, _ := liveEnv(t)
	counter, ok := env.Host.(host.InodeCounter)
	if !ok {
		t.Fatal("a live host counts no inodes")
	}
	for _, m := range env.Mounts() {
		if m.Point != "/" {
			continue
		}
		n, err := counter.Inodes("/")
		got := mountEstimate(env, m)
		if m.Root != "/" || m.Storage() != host.StorageLocal || err != nil || n == 0 {
			if got != unknownBytes {
				t.Errorf("%d bytes of %+v", got, m)
			}
		} else if got < n/2*inodeBytes {
			t.Errorf("%d bytes of %d inodes", got, n)
		}
		m.Root = "/part"
		if got := mountEstimate(env, m); got != unknownBytes {
			t.Errorf("%d bytes of a part of a file system", got)
		}
	}
	if _, err := counter.Inodes("/no/such/place"); err == nil {
		t.Error("a place that is not there has inodes")
	}
}
