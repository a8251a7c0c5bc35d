package parser

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/parsetest"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// telling writes down what it is given and keeps nothing of it.
type telling struct {
	mu   sync.Mutex
	said []string
}

func (s *telling) tell(v any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = append(s.said, fmt.Sprintf("%+v", v))
	return nil
}

func (s *telling) Event(e *event.Event) error    { return s.tell(*e) }
func (s *telling) Warning(w event.Warning) error { return s.tell(w) }
func (s *telling) Counter(c event.Counter) error { return s.tell(c) }

// TestMemoryUsedAgain: a sink that keeps no event gets the same events as one
// that does, although their memory goes from one exhibit to the next.
func TestMemoryUsedAgain(t *testing.T) {
	var files []parsetest.File
	for round := range 3 {
		for _, name := range []string{"regular", "compact", "online", "offline"} {
			files = append(files, parsetest.File{Path: fmt.Sprintf("/var/log/journal/%d/%s.journal", round, name), Data: journalFixture(t, name)})
		}
		text := ""
		for i := range 3000 {
			text += fmt.Sprintf("Mar  3 02:%02d:%02d web01 sshd[%d]: Accepted publickey for deploy from 203.0.113.%d port %d ssh2\n", i/60%60, i%60, 800+i, i%250, 1024+i)
		}
		files = append(files, parsetest.File{Path: fmt.Sprintf("/var/log/auth.log.%d", round+1), Data: []byte(text)})
	}
	parse1 := func(forgets bool, workers int) []string {
		s := &telling{}
		_, err := parse.RunSource(context.Background(), &parsetest.Source{Files: files}, All(), parse.Options{Sink: s, Forgets: forgets, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(s.said)
		return s.said
	}
	want := parse1(false, 1)
	if len(want) < 9000 {
		t.Fatalf("only %d events and warnings", len(want))
	}
	for _, workers := range []int{1, 4} {
		if d := cmp.Diff(want, parse1(true, workers)); d != "" {
			t.Errorf("%d workers, memory used again:\n%.2000s", workers, d)
		}
	}
}
