package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const currentName = "CURRENT"

const (
	currentLimit = 4 << 20 // bytes of CURRENT: some 45,000 generations
	lastGen      = 1 << 30 // the greatest number of a generation
)

func currentPath(dir string) string { return filepath.Join(dir, currentName) }

// genRef names a generation in CURRENT.
type genRef struct {
	name string
	sum  string // SHA-256 of its FILES
}

// current is the content of CURRENT.
type current struct {
	next int // number of the next generation
	gens []genRef
}

func (c *current) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "saksi-store %d\nnext %d\n", Format, c.next)
	for _, g := range c.gens {
		fmt.Fprintf(&b, "gen %s %s\n", g.name, g.sum)
	}
	return b.String() + "sum " + sumOf(b.String()) + "\n"
}

// readCurrent reads CURRENT. A store without one is empty.
func readCurrent(dir string) (*current, error) {
	path := currentPath(dir)
	b, err := readSmall(path, currentLimit)
	if errors.Is(err, os.ErrNotExist) {
		return &current{next: 1}, nil
	}
	if err != nil {
		return nil, err
	}
	return parseCurrent(path, string(b))
}

func parseCurrent(path, text string) (*current, error) {
	bad := func(what string) (*current, error) { return nil, &DamagedError{File: path, What: what} }
	i := strings.LastIndex(text, "sum ")
	if i < 0 || text[i:] != "sum "+sumOf(text[:i])+"\n" {
		return bad("has a wrong checksum")
	}
	lines := strings.Split(strings.TrimSuffix(text[:i], "\n"), "\n")
	if lines[0] != fmt.Sprintf("saksi-store %d", Format) {
		return bad(fmt.Sprintf("is of another format than %d", Format))
	}
	c := &current{}
	seen := map[int]bool{}
	for i, l := range lines[1:] {
		f := strings.Split(l, " ")
		switch {
		case i == 0 && len(f) == 2 && f[0] == "next":
			n, err := strconv.Atoi(f[1])
			if err != nil || n < 1 || n > lastGen {
				return bad("has a bad number")
			}
			c.next = n
		case i > 0 && len(f) == 3 && f[0] == "gen" && isSum(f[2]):
			n, err := strconv.Atoi(strings.TrimPrefix(f[1], "g"))
			if err != nil || f[1] != genName(n) || n < 1 || n >= c.next {
				return bad(fmt.Sprintf("names a generation %q, which no store has", f[1]))
			}
			if seen[n] {
				return bad(fmt.Sprintf("names generation %q twice", f[1]))
			}
			seen[n] = true
			c.gens = append(c.gens, genRef{name: f[1], sum: f[2]})
		default:
			return bad("has a line that is not understood")
		}
	}
	if c.next < 1 {
		return bad("has no number")
	}
	return c, nil
}

// genName is the directory of a generation.
func genName(n int) string { return fmt.Sprintf("g%06d", n) }

// isSum says whether s is a SHA-256 as the store writes it.
func isSum(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == sha256.Size && hex.EncodeToString(b) == s
}

// write replaces CURRENT in one step. done says that readers see the new
// state, even when an error follows (the directory could not be synced).
func (c *current) write(dir string) (done bool, err error) {
	tmp := filepath.Join(dir, currentName+".new")
	if err := writeSynced(tmp, []byte(c.String())); err != nil {
		return false, err
	}
	if err := os.Rename(tmp, filepath.Join(dir, currentName)); err != nil {
		return false, fmt.Errorf("store: %w", err)
	}
	return true, syncDir(dir)
}

// names lists the generations.
func (c *current) names() map[string]bool {
	named := map[string]bool{}
	for _, g := range c.gens {
		named[g.name] = true
	}
	return named
}

// removeOthers removes generations that CURRENT does not name and nobody has
// open, and whatever a crash left behind.
func (c *current) removeOthers(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	named := c.names()
	for _, e := range entries {
		switch {
		case e.Name() == currentName+".new":
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return fmt.Errorf("store: %w", err)
			}
		case e.IsDir() && strings.HasPrefix(e.Name(), "g") && !named[e.Name()]:
			if _, err := removeUnused(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
