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
