package tui

import "testing"

// That the case is not whole is told first, on narrow screens too.
func TestPartialAndDamagedStandInFront(t *testing.T) {
	for _, w := range []int{60, 80, 120} {
		c := newFake(500)
		c.partial = true
		x := newHarness(t, c, w, 24)
		x.see("case-1 · PARTIAL")
		if w > 60 {
			x.see("1 cut or DAMAGED")
		}
	}
}
