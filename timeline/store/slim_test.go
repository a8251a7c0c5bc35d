package store

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// TestSlimIsWhatEventsSay compares the slim form of the matching rows with the
// events themselves.
func TestSlimIsWhatEventsSay(t *testing.T) {
	list := randomEvents(rand.New(rand.NewPCG(3, 8)), "run-1", 4000)
	dir := t.TempDir()
	fill(t, dir, "run-1", list, WriterOptions{})
	r := open(t, dir)
	fields := []string{"pid", "ip", "absent"}
	for _, text := range []string{"*", "source:audit", "magic -ip:10.1.2.3", "pid>1500", "actor:nobody-at-all"} {
		q := parse(t, text)
		want := map[event.ID]event.Slim{}
		for row, err := range r.Iterate(ctx(), q, nil) {
			if err != nil {
				t.Fatal(err)
			}
			want[row.ID] = event.SlimOf(&row.Event, fields, nil)
		}
		n := len(want)
		err := r.Slim(ctx(), q, nil, fields, func(e *event.Slim) error {
			id := e.ID()
			w, ok := want[id]
			same := slices.Equal(w.Values, e.Values)
			w.Values, e.Values = nil, nil
			if !ok || !same || w.Time != e.Time || w.Host != e.Host || w.Source != e.Source || w.Action != e.Action {
				t.Fatalf("%s: %+v, the event says %+v", text, *e, w)
			}
			delete(want, id)
			return nil
		})
		if err != nil || len(want) > 0 {
			t.Errorf("%s: %d of %d events are missing: %v", text, len(want), n, err)
		}
	}
	stop := errors.New("stop")
	if err := r.Slim(ctx(), nil, nil, fields, func(*event.Slim) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("told to stop: %v", err)
	}
}
