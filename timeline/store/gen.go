package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

// badgerOptions are those that store-wide measurements chose: our values are
// compressed already, so they go to the value log as they are.
func badgerOptions(dir string, readOnly bool) badger.Options {
	return badger.DefaultOptions(dir).
		WithLogger(nil).
		WithCompression(options.None).
		WithValueThreshold(1 << 10).
		WithMemTableSize(8 << 20).
		WithNumLevelZeroTables(2).
		WithNumMemtables(2).
		WithBlockCacheSize(0).
		WithIndexCacheSize(0).
		WithValueLogFileSize(256 << 20).
		WithDetectConflicts(false).
		WithMetricsEnabled(false).
		WithVerifyValueChecksum(true).
		WithReadOnly(readOnly)
}

// genWriter fills one generation.
type genWriter struct {
	dir  string
	db   *badger.DB
	room *room
}

func createGen(dir string, r *room) (*genWriter, error) {
	r.opened(1)
	g, err := openGen(dir, r)
	if err != nil {
		r.opened(-1)
	}
	return g, err
}

func openGen(dir string, r *room) (*genWriter, error) {
	if err := r.take(filepath.Dir(dir), 0); err != nil {
		return nil, err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, fmt.Errorf("store: create generation: %w", err)
	}
	db, err := badger.Open(badgerOptions(dir, false))
	if err != nil {
		return nil, fmt.Errorf("store: create generation %q: %w", dir, err)
	}
	g := &genWriter{dir: dir, db: db, room: r}
	if err := g.put([]kv{{[]byte{'v'}, []byte(strconv.Itoa(Format))}}); err != nil {
		return nil, errors.Join(err, db.Close(), os.RemoveAll(dir))
	}
	return g, nil
}

// put writes pairs and brings them to the disk.
func (g *genWriter) put(pairs []kv) error {
	if err := g.write(pairs); err != nil {
		return err
	}
	if err := g.db.Sync(); err != nil {
		return fmt.Errorf("store: sync: %w", err)
	}
	return nil
}

// write is put without waiting for the disk.
func (g *genWriter) write(pairs []kv) error {
	size := 0
	for _, p := range pairs {
		size += len(p.key) + len(p.value) + 64
	}
	if err := g.room.take(g.dir, int64(size)); err != nil {
		return err
	}
	defer g.room.give(int64(size))
	wb := g.db.NewWriteBatch()
	defer wb.Cancel()
	for _, p := range pairs {
		if err := wb.Set(p.key, p.value); err != nil {
			return fmt.Errorf("store: write: %w", err)
		}
	}
	if err := wb.Flush(); err != nil {
		return fmt.Errorf("store: write: %w", err)
	}
	return nil
}

// close closes the generation cleanly and gives the hash of its FILES.
func (g *genWriter) close() (string, error) {
	const need = 16 << 20
	if err := g.room.take(g.dir, need); err != nil {
		return "", err
	}
	defer g.room.give(need)
	err := g.shut()
	if err != nil {
		return "", fmt.Errorf("store: close generation: %w", err)
	}
	return writeFiles(g.dir)
}

// shut closes the database, once.
func (g *genWriter) shut() error {
	if g.db == nil {
		return nil
	}
	err := g.db.Close()
	g.db = nil
	g.room.opened(-1)
	return err
}

// drop closes and removes what was written.
func (g *genWriter) drop() error { return errors.Join(g.shut(), os.RemoveAll(g.dir)) }

const filesName = "FILES"

// fileInfo is one line of FILES.
type fileInfo struct {
	name   string
	size   int64
	sum    string
	tables []uint64 // of MANIFEST, once it was read
}

func hashFile(path string, sync bool) (fileInfo, error) {
	f, err := openRegular(path, os.O_RDONLY)
	if err != nil {
		return fileInfo{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return fileInfo{}, fmt.Errorf("store: read %q: %w", path, err)
	}
	if sync {
		if err := f.Sync(); err != nil {
			return fileInfo{}, fmt.Errorf("store: sync %q: %w", path, err)
		}
	}
	return fileInfo{name: filepath.Base(path), size: n, sum: hex.EncodeToString(h.Sum(nil))}, nil
}

// writeFiles lists, syncs and hashes the files of a closed generation.
func writeFiles(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("store: %w", err)
	}
	var b strings.Builder
	for _, e := range entries {
		x, err := hashFile(filepath.Join(dir, e.Name()), true)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%s %d %s\n", x.sum, x.size, x.name)
	}
	if err := writeSynced(filepath.Join(dir, filesName), []byte(b.String())); err != nil {
		return "", err
	}
	return sumOf(b.String()), syncDir(dir)
}

func sumOf[T string | []byte](s T) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}
