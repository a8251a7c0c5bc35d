package rule

import (
	"testing"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect/detecttest"
	"github.com/saksi-dfir/saksi/timeline/event"
)

func TestForgedLine(t *testing.T) {
	ev := detecttest.Event
	silent(t, ForgedLine{},
		quiet{"vouched", []*event.Event{ev(1, "h", "journal", "login", t0, "actor=kim")}},
		quiet{"text log, which nothing vouches for", []*event.Event{ev(1, "h", "syslog", "login", t0, "tag=unvouched")}},
	)
	levels(t, ForgedLine{},
		loud{"two of a kind are one finding", []*event.Event{ev(1, "h", "journal", "login", t0, "tag=unvouched", "comm=logger"), ev(2, "h", "journal", "login", t0+1e9, "tag=unvouched", "comm=logger")}, claim.Medium, false},
		loud{"a disconnect", []*event.Event{ev(1, "h", "journal", "disconnect", t0, "tag=unvouched", "comm=logger")}, claim.Low, false},
	)
}
