//go:build linux

package source

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
)

// shelf is a bundle in memory.
type shelf struct {
	mu       sync.Mutex
	files    map[string][]byte
	exhibits map[string]bundle.Exhibit
	records  map[string][]byte
	outcomes map[string]bundle.Outcome
	count    int
}

func newShelf() *shelf {
	return &shelf{files: map[string][]byte{}, exhibits: map[string]bundle.Exhibit{}, records: map[string][]byte{}, outcomes: map[string]bundle.Outcome{}}
}

func (s *shelf) File(x bundle.Exhibit, size int64, r collect.Reader) (bundle.Exhibit, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var data []byte
	p := make([]byte, 64<<10)
	for int64(len(data)) < size {
		n, err := r.Read(p[:min(int64(len(p)), size-int64(len(data)))])
		data = append(data, p[:n]...)
		var bad *bundle.UnreadableError
		switch {
		case errors.As(err, &bad):
			x.States = append(x.States, bundle.StateRange{Offset: int64(len(data)), Length: bad.Length, State: bundle.BytesUnreadable})
			data = append(data, make([]byte, bad.Length)...)
		case err == io.EOF && int64(len(data)) < size:
			x.States = append(x.States, bundle.StateRange{Offset: int64(len(data)), Length: size - int64(len(data)), State: bundle.BytesShort})
			data = append(data, make([]byte, size-int64(len(data)))...)
		case err != nil && err != io.EOF:
			x.States = append(x.States, bundle.StateRange{Offset: int64(len(data)), Length: size - int64(len(data)), State: bundle.BytesUnreadable})
			data = append(data, make([]byte, size-int64(len(data)))...)
		}
	}
	x.Size = size
	s.files[string(x.Path)], s.exhibits[string(x.Path)] = data, x
	s.count++
	return x, nil
}

func (s *shelf) Bytes(x bundle.Exhibit, data []byte) (bundle.Exhibit, error) {
	return s.File(x, int64(len(data)), bytes.NewReader(data))
}

func (s *shelf) Records(x bundle.Exhibit) (collect.RecordStream, error) {
	name := x.Parts
	if name == "" {
		name = x.Source
	}
	return &shelfStream{s: s, name: name}, nil
}
func (s *shelf) Checkpoint() error { return nil }
func (s *shelf) Outcome(o bundle.Outcome) error {
	if _, twice := s.outcomes[o.Source+" "+o.Target]; twice {
		return errors.New("two outcomes for " + o.Target)
	}
	s.outcomes[o.Source+" "+o.Target] = o
	return nil
}

type shelfStream struct {
	s    *shelf
	name string
	n    int64
}

func (r *shelfStream) Record(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return r.Line(b)
}

func (r *shelfStream) Line(b []byte) error {
	if !json.Valid(b) {
		return errors.New("not JSON: " + string(b))
	}
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.n += int64(len(b)) + 1
	r.s.records[r.name] = append(append(r.s.records[r.name], b...), '\n')
	return nil
}

// Lines takes a batch; the encoder of filestat has a test of its own.
func (r *shelfStream) Lines(b []byte) error {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.n += int64(len(b))
	r.s.records[r.name] = append(r.s.records[r.name], b...)
	return nil
}

func (r *shelfStream) Close() (int, int64, error) { return 1, r.n, nil }

// plantFiles writes a tree of files; names that end in a slash are directories.
func plantFiles(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		p := filepath.Join(dir, name)
		if name[len(name)-1] == '/' {
			if err := os.MkdirAll(p, 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// take plans and runs sources over a tree and checks that the outcomes balance.
func take(t testing.TB, dir string, sel collect.Selection, sources ...collect.Source) *shelf {
	t.Helper()
	h, err := host.NewMounted(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	p, err := collect.NewPlan(context.Background(), h, sources, sel)
	if err != nil {
		t.Fatal(err)
	}
	s := newShelf()
	r, err := collect.Run(context.Background(), collect.Config{Plan: p, Writer: s})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.outcomes) != len(p.Items) {
		t.Errorf("%d outcomes for %d items: %s", len(s.outcomes), len(p.Items), r.Line())
	}
	return s
}
