package bundle

import (
	"errors"
	"fmt"
	"time"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"
)

// Signer signs checkpoints and the seal; seal.Key is one.
type Signer interface {
	// Sign makes an armored SSHSIG over message in a namespace.
	Sign(namespace string, message []byte) (armored []byte, err error)
	// PublicKey is the key, or its certificate.
	PublicKey() ssh.PublicKey
}

// Options say what a Writer writes.
type Options struct {
	Acquisition Acquisition
	Plan        []PlanItem
	Signer      Signer
	// Workers compress frames; 0 and 1 compress in the caller. The bytes do
	// not depend on it.
	Workers int
	// Now is the clock of checkpoints and of Started and Ended where an
	// exhibit brings none; nil is the system clock.
	Now func() time.Time
	// CheckpointBytes is how many tar bytes pass between checkpoints, inside
	// large exhibits too; 0 is 64 MiB, the least 1 MiB, the most 256 MiB.
	CheckpointBytes int64
	// PartBytes is the size of a part of a record stream; 0 is 1 MiB.
	PartBytes int
	// Recipients encrypt the bundle with age, outermost. Such a bundle is
	// not deterministic.
	Recipients []age.Recipient
}

func (o *Options) defaults() error {
	if err := checkRunID(o.Acquisition.RunID); err != nil {
		return err
	}
	if o.Signer == nil {
		return errors.New("bundle: no signer")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.CheckpointBytes == 0 {
		o.CheckpointBytes = defaultSpan
	}
	o.CheckpointBytes = min(max(o.CheckpointBytes, minSpan), maxSpan) &^ (FrameSize - 1)
	if o.PartBytes <= 0 {
		o.PartBytes = recordPart
	}
	for i := range o.Plan {
		if o.Plan[i].Item != i+1 {
			return fmt.Errorf("bundle: plan item at place %d has number %d", i+1, o.Plan[i].Item)
		}
	}
	return nil
}

// Summary is what a closed bundle is known by.
type Summary struct {
	RunID        string
	Seal         string // SHA-256 of the tag manifest in hex: with the run id, the identity of the bundle
	Bytes        int64  // of the bundle before encryption
	Exhibits     uint32
	ExhibitBytes int64
	Checkpoints  int
	Fingerprint  string // of the signing key
	SignerLine   string // what to put into allowed_signers
	FileBytes    int64  // of the file as written: the ciphertext when encrypted
	FileSHA256   string // of the ciphertext; "" when not encrypted
}

// UnreadableError is what a reader gives to File when the next Length bytes
// cannot be read and it has gone past them: they become zeros, labelled.
type UnreadableError struct {
	Length int64
	Err    error
}

func (e *UnreadableError) Error() string {
	return fmt.Sprintf("%d bytes unreadable: %v", e.Length, e.Err)
}
func (e *UnreadableError) Unwrap() error { return e.Err }
