package timeline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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
func readLedger(dir string) ([]BundleLine, error) {
	lines, _, err := readPlaces(dir)
	return lines, err
}

// places are the paths under which each bundle was ever ingested, the last one
// first.
type places map[[2]string][]string // by run id and seal

// readPlaces is readLedger that keeps all paths.
func readPlaces(dir string) (out []BundleLine, p places, err error) {
	at := map[string]int{}
	p = places{}
	err = eachLine(dir, func(x BundleLine) {
		k := [2]string{x.Run, x.Seal}
		if x.Path != "" {
			p[k] = slices.Insert(slices.DeleteFunc(p[k], func(s string) bool { return s == x.Path }), 0, x.Path)
		}
		if i, ok := at[x.Run]; ok {
			out[i] = x
			return
		}
		at[x.Run] = len(out)
		out = append(out, x)
	})
	return out, p, err
}

// eachLine calls f for every line of bundles.jsonl. A torn last line (a write
// that was cut short) is left out.
func eachLine(dir string, f func(BundleLine)) error {
	b, err := os.ReadFile(filepath.Join(dir, ledgerName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read bundles of the case: %w", err)
	}
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
			return fmt.Errorf("%s line %d: no bundle: %w", ledgerName, n, errors.Join(err, ErrConfig))
		}
		f(x)
	}
	return nil
}

// placeOf gives the path of a bundle of the ledger. One that was ingested under
// several names is where it was seen last, unless it is no longer there: a copy
// that was thrown away takes nothing from the one that stays.
func (c *Case) placeOf(l BundleLine, known places) string {
	seen := known[[2]string{l.Run, l.Seal}]
	if len(seen) < 2 {
		return c.absolute(l.Path)
	}
	for _, p := range seen {
		if sealAt(c.absolute(p), c.identities()) == l.Seal {
			return c.absolute(p)
		}
	}
	for _, p := range seen { // an encrypted one does not tell its seal to everybody
		if _, err := os.Stat(c.absolute(p)); err == nil {
			return c.absolute(p)
		}
	}
	return c.absolute(l.Path)
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
	all, known, err := readPlaces(c.dir)
	if err != nil {
		return nil, err
	}
	out := all[:0]
	for _, l := range all {
		if !l.Dropped {
			l.Path = c.placeOf(l, known)
			out = append(out, l)
		}
	}
	return out, nil
}

// belonging is Ledger with the paths as they were noted.
func (c *Case) belonging() ([]BundleLine, error) {
	all, err := readLedger(c.dir)
	return slices.DeleteFunc(all, func(l BundleLine) bool { return l.Dropped }), err
}
