package parse

import (
	"fmt"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// TestBatchTexts: texts stay as they are when others are made, and when the
// batch is used again.
func TestBatchTexts(t *testing.T) {
	var b Batch
	var got, want []string
	for i := range 5000 {
		long := strings.Repeat("x", i%37*(1+i%113))
		got = append(got, b.Join("a", long, "[", "", "]"), b.Number(uint64(i)*1e15))
		want = append(want, "a"+long+"[]", fmt.Sprint(uint64(i)*1e15))
		if i%1000 == 0 {
			b.reset()
		}
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("text %d is %.40q, want %.40q", i, got[i], want[i])
		}
	}
}

// TestBatchFields: fields that are added together stand with those added one by
// one, in any slab.
func TestBatchFields(t *testing.T) {
	var b Batch
	for round := range 3 {
		for n := range 300 {
			var list []event.Field
			for i := range n * 11 {
				list = append(list, event.Field{Name: fmt.Sprintf("n%06d", i), Value: fmt.Sprint(n)})
			}
			b.Field("a", fmt.Sprint(round))
			b.Fields(list)
			b.Field("z", "last")
			f := b.Take()
			if len(f) != len(list)+2 || f[0].Value != fmt.Sprint(round) || f[len(f)-1].Value != "last" {
				t.Fatalf("%d fields of %d", len(f), len(list)+2)
			}
			for i := range list {
				if f[i+1] != list[i] {
					t.Fatalf("field %d of %d is %v", i, n, f[i+1])
				}
			}
		}
		b.reset()
	}
}
