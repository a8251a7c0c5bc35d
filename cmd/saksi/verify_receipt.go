package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/seal"
)

// receiptTime finds a signed intake receipt of a bundle: those of --receipt,
// BUNDLE.receipt.json, receipts/ of the case. A receipt that was named must
// hold; one that was only found is left aside when it does not.
func (j *judge) receiptTime(path string, b *bundle.Bundle) (time.Time, string, error) {
	if j.signers == nil && len(j.receipts) == 0 {
		return time.Time{}, "", nil // without a list nobody vouches for a receipt
	}
	policy, err := j.policy()
	if err != nil {
		return time.Time{}, "", err
	}
	for _, name := range j.receipts {
		at, err := readReceipt(name, b, policy)
		if err != nil {
			return time.Time{}, "", withCode(exitVerify, fmt.Errorf("%q: %w", name, err), "a receipt must be of this bundle, and its signer listed for saksi.intake")
		}
		return at, "receipt " + filepath.Base(name), nil
	}
	found := []string{path + ".receipt.json"}
	if j.caseDir != "" {
		found = append(found, filepath.Join(j.caseDir, "receipts", b.Acquisition().RunID+".receipt.json"))
	}
	for _, name := range found {
		if at, err := readReceipt(name, b, policy); err == nil {
			return at, "receipt " + filepath.Base(name), nil
		}
	}
	return time.Time{}, "", nil
}

func (j *judge) policy() (seal.Policy, error) {
	var p seal.Policy
	var err error
	if p.Signers, err = seal.ParseSigners(j.signers, time.Local); err != nil {
		return p, withCode(exitFailed, err, "ssh-keygen(1), ALLOWED SIGNERS, has the form")
	}
	if j.krl != nil {
		if p.KRL, err = seal.ParseKRL(j.krl); err != nil {
			return p, withCode(exitFailed, err, "ssh-keygen -k makes revocation lists")
		}
	}
	return p, nil
}

const maxReceiptFile = 64 << 20 // bytes

func readReceipt(name string, b *bundle.Bundle, policy seal.Policy) (time.Time, error) {
	st, err := os.Stat(name)
	if err != nil {
		return time.Time{}, err
	}
	if !st.Mode().IsRegular() || st.Size() > maxReceiptFile {
		return time.Time{}, fmt.Errorf("%w: not a regular file of at most %d bytes", fs.ErrInvalid, maxReceiptFile)
	}
	text, err := os.ReadFile(name)
	sig, serr := os.ReadFile(name + ".sig")
	if err := errors.Join(err, serr); err != nil {
		return time.Time{}, err
	}
	r, pub, err := bundle.ParseReceipt(text, sig)
	if err != nil {
		return time.Time{}, err
	}
	return r.Vouches(b, pub, policy)
}
