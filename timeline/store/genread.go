package store

import (
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"
)

// openDB opens a generation whose files were checked.
func openDB(dir string) (db *badger.DB, err error) {
	defer guard(dir, &err)
	if db, err = badger.Open(badgerOptions(dir)); err != nil {
		return nil, fmt.Errorf("store: open generation %q: %w", dir, err)
	}
	return db, nil
}

// close closes the generation, and gives it free only then: Badger gives its own
// lock back before it is done with the directory.
func (g *genReader) close() error {
	var err error
	if g.db != nil {
		g.discard()
		err = g.db.Close()
	}
	return errors.Join(err, g.places.close(), g.hold.Close())
}

// valueLimit is more than any value holds: a manifest with all texts of a segment.
const valueLimit = rawLimit + 1<<20

func valueOf(item *badger.Item) ([]byte, error) {
	n := item.ValueSize()
	if n < 0 || n > valueLimit {
		return nil, fmt.Errorf("%w: a value of %d bytes", errCorrupt, n)
	}
	v, err := item.ValueCopy(nil)
	if err == nil && len(v) == 0 && n > 0 { // zeros in a value log have the checksum of nothing
		return nil, fmt.Errorf("%w: a value of %d bytes is not there", errCorrupt, n)
	}
	return v, err
}

// viewOf is valueOf without a copy: the value lies in a mapped file, or in
// memory of the item, until the generation is closed.
func viewOf(item *badger.Item) (v []byte, err error) {
	n := item.ValueSize()
	if n < 0 || n > valueLimit {
		return nil, fmt.Errorf("%w: a value of %d bytes", errCorrupt, n)
	}
	err = item.Value(func(b []byte) error { v = b[:len(b):len(b)]; return nil })
	if err == nil && len(v) == 0 && n > 0 {
		return nil, fmt.Errorf("%w: a value of %d bytes is not there", errCorrupt, n)
	}
	return v, err
}

// freeTxns is how many transactions a generation keeps for the next reads.
const freeTxns = 8

// begin gives a transaction that nobody else uses. Nothing is ever written, so
// that all see the same, however old they are.
func (g *genReader) begin() *badger.Txn {
	select {
	case txn := <-g.txns:
		return txn
	default:
		return g.db.NewTransaction(false)
	}
}

func (g *genReader) end(txn *badger.Txn) {
	select {
	case g.txns <- txn:
	default:
		txn.Discard()
	}
}

// discard ends the free transactions.
func (g *genReader) discard() {
	for {
		select {
		case txn := <-g.txns:
			txn.Discard()
		default:
			return
		}
	}
}

// get reads a value; one that is missing is damage.
func (g *genReader) get(key []byte) (value []byte, err error) { return g.read(key, valueOf) }

// view is get without a copy: the value must not be changed, nor used once the
// reader is closed. Generations are never written again, so that the mapped
// files behind it stay as they are.
func (g *genReader) view(key []byte) (value []byte, err error) { return g.read(key, viewOf) }

func (g *genReader) read(key []byte, of func(*badger.Item) ([]byte, error)) (value []byte, err error) {
	defer guard(g.name, &err)
	txn := g.begin()
	item, err := txn.Get(key)
	if err == nil {
		value, err = of(item)
	}
	g.end(txn)
	if err != nil {
		return nil, fmt.Errorf("store: generation %q key %q: %w", g.name, key, err)
	}
	return value, nil
}

func (g *genReader) has(key []byte) (ok bool, err error) {
	defer guard(g.name, &err)
	err = g.db.View(func(txn *badger.Txn) error {
		_, err := txn.Get(key)
		return err
	})
	if errors.Is(err, badger.ErrKeyNotFound) {
		return false, nil
	}
	return err == nil, err
}

// each calls f for every key with a prefix, in order. The slices are copies.
func (g *genReader) each(prefix []byte, f func(key, value []byte) error) (err error) {
	defer guard(g.name, &err)
	return g.db.View(func(txn *badger.Txn) error {
		o := badger.DefaultIteratorOptions
		o.Prefix = prefix
		o.PrefetchValues = false
		it := txn.NewIterator(o)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			v, err := valueOf(it.Item())
			if err != nil {
				return fmt.Errorf("store: generation %q key %q: %w", g.name, it.Item().Key(), err)
			}
			if err := f(it.Item().KeyCopy(nil), v); err != nil {
				return fmt.Errorf("store: generation %q key %.60q: %w", g.name, it.Item().Key(), err)
			}
		}
		return nil
	})
}
