package timeline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// BundleLine is one line of bundles.jsonl: a bundle that belongs to the case.
// The file is what `ingest --rebuild` makes the store from.
type BundleLine struct {
	Run       string `json:"run"`
	Seal      string `json:"seal"`             // SHA-256 of the seal, hex
	Path      string `json:"path"`             // relative to the case directory when it lies inside
	Sealed    string `json:"sealed,omitempty"` // "desk": a plain input that this desk sealed
	Trust     string `json:"trust"`
	Integrity string `json:"integrity"`
	Machine   string `json:"machine,omitempty"` // machine-id of the host, as the bundle states it
	Zone      string `json:"zone,omitempty"`    // --zone of the ingest, for what the bundle itself does not say
	Dropped   bool   `json:"dropped,omitempty"` // taken out again by `case drop`
}

// readLedger reads bundles.jsonl; a later line of a run replaces the earlier.
// A torn last line (a write that was cut short) is left out.
func readLedger(dir string) ([]BundleLine, error) {
	b, err := os.ReadFile(filepath.Join(dir, ledgerName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read bundles of the case: %w", err)
	}
	var out []BundleLine
	at := map[string]int{}
	n := 0
	for l := range bytes.Lines(b) {
		n++
		if !bytes.HasSuffix(l, []byte("\n")) {
			break
		}
		if len(bytes.TrimSpace(l)) == 0 {
			continue
		}
		var x BundleLine
		if err := json.Unmarshal(l, &x); err != nil || x.Run == "" {
			return nil, fmt.Errorf("%s line %d: no bundle: %w", ledgerName, n, errors.Join(err, ErrConfig))
		}
		if i, ok := at[x.Run]; ok {
			out[i] = x
			continue
		}
		at[x.Run] = len(out)
		out = append(out, x)
	}
	return out, nil
}

// appendLedger adds a line in one write and waits until it is on the disk.
func appendLedger(dir string, x BundleLine) error {
	j, err := json.Marshal(x)
	if err != nil {
		return fmt.Errorf("note bundle: %w", err)
	}
	path := filepath.Join(dir, ledgerName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("note bundle: %w", err)
	}
	j = append(j, '\n')
	if st, serr := f.Stat(); serr == nil && st.Size() > 0 {
		var c [1]byte
		if _, rerr := f.ReadAt(c[:], st.Size()-1); rerr == nil && c[0] != '\n' {
			// The bytes of a write that was cut short are taken off: they never
			// were a line.
			if terr := truncateToLine(f, st.Size()); terr != nil {
				return errors.Join(fmt.Errorf("note bundle: %w", terr), f.Close())
			}
		}
	}
	_, err = f.Write(j)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("note bundle: %w", err)
	}
	return nil
}

func truncateToLine(f *os.File, size int64) error {
	b := make([]byte, min(size, 1<<20))
	if _, err := f.ReadAt(b, size-int64(len(b))); err != nil {
		return err
	}
	return f.Truncate(size - int64(len(b)) + int64(bytes.LastIndexByte(b, '\n')+1))
}

// relative gives the path of a bundle as the ledger keeps it.
func relative(dir, path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("path of bundle %q: %w", path, err)
	}
	base, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("path of case %q: %w", dir, err)
	}
	if rel, err := filepath.Rel(base, abs); err == nil && rel != ".." && !strings.HasPrefix(rel, "../") {
		return rel, nil
	}
	return abs, nil
}

func (c *Case) absolute(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(c.dir, path)
}

// Ledger lists the bundles that belong to the case, in the order in which they
// came, without those that were dropped.
func (c *Case) Ledger() ([]BundleLine, error) {
	all, err := readLedger(c.dir)
	if err != nil {
		return nil, err
	}
	out := all[:0]
	for _, l := range all {
		if !l.Dropped {
			l.Path = c.absolute(l.Path)
			out = append(out, l)
		}
	}
	return out, nil
}
