package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/seal"
)

// signer is the key of one run and what it is allowed by.
type signer struct {
	runID string
	key   *seal.Key
	kind  string // words for the user
	auth  *bundle.Authorization
}

// runSigner makes a key that lives as long as this process. Nobody vouches
// for it; whoever sees its fingerprint on this screen can.
func runSigner(hostname string, start time.Time, rand io.Reader) (signer, error) {
	id, err := bundle.NewRunID(hostname, start, rand)
	if err != nil {
		return signer{}, fmt.Errorf("run id: %w", err)
	}
	key, err := seal.NewRunKey(rand)
	if err != nil {
		return signer{}, fmt.Errorf("run key: %w", err)
	}
	return signer{runID: id, key: key, kind: "one-run key made here, held in memory only"}, nil
}

// maxAuthorization bounds the file of --authorization.
const maxAuthorization = 1 << 20

// authorized reads a file made by saksi authorize: the run id, the one-run
// key and the certificate of an operator over it.
func authorized(file string) (signer, error) {
	f, err := os.Open(file)
	if err != nil {
		return signer{}, fmt.Errorf("--authorization: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxAuthorization))
	if err != nil {
		return signer{}, fmt.Errorf("--authorization %q: %w", file, err)
	}
	a, err := bundle.ParseAuthorization(text)
	if err != nil {
		return signer{}, fmt.Errorf("--authorization %q: %w", file, err)
	}
	return signer{runID: a.RunID, key: a.Key, kind: "one-run key with a certificate", auth: a.Record}, nil
}
