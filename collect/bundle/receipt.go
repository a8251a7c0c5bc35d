package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/saksi-dfir/saksi/collect/seal"
)

// Receipt is what an intake signs when a stream has ended: which bytes came,
// when each checkpoint was seen, and in what state the bundle is. It lies
// beside the bundle as NAME.receipt.json with NAME.receipt.json.sig.
type Receipt struct {
	Form        string         `json:"saksi_receipt"` // "1"
	Run         string         `json:"run,omitempty"` // "" when nothing could be read
	Seal        string         `json:"seal,omitempty"`
	State       string         `json:"state"` // whole, cut, damaged, encrypted, unreadable
	Reason      string         `json:"reason,omitempty"`
	Nonce       string         `json:"nonce,omitempty"`
	Fingerprint string         `json:"fingerprint,omitempty"` // key of the run record
	File        string         `json:"file"`                  // base name
	Bytes       int64          `json:"bytes"`
	SHA256      string         `json:"sha256"` // of the file as received, the ciphertext when encrypted
	Checkpoints []ReceiptMark  `json:"checkpoints"`
	Running     []ReceiptBytes `json:"running,omitempty"` // hashes of prefixes, for encrypted streams
	Started     string         `json:"started"`           // desk clock, RFC 3339
	Ended       string         `json:"ended"`
	By          string         `json:"by"` // principal of the signing key in allowed_signers
	From        string         `json:"from,omitempty"`
}

// ReceiptMark is one checkpoint as it arrived.
type ReceiptMark struct {
	Seq    int    `json:"seq"`
	SHA256 string `json:"sha256"` // of its text
	Bytes  int64  `json:"bytes"`  // of the file up to its end
	At     string `json:"at"`     // desk clock
}

// ReceiptBytes is the hash of a prefix of the file.
type ReceiptBytes struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	At     string `json:"at"`
}

const (
	receiptForm = "1"
	maxReceipt  = 64 << 20 // bytes
)

// ErrReceipt says that a receipt cannot be used.
var ErrReceipt = errors.New("bundle: receipt")

// Sign makes the text of a receipt and its armored signature.
func (r Receipt) Sign(s Signer) (text, sig []byte, err error) {
	r.Form = receiptForm
	text, err = json.MarshalIndent(r, "", " ")
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	text = append(text, '\n')
	if sig, err = s.Sign(seal.NamespaceIntake, text); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	return text, sig, nil
}

// ParseReceipt reads a receipt and checks its signature. Whether the key may
// sign receipts is the caller's question to seal.Policy.
func ParseReceipt(text, sig []byte) (Receipt, ssh.PublicKey, error) {
	var r Receipt
	if len(text) > maxReceipt {
		return r, nil, fmt.Errorf("%w: %d bytes, at most %d", ErrReceipt, len(text), maxReceipt)
	}
	pub, err := seal.Verify(sig, text, seal.NamespaceIntake)
	if err != nil {
		return r, nil, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&r); err != nil {
		return r, nil, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	if r.Form != receiptForm {
		return r, nil, fmt.Errorf("%w: form %.40q, this program reads %q", ErrReceipt, r.Form, receiptForm)
	}
	return r, pub, nil
}

// Vouches gives the time before which the bundle was sealed, when this receipt
// is about it: the arrival of the checkpoint or seal that proves it. policy
// judges the key of the receipt, which must not be the key of the run.
func (r *Receipt) Vouches(b *Bundle, pub ssh.PublicKey, policy seal.Policy) (time.Time, error) {
	s := b.Seal()
	stamp := ""
	switch {
	case r.Run != b.acq.RunID:
		return time.Time{}, fmt.Errorf("%w: it is of run %.120q, not %q", ErrReceipt, r.Run, b.acq.RunID)
	case r.Seal == s.Hash && s.State == Whole:
		stamp = r.Ended
	case s.State != Whole:
		for _, m := range r.Checkpoints {
			if m.Seq == s.Checkpoint && m.SHA256 == s.Hash {
				stamp = m.At
			}
		}
	}
	if stamp == "" {
		return time.Time{}, fmt.Errorf("%w: it is of another bundle of run %q", ErrReceipt, r.Run)
	}
	at, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil {
		return at, fmt.Errorf("%w: time %.60q", ErrReceipt, stamp)
	}
	if seal.Fingerprint(pub) == seal.Fingerprint(b.pub) {
		return at, fmt.Errorf("%w: signed by the key of the run itself", ErrReceipt)
	}
	if v := policy.Judge(pub, r.By, seal.NamespaceIntake, at); v.Code != seal.OK {
		return at, fmt.Errorf("%w: signer %s: %s", ErrReceipt, v.Code, v.Text)
	}
	return at, nil
}
