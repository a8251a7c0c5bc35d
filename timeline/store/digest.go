package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// Digest names the content of a store: equal on every machine, however many
// workers filled it and in whatever order.
type Digest struct {
	SHA256   string      `json:"sha256"` // over everything below and all events, warnings and counters
	Events   int64       `json:"events"` // copies of a record counted each
	Warnings int64       `json:"warnings"`
	Counters int64       `json:"counters"`
	Inputs   []DigestRun `json:"inputs"`
}

// DigestRun names one input of the store by its hash: that of the seal or, for
// a plain input, which every desk seals with a key of its own, that of its
// exhibits.
type DigestRun struct {
	Run      string `json:"run"`
	Seal     string `json:"seal,omitempty"`
	Contents string `json:"contents,omitempty"`
}

func digestRun(b *BundleInfo) DigestRun {
	if !b.Desk {
		return DigestRun{Run: b.Run, Seal: b.Seal}
	}
	h := sha256.New()
	for _, x := range b.Exhibits { // by number
		fmt.Fprintf(h, "%d %q %d %s\n", x.Number, x.Name, x.Size, x.SHA256)
	}
	return DigestRun{Run: b.Run, Contents: hex.EncodeToString(h.Sum(nil))}
}

// Digest reads all events in order, copies included, and hashes their
// contents with the names of the inputs.
func (r *Reader) Digest(ctx context.Context) (Digest, error) {
	var d Digest
	h := sha256.New()
	for _, b := range r.Bundles() {
		x := digestRun(&b)
		d.Inputs = append(d.Inputs, x)
		fmt.Fprintf(h, "bundle %q %q %q\n", x.Run, x.Seal, x.Contents)
	}
	var buf []byte
	for row, err := range r.iterate(ctx, nil, nil, true) {
		if err != nil {
			return Digest{}, err
		}
		e := &row.Event
		buf = append(buf[:0], row.ID[:]...)
		buf = append(buf, e.Host[:]...)
		buf = putStr(buf, e.Origin.Run)
		buf = putStr(buf, e.Origin.Path)
		buf = putStr(buf, e.Origin.Layer)
		buf = append(buf, e.Origin.SHA256[:]...)
		h.Write(packRow(buf, e, int(e.Origin.Exhibit)))
		d.Events++
	}
	lists := [2][]string{}
	for x, err := range r.Warnings(ctx) {
		if err != nil {
			return Digest{}, err
		}
		lists[0] = append(lists[0], string(packWarning(nil, &x)))
	}
	for x, err := range r.Counters(ctx) {
		if err != nil {
			return Digest{}, err
		}
		lists[1] = append(lists[1], string(packCounter(nil, &x)))
	}
	d.Warnings, d.Counters = int64(len(lists[0])), int64(len(lists[1]))
	for _, l := range lists {
		slices.Sort(l) // they are filed in the order in which parsers ran
		fmt.Fprintf(h, "notes %d\n", len(l))
		for _, x := range l {
			h.Write(putStr(nil, x))
		}
	}
	d.SHA256 = hex.EncodeToString(h.Sum(nil))
	return d, nil
}
