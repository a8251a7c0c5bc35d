package parse

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// TestTakeSorts: fields come out in the order of their names, and two of one
// name in the order in which they were added, however many there are.
func TestTakeSorts(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	names := []string{"a", "ab", "abc", "abcdefgh", "abcdefgha", "abcdefghb", "a\x00", "\xff", "", "abcdefg", "abcdefgh\x00", "_SYSTEMD_UNIT", "_SYSTEMD_USER"}
	b := &Batch{}
	for n := range 200 {
		want := make([]event.Field, 0, n)
		for i := range n {
			f := event.Field{Name: names[r.IntN(len(names))], Value: fmt.Sprint(i)}
			if r.IntN(3) == 0 {
				f.Name += fmt.Sprint(r.IntN(40))
			}
			b.Field(f.Name, f.Value)
			want = append(want, f)
		}
		slices.SortStableFunc(want, func(x, y event.Field) int { return strings.Compare(x.Name, y.Name) })
		if got := b.Take(); !slices.Equal(got, want) {
			t.Fatalf("%d fields:\n%q\nwant\n%q", n, got, want)
		}
	}
}

// TestTakeSortsShapes: records whose names come again, in the same order or in
// another, are sorted as if they were the first.
func TestTakeSortsShapes(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	names := []string{"pid", "uid", "", "exe", "exe", "comm", "seqnum", "abcdefgh1", "abcdefgh0", "msgid"}
	var shapes [][]string
	for n := range 90 {
		s := slices.Clone(names[:r.IntN(len(names)+1)])
		if n%7 == 0 { // more than are kept
			for i := range 70 {
				s = append(s, fmt.Sprint("many", i%9))
			}
		}
		r.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
		shapes = append(shapes, s)
	}
	b := &Batch{}
	for n := range 5000 {
		var want []event.Field
		for i, name := range shapes[r.IntN(len(shapes))] {
			b.Field(name, fmt.Sprint(n, i))
			want = append(want, event.Field{Name: name, Value: fmt.Sprint(n, i)})
		}
		slices.SortStableFunc(want, func(x, y event.Field) int { return strings.Compare(x.Name, y.Name) })
		if got := b.Take(); !slices.Equal(got, want) {
			t.Fatalf("record %d:\n%q\nwant\n%q", n, got, want)
		}
	}
}
