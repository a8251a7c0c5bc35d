package source

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"testing"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// kept is a collect.Output in memory.
type kept struct {
	lines map[string][]json.RawMessage
	files map[string][]byte
	paths map[string]string // bag name -> original path
}

func newKept() *kept {
	return &kept{lines: map[string][]json.RawMessage{}, files: map[string][]byte{}, paths: map[string]string{}}
}

func (k *kept) File(x bundle.Exhibit, size int64, r collect.Reader) (bundle.Exhibit, error) {
	b, err := io.ReadAll(io.LimitReader(r, size))
	if err != nil {
		return x, err
	}
	return k.Bytes(x, b)
}

func (k *kept) Bytes(x bundle.Exhibit, data []byte) (bundle.Exhibit, error) {
	sum := sha256.Sum256(data)
	x.SHA256, x.Size = hex.EncodeToString(sum[:]), int64(len(data))
	k.files[x.Name] = data
	k.paths[x.Name] = string(x.Path)
	return x, nil
}

func (k *kept) Records(x bundle.Exhibit) (collect.RecordStream, error) {
	return &keptStream{k: k, name: x.Name}, nil
}

type keptStream struct {
	k     *kept
	name  string
	bytes int64
}

func (s *keptStream) Record(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("marshal: %w", err)
	}
	return s.Line(b)
}

func (s *keptStream) Line(b []byte) error {
	s.k.lines[s.name] = append(s.k.lines[s.name], bytes.Clone(b))
	s.bytes += int64(len(b)) + 1
	return nil
}

func (s *keptStream) Close() (int, int64, error) { return 1, s.bytes, nil }

// liveEnv opens this host.
func liveEnv(t testing.TB) (*collect.Env, *kept) {
	t.Helper()
	h, err := host.NewLive()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	k := newKept()
	return &collect.Env{Host: h, Out: k, Profile: "triage", Seen: &collect.Seen{Suspect: map[int]string{}, Exes: map[int]collect.ExeCopy{}}}, k
}

func gather(t testing.TB, env *collect.Env, s collect.Source) bundle.Outcome {
	t.Helper()
	items, err := s.Plan(context.Background(), env)
	if err != nil || len(items) == 0 {
		t.Fatalf("plan of %s: %v, %v", s.Describe().Name, items, err)
	}
	o, err := s.Collect(context.Background(), env, items[0])
	if err != nil {
		t.Fatalf("collect %s: %v", s.Describe().Name, err)
	}
	return o
}

func lines[T any](t testing.TB, k *kept, name string) []T {
	t.Helper()
	var out []T
	for _, l := range k.lines["data/records/"+name] {
		var v T
		if err := json.Unmarshal(l, &v); err != nil {
			t.Fatalf("line of %s: %v", name, err)
		}
		out = append(out, v)
	}
	return out
}

func socketOf(t testing.TB, k *kept, ino uint64) *record.Socket {
	t.Helper()
	for _, s := range lines[record.Socket](t, k, "socket") {
		if s.Ino == ino {
			return &s
		}
	}
	return nil
}
