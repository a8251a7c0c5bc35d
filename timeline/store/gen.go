package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/y"
)

// badgerOptions are those that store-wide measurements chose: our values are
// compressed already, so they go to the value log as they are.
func badgerOptions(dir string) badger.Options {
	return badger.DefaultOptions(dir).
		WithLogger(nil).
		WithCompression(options.None).
		WithValueThreshold(valueThreshold).
		WithMemTableSize(8 << 20).
		WithNumLevelZeroTables(2).
		WithNumMemtables(2).
		WithBlockCacheSize(0).
		WithIndexCacheSize(0).
		WithValueLogFileSize(logSize).
		WithDetectConflicts(false).
		WithMetricsEnabled(false).
		WithVerifyValueChecksum(true).
		WithReadOnly(true)
}

// genWriter fills one generation. It is safe for concurrent use.
type genWriter struct {
	dir  string
	room *room
	hold *os.File // lock of the directory; nil once the writer is done

	mu      sync.Mutex
	log     valueLog
	entries []entry
	last    []kv // manifests, which are written side by side: opening reads them all
}

// valueThreshold is the size from which values lie in a value log.
const valueThreshold = 1 << 10

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
	hold, err := holdGen(dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	g := &genWriter{dir: dir, hold: hold, room: r, log: valueLog{dir: dir, most: logSize}}
	if err := g.write([]kv{{[]byte{'v'}, []byte(strconv.Itoa(Format))}}); err != nil {
		return nil, errors.Join(err, hold.Close(), os.RemoveAll(dir))
	}
	return g, nil
}

// put writes pairs and brings them to the disk.
func (g *genWriter) put(pairs []kv) error {
	if err := g.write(pairs); err != nil {
		return err
	}
	g.mu.Lock()
	f := g.log.f
	err := g.log.flush()
	g.mu.Unlock()
	if err != nil || f == nil {
		return err
	}
	// Others go on writing meanwhile. A file that they ended was synced before it was closed.
	if err := f.Sync(); err != nil && !errors.Is(err, os.ErrClosed) {
		return writeError(f.Name(), 0, err)
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
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range pairs {
		if p.key[0] == 'm' {
			g.last = append(g.last, kv{bytes.Clone(p.key), bytes.Clone(p.value)})
		} else if err := g.add(p); err != nil {
			return err
		}
	}
	return nil
}

// add files one pair; mu is held.
func (g *genWriter) add(p kv) (err error) {
	if len(p.key) > keyLimit {
		return fmt.Errorf("store: a key of %d bytes: at most %d are kept", len(p.key), keyLimit)
	}
	e := entry{key: y.KeyWithTs(p.key, entryVersion)}
	if len(p.value) < valueThreshold {
		e.value = bytes.Clone(p.value)
	} else {
		before := g.log.at
		if e.value, err = g.log.add(e.key, p.value); err != nil {
			return err
		}
		e.meta, e.length = metaPointer, uint32(g.log.at-before)
	}
	g.entries = append(g.entries, e)
	return nil
}

// link takes over a finished value log of another generation.
func (g *genWriter) link(from string, x fileInfo) (number uint32, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.log.link(from, x)
}

// point files a key whose value lies in a value log that was taken over.
func (g *genWriter) point(key []byte, p logPointer) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.entries = append(g.entries, entry{key: y.KeyWithTs(key, entryVersion), value: p.bytes(), meta: metaPointer, length: p.n})
}

// close ends the generation and gives the hash of its FILES.
func (g *genWriter) close() (sum string, err error) {
	const need = 16 << 20
	if err := g.room.take(g.dir, need); err != nil {
		return "", err
	}
	defer g.room.give(need)
	defer func() { err = errors.Join(err, g.shut()) }()
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range g.last {
		if err := g.add(p); err != nil {
			return "", err
		}
	}
	if err := g.log.end(); err != nil {
		return "", err
	}
	files, err := writeTables(g.dir, g.entries)
	if err != nil {
		return "", err
	}
	return writeFiles(g.dir, append(files, g.log.done...))
}

// shut lets go of the directory, once.
func (g *genWriter) shut() error {
	if g.hold == nil {
		return nil
	}
	err := errors.Join(g.log.drop(), g.hold.Close())
	g.hold, g.entries = nil, nil
	g.room.opened(-1)
	return err
}

// drop removes what was written.
func (g *genWriter) drop() error { return errors.Join(g.shut(), os.RemoveAll(g.dir)) }

const filesName = "FILES"

// fileInfo is one line of FILES.
type fileInfo struct {
	name   string
	size   int64
	sum    string
	tables []uint64     // of MANIFEST, once it was read
	places *blockPlaces // that tables tell; nil: nobody asks
}

func hashFile(path string) (fileInfo, error) {
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
	return fileInfo{name: filepath.Base(path), size: n, sum: hex.EncodeToString(h.Sum(nil))}, nil
}

func sumOf[T string | []byte](s T) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}
