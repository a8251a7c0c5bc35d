package parsetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Wounded is a damaged copy of an exhibit that knows where each of its bytes
// comes from.
type Wounded struct {
	Data []byte
	from []int32 // offset in the good exhibit; -1: none of its bytes
	good int     // bytes of the good exhibit
	How  []string
}

// Wound damages a copy of good in so many ways, as crashes, tampering, careless
// copies and failing disks do: stretches wiped, overwritten, lost, doubled, out
// of another file, NULs put in, bytes of words turned around, a bit flipped,
// sectors exchanged, the start or the end cut off. aliens are other files. The
// same generator makes the same damage.
func Wound(rnd *rand.Rand, good []byte, aliens [][]byte, ways int) *Wounded {
	w := &Wounded{Data: slices.Clone(good), from: make([]int32, len(good)), good: len(good)}
	for i := range w.from {
		w.from[i] = int32(i)
	}
	for range ways {
		w.once(rnd, aliens)
	}
	return w
}

// String tells what was done.
func (w *Wounded) String() string { return strings.Join(w.How, ", ") }

// stretch draws a place and a length: mostly small, now and then sectors,
// records of logins, or more than the buffers of readers.
func (w *Wounded) stretch(rnd *rand.Rand) (at, n int) {
	sizes := [...]int{1 + rnd.IntN(16), 1 + rnd.IntN(100), 64, 292, 384, 400, 512, 4096, 300 + rnd.IntN(5000), 1 + rnd.IntN(90_000)}
	n = sizes[rnd.IntN(len(sizes))]
	if len(w.Data) == 0 {
		return 0, 0
	}
	at = rnd.IntN(len(w.Data))
	switch rnd.IntN(8) {
	case 0:
		at = 0
	case 1:
		at = max(0, len(w.Data)-n)
	case 2: // around a border of buffers
		at = max(0, min(len(w.Data)-1, (at>>16<<16)-rnd.IntN(400)))
	}
	return at, min(n, len(w.Data)-at)
}

// put replaces n bytes at a place by others, which are none of the exhibit.
func (w *Wounded) put(at, n int, b []byte) {
	from := make([]int32, len(b))
	for i := range from {
		from[i] = -1
	}
	w.Data = slices.Replace(w.Data, at, at+n, b...)
	w.from = slices.Replace(w.from, at, at+n, from...)
}

func noise(rnd *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rnd.Uint32())
	}
	return b
}

// once does one thing.
func (w *Wounded) once(rnd *rand.Rand, aliens [][]byte) {
	at, n := w.stretch(rnd)
	note := func(what string) { w.How = append(w.How, fmt.Sprintf("%s %d+%d", what, at, n)) }
	switch way := rnd.IntN(13); way {
	case 0:
		note("wiped")
		w.put(at, n, make([]byte, n))
	case 1:
		note("noise")
		w.put(at, n, noise(rnd, n))
	case 2:
		note("lost")
		w.put(at, n, nil)
	case 3:
		note("doubled")
		w.Data = slices.Insert(w.Data, at, slices.Clone(w.Data[at:at+n])...)
		w.from = slices.Insert(w.from, at, slices.Clone(w.from[at:at+n])...)
	case 4:
		if len(aliens) > 0 {
			a := aliens[rnd.IntN(len(aliens))]
			n = min(n, len(a))
			i := rnd.IntN(len(a) - n + 1)
			note("spliced")
			w.put(at, n*rnd.IntN(2)*min(1, (len(w.Data)-at)/max(n, 1)), a[i:i+n])
		}
	case 5:
		note("NULs put in")
		w.put(at, 0, make([]byte, n))
	case 6:
		note("turned")
		w.turn(rnd, at, n)
	case 7:
		n = min(n, 1)
		note("bit")
		if n > 0 {
			w.put(at, 1, []byte{w.Data[at] ^ 1<<rnd.IntN(8)})
		}
	case 8:
		w.swap(rnd)
	case 9:
		at = 0
		note("cut in front")
		w.put(0, n, nil)
	case 10:
		at = len(w.Data) - n
		note("cut at the end")
		w.put(at, n, nil)
	case 11:
		note("newlines lost")
		w.newlines(at, n)
	case 12:
		note("noise put in")
		w.put(at, 0, noise(rnd, n))
	}
}

// turn changes the byte order of a stretch.
func (w *Wounded) turn(rnd *rand.Rand, at, n int) {
	width := 2 << rnd.IntN(3)
	b := slices.Clone(w.Data[at : at+n])
	for c := range slices.Chunk(b, width) {
		slices.Reverse(c)
	}
	w.put(at, n, b)
}

// newlines puts blanks in place of the newlines of a stretch.
func (w *Wounded) newlines(at, n int) {
	for i := at; i < at+n; i++ {
		if w.Data[i] == '\n' {
			w.Data[i], w.from[i] = ' ', -1
		}
	}
}

// swap exchanges two sectors or blocks.
func (w *Wounded) swap(rnd *rand.Rand) {
	size := [...]int{512, 4096}[rnd.IntN(2)]
	blocks := len(w.Data) / size
	if blocks < 2 {
		return
	}
	a, b := size*rnd.IntN(blocks), size*rnd.IntN(blocks)
	w.How = append(w.How, fmt.Sprintf("swapped %d and %d of %d", a, b, size))
	for i := range size {
		w.Data[a+i], w.Data[b+i] = w.Data[b+i], w.Data[a+i]
		w.from[a+i], w.from[b+i] = w.from[b+i], w.from[a+i]
	}
}

// run is a stretch of bytes that stand as in the good exhibit.
type run struct{ at, good, n int }

// runs lists them in file order.
func (w *Wounded) runs() (out []run) {
	for i, g := range w.from {
		if g < 0 {
			continue
		}
		if k := len(out) - 1; k >= 0 && out[k].at+out[k].n == i && out[k].good+out[k].n == int(g) {
			out[k].n++
			continue
		}
		out = append(out, run{i, int(g), 1})
	}
	return out
}

// holds says whether the bytes [at, at+n) of the good exhibit stand in the
// run, with so many more on both sides, which an end of both files replaces.
func (r run) holds(w *Wounded, at, n, margin int) bool {
	before, behind := margin, margin
	if r.at == 0 && r.good == 0 {
		before = 0
	}
	if r.good+r.n == w.good && r.at+r.n == len(w.Data) {
		behind = 0
	}
	return at-before >= r.good && at+n+behind <= r.good+r.n
}
