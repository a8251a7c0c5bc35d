package gen

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

func TestWriteTwiceIsEqualAndVerifies(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	ca, err := Write(a)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Write(b); err != nil {
		t.Fatal(err)
	}
	if len(ca.Bundles) != 3 {
		t.Fatalf("%d bundles", len(ca.Bundles))
	}
	for _, p := range ca.Bundles {
		x, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		y, err := os.ReadFile(filepath.Join(b, filepath.Base(p)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(x, y) {
			t.Errorf("%s differs between two runs", filepath.Base(p))
		}
		bd, err := bundle.Open(p, bundle.OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		r, err := bd.Verify(context.Background(), bundle.VerifyOptions{})
		if err != nil || r.Integrity != "ok" || !r.Synthetic {
			t.Errorf("%s: %+v, %v", p, r, err)
		}
	}
}
