package parsetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// Case is one fixture of the contract.
type Case struct {
	Parser string // who must claim it
	Source Source // its first file is the fixture; the others give facts
	Events int    // how many events it must give; -1 unchecked
	// Promised says of a damaged copy whether Hurt may look for survivors; nil:
	// always.
	Promised func(data []byte) bool
}

// Parse runs all parsers over a source with so many workers and keeps what
// comes out, in order.
func Parse(t testing.TB, src *Source, parsers []parse.Parser, workers int) (*Kept, parse.Result) {
	t.Helper()
	k := new(Kept)
	res, err := parse.RunSource(context.Background(), src, parsers, parse.Options{Sink: k, Workers: workers})
	if err != nil {
		t.Fatalf("run: %v", err)
	}
	k.Sort()
	return k, res
}

// Run holds one fixture to the contract: claimed by content, the same at any
// number of workers, every origin inside the exhibit, every byte accounted
// for, described fields and actions only, and no harm from damaged input.
func Run(t *testing.T, parsers []parse.Parser, c Case) {
	t.Helper()
	one, res := Parse(t, &c.Source, parsers, 1)
	if got := res.Exhibits[0].Parser; got != c.Parser {
		t.Fatalf("claimed by %q, want %q", got, c.Parser)
	}
	if res.Exhibits[0].Err != nil {
		t.Errorf("error: %v", res.Exhibits[0].Err)
	}
	if len(one.Events) == 0 && c.Events != 0 {
		t.Error("the fixture gives no event")
	}
	if c.Events >= 0 && res.Exhibits[0].Events != int64(c.Events) {
		t.Errorf("%d events, want %d", res.Exhibits[0].Events, c.Events)
	}
	four, _ := Parse(t, &c.Source, parsers, 4)
	if d := cmp.Diff(one.Events, four.Events); d != "" {
		t.Errorf("1 and 4 workers give different events:\n%s", d)
	}
	if d := cmp.Diff(one.Warnings, four.Warnings); d != "" {
		t.Errorf("1 and 4 workers give different warnings:\n%s", d)
	}
	described(t, parsers, c.Parser, one)
	account(t, one, res)
	renamed(t, parsers, c, one)
	packed(t, parsers, c, one)
	survived(t, parsers, c, one)
	reread(t, parsers, c, one)
	harmed(t, parsers, c)
	cancelled(t, parsers, c)
}

func only(c Case, data []byte) *Source {
	s := c.Source
	s.Files = slices.Clone(c.Source.Files)
	s.Files[0].Data = data
	return &s
}

// account fails on bytes that no event, warning or padding covers, on origins
// outside the exhibit and on ids that are not unique.
func account(t *testing.T, k *Kept, res parse.Result) {
	t.Helper()
	size := make(map[uint32]int64)
	for _, x := range res.Exhibits {
		size[x.Number] = x.Decoded
	}
	for _, w := range k.Warnings {
		if w.Code == "unaccounted" || w.Code == "unparsed" {
			t.Errorf("exhibit %d bytes %d+%d: %s: %s", w.Exhibit, w.Offset, w.Length, w.Code, w.Message)
		}
	}
	seen := make(map[event.ID]bool)
	for _, e := range k.Events {
		spans := append([]event.Span{{Offset: e.Origin.Offset, Length: e.Origin.Length}}, e.Origin.Spans...)
		for _, s := range spans {
			if s.Offset < 0 || s.Length <= 0 || s.Offset+s.Length > size[e.Origin.Exhibit] {
				t.Errorf("origin %d+%d lies outside the exhibit of %d bytes", s.Offset, s.Length, size[e.Origin.Exhibit])
			}
		}
		if seen[e.ID()] {
			t.Errorf("two events have the id %s (offset %d, ordinal %d)", e.ID(), e.Origin.Offset, e.Ordinal)
		}
		seen[e.ID()] = true
		if e.Time.Earliest > e.Time.Latest || (e.Time.Dated() && (e.Time.Instant < e.Time.Earliest || e.Time.Instant > e.Time.Latest)) {
			t.Errorf("offset %d: time %+v is no interval around its instant", e.Origin.Offset, e.Time)
		}
	}
}

// described fails on a source, action or field that no description names. A
// parser of records with free keys describes its fields as "*".
func described(t *testing.T, parsers []parse.Parser, claimed string, k *Kept) {
	t.Helper()
	about := make(map[string]parse.Description)
	for _, p := range parsers {
		about[p.Describe().Name] = p.Describe()
	}
	free := slices.Contains(about[claimed].Fields, "*")
	for _, e := range k.Events {
		d, ok := about[e.Parser]
		if !ok {
			t.Errorf("event of parser %q, which is not listed", e.Parser)
			continue
		}
		if !slices.Contains(d.Sources, e.Source) {
			t.Errorf("%s: source %q is not described", e.Parser, e.Source)
		}
		if e.Action != "" && !slices.Contains(d.Actions, e.Action) {
			t.Errorf("%s: action %q is not described", e.Parser, e.Action)
		}
		for i, f := range e.Fields {
			if i > 0 && e.Fields[i-1].Name > f.Name {
				t.Errorf("%s: fields are not sorted: %q before %q", e.Parser, e.Fields[i-1].Name, f.Name)
			}
			if !free && !slices.Contains(d.Fields, "*") && !slices.Contains(d.Fields, f.Name) && !slices.Contains(about[claimed].Fields, f.Name) {
				t.Errorf("%s: field %q is not described", e.Parser, f.Name)
			}
		}
	}
}

