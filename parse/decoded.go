package parse

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/saksi-dfir/saksi/parse/format/codec"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// decoded is a bounded, decoded stream that ends where decoding fails.
type decoded struct {
	r       io.Reader
	state   *reading
	layer   string
	size    int64 // of the exhibit
	at      int64
	limit   int64
	closers []io.Closer
}

func (d *decoded) Read(p []byte) (int, error) {
	if d.at >= d.limit {
		d.state.failed(event.Warning{Offset: d.at, Code: "too-large",
			Message: fmt.Sprintf("decoding stopped after %d bytes: more than such an exhibit should hold", d.at)})
		return 0, io.EOF
	}
	if int64(len(p)) > d.limit-d.at {
		p = p[:d.limit-d.at]
	}
	for {
		n, err := d.r.Read(p)
		d.at += int64(n)
		d.state.reached(d.at)
		var skip *codec.SkipError
		if n == 0 && errors.As(err, &skip) {
			d.skipped(skip)
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			d.stopped(err)
			err = io.EOF
		}
		return n, err
	}
}

// skipped says which bytes of the file gave nothing, or something else than
// what was packed. Those of an inner layer have no place in the file.
func (d *decoded) skipped(skip *codec.SkipError) {
	if len(d.closers) != 1 {
		d.state.failed(event.Warning{Offset: d.at, Code: "codec", Message: "decoding " + d.layer + " left bytes out: " + skip.Error()})
		return
	}
	d.state.failedRaw(event.Warning{Offset: skip.Offset, Length: skip.Length, Code: "codec",
		Message: fmt.Sprintf("decoding %s met damage at or before these bytes of the file, and went on behind them, at byte %d of what comes out: %v", d.layer, d.at, skip.Err)})
}

// stopped says why decoding ended before the exhibit did.
func (d *decoded) stopped(err error) {
	var behind *codec.BehindError
	if errors.As(err, &behind) && len(d.closers) == 1 && behind.Offset < d.size {
		d.state.failedRaw(event.Warning{Offset: behind.Offset, Length: d.size - behind.Offset, Code: "codec",
			Message: "these bytes of the file follow its compressed stream and are no " + d.layer + ": " + behind.Err.Error()})
		return
	}
	message := "decoding " + d.layer + " stopped: " + err.Error()
	outer, _, _ := strings.Cut(d.layer, "+")
	if lost := codec.CutLoss(outer); lost != "" && errors.Is(err, io.ErrUnexpectedEOF) {
		message += "; " + lost
	}
	var rest *codec.LostError
	if errors.As(err, &rest) && len(d.closers) == 1 && rest.Offset < d.size {
		message += fmt.Sprintf("; the bytes of the file from about %d on give nothing", rest.Offset)
	}
	d.state.failed(event.Warning{Offset: d.at, Code: "codec", Message: message})
}

func (d *decoded) Close() error {
	var first error
	for i := len(d.closers) - 1; i >= 0; i-- {
		if err := d.closers[i].Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}
