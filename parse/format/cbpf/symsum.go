package cbpf

import (
	"math/bits"
	"slices"
)

// linear views an expression as a sum.
func (t *table) linear(id nodeID) ([]part, uint32) {
	n := &t.nodes[id]
	switch n.kind {
	case konst:
		return nil, n.k
	case sum:
		return n.parts, n.k
	}
	return []part{{1, id}}, 0
}

// addScaled gives a + coef*b.
func (t *table) addScaled(a nodeID, coef uint32, b nodeID) nodeID {
	pa, ka := t.linear(a)
	pb, kb := t.linear(b)
	parts := slices.Clone(pa)
	for _, p := range pb {
		parts = append(parts, part{p.coef * coef, p.id})
	}
	return t.sum(parts, ka+kb*coef)
}

// sum makes the canonical form: parts sorted, powers of two moved into input
// words, equal parts joined, parts without common bits merged into one word.
func (t *table) sum(parts []part, k uint32) nodeID {
	for i, p := range parts {
		if n := &t.nodes[p.id]; n.kind == inputs && p.coef != 0 {
			if sh := bits.TrailingZeros32(p.coef); sh > 0 {
				parts[i] = part{p.coef >> sh, t.word(shiftLeft(*n.w, sh))}
			}
		}
	}
	slices.SortFunc(parts, func(a, b part) int { return int(a.id) - int(b.id) })
	out := parts[:0]
	for _, p := range parts {
		if v, ok := t.value(p.id); ok {
			k += p.coef * v
			continue
		}
		if len(out) > 0 && out[len(out)-1].id == p.id {
			out[len(out)-1].coef += p.coef
		} else {
			out = append(out, p)
		}
	}
	out = slices.DeleteFunc(out, func(p part) bool { return p.coef == 0 })
	if len(out) > 1 {
		out = t.mergeParts(out)
	}
	switch {
	case len(out) == 0:
		return t.constant(k)
	case len(out) == 1 && out[0].coef == 1 && k == 0:
		return out[0].id
	case len(out) > 8:
		t.full = true
		return overflowed
	}
	return t.internSum(slices.Clone(out), k)
}

func (t *table) mergeParts(parts []part) []part {
	out := parts[:1:1]
	for _, p := range parts[1:] {
		last := &out[len(out)-1]
		two := node{kind: sum, parts: []part{*last, p}}
		if w, ok := t.merged(&two); ok {
			*last = part{1, t.word(w)}
			continue
		}
		out = append(out, p)
	}
	return out
}

func (t *table) internSum(parts []part, k uint32) nodeID {
	key := make([]byte, 0, 4+8*len(parts))
	put := func(v uint32) { key = append(key, byte(v), byte(v>>8), byte(v>>16), byte(v>>24)) }
	put(k)
	for _, p := range parts {
		put(p.coef)
		put(uint32(p.id))
	}
	if id, ok := t.sums[string(key)]; ok {
		return id
	}
	id := t.add(node{kind: sum, parts: parts, k: k})
	if id != overflowed {
		t.sums[string(key)] = id
	}
	return id
}

func shiftLeft(w word, n int) word {
	var out word
	if n < 32 {
		copy(out[n:], w[:32-n])
	}
	return out
}

func shiftRight(w word, n int) word {
	var out word
	if n < 32 {
		copy(out[:], w[n:])
	}
	return out
}