// renamed gives the fixture a name that says nothing.
func renamed(t *testing.T, parsers []parse.Parser, c Case, want *Kept) {
	t.Helper()
	for _, p := range parsers {
		if d := p.Describe(); d.Name == c.Parser && d.PathOnly {
			return
		}
	}
	s := only(c, c.Source.Files[0].Data)
	s.Files[0].Path, s.Files[0].Name = "/evidence/1.bin", c.Source.Files[0].Name
	if s.Files[0].Name == "" {
		s.Files[0].Name = "data/files" + c.Source.Files[0].Path
	}
	got, res := Parse(t, s, parsers, 1)
	if res.Exhibits[0].Parser != c.Parser {
		t.Errorf("renamed to 1.bin it is claimed by %q, want %q", res.Exhibits[0].Parser, c.Parser)
		return
	}
	if d := cmp.Diff(ids(want), ids(got)); d != "" {
		t.Errorf("renamed to 1.bin it gives other events:\n%s", d)
	}
}

func ids(k *Kept) []string {
	var out []string
	for _, e := range k.Events {
		out = append(out, e.ID().String()+" "+e.Action+" "+e.Object)
	}
	return out
}

// harmed gives the parser itself, whatever it would claim, damaged input.
func harmed(t *testing.T, parsers []parse.Parser, c Case) {
	t.Helper()
	var p parse.Parser
	for _, q := range parsers {
		if q.Describe().Name == c.Parser {
			p = forced{q}
		}
	}
	for name, data := range Harms(c.Source.Files[0].Data) {
		k, res := Parse(t, only(c, data), []parse.Parser{p}, 2)
		if err := res.Exhibits[0].Err; err != nil {
			t.Errorf("%s: error %v", name, err)
		}
		if len(data) > 0 && len(k.Events)+len(k.Warnings) == 0 && len(bytes.Trim(data, "\x00\n\r\t ")) > 0 {
			t.Errorf("%s: %d bytes gave neither event nor warning", name, len(data))
		}
		for _, w := range k.Warnings {
			if w.Code == "unaccounted" && w.Exhibit == 1 {
				t.Errorf("%s: bytes %d+%d of %d are not accounted for", name, w.Offset, w.Length, len(data))
			}
		}
	}
}

// Harms makes damaged inputs of a good one: cut, overwritten, doubled, filled
// with NUL, random, a huge line, binary.
func Harms(good []byte) map[string][]byte {
	rnd := rand.New(rand.NewPCG(1, uint64(len(good))))
	noise := make([]byte, 70_000)
	for i := range noise {
		noise[i] = byte(rnd.Uint32())
	}
	out := map[string][]byte{
		"empty":      {},
		"noise":      noise,
		"nul":        make([]byte, 5000),
		"huge line":  bytes.Repeat([]byte("A"), 1_500_000),
		"lines":      bytes.Repeat([]byte("\n"), 3000),
		"then noise": append(slices.Clone(good), noise...),
		"after nul":  append(make([]byte, 3000), good...),
		"nul inside": slices.Concat(good[:len(good)/2], make([]byte, 777), good[len(good)/2:]),
		"twice":      append(slices.Clone(good), good...),
		"crlf":       bytes.ReplaceAll(good, []byte("\n"), []byte("\r\n")),
	}
	for i := range 24 {
		n := rnd.IntN(len(good) + 1)
		out[fmt.Sprintf("cut at %d", n)] = slices.Clone(good[:n])
		if len(good) == 0 {
			continue
		}
		b := slices.Clone(good)
		for range 1 + i {
			b[rnd.IntN(len(b))] = byte(rnd.Uint32())
		}
		out[fmt.Sprintf("overwritten %d", i)] = b
	}
	return out
}

// Forced gives a parser that claims everything, for fuzzing.
func Forced(p parse.Parser) parse.Parser { return forced{p} }

// forced claims everything for a parser.
type forced struct{ parse.Parser }

func (forced) Claim(*parse.Exhibit) parse.Strength { return parse.Certain }

func cancelled(t *testing.T, parsers []parse.Parser, c Case) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := parse.RunSource(ctx, &c.Source, parsers, parse.Options{Sink: new(Kept), Workers: 2})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled run ended with %v", err)
	}
}

// Describes holds the description of a parser to the rules of a listing.
func Describes(t *testing.T, p parse.Parser) {
	t.Helper()
	d := p.Describe()
	if !regexp.MustCompile(`^[a-z][a-z0-9_-]*$`).MatchString(d.Name) {
		t.Errorf("name %q is not short, lower case", d.Name)
	}
	if d.Version < 1 || d.Doc == "" || d.Sample == "" || len(d.Sources) == 0 || len(d.Actions) == 0 {
		t.Errorf("%s: version, doc, sample, sources or actions are missing", d.Name)
	}
}
