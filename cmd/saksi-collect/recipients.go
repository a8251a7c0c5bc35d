package main

import (
	"fmt"

	"filippo.io/age"
)

// parseRecipients reads public keys, age1...
func parseRecipients(texts []string) ([]age.Recipient, error) {
	var out []age.Recipient
	for _, t := range texts {
		r, err := age.ParseX25519Recipient(t)
		if err != nil {
			return nil, fmt.Errorf("--encrypt-to %q: want an age public key, age1...: %w", t, err)
		}
		out = append(out, r)
	}
	return out, nil
}
