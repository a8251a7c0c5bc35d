package store

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/query"
)

// TestQuad wants IPv4 addresses read as the queries read them, and nothing else.
func TestQuad(t *testing.T) {
	texts := []string{"", ".", "...", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "01.2.3.4", "1.2.3.00", "0.0.0.0", "255.255.255.255",
		"256.1.1.1", "1.1.1.256", "1.1.1.1 ", "::ffff:1.2.3.4", "1.2.3.4%eth0", "999999999999.1", "1..2.3", "1.2.3.4444", "::1", "\xff.1.1.1"}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 20000 {
		b := make([]byte, rng.IntN(17))
		for i := range b {
			b[i] = "0123456789..1.2:"[rng.IntN(16)]
		}
		texts = append(texts, string(b), fmt.Sprintf("%d.%d.%d.%d", rng.IntN(300), rng.IntN(256), rng.IntN(256), rng.IntN(256)))
	}
	found := 0
	for _, s := range texts {
		a, ok := quad(s)
		want, is := query.ParseIP(s)
		if ok && (!is || want.As4() != [4]byte{byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a)}) {
			t.Errorf("%q is %08x; query reads %v, %v", s, a, want, is)
		}
		if !ok && is && want.Is4() && s == want.String() {
			t.Errorf("%q is no address; query reads %v", s, want)
		}
		if ok {
			found++
		}
	}
	if found < 10000 {
		t.Errorf("only %d of %d texts are addresses", found, len(texts))
	}
}
