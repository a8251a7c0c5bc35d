package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"golang.org/x/crypto/ssh"
)

// identities reads age identity files and unencrypted SSH keys.
func identities(files []string) ([]age.Identity, error) {
	var out []age.Identity
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, withCode(exitFailed, err, "")
		}
		if bytes.Contains(text, []byte("-----BEGIN ")) {
			id, err := agessh.ParseIdentity(text)
			var locked *ssh.PassphraseMissingError
			if errors.As(err, &locked) {
				return nil, withCode(exitFailed, fmt.Errorf("identity %q is locked by a passphrase", name), "decrypt the bundle with age -d -i FILE first, or unlock a copy of the key")
			}
			if err != nil {
				return nil, withCode(exitUsage, fmt.Errorf("identity %q: %w", name, err), "")
			}
			out = append(out, id)
			continue
		}
		ids, err := age.ParseIdentities(bytes.NewReader(text))
		if err != nil {
			return nil, withCode(exitUsage, fmt.Errorf("identity %q: %w", name, err), "an age identity file (age-keygen) or an SSH private key")
		}
		out = append(out, ids...)
	}
	return out, nil
}
