package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"
	"time"

	"filippo.io/age"

	"github.com/saksi-dfir/saksi/collect/seal"
)

// ErrClosed says that a writer is used after Close.
var ErrClosed = errors.New("bundle: writer is closed")

// Writer streams a bundle. Its methods may be called from several goroutines;
// each exhibit is written whole before the next. After an error of the output
// every call fails and the bundle stays cut: valid up to its last checkpoint.
type Writer struct {
	mu  sync.Mutex
	o   Options
	led *ledger
	fr  *framer
	age io.WriteCloser
	out *hashed // ciphertext

	dest io.Writer // as given to NewWriter

	mtime     int64 // tar mtime of our own files
	last      int64 // tar bytes at the last checkpoint
	part      bytes.Buffer
	partFirst uint32
	partCount int
	pending   []byte   // outcome lines since the last checkpoint
	outcomes  [][]byte // all outcome lines
	closed    map[int]bool
	names     nameSet[uint32]
	manifest  manifest
	streams   map[string]int // parts written of each record stream
	done      bool
}

// NewWriter starts a bundle on out: bag declaration, run.json and plan.jsonl
// are written at once, under a first checkpoint. An output that buffers has a
// method Flush() error; it is called after each checkpoint, which proves only
// what outlives the process.
func NewWriter(out io.Writer, o Options) (*Writer, error) {
	if err := o.defaults(); err != nil {
		return nil, err
	}
	if o.Acquisition.Version == 0 {
		o.Acquisition.Version = FormatVersion
	}
	o.Acquisition.Signer = seal.PublicLine(o.Signer.PublicKey())
	nonce := ""
	if o.Acquisition.Authorization != nil {
		nonce = o.Acquisition.Authorization.Nonce
	}
	w := &Writer{o: o, led: newLedger(o.Acquisition.RunID, nonce), closed: map[int]bool{}, streams: map[string]int{}}
	w.mtime, w.dest = tarTime(o.Acquisition.Clock.Realtime), out
	if len(o.Recipients) > 0 {
		w.out = &hashed{w: out, sum: sha256.New()}
		enc, err := age.Encrypt(w.out, o.Recipients...)
		if err != nil {
			return nil, fmt.Errorf("bundle: encrypt: %w", err)
		}
		w.age, out = enc, enc
	}
	var err error
	if w.fr, err = newFramer(out, w.led, o.Workers); err != nil {
		return nil, err
	}
	if err := w.start(); err != nil {
		w.fr.close()
		return nil, err
	}
	return w, nil
}

// flush puts what a buffering output holds where it belongs.
func (w *Writer) flush() error {
	f, ok := w.dest.(interface{ Flush() error })
	if !ok {
		return nil
	}
	if err := f.Flush(); err != nil {
		return fmt.Errorf("bundle: write: %w", err)
	}
	return nil
}

// hashed counts and hashes what passes.
type hashed struct {
	w   io.Writer
	sum hash.Hash
	n   int64
}

func (h *hashed) Write(p []byte) (int, error) {
	n, err := h.w.Write(p)
	h.sum.Write(p[:n])
	h.n += int64(n)
	return n, err
}

func (w *Writer) start() error {
	run, err := json.MarshalIndent(&w.o.Acquisition, "", " ")
	if err != nil {
		return fmt.Errorf("bundle: run record: %w", err)
	}
	if len(run) >= maxRunRecord {
		return fmt.Errorf("bundle: run record of %d bytes, at most %d", len(run), maxRunRecord)
	}
	var plan bytes.Buffer
	for i := range w.o.Plan {
		line, err := jsonLine(&w.o.Plan[i])
		if err != nil {
			return err
		}
		plan.Write(line)
	}
	if plan.Len() > maxPlanBytes {
		return fmt.Errorf("bundle: plan of %d bytes, at most %d", plan.Len(), maxPlanBytes)
	}
	files := []struct {
		name string
		data []byte
	}{
		{"bagit.txt", []byte(bagitText)},
		{"bag-info.txt", []byte(bagInfo(w.o.Acquisition.RunID, w.mtime))},
		{"run.json", append(run, '\n')},
		{"plan.jsonl", plan.Bytes()},
	}
	for _, f := range files {
		if err := w.tagFile(f.name, f.data, true); err != nil {
			return err
		}
	}
	return w.checkpoint()
}

