package rule

import (
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect/detecttest"
	"github.com/saksi-dfir/saksi/timeline/event"
)

func TestTransientExec(t *testing.T) {
	run := func(n int, exe string, more ...string) *event.Event {
		return detecttest.Event(n, "h", "audit", "exec", t0+int64(n)*1e9, append([]string{"actor=kim", "auid=1000", "syscall=execve", "success=yes", "exe=" + exe}, more...)...)
	}
	silent(t, TransientExec{},
		quiet{"installed", []*event.Event{run(1, "/usr/bin/id")}},
		quiet{"failed", []*event.Event{run(1, "/dev/shm/x", "success=no")}},
		quiet{"named, not executed", []*event.Event{run(1, "/usr/bin/ls", "path=/dev/shm/x")}},
		quiet{"message of sudo about a command", []*event.Event{detecttest.Event(1, "h", "audit", "exec", t0, "exe=/tmp/x", "types=USER_CMD")}},
		quiet{"like the name of the directory", []*event.Event{run(1, "/tmpfs/x")}},
	)
	levels(t, TransientExec{},
		loud{"memory file system", []*event.Event{run(1, "/dev/shm/x")}, claim.Medium, true},
		loud{"temporary", []*event.Event{run(1, "/tmp/go-build/x")}, claim.Low, false},
	)
	fs := detecttest.Find(t, TransientExec{}, run(1, "/dev/shm/x"), run(2, "/dev/shm/x"), run(3, "/dev/shm/../shm/x"))
	if len(fs) != 1 || len(fs[0].Events) != 3 || !strings.Contains(fs[0].Title, "3 times") || fs[0].Path != "/dev/shm/x" {
		t.Errorf("%+v", fs)
	}
}
