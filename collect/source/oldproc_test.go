package source

import (
	"testing"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host/hosttest"
	"github.com/saksi-dfir/saksi/collect/record"
)

// Files, namespaces and fdinfo keys that an old kernel does not have are told as
// absent and make no source fail: a status without NSpid (4.1), Seccomp and
// CapAmb (4.3), no namespaces of cgroup (4.6) and time (5.6), no timerslack_ns
// (4.6), an fdinfo without prog_id (4.13).
func TestProcOfOldKernels(t *testing.T) {
	r := recording()
	p := &r.Processes[0]
	p.Files["status"] = text("Name:\tcron\nState:\tS (sleeping)\nTgid:\t40\nPid:\t40\nUid:\t0\t0\t0\t0\nCapEff:\t0000001fffffffff\n")
	p.FDs = append(p.FDs, record.FD{FD: 9, Target: record.Bytes("anon_inode:bpf-prog"), Info: text("pos:\t0\nflags:\t02\n")})
	env := &collect.Env{Host: hosttest.New(r), Seen: &collect.Seen{}}
	for _, s := range []collect.Source{exe(), pidview(), process(), socket(), ebpf(), deleted(), procmem()} {
		k := newKept()
		env.Out = k
		if o := gather(t, env, s); o.Outcome != bundle.Collected && o.Outcome != bundle.Absent {
			t.Errorf("%s: %+v", s.Describe().Name, o)
		}
		if s.Describe().Name != "process" {
			continue
		}
		got := lines[record.Process](t, k, "process")[0]
		for _, name := range []string{"timerslack_ns", "attr/current", "sessionid"} {
			if f := got.Files[name]; f == nil || f.Errno != "ENOENT" {
				t.Errorf("%s: %+v, want ENOENT", name, f)
			}
		}
		if got.NS["cgroup"] != nil || got.NS["time"] != nil || got.NS["net"] == nil {
			t.Errorf("namespaces %+v", got.NS)
		}
	}
}
