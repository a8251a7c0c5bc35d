package tui

import "sort"

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// sortLanes puts the host with the earliest event first.
func sortLanes(rows []lane) {
	begin := func(l *lane) int {
		for i, c := range l.counts {
			if c > 0 {
				return i
			}
		}
		return len(l.counts)
	}
	sort.SliceStable(rows, func(i, j int) bool {
		a, b := &rows[i], &rows[j]
		if a.first != b.first && a.first != 0 && b.first != 0 {
			return a.first < b.first
		}
		if x, y := begin(a), begin(b); x != y {
			return x < y
		}
		return a.host < b.host
	})
}
