package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
)

// Problem is one thing that Check found.
type Problem struct {
	Where string `json:"where"` // file, or generation, segment and block
	What  string `json:"what"`
}

// Check verifies the store in dir against FORMAT.md: the files against FILES
// by hash, and then every block, index and note by reading it. Problems are
// given, not errors; an error means that Check itself could not go on.
func Check(ctx context.Context, dir string) (problems []Problem, err error) {
	add := func(where string, err error) {
		var d *DamagedError
		if errors.As(err, &d) {
			problems = append(problems, Problem{d.File, d.What})
			return
		}
		problems = append(problems, Problem{where, err.Error()})
	}
	cur, err := readCurrent(dir)
	if err != nil {
		add(filepath.Join(dir, currentName), err)
		return problems, nil
	}
	for _, g := range cur.gens {
		if err := ctx.Err(); err != nil {
			return problems, err
		}
		if err := checkFiles(filepath.Join(dir, g.name), g.sum, true); err != nil {
			add(filepath.Join(dir, g.name), err)
		}
	}
	if len(problems) > 0 {
		return problems, nil
	}
	r, err := Open(dir)
	if err != nil {
		add(dir, err)
		return problems, nil
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for _, s := range r.segs {
		if err := ctx.Err(); err != nil {
			return problems, err
		}
		if err := s.check(); err != nil {
			add(fmt.Sprintf("%s segment %d", filepath.Join(dir, s.gen.name), s.no), err)
		}
	}
	for _, err := range r.Warnings(ctx) {
		if err != nil {
			add(dir, err)
		}
	}
	for _, err := range r.Counters(ctx) {
		if err != nil {
			add(dir, err)
		}
	}
	if _, err := r.Claims(); err != nil {
		add(dir, err)
	}
	return problems, nil
}

// check reads a whole segment: rows in order, ids found, indexes complete.
func (s *segment) check() error {
	var last pos
	seen := 0
	for n := range s.man.blocks {
		b, err := s.block(n, false)
		if err != nil {
			return err
		}
		for i := range b.n {
			p, err := s.posOf(b, i)
			if err != nil {
				return fmt.Errorf("block %d: %w", n, err)
			}
			if seen > 0 && last.cmp(&p) >= 0 {
				return fmt.Errorf("%w: block %d row %d is out of order", errCorrupt, n, i)
			}
			last = p
			seen++
		}
		if _, err := b.event(0); err != nil {
			return fmt.Errorf("block %d: %w", n, err)
		}
	}
	if _, err := s.minuteTable(); err != nil {
		return err
	}
	for _, kind := range []int{kindHost, kindSource, kindParser, kindActor, kindAction, kindMeaning, kindBundle, kindExhibit} {
		all, err := s.within(kind, "", func(string) bool { return true })
		if err != nil {
			return err
		}
		if int(all.GetCardinality()) != s.man.rows {
			return fmt.Errorf("%w: index %d names %d of %d rows", errCorrupt, kind, all.GetCardinality(), s.man.rows)
		}
	}
	for _, kind := range []int{kindIP, kindDir, kindTag, kindField} {
		if _, err := s.within(kind, "", func(string) bool { return true }); err != nil {
			return err
		}
	}
	return s.checkIDs()
}

// checkIDs looks the first row of every block up by its id.
func (s *segment) checkIDs() error {
	width := sigRowBytes(len(s.man.blocks))
	for n := range s.man.sigs {
		if _, err := s.sigChunk(n, width); err != nil {
			return err
		}
	}
	for n := range s.man.blocks {
		b, err := s.block(n, false)
		if err != nil {
			return err
		}
		c, err := b.small()
		if err != nil {
			return err
		}
		ord, ok, err := s.find(c.id(b.tab, 0))
		if err != nil {
			return err
		}
		if !ok || ord != s.man.starts[n] {
			return fmt.Errorf("%w: the id index does not know block %d", errCorrupt, n)
		}
	}
	return nil
}
