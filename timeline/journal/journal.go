package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Verifier judges the signature of one entry and gives words for who made it,
// or an error that says why the signature is not good.
type Verifier func(message, armored []byte) (signer string, err error)

// Damage is a line that could not be read, or a chain that does not close.
type Damage struct {
	File string
	Line int // 1-based
	What string
}

// FileState is what is known of one analyst's file.
type FileState struct {
	Author   string
	Entries  int
	Signed   int
	Whole    bool // every prev names an entry of the file
	Damage   []Damage
	lastHash string
	hashes   map[string]bool
}

// Set is all journals of a case as they were read.
type Set struct {
	Files   []FileState
	Entries []*Entry // in the order that all machines agree on
	raw     map[string][]byte
}

// Load reads all journals below dir. A directory that does not exist is an
// empty set. Damaged lines are told in Files and never stop the reading.
func Load(dir string) (*Set, error) {
	names, err := files(dir)
	if err != nil {
		return nil, err
	}
	s := &Set{raw: map[string][]byte{}}
	for _, name := range names {
		st, entries, raws, err := loadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		s.Files = append(s.Files, *st)
		for i, e := range entries {
			if s.raw[e.hash] == nil {
				s.raw[e.hash] = raws[i]
				s.Entries = append(s.Entries, e)
			}
		}
	}
	s.Entries = sorted(s.Entries)
	return s, nil
}

// files lists the journal files of a directory, sorted.
func files(dir string) ([]string, error) {
	des, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read journals: %w", err)
	}
	var out []string
	for _, de := range des {
		name, ok := strings.CutSuffix(de.Name(), ".jsonl")
		if ok && de.Type().IsRegular() && ValidName(name) == nil {
			out = append(out, de.Name())
		}
	}
	slices.Sort(out)
	return out, nil
}

func loadFile(path string) (*FileState, []*Entry, [][]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("read journal: %w", err)
	}
	author := strings.TrimSuffix(filepath.Base(path), ".jsonl")
	st, entries, raws := scan(author, b)
	return st, entries, raws, nil
}

// scan reads the lines of a file.
func scan(author string, b []byte) (*FileState, []*Entry, [][]byte) {
	st := &FileState{Author: author, Whole: true, lastHash: zeros, hashes: map[string]bool{}}
	var entries []*Entry
	var raws [][]byte
	bad := func(n int, what string) {
		st.Damage = append(st.Damage, Damage{File: author + ".jsonl", Line: n, What: what})
	}
	for n := 1; len(b) > 0; n++ {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			bad(n, "the last line was cut short")
			break
		}
		l := b[:i]
		b = b[i+1:]
		if len(bytes.TrimSpace(l)) == 0 {
			continue
		}
		e, raw, err := decode(l)
		switch {
		case err != nil:
			bad(n, err.Error())
			continue
		case e.Author != author:
			bad(n, fmt.Sprintf("entry of %q in the journal of %q", e.Author, author))
			continue
		case e.Prev != zeros && !st.hashes[e.Prev]:
			st.Whole = false
			bad(n, "the entry before it is missing or was changed")
		}
		if st.hashes[e.hash] {
			continue
		}
		st.hashes[e.hash] = true
		st.lastHash = e.hash
		st.Entries++
		if e.Signed() {
			st.Signed++
		}
		entries, raws = append(entries, e), append(raws, bytes.Clone(raw))
	}
	return st, entries, raws
}

// highest gives the highest Lamport number of the set. A number so high that
// nothing could follow is not counted.
func (s *Set) highest() uint64 {
	var n uint64
	for _, e := range s.Entries {
		if e.N < math.MaxUint64 {
			n = max(n, e.N)
		}
	}
	return n
}

// Check runs the verifier over every signed entry and gives words per entry
// hash: the signer, "unsigned", or why the signature is not good.
func (s *Set) Check(v Verifier) map[string]string {
	out := make(map[string]string, len(s.Entries))
	for _, e := range s.Entries {
		switch {
		case !e.Signed():
			out[e.hash] = "unsigned"
		case v == nil:
			out[e.hash] = "signed, not checked"
		default:
			signer, err := v(s.raw[e.hash], []byte(e.sig))
			if err != nil {
				signer = "bad signature: " + err.Error()
			}
			out[e.hash] = signer
		}
	}
	return out
}
