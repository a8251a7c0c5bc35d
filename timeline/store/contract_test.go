package store_test

import (
	"testing"

	"github.com/saksi-dfir/saksi/timeline/store"
	"github.com/saksi-dfir/saksi/timeline/store/storetest"
)

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Engine {
		dir := t.TempDir()
		w, err := store.OpenWriter(dir, store.WriterOptions{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := w.Close(); err != nil {
				t.Error(err)
			}
		})
		return storetest.Engine{
			Ingest:    func(x store.BundleInfo) (storetest.Batch, error) { return w.Ingest(x) },
			Merge:     w.Merge,
			PutClaims: w.PutClaims,
			Drop:      w.Drop,
			Open:      func() (storetest.Reader, error) { return store.Open(dir) },
		}
	})
}
