package knowledge

import (
	"context"
	"fmt"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// counted is a memory that tells how many events were read in full.
type counted struct {
	memory
	read int
}

func (c *counted) Get(ctx context.Context, id event.ID) (*event.Event, bool, error) {
	c.read++
	return c.memory.Get(ctx, id)
}

// The sessions of cron, of sudo and of hosts without an infection are passed
// over: a fleet has millions of them.
func TestOnlyLoginsAreReadInFull(t *testing.T) {
	other := event.MakeHostKey("", "db01")
	var m memory
	for i := range 300 {
		at, pid := t0+int64(i)*hour/2, fmt.Sprintf("pid=%d", 20_000+i)
		m = append(m, ev(4*i, "audit", "session-start", at, "actor=root", "exe=/usr/sbin/cron", "ses=9", pid), ev(4*i+1, "audit", "session-end", at+1e9, "actor=root", "exe=/usr/sbin/cron", "ses=9", pid),
			ev(4*i+2, "syslog", "session-close", at+1e9, "actor=root", "program=CRON", pid))
		login := ev(4*i+3, "syslog", "login", at, "actor=lee", "program=sshd", pid)
		login.Host = other
		m = append(m, login)
	}
	m = append(m, ev(9001, "syslog", "login", t0+day, "actor=kim", "program=sshd", "pid=77"), ev(9002, "syslog", "session-close", t0+day+hour, "actor=kim", "program=sshd", "pid=77"),
		ev(9003, "wtmp", "boot", t0-day))
	c := &counted{memory: m}
	out, err := Analyze(t.Context(), c, infected())
	if err != nil {
		t.Fatal(err)
	}
	if k0 := graded(out, Presence); len(k0) != 1 || k0[0].Account != "kim" || k0[0].Latest < t0+day+hour {
		t.Errorf("%+v", k0)
	}
	if c.read != 3 {
		t.Errorf("%d events read in full, want the login, its end and the boot", c.read)
	}
}
