package store

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/saksi-dfir/saksi/timeline/query"
)

// numberRows draws the rows of a block: fields of numbers, of what looks like
// one, and of both, in rows of several shapes.
func numberRows(t *rapid.T, names int) []row {
	n := rapid.SampledFrom([]int{1, 31, 32, 33, 63, 64, 65, 130, 255, 256}).Draw(t, "rows")
	seed := rapid.Uint64().Draw(t, "seed")
	next := func() uint64 { // drawing each value takes too long
		seed = seed*6364136223846793005 + 1442695040888963407
		return seed >> 7
	}
	kinds := make([]int, names)
	for i := range kinds {
		kinds[i] = rapid.IntRange(0, 9).Draw(t, "kind")
	}
	value := func(kind int) string {
		v := next()
		switch kind {
		case 0:
			return strconv.FormatUint(v%30000, 10)
		case 1:
			return strconv.FormatUint(v%99_999_999_999_999_999+v%2, 10) // up to 17 digits
		case 2:
			return strconv.FormatUint(v%3, 10) // repeats
		case 3:
			return []string{"0", "007", "-1", "", "1.5", "12345678901234567890", "100000000000000000", "0x10"}[v%8]
		case 4:
			return fmt.Sprintf("v%d", v%900)
		case 5:
			if v%200 == 0 {
				return "-"
			}
		case 6:
			return strconv.FormatUint(1<<56+v%1000, 10)
		}
		return strconv.FormatUint(v%(1<<(v%57)), 10)
	}
	var shapes []*shared
	for range rapid.IntRange(1, 4).Draw(t, "shapes") {
		x := &shared{shape: uint32(len(shapes))}
		for k := range names {
			for range []int{1, 1, 1, 0, 2}[rapid.IntRange(0, 4).Draw(t, "times")] {
				x.names = append(x.names, uint32(k))
			}
		}
		shapes = append(shapes, x)
	}
	rows := make([]row, n)
	for i := range rows {
		r := &rows[i]
		r.shared, r.message, r.key = shapes[next()%uint64(len(shapes))], "m", testBase
		for _, k := range r.shared.names {
			r.values = append(r.values, value(kinds[k]))
		}
	}
	return rows
}

// TestNumbersOfABlock wants fields back as they were, whichever section holds
// them, and ranges decided as the texts decide them.
func TestNumbersOfABlock(t *testing.T) {
	p, err := newPacker()
	if err != nil {
		t.Fatal(err)
	}
	u, err := newUnpacker()
	if err != nil {
		t.Fatal(err)
	}
	defer u.dec.Close()
	w, held := newBlockWriter(p), 0
	rapid.Check(t, func(t *rapid.T) {
		tab := &tables{names: []string{"pid", "port", "uid", "size", "exit", "inode"}}
		rows := numberRows(t, len(tab.names))
		b, err := openBlock(w.pack(nil, rows), len(rows), tab, u)
		if err != nil {
			t.Fatal(err)
		}
		nums, err := b.numbers()
		if err != nil {
			t.Fatal(err)
		}
		held += len(nums)
		for i := range rows {
			v, at, err := b.value(i)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{}
			for j := range v.names(at) {
				got = append(got, v.field(at, j))
			}
			if !slices.Equal(v.names(at), rows[i].shared.names) || !slices.Equal(got, rows[i].values) {
				t.Fatalf("row %d: %v %q, want %v %q", i, v.names(at), got, rows[i].shared.names, rows[i].values)
			}
			checkRange(t, b, &rows[i], i)
		}
		checkSieve(t, b)
	})
	if held == 0 {
		t.Fatal("no block held a field of numbers")
	}
}

func checkRange(t *rapid.T, b *block, r *row, i int) {
	for k, name := range b.tab.names {
		for _, limit := range []float64{0, 7, 1500, 1 << 56} {
			n := &pnode{Node: &query.Node{Op: query.Num, Field: name, Cmp: query.Gt, Number: limit}}
			got, known, err := matchNumber(n, b, i)
			if err != nil {
				t.Fatal(err)
			}
			want := false
			for j, v := range r.values {
				x, ok := query.Number(v)
				want = want || ok && int(r.shared.names[j]) == k && x > limit
			}
			if known && got != want {
				t.Fatalf("row %d, %s > %v: %v, its values are %q of %v", i, name, limit, got, r.values, r.shared.names)
			}
		}
	}
}

// checkSieve wants of each piece the rows that a comparison of numbers, asked of
// each row, leaves.
func checkSieve(t *rapid.T, b *block) {
	limit := rapid.SampledFrom([]float64{-1, 0, 1, 1500, 1500.5, 1 << 53, 1<<56 + 500, 1e18}).Draw(t, "limit")
	for _, name := range b.tab.names {
		for cmp := query.Lt; cmp <= query.Gt; cmp++ {
			n := &pnode{Node: &query.Node{Op: query.Num, Field: name, Cmp: cmp, Number: limit}}
			for piece := range b.pieces {
				got, err := (&segPlan{}).sieve(n, b, piece)
				if err != nil {
					t.Fatal(err)
				}
				for i := range b.pieces[piece].n {
					want, known, err := matchNumber(n, b, piece*pieceRows+i)
					if err != nil {
						t.Fatal(err)
					}
					if may := got>>i&1 != 0; known && may != want || !known && !may {
						t.Fatalf("row %d of piece %d, %s %v %v: the sieve says %v, the row %v", i, piece, name, cmp, limit, may, want)
					}
				}
			}
		}
	}
}
