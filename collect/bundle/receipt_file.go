package bundle

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/saksi-dfir/saksi/collect/seal"
)

// ReceiptSuffix is what the name of a bundle is followed by in the name of its
// intake receipt; the signature has ".sig" after it.
const ReceiptSuffix = ".receipt.json"

// receiptTime finds the time that a signed receipt proves. One of the options'
// must hold, when there are any; the one beside the bundle is left aside when
// it does not.
func (b *Bundle) receiptTime(o VerifyOptions, p seal.Policy) (time.Time, string, error) {
	var failed error
	for _, name := range o.Receipts {
		at, err := b.readReceipt(name, p)
		if err == nil {
			return at, "receipt " + filepath.Base(name), nil
		}
		failed = errors.Join(failed, fmt.Errorf("%q: %w", name, err))
	}
	if failed != nil {
		return time.Time{}, "", failed
	}
	if b.path == "" || o.Signers == nil { // without a list nobody vouches for a receipt
		return time.Time{}, "", nil
	}
	name := b.path + ReceiptSuffix
	at, err := b.readReceipt(name, p)
	if err != nil {
		return time.Time{}, "", nil
	}
	return at, "receipt " + filepath.Base(name), nil
}

func (b *Bundle) readReceipt(name string, p seal.Policy) (time.Time, error) {
	st, err := os.Stat(name)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	if !st.Mode().IsRegular() || st.Size() > maxReceipt {
		return time.Time{}, fmt.Errorf("%w: not a regular file of at most %d bytes", ErrReceipt, maxReceipt)
	}
	text, err := os.ReadFile(name)
	sig, serr := os.ReadFile(name + ".sig")
	if err := errors.Join(err, serr); err != nil {
		return time.Time{}, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	r, pub, err := ParseReceipt(text, sig)
	if err != nil {
		return time.Time{}, err
	}
	return r.Vouches(b, pub, p)
}
