package rule

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/saksi-dfir/saksi/timeline/detect"
	"github.com/saksi-dfir/saksi/timeline/detect/detecttest"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// Whatever the events say, no detector panics, and no finding is incomplete.
func TestAnyEvents(t *testing.T) {
	names := []string{"pid", "exe", "exe_state", "exe_sha256", "start_ticks", "cmdline", "argv0", "unit", "tty", "hist_env", "domain", "type", "ifindex", "filter_payload", "filter_ports",
		"filter_protocols", "filter_shape", "holders", "path", "status", "method", "ip", "agent", "referer", "size", "mode", "kind", "inode", "step", "auid", "audit_enabled", "old", "calls", "command", "cwd", "environ_size"}
	values := []string{"", "0", "1", "-1", "9223372036854775808", "812", "/dev/shm/x", "/memfd:a (deleted)", "/usr/sbin/sshd", "/usr/sbin/sshd (deleted)", "/", "[kworker/0:1]", "[", "deleted", "memfd", "plain",
		"packet", "inet", "udp,tcp,icmp", "0x7255", "payload-magic", "\xff\xfe\x00", "rm -f /var/log/wtmp", "HISTFILE=/dev/null", "'", "200", "404", "POST", "/a.php", "NaN", "1e999", "0644", "\x1b[2J"}
	sources := []string{"process", "socket", "file", "audit", "wtmp", "journal", "syslog", "history", "weblog", "module", "bpf", ""}
	actions := []string{"running", "observed", "filter-attached", "socket", "exec", "timestamp", "empty", "login", "audit-config", "audit-stop", "clock-step", "clock-set", "hidden", "request", "boot", ""}
	rapid.Check(t, func(rt *rapid.T) {
		var evs []*event.Event
		for i := range rapid.IntRange(0, 25).Draw(rt, "n") {
			e := detecttest.Event(i, rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "host"), rapid.SampledFrom(sources).Draw(rt, "source"), rapid.SampledFrom(actions).Draw(rt, "action"), rapid.Int64().Draw(rt, "at"))
			e.Object, e.Meaning = rapid.SampledFrom(values).Draw(rt, "object"), rapid.SampledFrom([]string{"", "macb", "...b"}).Draw(rt, "meaning")
			if rapid.Bool().Draw(rt, "undated") {
				e.Time = event.Between(rapid.Int64().Draw(rt, "from"), rapid.Int64().Draw(rt, "to"))
			}
			for range rapid.IntRange(0, 10).Draw(rt, "fields") {
				e.Fields = append(e.Fields, event.Field{Name: rapid.SampledFrom(names).Draw(rt, "name"), Value: rapid.SampledFrom(values).Draw(rt, "value")})
			}
			evs = append(evs, e)
		}
		a, err := detect.Run(t.Context(), All(), detecttest.Memory(evs), detecttest.Covered(rapid.SampledFrom([]string{"present", "unknown", "absent"}).Draw(rt, "coverage")))
		if err != nil {
			rt.Fatal(err)
		}
		for _, f := range a {
			if f.Level.Rank() < 0 || f.Alternative == "" || len(f.Events) == 0 || f.PID < 0 {
				rt.Fatalf("%+v", f)
			}
		}
	})
}
