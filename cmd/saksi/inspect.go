package main

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

func (a *app) inspectCmd() *cobra.Command {
	var ids []string
	c := &cobra.Command{
		Use:   "inspect BUNDLE",
		Short: "Show what a bundle says it holds: run, plan, outcomes, exhibits",
		Long: "Prints the run record, what was planned, how each item ended, and totals. Needs no key.\n" +
			"With --json one object a line: the run, each plan item, then each exhibit.\n" +
			"The record of a whole bundle is covered by its seal; who sealed it is saksi verify's question." + exitStatus,
		Example: "  saksi inspect host.tar.zst\n  saksi inspect host.tar.zst --json | jq -r 'select(.kind==\"exhibit\") | [.sha256,.exhibit] | @tsv'",
		Args:    exactly(1, "one bundle"),
		RunE: func(_ *cobra.Command, args []string) error {
			b, err := openBundle(args[0], ids)
			if err != nil {
				return err
			}
			defer b.Close()
			if a.json {
				err = a.inspectJSON(b)
			} else {
				err = a.inspectText(b)
			}
			if err != nil {
				return err
			}
			return sealError(b)
		},
	}
	c.Flags().StringArrayVar(&ids, "identity", nil, "age or SSH identity file for encrypted bundles")
	return c
}

// exactly makes a wrong number of arguments a usage error.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usagef("%s needs %s; see saksi %s --help", cmd.Name(), what, cmd.Name())
		}
		return nil
	}
}

// openBundle opens one bundle and words what can go wrong.
func openBundle(path string, idFiles []string) (*bundle.Bundle, error) {
	ids, err := identities(idFiles)
	if err != nil {
		return nil, err
	}
	b, err := bundle.Open(path, bundle.OpenOptions{Identities: ids})
	var bad *bundle.DamagedError
	switch {
	case err == nil:
		return b, nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return nil, withCode(exitFailed, err, "check the path and that you may read it")
	case errors.Is(err, bundle.ErrEncrypted):
		return nil, withCode(exitFailed, err, "give the key with --identity FILE")
	case errors.Is(err, bundle.ErrVersion), errors.Is(err, bundle.ErrNotBundle):
		return nil, withCode(exitFailed, err, openHint(err))
	case errors.Is(err, bundle.ErrNothing), errors.As(err, &bad):
		return nil, withCode(exitVerify, err, openHint(err))
	}
	return nil, withCode(exitFailed, err, "")
}

// sealError is exit 4 for a bundle that is not whole.
func sealError(b *bundle.Bundle) error {
	s := b.Seal()
	if s.State == bundle.Whole {
		return nil
	}
	return withCode(exitVerify, fmt.Errorf("%q: %s", b.Path(), s.Reason), "saksi verify names what does not hold")
}

// inspectItem is one plan item with its outcome.
type inspectItem struct {
	Kind     string             `json:"kind"` // "item"
	Item     int                `json:"item"`
	Source   string             `json:"source"`
	Target   string             `json:"target"`
	Outcome  bundle.OutcomeCode `json:"outcome"` // "" when the bundle was cut before it ended
	Reason   string             `json:"reason,omitempty"`
	Flags    []string           `json:"flags"`
	Errno    string             `json:"errno"`
	Bytes    int64              `json:"bytes"`
	Cap      int64              `json:"cap"`
	Exhibits int                `json:"exhibits"`
	SHA256   string             `json:"sha256"` // of its exhibit when there is exactly one
	Started  *string            `json:"started"`
	Ended    *string            `json:"ended"`
	held     int64              // bytes of its exhibits
}

// inspectExhibit is one exhibit.
type inspectExhibit struct {
	Kind    string              `json:"kind"` // "exhibit"
	N       uint32              `json:"n"`
	Exhibit string              `json:"exhibit"` // path in the bag
	Item    int                 `json:"item"`
	Source  string              `json:"source"`
	Path    string              `json:"path"`
	Flags   []string            `json:"flags"`
	Bytes   int64               `json:"bytes"`
	SHA256  string              `json:"sha256"`
	Method  string              `json:"method"`
	States  []bundle.StateRange `json:"states"`
	Stat    *bundle.Stat        `json:"stat,omitempty"`
	Started *string             `json:"started"`
	Ended   *string             `json:"ended"`
}

