package bundle

import (
	"context"
	"fmt"
	"time"

	"github.com/saksi-dfir/saksi/collect/seal"
)

// VerifyOptions say against what a bundle is verified.
type VerifyOptions struct {
	Signers []byte    // text of allowed_signers; nil: no list, the signer is then unknown and that is no failure
	KRL     []byte    // binary revocation list of OpenSSH; nil: none
	At      time.Time // time at which validity is judged (--at, or a signed receipt); zero: not proven
	AtFrom  string    // words for the report: "--at", "intake receipt ..."
	// Receipts are files of signed intake receipts, used when At is zero; one
	// must hold. BUNDLE.receipt.json is tried in any case when there is a list.
	Receipts []string
	// Known says whether a seal is one that this desk made and noted; nil: none.
	Known func(run, sealHash string) bool
	// Written is the seal (Summary.Seal) of a bundle that the caller itself has
	// just written. When it is the seal of this one, every stored byte is hashed
	// and held against it, but nothing is unpacked: the writer made the content
	// from which the seal follows. Any difference leads to the whole reading.
	Written  string
	Progress func(done, total int64) // bytes of the file
}

// Proven is what a report can vouch for.
type Proven struct {
	Items      int   `json:"items"` // exhibits
	Bytes      int64 `json:"bytes"`
	Checkpoint int   `json:"checkpoint"`
	// Last is the bag path of the last proven exhibit; of one that was being
	// written when a bundle was cut, only the first LastBytes are proven.
	Last      string `json:"last"`
	LastBytes int64  `json:"last_bytes"`
}

// Report is the judgement on one bundle.
type Report struct {
	Bundle      string     `json:"bundle"`
	Run         string     `json:"run"`
	Seal        string     `json:"seal"`
	Integrity   string     `json:"integrity"`             // ok, cut, damaged
	Signer      string     `json:"signer"`                // words
	Trust       string     `json:"trust"`                 // seal.Code, or "sealed at this desk"
	SignerNote  string     `json:"signer_note,omitempty"` // why, or under which line and time
	Holder      string     `json:"holder,omitempty"`
	Fingerprint string     `json:"fingerprint"`
	TimeProven  bool       `json:"time_proven"`
	Proven      Proven     `json:"proven"`
	Missing     []PlanItem `json:"missing"` // plan items without a proven outcome
	Problems    []Problem  `json:"problems"`
	Reason      string     `json:"reason,omitempty"`
	Synthetic   bool       `json:"synthetic"`
	OK          bool       `json:"ok"` // exit 0; false is exit 4
}

// Integrity words of a Report.
const (
	IntegrityOK      = "ok"
	IntegrityCut     = "cut"
	IntegrityDamaged = "damaged"
	TrustDesk        = "sealed at this desk"
)

// Verify reads the whole bundle, makes everything again that the seal covers
// and judges the signer. An error is only for what keeps it from judging: the
// context, unreadable lists.
func (b *Bundle) Verify(ctx context.Context, o VerifyOptions) (Report, error) {
	r := Report{Bundle: b.path, Run: b.acq.RunID, Seal: b.info.Hash, Synthetic: b.acq.Synthetic, Integrity: IntegrityOK,
		Fingerprint: seal.Fingerprint(b.pub), Reason: b.info.Reason, Missing: []PlanItem{}, Problems: []Problem{},
		Proven: Proven{Items: b.info.Items, Bytes: b.info.Bytes, Checkpoint: b.info.Checkpoint}}
	switch b.info.State {
	case Cut:
		r.Integrity = IntegrityCut
	case Damaged:
		r.Integrity = IntegrityDamaged
	case Whole:
		same := false
		if o.Written != "" && o.Written == b.info.Hash {
			var err error
			if same, err = b.unchanged(ctx, o.Progress); err != nil {
				return r, err
			}
		}
		if !same {
			if err := b.walk(ctx, o.Progress, &r); err != nil {
				return r, err
			}
		}
	}
	if len(b.found) > 0 {
		r.Integrity = worse(r.Integrity)
	}
	r.Problems = append(r.Problems, b.found...)
	b.last(&r)
	b.missing(&r)
	if err := b.trust(o, &r); err != nil {
		return r, err
	}
	r.OK = r.OK && r.Integrity == IntegrityOK
	return r, nil
}

