package timeline_test

import (
	"errors"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/timeline"
)

func TestEncryptedBundleNeedsItsIdentity(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	c, dir := newCase(t)
	s := touched()
	s.to = []age.Recipient{id.Recipient()}
	path := s.write(t, dir)
	w, err := c.Writer(timeline.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Ingest(t.Context(), path, timeline.IngestOptions{}); !errors.Is(err, bundle.ErrEncrypted) {
		t.Fatalf("without identity: %v", err)
	}
	in, err := w.Ingest(t.Context(), path, timeline.IngestOptions{Identities: []age.Identity{id}, Parsers: map[string]int{"test": 1}})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range s.events {
		if err := in.Event(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(in.Commit(), w.Close()); err != nil {
		t.Fatal(err)
	}
	e := s.events[0]
	if r, err := c.Raw(t.Context(), e.ID()); err != nil || r.Problem != "" || string(r.Bytes) != e.Message {
		t.Errorf("the identity of the ingest: %+v %v", r, err)
	}
	again, err := timeline.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if r, err := again.Raw(t.Context(), e.ID()); err != nil || !strings.Contains(r.Problem, "encrypted") {
		t.Errorf("without identity: %q %v", r.Problem, err)
	}
	again.Unlock(id)
	if r, err := again.Raw(t.Context(), e.ID()); err != nil || r.Problem != "" || string(r.Bytes) != e.Message {
		t.Errorf("after Unlock: %+v %v", r, err)
	}
}
