package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"time"

	"github.com/saksi-dfir/saksi/collect/seal"
)

// Follower follows the bytes of a bundle as they arrive and notes each
// checkpoint that holds. It never stops the stream: what it cannot follow is
// still hashed and counted.
type Follower struct {
	now  func() time.Time
	sum  hash.Hash
	n    int64
	buf  []byte
	data []byte // content of the frame before, its room is used again
	tab  *frameTable
	walk *walker
	why  error // why it no longer follows; errTail is the good end
	enc  bool

	marks   []ReceiptMark
	running []ReceiptBytes
	next    int64
	fresh   int // marks not yet taken by Fresh
}

// runningSpan is the distance of prefix hashes of an encrypted stream, bytes.
const runningSpan = 64 << 20

// NewFollower starts at the first byte of a stream. now is the desk's clock.
func NewFollower(now func() time.Time) (*Follower, error) {
	tab, err := newFrameTable(nil, nil)
	if err != nil {
		return nil, err
	}
	return &Follower{now: now, sum: sha256.New(), tab: tab, walk: newWalker(), next: runningSpan}, nil
}

// Write takes the next bytes; it never fails.
func (f *Follower) Write(p []byte) (int, error) {
	total := len(p)
	if f.n == 0 && len(p) >= len(ageMagic) && string(p[:len(ageMagic)]) == ageMagic {
		f.enc = true
	}
	for len(p) > 0 {
		k := len(p)
		if f.enc {
			k = int(min(int64(k), f.next-f.n))
		}
		f.sum.Write(p[:k])
		f.n += int64(k)
		if f.enc && f.n == f.next {
			f.running = append(f.running, ReceiptBytes{Bytes: f.n, SHA256: hex.EncodeToString(f.sum.Sum(nil)), At: f.stamp()})
			f.next += runningSpan
		}
		if !f.enc && f.why == nil {
			f.follow(p[:k])
		}
		p = p[k:]
	}
	return total, nil
}

func (f *Follower) stamp() string { return f.now().UTC().Format(time.RFC3339Nano) }

// follow takes whole frames out of what has arrived.
func (f *Follower) follow(p []byte) {
	f.buf = append(f.buf, p...)
	used := 0
	for f.why == nil {
		info, err := scanFrame(f.buf[used:])
		if errors.Is(err, errFrameCut) && len(f.buf)-used <= maxFrameOnDisk+64 {
			break
		}
		if err == nil {
			stored := f.buf[used : used+int(info.size)]
			err = f.frame(stored, info)
			used += int(info.size)
		}
		f.why = err
	}
	if used > 0 {
		f.buf = append(f.buf[:0], f.buf[used:]...)
	}
	if f.why != nil {
		f.buf = nil
	}
}

func (f *Follower) frame(stored []byte, info frameInfo) error {
	data, err := decodeFrame(f.tab.dec, stored, info.content, f.data)
	if err != nil {
		return err
	}
	f.data = data
	before := f.walk.proven.checkpoint
	p := &piece{ref: frameRef{stored: uint32(info.size), content: uint32(info.content), sum: sha256.Sum256(stored)}, stored: stored, data: data, skip: info.skippable}
	if err := f.walk.frame(p); err != nil {
		return err
	}
	if c := f.walk.proven; c.checkpoint > before {
		f.marks = append(f.marks, ReceiptMark{Seq: c.checkpoint, SHA256: f.walk.hash(), Bytes: c.stored, At: f.stamp()})
		f.fresh++
	}
	return nil
}

// Fresh gives the checkpoints that were seen since the last call: time to note
// them and to flush the file to disk.
func (f *Follower) Fresh() []ReceiptMark {
	out := f.marks[len(f.marks)-f.fresh:]
	f.fresh = 0
	return out
}

// Run is the run id, "" until it is known.
func (f *Follower) Run() string { return f.walk.acq.RunID }

// Encrypted says whether the stream is an age file: only hashes can be noted.
func (f *Follower) Encrypted() bool { return f.enc }

// Nonce is the nonce of the authorization, "" when there is none.
func (f *Follower) Nonce() string {
	if a := f.walk.acq.Authorization; a != nil {
		return a.Nonce
	}
	return ""
}

// Proven is what the checkpoints so far prove.
func (f *Follower) Proven() Proven {
	p := f.walk.proven
	return Proven{Items: int(p.exhibits), Bytes: p.bytes, Checkpoint: p.checkpoint}
}

// Bytes is the number of bytes that have arrived.
func (f *Follower) Bytes() int64 { return f.n }

// Receipt is the receipt so far; State, Seal, File, By and From are filled by
// the caller, who has the file.
func (f *Follower) Receipt() Receipt {
	defer f.tab.close()
	r := Receipt{Form: receiptForm, Run: f.Run(), Nonce: f.Nonce(), Bytes: f.n, SHA256: hex.EncodeToString(f.sum.Sum(nil)),
		Checkpoints: append([]ReceiptMark{}, f.marks...), Running: f.running, Ended: f.stamp()}
	if f.enc {
		r.State = "encrypted"
		r.Running = append(r.Running, ReceiptBytes{Bytes: f.n, SHA256: r.SHA256, At: r.Ended})
	}
	if f.walk.pub != nil {
		r.Fingerprint = seal.Fingerprint(f.walk.pub)
	}
	if f.why != nil && !errors.Is(f.why, errTail) {
		r.Reason = fmt.Sprint(f.why)
	}
	return r
}
