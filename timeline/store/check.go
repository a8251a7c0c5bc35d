package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

// Problem is one thing that Check found.
type Problem struct {
	Where string `json:"where"` // file, or generation, segment and block
	What  string `json:"what"`
}

// Check verifies the store in dir against FORMAT.md: the files against FILES
// by hash, and then every block, index and note by reading it. Problems are
// given, not errors; an error means that Check itself could not go on, as with
// files that this account may not read.
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
	if errors.Is(err, fs.ErrPermission) {
		return nil, err
	}
	if err != nil {
		add(filepath.Join(dir, currentName), err)
		return problems, nil
	}
	for _, g := range cur.gens {
		if err := ctx.Err(); err != nil {
			return problems, err
		}
		err := checkFiles(filepath.Join(dir, g.name), g.sum, true)
		if errors.Is(err, fs.ErrPermission) {
			return problems, err
		}
		if err != nil {
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
		if err := s.check(ctx); ctx.Err() != nil {
			return problems, ctx.Err() // what a stop left unread is no damage
		} else if err != nil {
			add(fmt.Sprintf("%s segment %d", filepath.Join(dir, s.gen.name), s.no), err)
		}
	}
	for _, err := range r.Warnings(ctx) {
		if err != nil && ctx.Err() == nil {
			add(dir, err)
		}
	}
	for _, err := range r.Counters(ctx) {
		if err != nil && ctx.Err() == nil {
			add(dir, err)
		}
	}
	if err := ctx.Err(); err != nil {
		return problems, err
	}
	if _, err := r.Claims(); err != nil {
		add(dir, err)
	}
	return problems, nil
}
