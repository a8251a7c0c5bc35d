package store

import (
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"pgregory.net/rapid"
)

func TestMinutesNext(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := minutes{start: []uint32{0}}
		for last := int64(-5); len(m.minute) < rapid.IntRange(0, 40).Draw(t, "minutes"); {
			last += rapid.Int64Range(1, 4).Draw(t, "gap")
			m.minute = append(m.minute, last)
			m.start = append(m.start, uint32(3*len(m.minute)))
		}
		at, edge := 0, int64(-10)
		for range rapid.IntRange(1, 60).Draw(t, "edges") {
			edge += rapid.Int64Range(0, 9).Draw(t, "step")
			at = m.next(at, edge)
			if got, want := m.start[at], m.before(edge); got != want {
				t.Fatalf("minute %d: %d rows before, want %d", edge, got, want)
			}
		}
	})
}

func TestCountBetween(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SampledFrom([]int{1, 63, 64, 65, 70_000, 1 << 16, 1 << 18}).Draw(t, "all")
		rows := roaring.New()
		rows.AddRange(uint64(rapid.IntRange(0, all).Draw(t, "from")), uint64(rapid.IntRange(0, all).Draw(t, "to")))
		for range rapid.IntRange(0, 300).Draw(t, "single") {
			rows.Add(uint32(rapid.IntRange(0, all-1).Draw(t, "row")))
		}
		if rapid.Bool().Draw(t, "runs") {
			rows.RunOptimize()
		}
		ords := []uint32{uint32(rapid.IntRange(0, all).Draw(t, "first"))}
		for range rapid.IntRange(0, 50).Draw(t, "edges") {
			ords = append(ords, uint32(rapid.IntRange(int(ords[len(ords)-1]), all).Draw(t, "edge")))
		}
		for i, n := range countBetween(rows, ords, all) {
			if want := rows.CardinalityInRange(uint64(ords[i]), uint64(ords[i+1])); uint64(n) != want {
				t.Fatalf("rows %d to %d: %d, want %d", ords[i], ords[i+1], n, want)
			}
		}
	})
}
