package collect

import (
	"github.com/saksi-dfir/saksi/collect/bundle"
)

// Bundle makes the Writer that Run wants of a bundle.Writer.
func Bundle(w *bundle.Writer) Writer { return into{w} }

// into adapts the one method whose result type differs.
type into struct{ *bundle.Writer }

// Records implements Output.
func (w into) Records(x bundle.Exhibit) (RecordStream, error) { return w.Writer.Records(x) }
