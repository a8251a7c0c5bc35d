package timeline

import (
	"path/filepath"

	"github.com/saksi-dfir/saksi/timeline/store"
)

// Space is how many bytes the store of a case has.
type Space = store.Space

// Space measures the store on the disk as it is now.
func (c *Case) Space() (Space, error) { return store.Measure(filepath.Join(c.dir, storeDir)) }