const bagitText = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

func bagInfo(run string, mtime int64) string {
	return "Bag-Software-Agent: saksi bundle 1\nBagging-Date: " + time.Unix(mtime, 0).UTC().Format("2006-01-02") + "\nExternal-Identifier: " + run + "\n"
}

func jsonLine(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("bundle: json: %w", err)
	}
	return b.Bytes(), nil
}

// tagFile writes one of our own files.
func (w *Writer) tagFile(name string, data []byte, covered bool) error {
	if err := w.header(name, int64(len(data)), w.mtime); err != nil {
		return err
	}
	at := w.fr.plain
	if err := w.content(data); err != nil {
		return err
	}
	w.led.tag(tagRef{name: name, at: at, size: int64(len(data)), sum: sha256.Sum256(data)}, covered)
	return nil
}

func (w *Writer) header(name string, size, mtime int64) error {
	_, err := w.fr.Write(tarHeader(w.led.run+"/"+name, size, mtime))
	return err
}

// content writes the bytes of an entry and its padding.
func (w *Writer) content(data []byte) error {
	if _, err := w.fr.Write(data); err != nil {
		return err
	}
	_, err := w.fr.Write(make([]byte, padding(int64(len(data)))))
	return err
}

func (w *Writer) usable() error {
	if w.done {
		return ErrClosed
	}
	return w.fr.failed()
}

// open checks and completes an exhibit before its header is written.
func (w *Writer) open(x *Exhibit) error {
	if err := w.usable(); err != nil {
		return err
	}
	if x.Item < 0 || x.Item > len(w.o.Plan) {
		return fmt.Errorf("bundle: exhibit %.200q belongs to plan item %d, there are %d", x.Name, x.Item, len(w.o.Plan))
	}
	if x.Name == "" && len(x.Path) > 0 {
		x.Name = BagName("data/files", x.Path)
	}
	if len(x.Name) < 6 || x.Name[:5] != "data/" {
		return fmt.Errorf("bundle: exhibit name %.200q is not below data/", x.Name)
	}
	if err := checkName(x.Name); err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	base := x.Name
	for i := 2; !w.names.add(x.Name); i++ {
		x.Name = fmt.Sprintf("%s~%d", base, i)
	}
	x.Number = w.led.exhibits + 1
	if x.Started == 0 {
		x.Started = w.o.Now().UnixNano()
	}
	return nil
}

// shut files the record of an exhibit whose content is written.
func (w *Writer) shut(x *Exhibit, at int64, sum []byte) error {
	x.SHA256 = hex.EncodeToString(sum)
	if x.Ended == 0 {
		x.Ended = w.o.Now().UnixNano()
	}
	line, err := jsonLine(exhibitLine{Exhibit: *x, At: at})
	if err != nil {
		return err
	}
	if w.partCount == 0 {
		w.partFirst = x.Number
	}
	w.part.Write(line)
	w.partCount++
	w.led.payload(sum, x.Name, x.Size)
	w.manifest.add(sum, x.Name)
	return w.due()
}

// exhibitLine is one line of an exhibits/ part: the exhibit and where its
// content starts in the tar.
type exhibitLine struct {
	Exhibit
	At int64 `json:"at"`
}

// mtimeOf is the tar mtime of an exhibit: the original's, in seconds.
func (w *Writer) mtimeOf(x *Exhibit) int64 { return exhibitTime(x, w.mtime) }

func exhibitTime(x *Exhibit, own int64) int64 {
	if x.Stat == nil {
		return own
	}
	return tarTime(x.Stat.Mtime)
}

// due writes a checkpoint when enough has passed since the last.
func (w *Writer) due() error {
	if w.partCount >= maxPartExhibits || w.part.Len() >= partFull || w.fr.plain-w.last >= w.o.CheckpointBytes {
		return w.checkpoint()
	}
	return w.fr.failed()
}

// Checkpoint signs everything so far. The writer does so by itself every
// CheckpointBytes; a caller asks for one where a stage ends.
func (w *Writer) Checkpoint() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.usable(); err != nil {
		return err
	}
	if w.partCount == 0 && len(w.pending) == 0 {
		return nil
	}
	return w.checkpoint()
}