// Judge judges the signer alone; the exhibits are not read. What it says holds
// for the seal, or the last checkpoint, that Open has checked.
func (b *Bundle) Judge(o VerifyOptions) (Report, error) {
	r := Report{Bundle: b.path, Run: b.acq.RunID, Seal: b.info.Hash, Synthetic: b.acq.Synthetic, Fingerprint: seal.Fingerprint(b.pub)}
	err := b.trust(o, &r)
	return r, err
}

// worse is the integrity of a bundle with problems.
func worse(integrity string) string {
	if integrity == IntegrityOK {
		return IntegrityDamaged
	}
	return integrity
}

// last names the last exhibit that is proven.
func (b *Bundle) last(r *Report) {
	n := uint32(r.Proven.Items)
	if b.info.State == Whole && r.Integrity != IntegrityOK {
		n = 0 // damage may lie anywhere: the problems name what is not proven
	}
	if n == 0 {
		return
	}
	if x, err := b.row(n); err == nil {
		r.Proven.Last, r.Proven.LastBytes = x.Name, x.Size
	}
}

// missing lists the plan items without a proven outcome.
func (b *Bundle) missing(r *Report) {
	outs, err := b.Outcomes()
	if err != nil {
		r.Problems = append(r.Problems, Problem{What: err.Error(), Where: "outcomes.jsonl"})
		r.Integrity = IntegrityDamaged
	}
	done := make([]bool, len(b.plan)+1)
	for i := range outs {
		if n := outs[i].Item; n >= 1 && n < len(done) {
			done[n] = true
		}
	}
	for i := range b.plan {
		if !done[i+1] {
			r.Missing = append(r.Missing, b.plan[i])
		}
	}
}

// trust judges the signer (DESIGN section 2, Trust).
func (b *Bundle) trust(o VerifyOptions, r *Report) error {
	var p seal.Policy
	var err error
	if o.Signers != nil {
		if p.Signers, err = seal.ParseSigners(o.Signers, time.Local); err != nil {
			return fmt.Errorf("bundle: %w", err)
		}
	}
	if o.KRL != nil {
		if p.KRL, err = seal.ParseKRL(o.KRL); err != nil {
			return fmt.Errorf("bundle: %w", err)
		}
	}
	if b.acq.Sealed == "desk" && o.Known != nil && o.Known(b.acq.RunID, b.info.Hash) {
		r.Trust, r.Signer, r.OK = TrustDesk, TrustDesk, true
		return nil
	}
	ns := seal.NamespaceSeal
	if b.info.State != Whole {
		ns = seal.NamespaceCheckpoint
	}
	if o.At.IsZero() {
		if o.At, o.AtFrom, err = b.receiptTime(o, p); err != nil {
			return err
		}
	}
	v := p.Judge(b.pub, b.acq.RunID, ns, o.At)
	r.Trust, r.Holder, r.TimeProven = string(v.Code), v.Holder, v.TimeProven
	r.Signer, r.SignerNote = string(v.Code), v.Text
	switch {
	case v.Code == seal.OK && !v.TimeProven:
		r.Signer, r.OK = "ok, time not proven", true
	case v.Code == seal.OK:
		r.OK = true
		if !o.At.IsZero() && o.AtFrom != "" {
			r.SignerNote += "; judged at " + o.At.UTC().Format(time.RFC3339) + " (" + o.AtFrom + ")"
		}
	case v.Code == seal.Unknown && o.Signers == nil:
		r.OK = true
	}
	return nil
}
