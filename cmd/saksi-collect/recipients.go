package main

import (
	"fmt"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
)

// parseRecipients reads public keys: age1... or an OpenSSH public key line.
func parseRecipients(texts []string) ([]age.Recipient, error) {
	var out []age.Recipient
	for _, t := range texts {
		var r age.Recipient
		var err error
		if strings.HasPrefix(t, "ssh-") {
			r, err = agessh.ParseRecipient(t)
		} else {
			r, err = age.ParseX25519Recipient(t)
		}
		if err != nil {
			return nil, fmt.Errorf("--encrypt-to %q: want an age public key, age1..., or an ssh-ed25519 or ssh-rsa public key: %w", t, err)
		}
		out = append(out, r)
	}
	return out, nil
}
