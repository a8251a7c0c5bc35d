//go:build linux

package collect

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// memory is a Writer that keeps everything.
type memory struct {
	mu       sync.Mutex
	files    map[string][]byte
	outcomes []bundle.Outcome
	checks   int
	fail     error // of the next write
	delay    time.Duration
}

func newMemory() *memory { return &memory{files: map[string][]byte{}} }

func (m *memory) File(x bundle.Exhibit, size int64, r Reader) (bundle.Exhibit, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return x, m.fail
	}
	time.Sleep(m.delay)
	data := make([]byte, 0, size)
	p := make([]byte, 4096)
	for int64(len(data)) < size {
		n, err := r.Read(p[:min(int64(len(p)), size-int64(len(data)))])
		data = append(data, p[:n]...)
		var bad *bundle.UnreadableError
		if errors.As(err, &bad) {
			n := min(bad.Length, size-int64(len(data)))
			x.States = append(x.States, bundle.StateRange{Offset: int64(len(data)), Length: n, State: bundle.BytesUnreadable})
			data = append(data, make([]byte, n)...)
			continue
		}
		if err != nil {
			state := bundle.BytesShort
			if err != io.EOF {
				state = bundle.BytesUnreadable
			}
			if rest := size - int64(len(data)); rest > 0 {
				x.States = append(x.States, bundle.StateRange{Offset: int64(len(data)), Length: rest, State: state})
			}
			break
		}
	}
	x.Size = size
	m.files[string(x.Path)] = data
	return x, nil
}

func (m *memory) Bytes(x bundle.Exhibit, data []byte) (bundle.Exhibit, error) {
	return m.File(x, int64(len(data)), bytes.NewReader(data))
}

func (m *memory) Records(x bundle.Exhibit) (RecordStream, error) {
	if x.Parts == "" {
		x.Parts = x.Source
	}
	return &stream{m: m, name: x.Parts}, m.fail
}
func (m *memory) Checkpoint() error { m.checks++; return m.fail }
func (m *memory) Outcome(o bundle.Outcome) error {
	m.outcomes = append(m.outcomes, o)
	return nil
}

type stream struct {
	m    *memory
	name string
	n    int64
}

func (s *stream) Record(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.Line(b)
}

func (s *stream) Line(b []byte) error {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.n += int64(len(b)) + 1
	s.m.files[s.name] = append(append(s.m.files[s.name], b...), '\n')
	return nil
}
func (s *stream) Close() (int, int64, error) { return 1, s.n, nil }

// fake is a source whose items are functions.
type fake struct {
	name  string
	group Group
	plan  func() ([]bundle.PlanItem, error)
	items []func(ctx context.Context, env *Env) (bundle.Outcome, error)
}

func (f fake) Describe() Description {
	return Description{Name: f.name, Group: f.group, Profiles: []string{ProfileTriage}}
}

func (f fake) Plan(context.Context, *Env) ([]bundle.PlanItem, error) {
	if f.plan != nil {
		return f.plan()
	}
	out := make([]bundle.PlanItem, len(f.items))
	for i := range out {
		out[i].Target = fmt.Sprint(i)
	}
	return out, nil
}

func (f fake) Collect(ctx context.Context, env *Env, item bundle.PlanItem) (bundle.Outcome, error) {
	var i int
	if _, err := fmt.Sscan(item.Target, &i); err != nil {
		return bundle.Outcome{}, err
	}
	return f.items[i](ctx, env)
}
