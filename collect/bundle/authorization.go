package bundle

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/saksi-dfir/saksi/collect/seal"
)

// AuthorizationFile is what one collector is given for one run: whose run it
// is and the one-run key that may sign it. It holds a private key.
type AuthorizationFile struct {
	RunID    string
	Nonce    string // 32 hex digits, in every checkpoint
	CaseID   string
	Operator string
	Key      *seal.Key      // signs under the certificate
	Record   *Authorization // the part that goes into the bundle
}

// authorizationJSON is the file: one JSON object.
type authorizationJSON struct {
	Form        string `json:"saksi_authorization"` // "1"
	RunID       string `json:"run_id"`
	Nonce       string `json:"nonce"`
	CaseID      string `json:"case_id,omitempty"`
	Operator    string `json:"operator,omitempty"`
	Certificate string `json:"certificate"`
	PrivateKey  string `json:"private_key"`
}

const (
	authorizationForm = "1"
	maxAuthorization  = 64 << 10 // bytes
)

// ErrAuthorization says that an authorization file cannot be used.
var ErrAuthorization = errors.New("bundle: authorization")

// ParseAuthorization reads an authorization file and checks that key,
// certificate and run id belong together. Validity in time is judged at the
// desk, never by the clock of the host that collects.
func ParseAuthorization(text []byte) (AuthorizationFile, error) {
	var a AuthorizationFile
	var j authorizationJSON
	if len(text) > maxAuthorization {
		return a, fmt.Errorf("%w: %d bytes, at most %d", ErrAuthorization, len(text), maxAuthorization)
	}
	if err := json.Unmarshal(text, &j); err != nil {
		return a, fmt.Errorf("%w: not its JSON form: %w", ErrAuthorization, err)
	}
	if j.Form != authorizationForm {
		return a, fmt.Errorf("%w: form %.40q, this program reads %q", ErrAuthorization, j.Form, authorizationForm)
	}
	if err := checkRunID(j.RunID); err != nil {
		return a, fmt.Errorf("%w: %w", ErrAuthorization, err)
	}
	if len(j.Nonce) != 32 || strings.Trim(j.Nonce, "0123456789abcdef") != "" {
		return a, fmt.Errorf("%w: nonce %.80q is not 32 hex digits", ErrAuthorization, j.Nonce)
	}
	key, err := seal.ParseKey([]byte(j.PrivateKey), nil)
	if err != nil {
		return a, fmt.Errorf("%w: %w", ErrAuthorization, err)
	}
	pub, err := seal.ParsePublicLine(j.Certificate)
	if err != nil {
		return a, fmt.Errorf("%w: %w", ErrAuthorization, err)
	}
	cert, ok := pub.(*ssh.Certificate)
	if !ok {
		return a, fmt.Errorf("%w: a plain key where a certificate belongs", ErrAuthorization)
	}
	if err := seal.CheckCertificate(cert); err != nil {
		return a, fmt.Errorf("%w: %w", ErrAuthorization, err)
	}
	if len(cert.ValidPrincipals) != 1 || cert.ValidPrincipals[0] != j.RunID {
		return a, fmt.Errorf("%w: the certificate is for %q, the file for run %q", ErrAuthorization, cert.ValidPrincipals, j.RunID)
	}
	if key, err = key.WithCertificate(cert); err != nil {
		return a, fmt.Errorf("%w: %w", ErrAuthorization, err)
	}
	return AuthorizationFile{RunID: j.RunID, Nonce: j.Nonce, CaseID: j.CaseID, Operator: j.Operator, Key: key,
		Record: &Authorization{Nonce: j.Nonce, Certificate: seal.PublicLine(cert), CaseID: j.CaseID, Operator: j.Operator}}, nil
}

// AuthorizationRequest says what an authorization is made for.
type AuthorizationRequest struct {
	RunID    string
	Nonce    string // 32 hex digits
	CaseID   string
	Operator string
	Serial   uint64
	From, To time.Time // validity of the certificate
}

// MarshalAuthorization makes the file: run is a fresh one-run key, ca the
// operator key that certifies it with the run id as the only principal.
func MarshalAuthorization(q AuthorizationRequest, run, ca *seal.Key) ([]byte, error) {
	if err := checkRunID(q.RunID); err != nil {
		return nil, err
	}
	cert, err := seal.Certify(ca, run.PublicKey(), seal.CertificateRequest{
		Principal: q.RunID, KeyID: strings.TrimSpace(q.CaseID + " " + q.Operator + " " + q.Nonce), Serial: q.Serial, From: q.From, To: q.To})
	if err != nil {
		return nil, fmt.Errorf("bundle: authorization of %q: %w", q.RunID, err)
	}
	private, err := run.Marshal("one-run key of "+q.RunID, nil)
	if err != nil {
		return nil, fmt.Errorf("bundle: authorization of %q: %w", q.RunID, err)
	}
	text, err := json.MarshalIndent(authorizationJSON{Form: authorizationForm, RunID: q.RunID, Nonce: q.Nonce, CaseID: q.CaseID, Operator: q.Operator,
		Certificate: seal.PublicLine(cert), PrivateKey: string(private)}, "", " ")
	if err != nil {
		return nil, fmt.Errorf("bundle: authorization of %q: %w", q.RunID, err)
	}
	text = append(text, '\n')
	if _, err := ParseAuthorization(text); err != nil { // nobody should learn at the host that it does not work
		return nil, err
	}
	return text, nil
}
