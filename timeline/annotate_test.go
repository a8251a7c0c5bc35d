package timeline_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/collect/seal"
	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/journal"
)

func TestAnnotations(t *testing.T) {
	c, dir := newCase(t)
	s := infected()
	ingest(t, c, s, s.write(t, dir))
	ctx, id := t.Context(), s.events[0].ID()
	if err := c.As("kim", testKey(t, 3)); err != nil {
		t.Fatal(err)
	}
	for _, a := range []timeline.Annotation{{Op: "star", Events: []event.ID{id}}, {Op: "tag", Text: "lead", Events: []event.ID{id}},
		{Op: "note", Text: "look", Events: []event.ID{id}}, {Op: "bookmark", Text: "start", Events: []event.ID{id}}} {
		if err := c.Annotate(ctx, a); err != nil {
			t.Fatal(err)
		}
	}
	q, err := c.Parse("tag:lead")
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Page(ctx, q, timeline.PageRequest{Limit: 10})
	if err != nil || len(p.Rows) != 1 || p.Rows[0].ID != id || !slices.Contains(p.Rows[0].Tags, "lead") || !slices.Contains(p.Rows[0].Tags, "starred") {
		t.Errorf("%+v %v", p.Rows, err)
	}
	fv, err := c.Facets(ctx, nil, "tag", 0)
	if err != nil || !slices.ContainsFunc(fv, func(v timeline.FacetValue) bool {
		return v.Value == "lead" && v.Count == 1 && v.First == s.events[0].Time.Instant && v.Last == v.First
	}) {
		t.Errorf("%+v %v", fv, err)
	}
	m, err := c.Marks(ctx, []event.ID{id})
	if err != nil || !m[id].Star || len(m[id].Notes) != 1 || m[id].Notes[0].Author != "kim" {
		t.Errorf("%+v %v", m, err)
	}
	bm, err := c.Bookmarks(ctx)
	if err != nil || len(bm) != 1 || bm[0].At != s.events[0].Time.Instant {
		t.Errorf("%+v %v", bm, err)
	}
	what, err := c.Undo(ctx)
	if err != nil || what != "bookmark start on 1 event" {
		t.Errorf("%q %v", what, err)
	}
	if bm, _ := c.Bookmarks(ctx); len(bm) != 0 {
		t.Errorf("%+v", bm)
	}
	if _, err := c.Redo(ctx); err != nil {
		t.Error(err)
	}
	if err := c.Annotate(ctx, timeline.Annotation{Op: "star", Events: []event.ID{{1}}}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an event that does not exist was starred: %v", err)
	}
	set, err := journal.Load(filepath.Join(dir, "journal"))
	if err != nil || set.Files[0].Signed != set.Files[0].Entries || !set.Files[0].Whole {
		t.Errorf("%+v %v", set.Files, err)
	}
	js, err := c.CheckJournals(nil)
	if err != nil || len(js) != 1 || !js[0].Whole || js[0].Signers["signed, not checked"] != js[0].Entries || !m[id].Notes[0].Signed {
		t.Errorf("%+v %v", js, err)
	}
	for h, w := range set.Check(func(m, sig []byte) (string, error) {
		k, err := seal.Verify(sig, m, seal.NamespaceJournal)
		if err != nil {
			return "", err
		}
		return seal.Fingerprint(k), nil
	}) {
		if w != testKey(t, 3).Fingerprint() {
			t.Errorf("entry %s: %s", h, w)
		}
	}
}

func TestAnnotationsOfOthersAreSeenAfterRefresh(t *testing.T) {
	c, dir := newCase(t)
	s := touched()
	ingest(t, c, s, s.write(t, dir))
	id := s.events[0].ID()
	if m, err := c.Marks(t.Context(), []event.ID{id}); err != nil || len(m) != 0 {
		t.Fatalf("%v %v", m, err)
	}
	if _, err := journal.Append(filepath.Join(dir, "journal"), "lee", journal.Entry{Op: journal.Star, Events: []string{id.String()}}, nil, time.Unix(0, t0)); err != nil {
		t.Fatal(err)
	}
	if changed, err := c.Refresh(); err != nil || !changed {
		t.Errorf("%v %v", changed, err)
	}
	if m, _ := c.Marks(t.Context(), []event.ID{id}); !m[id].Star {
		t.Errorf("%v", m)
	}
}

func TestVerdictsStandBesideTheFinding(t *testing.T) {
	c, dir := newCase(t)
	s := infected()
	ingest(t, c, s, s.write(t, dir))
	fs, err := c.Findings(t.Context())
	if err != nil || len(fs) != 2 || fs[0].Verdict != "" {
		t.Fatalf("%+v %v", fs, err)
	}
	if err := c.As("kim", nil); err != nil {
		t.Fatal(err)
	}
	for i, op := range []string{"confirm", "reject"} {
		if err := c.Annotate(t.Context(), timeline.Annotation{Op: op, Text: fs[i].ID}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := c.Findings(t.Context())
	if err != nil || got[0].Verdict != "confirmed by kim" || got[1].Verdict != "rejected by kim" {
		t.Errorf("%+v %v", got, err)
	}
	if err := c.Detect(t.Context(), nil); err != nil { // claims are disposable, the words stay
		t.Fatal(err)
	}
	if v, err := c.Verdicts(t.Context()); err != nil || len(v) != 2 {
		t.Errorf("%v %v", v, err)
	}
}

func TestMergeOfWhatIsNoCase(t *testing.T) {
	c, _ := newCase(t)
	if n, err := c.MergeJournals(t.TempDir()); err == nil {
		t.Errorf("an empty directory is merged as a case: %d lines", n)
	}
}
