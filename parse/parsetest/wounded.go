package parsetest

import (
	"cmp"
	"context"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"testing/iotest"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// Survival says what of a damaged exhibit must come out: the events whose
// bytes, and Margin more on both sides, stand as they stood.
type Survival struct {
	Margin int
	// Still: only where the bytes stand at their old place, since the format
	// points at places or counts by them.
	Still bool
	// Head bytes of the exhibit must be whole, else nothing is promised.
	Head int
	// Page: the margin reaches to the borders of pages of this size.
	Page int
	// Within: the bytes are part of an event, which may have grown over what
	// stands beside them. Else an event of the same action begins there.
	Within bool
}

// SurvivalRule gives the promise of a parser. Like AloneRule it is of the
// format, never of a fixture.
func SurvivalRule(parser string) Survival {
	switch parser {
	case "wtmp":
		return Survival{}
	case "lastlog", "faillog":
		return Survival{Still: true}
	case "lastlog2", "wtmpdb":
		return Survival{Still: true, Head: 4096, Page: 4096} // the first page holds the schema
	case "journal":
		return Survival{Still: true, Head: 272}
	case "audit", "shellhistory", "clamscan":
		return Survival{Margin: 2, Within: true}
	}
	return Survival{Margin: 2}
}

// Hurt damages the first file of a case, by the seed, and holds what comes out
// to the contract: an account without a hole, nothing counted both as padding
// and as an event, the same result with one worker and with three and with
// reads of any size, events that their own bytes tell, and all that the damage
// did not reach. want is what the good file gives.
func Hurt(t testing.TB, parsers []parse.Parser, c Case, want *Kept, aliens [][]byte, seed uint64) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(seed, 77))
	good := c.Source.Files[0].Data
	hold(t, parsers, c, want, Wound(rnd, good, aliens, 1+rnd.IntN(4)), rnd, seed)
}

// Between holds what comes of the first file of a case, then a filler, then the
// file once more to the same contract as Hurt.
func Between(t testing.TB, parsers []parse.Parser, c Case, want *Kept, name string, filler []byte) {
	t.Helper()
	good := c.Source.Files[0].Data
	w := Wound(nil, good, nil, 0)
	w.How = []string{name}
	w.put(len(good), 0, filler)
	twice := Wound(nil, good, nil, 0)
	w.Data, w.from = append(w.Data, twice.Data...), append(w.from, twice.from...)
	hold(t, parsers, c, want, w, rand.New(rand.NewPCG(1, 77)), 1)
}

// hold holds what comes out of a damaged copy to the contract.
func hold(t testing.TB, parsers []parse.Parser, c Case, want *Kept, w *Wounded, rnd *rand.Rand, seed uint64) {
	t.Helper()
	p := named(parsers, c.Parser)
	one := p.parse(t, only(c, w.Data), 1, nil)
	three := p.parse(t, only(c, w.Data), 3, rand.New(rand.NewPCG(seed, 78)))
	bad := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s, seed %d, %s: "+format, append([]any{c.Parser, seed, w}, args...)...)
	}
	if one.err != nil {
		bad("error %v", one.err)
	}
	if !reflect.DeepEqual(one.Kept.Events, three.Kept.Events) {
		bad("other events with three workers and short reads:\n%.2000s", gocmp.Diff(one.Kept.Events, three.Kept.Events))
	}
	if !reflect.DeepEqual(one.Kept.Warnings, three.Kept.Warnings) || !reflect.DeepEqual(one.Kept.Counters, three.Kept.Counters) {
		bad("other warnings or counters with three workers and short reads:\n%.2000s", gocmp.Diff(one.Kept.Warnings, three.Kept.Warnings))
	}
	one.audit(int64(len(w.Data)), bad)
	one.alone(t, p, c, w, rnd, bad)
	survivors(SurvivalRule(c.Parser), c, w, want, one.Kept, bad)
}

// Whole gives what the parser of a case makes of the good file.
func Whole(t testing.TB, parsers []parse.Parser, c Case) *Kept {
	t.Helper()
	return named(parsers, c.Parser).parse(t, &c.Source, 1, nil).Kept
}

type complaint func(format string, args ...any)

// hurt is one reading.
type hurt struct {
	*Kept
	pads []event.Span
	err  error
}

// victim is a parser that is given what it never claimed.
type victim struct {
	parse.Parser
	pads *[]event.Span
	rnd  *rand.Rand // reads are short when set
}

func named(parsers []parse.Parser, name string) victim {
	for _, q := range parsers {
		if q.Describe().Name == name {
			return victim{Parser: q}
		}
	}
	return victim{}
}

