package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/tui/clean"
)

// judge holds the lists against which bundles are judged.
type judge struct {
	signers, krl []byte
	at           time.Time
	receipts     []string
	caseDir      string
	entries      []caseEntry
}

// caseEntry is one line of a case's bundles.jsonl, as far as a verification
// needs it.
type caseEntry struct {
	Run     string `json:"run"`
	Seal    string `json:"seal"`
	Path    string `json:"path"`
	Sealed  string `json:"sealed"`
	Dropped bool   `json:"dropped"`
}

// judge gathers the lists that the flags name.
func (f *verifyFlags) judge() (*judge, error) {
	j := &judge{caseDir: f.caseDir, receipts: f.receipts}
	var err error
	if j.at, err = parseAt(f.at); err != nil {
		return nil, err
	}
	if j.signers, err = readList(f.signers, false); err != nil {
		return nil, err
	}
	if j.krl, err = readList(f.krl, false); err != nil {
		return nil, err
	}
	if f.caseDir == "" {
		return j, nil
	}
	if j.signers == nil {
		if j.signers, err = readList(filepath.Join(f.caseDir, "allowed_signers"), true); err != nil {
			return nil, err
		}
	}
	if j.krl == nil {
		if j.krl, err = readList(filepath.Join(f.caseDir, "revoked.krl"), true); err != nil {
			return nil, err
		}
	}
	return j, j.load()
}

func (j *judge) load() error {
	name := filepath.Join(j.caseDir, "bundles.jsonl")
	data, err := readList(name, true)
	if err != nil {
		return err
	}
	at := map[string]int{} // a later line of a run replaces the earlier
	for line := range bytes.Lines(data) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break // a write that was cut short
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var e caseEntry
		if err := json.Unmarshal(line, &e); err != nil {
			return withCode(exitCase, fmt.Errorf("%s: %w", name, err), "the case is damaged: restore bundles.jsonl from a copy")
		}
		if e.Path != "" && !filepath.IsAbs(e.Path) {
			e.Path = filepath.Join(j.caseDir, e.Path)
		}
		if i, ok := at[e.Run]; ok {
			j.entries[i] = e
			continue
		}
		at[e.Run] = len(j.entries)
		j.entries = append(j.entries, e)
	}
	return nil
}

// paths are the bundles of the case.
func (j *judge) paths() []string {
	var out []string
	seen := map[string]bool{}
	for _, e := range j.entries {
		if e.Path != "" && !e.Dropped && !seen[e.Path] {
			seen[e.Path] = true
			out = append(out, e.Path)
		}
	}
	return out
}

// options are what one bundle is verified against.
func (j *judge) options() bundle.VerifyOptions {
	return bundle.VerifyOptions{Signers: j.signers, KRL: j.krl, At: j.at, AtFrom: "--at", Receipts: j.receipts, Known: j.known}
}

// known says whether the case notes a seal as made at this desk.
func (j *judge) known(run, seal string) bool {
	for _, e := range j.entries {
		if e.Run == run && e.Seal == seal && e.Sealed == "desk" {
			return true
		}
	}
	return false
}

// expect compares a bundle with what the case says lies under its path.
func (j *judge) expect(path string, r *bundle.Report) {
	abs, err := filepath.Abs(path)
	if err != nil {
		abs = path
	}
	listed := false
	for _, e := range j.entries {
		p, err := filepath.Abs(e.Path)
		if err != nil || p != abs {
			continue
		}
		if e.Run == r.Run && e.Seal == r.Seal {
			return
		}
		listed = true
		r.Problems = append(r.Problems, bundle.Problem{Where: path, What: fmt.Sprintf("the case lists run %s with seal %.16s here, the file is run %s with seal %.16s", e.Run, e.Seal, r.Run, r.Seal)})
	}
	if listed {
		r.OK = false
		r.Reason = "not the bundle that the case lists under this path"
	}
}

// jsonText makes evidence text lossless and safe in a JSON string.
func jsonText(s string) string { return clean.JSON(s) }

// safe makes evidence text one line for a terminal.
func safe(s string) string { return clean.Line(s) }
