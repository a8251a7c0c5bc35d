package seal

import (
	"bytes"
	"fmt"
	"time"

	"golang.org/x/crypto/ssh"
)

// Code is a judgement on a signer, a closed set of words.
type Code string

// The judgements. Only OK lets a signature count.
const (
	OK           Code = "ok"
	Unknown      Code = "unknown"         // no list, or the list does not name the key
	BadPrincipal Code = "wrong principal" // the key is listed or certified for another run
	BadNamespace Code = "wrong namespace" // listed, but not for this namespace
	Revoked      Code = "revoked"
	Expired      Code = "expired"
	NotYet       Code = "not yet valid"
	BadCert      Code = "bad certificate" // the certificate itself does not hold
)

// Verdict is what a case's lists say about a signer.
type Verdict struct {
	Code       Code
	Text       string // one sentence for the report
	Holder     string // principals and comment of the line that vouches; "" when none
	TimeProven bool   // validity was judged at a given time, or does not depend on time
}

// Policy is what a case lists: who may sign, and which keys are revoked.
type Policy struct {
	Signers []Signer
	KRL     *KRL // nil: nothing is revoked
}

// CheckCertificate checks what a certificate can prove by itself: user type,
// a sound CA signature, no critical options that we do not know. A plain key
// passes.
func CheckCertificate(pub ssh.PublicKey) error {
	c, ok := pub.(*ssh.Certificate)
	if !ok {
		return nil
	}
	if c.CertType != ssh.UserCert {
		return fmt.Errorf("seal: certificate %q is of type %d, want a user certificate", c.KeyId, c.CertType)
	}
	if len(c.CriticalOptions) > 0 {
		return fmt.Errorf("seal: certificate %q has critical options that mean nothing here", c.KeyId)
	}
	if _, nested := c.SignatureKey.(*ssh.Certificate); nested {
		return fmt.Errorf("seal: certificate %q is signed by a certificate", c.KeyId)
	}
	if err := strong(c.SignatureKey); err != nil {
		return err
	}
	if c.Signature == nil || c.Signature.Format == ssh.KeyAlgoRSA {
		return fmt.Errorf("%w: certificate %q is signed with SHA-1, or not at all", ErrWeak, c.KeyId)
	}
	if err := c.SignatureKey.Verify(signedPart(c), c.Signature); err != nil {
		return fmt.Errorf("seal: certificate %q: signature of its CA does not match: %w", c.KeyId, err)
	}
	return nil
}

// signedPart is what the CA signed: the certificate without its last field.
func signedPart(c *ssh.Certificate) []byte {
	c2 := *c
	c2.Signature = nil
	out := c2.Marshal()
	return out[:len(out)-4] // the length of the empty signature
}

// Judge says whether pub may speak for a principal (a run id) in a namespace.
// at is the time at which validity is judged; zero when no time is proven.
func (p Policy) Judge(pub ssh.PublicKey, principal, namespace string, at time.Time) Verdict {
	if err := CheckCertificate(pub); err != nil {
		return Verdict{Code: BadCert, Text: err.Error()}
	}
	if why := p.KRL.Revoked(pub); why != "" {
		return Verdict{Code: Revoked, Text: "signing key is revoked: " + why}
	}
	best := Verdict{Code: Unknown, Text: "no line of allowed_signers names " + Fingerprint(pub)}
	if len(p.Signers) == 0 {
		best.Text = "no list of allowed signers was given"
	}
	for i := range p.Signers {
		v, ok := p.Signers[i].judge(pub, principal, namespace, at)
		if !ok {
			continue
		}
		if v.Code == OK {
			return v
		}
		if best.Code == Unknown {
			best = v
		}
	}
	return best
}

// judge tells what one line says; ok is false when the line is about another key.
func (e *Signer) judge(pub ssh.PublicKey, principal, namespace string, at time.Time) (Verdict, bool) {
	cert, isCert := pub.(*ssh.Certificate)
	switch {
	case e.CA && (!isCert || !sameKey(e.Key, cert.SignatureKey)), !e.CA && !sameKey(e.Key, plain(pub)):
		return Verdict{}, false
	}
	holder := e.Principals
	if e.Comment != "" {
		holder += " (" + e.Comment + ")"
	}
	where := fmt.Sprintf("line %d of allowed_signers", e.Line)
	if !matchList(principal, e.Principals) {
		return Verdict{Code: BadPrincipal, Text: fmt.Sprintf("%s lists the key for %q, not for %q", where, e.Principals, principal), Holder: holder}, true
	}
	if e.CA && !contains(cert.ValidPrincipals, principal) {
		return Verdict{Code: BadPrincipal, Text: fmt.Sprintf("the certificate is for run %q, not for %q", cert.ValidPrincipals, principal), Holder: holder}, true
	}
	if e.Namespaces != "" && !matchList(namespace, e.Namespaces) {
		return Verdict{Code: BadNamespace, Text: fmt.Sprintf("%s grants %q, not %q", where, e.Namespaces, namespace), Holder: holder}, true
	}
	v := Verdict{Code: OK, Holder: holder, TimeProven: true, Text: "listed in " + where}
	if !at.IsZero() {
		if code, text := e.window(cert, at); code != OK {
			return Verdict{Code: code, Text: text, Holder: holder, TimeProven: true}, true
		}
		return v, true
	}
	if e.CA || !e.ValidAfter.IsZero() || !e.ValidBefore.IsZero() {
		v.TimeProven = false
		v.Text += "; validity not judged, because no time of signing is proven"
	}
	return v, true
}

// window judges the validity of the line and of the certificate at a time.
func (e *Signer) window(cert *ssh.Certificate, at time.Time) (Code, string) {
	stamp := at.UTC().Format(time.RFC3339)
	switch {
	case !e.ValidAfter.IsZero() && at.Before(e.ValidAfter):
		return NotYet, fmt.Sprintf("allowed_signers lists the key only after %s, judged at %s", e.ValidAfter.UTC().Format(time.RFC3339), stamp)
	case !e.ValidBefore.IsZero() && !at.Before(e.ValidBefore):
		return Expired, fmt.Sprintf("allowed_signers lists the key only before %s, judged at %s", e.ValidBefore.UTC().Format(time.RFC3339), stamp)
	}
	if !e.CA {
		return OK, ""
	}
	unix := uint64(max(at.Unix(), 0))
	switch {
	case unix < cert.ValidAfter:
		return NotYet, fmt.Sprintf("the certificate is valid from %s, judged at %s", certTime(cert.ValidAfter), stamp)
	case unix >= cert.ValidBefore && cert.ValidBefore != ssh.CertTimeInfinity:
		return Expired, fmt.Sprintf("the certificate was valid before %s, judged at %s", certTime(cert.ValidBefore), stamp)
	}
	return OK, ""
}

func certTime(t uint64) string {
	if t > 1<<40 {
		return "the end of time"
	}
	return time.Unix(int64(t), 0).UTC().Format(time.RFC3339)
}

func sameKey(a, b ssh.PublicKey) bool { return bytes.Equal(a.Marshal(), b.Marshal()) }

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