// inspectRun is the first object.
type inspectRun struct {
	Kind       string             `json:"kind"` // "run"
	Run        string             `json:"run"`
	Seal       string             `json:"seal"`
	State      bundle.State       `json:"state"`
	Reason     string             `json:"reason,omitempty"`
	Checkpoint int                `json:"checkpoint"`
	Synthetic  bool               `json:"synthetic"`
	Record     bundle.Acquisition `json:"record"`
}

func (a *app) inspectJSON(b *bundle.Bundle) error {
	out := newJSONLines(a.out)
	s, acq := b.Seal(), b.Acquisition()
	if err := out.write(inspectRun{Kind: "run", Run: acq.RunID, Seal: s.Hash, State: s.State, Reason: jsonText(s.Reason), Checkpoint: s.Checkpoint, Synthetic: acq.Synthetic, Record: acq}); err != nil {
		return err
	}
	items, err := inspectItems(b)
	if err != nil {
		return err
	}
	for i := range items {
		if err := out.write(&items[i]); err != nil {
			return err
		}
	}
	for x, err := range b.Exhibits() {
		if err != nil {
			return withCode(exitVerify, err, "saksi verify names what does not hold")
		}
		row := inspectExhibit{Kind: "exhibit", N: x.Number, Exhibit: x.Name, Item: x.Item, Source: x.Source, Path: jsonText(string(x.Path)), Flags: jsonTexts(x.Flags),
			Bytes: x.Size, SHA256: x.SHA256, Method: x.Method, States: x.States, Stat: x.Stat, Started: instant(x.Started), Ended: instant(x.Ended)}
		if row.States == nil {
			row.States = []bundle.StateRange{}
		}
		if err := out.write(&row); err != nil {
			return err
		}
	}
	return out.flush()
}

func jsonTexts(in []string) []string {
	out := make([]string, len(in))
	for i, s := range in {
		out[i] = jsonText(s)
	}
	return out
}

// instant is a time of the host's clock in UTC, nil for none.
func instant(ns int64) *string {
	if ns == 0 {
		return nil
	}
	s := time.Unix(0, ns).UTC().Format("2006-01-02T15:04:05.000000000Z07:00")
	return &s
}

// inspectItems joins plan, outcomes and the hashes of single exhibits.
func inspectItems(b *bundle.Bundle) ([]inspectItem, error) {
	plan := b.Plan()
	items := make([]inspectItem, len(plan))
	for i, p := range plan {
		items[i] = inspectItem{Kind: "item", Item: p.Item, Source: jsonText(p.Source), Target: jsonText(p.Target), Flags: []string{}}
	}
	outs, err := b.Outcomes()
	if err != nil {
		return nil, withCode(exitVerify, err, "saksi verify names what does not hold")
	}
	for _, o := range outs {
		if o.Item < 1 || o.Item > len(items) {
			continue
		}
		it := &items[o.Item-1]
		it.Outcome, it.Reason, it.Flags, it.Errno = o.Outcome, jsonText(o.Reason), jsonTexts(o.Flags), jsonText(o.Errno)
		it.Bytes, it.Cap, it.Started, it.Ended = o.Bytes, o.Cap, instant(o.Started), instant(o.Ended)
	}
	for x, err := range b.Exhibits() {
		if err != nil {
			continue // named by the listing of exhibits, and by verify
		}
		if x.Item < 1 || x.Item > len(items) {
			continue
		}
		it := &items[x.Item-1]
		it.Exhibits++
		it.held += x.Size
		it.SHA256 = x.SHA256
		if it.Exhibits > 1 {
			it.SHA256 = ""
		}
	}
	return items, nil
}