func (victim) Claim(*parse.Exhibit) parse.Strength { return parse.Certain }

// Parse notes the padding, and opens the exhibit so that reads are short.
func (v victim) Parse(ctx context.Context, f *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	if v.rnd != nil {
		short, whole := *x, x.Open
		short.Open = func() (io.ReadCloser, error) {
			r, err := whole()
			if err != nil {
				return nil, err
			}
			return choppy(v.rnd, r), nil
		}
		x = &short
	}
	if x.Number != 1 {
		return v.Parser.Parse(ctx, f, x, s)
	}
	return v.Parser.Parse(ctx, f, x, padder{s, v.pads})
}

type padder struct {
	parse.Sink
	pads *[]event.Span
}

func (p padder) Padding(offset, length int64) error {
	if length > 0 {
		*p.pads = append(*p.pads, event.Span{Offset: offset, Length: length})
	}
	return p.Sink.Padding(offset, length)
}

type closing struct {
	io.Reader
	io.Closer
}

// choppy gives a reader whose reads are short, and whose last bytes come with
// the end.
func choppy(rnd *rand.Rand, r io.ReadCloser) io.ReadCloser {
	limit := 1 + rnd.IntN(100_000)
	var in io.Reader = limited{r, limit}
	if rnd.IntN(2) == 0 {
		in = iotest.DataErrReader(in)
	}
	return closing{in, r}
}

type limited struct {
	r io.Reader
	n int
}

func (l limited) Read(p []byte) (int, error) { return l.r.Read(p[:min(len(p), l.n)]) }

func (v victim) parse(t testing.TB, src *Source, workers int, rnd *rand.Rand) hurt {
	t.Helper()
	h := hurt{Kept: new(Kept)}
	v.pads, v.rnd = &h.pads, rnd
	res, err := parse.RunSource(context.Background(), src, []parse.Parser{v}, parse.Options{Sink: h.Kept, Workers: workers,
		Skip: func(x bundle.Exhibit, _ string, _ int) bool { return x.Number != 1 }})
	if err != nil {
		t.Fatalf("run: %v", err)
	}
	h.err = res.Exhibits[0].Err
	return h
}

// audit goes through the account.
func (h *hurt) audit(size int64, bad complaint) {
	type told struct {
		offset, length int64
		code           string
	}
	said := map[told]bool{}
	for _, w := range h.Warnings {
		one := told{w.Offset, w.Length, w.Code + w.Message}
		switch {
		case w.Code == "unaccounted" || w.Code == "unparsed":
			bad("bytes %d+%d of %d: %s", w.Offset, w.Length, size, w.Code)
		case w.Offset < 0 || w.Length < 0 || w.Offset+w.Length > size || w.Code == "" || w.Message == "":
			bad("warning %+v of %d bytes", w, size)
		case said[one]:
			bad("said twice: %+v", w)
		}
		said[one] = true
	}
	ids := map[event.ID]bool{}
	var all []event.Span
	for _, e := range h.Events {
		for _, s := range append([]event.Span{{Offset: e.Origin.Offset, Length: e.Origin.Length}}, e.Origin.Spans...) {
			if s.Offset < 0 || s.Length <= 0 || s.Offset+s.Length > size {
				bad("origin %d+%d of %d", s.Offset, s.Length, size)
			}
		}
		if ids[e.ID()] {
			bad("two events of one id at %d+%d, ordinal %d", e.Origin.Offset, e.Origin.Length, e.Ordinal)
		}
		ids[e.ID()] = true
		if t := e.Time; t.Earliest > t.Latest || t.Dated() && (t.Instant < t.Earliest || t.Instant > t.Latest) {
			bad("time %+v at %d", t, e.Origin.Offset)
		}
		all = append(all, spans(e)...)
	}
	byOffset := func(a, b event.Span) int { return cmp.Compare(a.Offset, b.Offset) }
	slices.SortFunc(all, byOffset)
	slices.SortFunc(h.pads, byOffset)
	for i, at := 0, int64(0); i < len(all); i++ {
		if all[i].Offset < at { // spans that share bytes are one
			all[i].Length = max(0, all[i].Offset+all[i].Length-at)
			all[i].Offset = at
		}
		at = all[i].Offset + all[i].Length
	}
	i := 0
	for _, p := range h.pads {
		for i < len(all) && all[i].Offset+all[i].Length <= p.Offset {
			i++
		}
		if i < len(all) && all[i].Length > 0 && all[i].Offset < p.Offset+p.Length {
			bad("bytes %d+%d are padding and part of an event at %d+%d", p.Offset, p.Length, all[i].Offset, all[i].Length)
			return
		}
	}
}
