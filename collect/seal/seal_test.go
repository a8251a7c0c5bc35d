package seal

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

func key(t testing.TB, seed byte) *Key {
	t.Helper()
	k, err := NewRunKey(bytes.NewReader(bytes.Repeat([]byte{seed}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func certified(t testing.TB, run, ca *Key, q CertificateRequest) *Key {
	t.Helper()
	c, err := Certify(ca, run.PublicKey(), q)
	if err != nil {
		t.Fatal(err)
	}
	k, err := run.WithCertificate(c)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

var (
	from = time.Date(2026, 4, 3, 2, 0, 0, 0, time.UTC)
	to   = from.Add(4 * time.Hour)
)

const runID = "web01-20260403T021407Z-9f3c01aa"

func request() CertificateRequest {
	return CertificateRequest{Principal: runID, KeyID: "case op nonce", Serial: 7, From: from, To: to}
}

func TestSignVerify(t *testing.T) {
	k, msg := key(t, 1), []byte("text")
	sig, err := k.Sign(NamespaceSeal, msg)
	if err != nil {
		t.Fatal(err)
	}
	again, err := k.Sign(NamespaceSeal, msg)
	if err != nil || !bytes.Equal(sig, again) {
		t.Fatalf("not deterministic: %v", err)
	}
	pub, err := VerifyCanonical(sig, msg, NamespaceSeal)
	if err != nil || Fingerprint(pub) != k.Fingerprint() {
		t.Fatalf("%v", err)
	}
	for name, c := range map[string]struct {
		sig, msg []byte
		ns       string
		want     error
	}{
		"message":   {sig, []byte("texT"), NamespaceSeal, ErrSignature},
		"namespace": {sig, msg, NamespaceCheckpoint, ErrNamespace},
		"not armor": {[]byte("hello"), msg, NamespaceSeal, ErrForm},
		"empty":     {nil, msg, NamespaceSeal, ErrForm},
		"huge":      {bytes.Repeat([]byte("x"), maxArmored+1), msg, NamespaceSeal, ErrForm},
		"trailing":  {append(bytes.Clone(sig), "more"...), msg, NamespaceSeal, ErrCanonical},
		"blank":     {append([]byte("\n"), sig...), msg, NamespaceSeal, ErrCanonical},
	} {
		if _, err := VerifyCanonical(c.sig, c.msg, c.ns); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestPrivateKeyForms(t *testing.T) {
	k := key(t, 1)
	for _, pass := range []string{"", "secret"} {
		text, err := k.Marshal("comment", []byte(pass))
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseKey(text, []byte(pass))
		if err != nil || got.Fingerprint() != k.Fingerprint() {
			t.Errorf("passphrase %q: %v", pass, err)
		}
		if pass != "" {
			if _, err := ParseKey(text, nil); !errors.Is(err, ErrPassphrase) {
				t.Errorf("without the passphrase: %v", err)
			}
		}
	}
}

// TestJudge: each way to be refused has its own word.
func TestJudge(t *testing.T) {
	ca, other, run := key(t, 1), key(t, 2), key(t, 3)
	cert := certified(t, run, ca, request())
	bad := *cert.PublicKey().(*ssh.Certificate)
	bad.ValidPrincipals = []string{"web02"}
	line := AuthorityLine(ca.PublicKey())
	in := from.Add(time.Hour)
	for name, c := range map[string]struct {
		pub       ssh.PublicKey
		principal string
		ns        string
		lines     string
		at        time.Time
		want      Code
		proven    bool
	}{
		"certificate":            {cert.PublicKey(), runID, NamespaceSeal, line, in, OK, true},
		"time not proven":        {cert.PublicKey(), runID, NamespaceSeal, line, time.Time{}, OK, false},
		"expired":                {cert.PublicKey(), runID, NamespaceSeal, line, to, Expired, true},
		"not yet":                {cert.PublicKey(), runID, NamespaceSeal, line, from.Add(-time.Second), NotYet, true},
		"other run":              {cert.PublicKey(), "web02", NamespaceSeal, line, in, BadPrincipal, false},
		"other namespace":        {cert.PublicKey(), runID, NamespaceIntake, line, in, BadNamespace, false},
		"other CA":               {cert.PublicKey(), runID, NamespaceSeal, AuthorityLine(other.PublicKey()), in, Unknown, false},
		"tampered":               {&bad, "web02", NamespaceSeal, line, in, BadCert, false},
		"no list":                {run.PublicKey(), runID, NamespaceSeal, "", in, Unknown, false},
		"plain key":              {run.PublicKey(), runID, NamespaceSeal, run.AllowedSignersLine(runID), time.Time{}, OK, true},
		"plain key, other run":   {run.PublicKey(), "web02", NamespaceSeal, run.AllowedSignersLine(runID), in, BadPrincipal, false},
		"plain CA key as signer": {ca.PublicKey(), runID, NamespaceSeal, line, in, Unknown, false},
		"listed later":           {run.PublicKey(), runID, NamespaceSeal, runID + ` valid-after="20260501Z" ` + PublicLine(run.PublicKey()), in, NotYet, true},
		"listed before":          {run.PublicKey(), runID, NamespaceSeal, runID + ` valid-before="20260101Z" ` + PublicLine(run.PublicKey()), in, Expired, true},
		"denied pattern":         {run.PublicKey(), runID, NamespaceSeal, "!web01*,* " + PublicLine(run.PublicKey()), in, BadPrincipal, false},
		"second line counts":     {cert.PublicKey(), runID, NamespaceSeal, AuthorityLine(other.PublicKey()) + "\n\n# comment\n" + line, in, OK, true},
	} {
		t.Run(name, func(t *testing.T) {
			signers, err := ParseSigners([]byte(c.lines), nil)
			if err != nil {
				t.Fatal(err)
			}
			v := Policy{Signers: signers}.Judge(c.pub, c.principal, c.ns, c.at)
			if v.Code != c.want || (v.Code == OK && v.TimeProven != c.proven) || v.Text == "" {
				t.Errorf("%+v, want %s", v, c.want)
			}
		})
	}
}

func TestParseSignersRefuses(t *testing.T) {
	pub := PublicLine(key(t, 1).PublicKey())
	for _, line := range []string{"web01", "web01 ssh-ed25519", "web01 nonsense=1 " + pub, `web01 namespaces="" ` + pub, `"web01 ` + pub, "web01 valid-after=2026 " + pub,
		`web01 valid-after="20260401Z",valid-before="20260301Z" ` + pub, `"" ` + pub} {
		if s, err := ParseSigners([]byte(line), nil); err == nil {
			t.Errorf("%q: %+v", line, s)
		}
	}
}

func FuzzParseKRL(f *testing.F) {
	f.Add([]byte(krlMagic + "\x00\x00\x00\x01" + strings.Repeat("\x00", 32)))
	f.Add([]byte(krlMagic + "\x00\x00\x00\x01" + strings.Repeat("\x00", 24) + "\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00"))
	pub := key(f, 1).PublicKey()
	f.Fuzz(func(t *testing.T, b []byte) {
		if k, err := ParseKRL(b); err == nil {
			k.Revoked(pub)
		}
	})
}

func FuzzParseSigners(f *testing.F) {
	f.Add([]byte(AuthorityLine(key(f, 1).PublicKey())))
	f.Add([]byte(`a,b namespaces="x,y",valid-after="20260101" ` + PublicLine(key(f, 1).PublicKey()) + " comment\n# c\n"))
	pub := key(f, 1).PublicKey()
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := ParseSigners(b, nil); err == nil {
			Policy{Signers: s}.Judge(pub, "x", NamespaceSeal, from)
		}
	})
}

func FuzzVerify(f *testing.F) {
	sig, err := key(f, 1).Sign(NamespaceSeal, []byte("m"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sig)
	f.Add([]byte("-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := VerifyCanonical(b, []byte("m"), NamespaceSeal); err == nil && !bytes.Equal(b, sig) {
			t.Errorf("another signature verifies: %q", b)
		}
	})
}
