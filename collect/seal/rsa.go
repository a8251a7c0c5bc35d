package seal

import (
	"crypto"
	"crypto/rsa"
)

// rsaBits is the size of an RSA modulus, 0 for any other key.
func rsaBits(pub crypto.PublicKey) int {
	if k, ok := pub.(*rsa.PublicKey); ok {
		return k.N.BitLen()
	}
	return 0
}
