package bundle

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/collect/seal"
)

// authorized makes options that seal under an authorization.
func authorized(t *testing.T) (Options, *seal.Key) {
	t.Helper()
	ca := testKey(t, 7)
	o := pinned(t)
	text, err := MarshalAuthorization(AuthorizationRequest{RunID: o.Acquisition.RunID, Nonce: strings.Repeat("ab", 16), CaseID: "incident-7", Operator: "kim",
		Serial: 42, From: start.Add(-time.Hour), To: start.Add(time.Hour)}, testKey(t, 8), ca)
	if err != nil {
		t.Fatal(err)
	}
	a, err := ParseAuthorization(text)
	if err != nil {
		t.Fatal(err)
	}
	o.Signer, o.Acquisition.Authorization = a.Key, a.Record
	return o, ca
}

// TestAuthorizedRun: a run under a certificate, judged at times and by lists.
func TestAuthorizedRun(t *testing.T) {
	o, ca := authorized(t)
	data, sum := write(t, o)
	if !strings.Contains(sum.SignerLine, "cert-authority") {
		t.Errorf("line %q does not name the CA", sum.SignerLine)
	}
	list := []byte(seal.AuthorityLine(ca.PublicKey()) + "\n")
	for name, c := range map[string]struct {
		list []byte
		at   time.Time
		want string
		ok   bool
	}{
		"in time":         {list, start, "ok", true},
		"no time":         {list, time.Time{}, "ok, time not proven", true},
		"late":            {list, start.Add(2 * time.Hour), "expired", false},
		"early":           {list, start.Add(-2 * time.Hour), "not yet valid", false},
		"no list":         {nil, start, "unknown", true},
		"another CA":      {[]byte(seal.AuthorityLine(testKey(t, 1).PublicKey()) + "\n"), start, "unknown", false},
		"for other runs":  {[]byte("db* cert-authority " + seal.PublicLine(ca.PublicKey()) + "\n"), start, "wrong principal", false},
		"other namespace": {[]byte(`* cert-authority,namespaces="git" ` + seal.PublicLine(ca.PublicKey()) + "\n"), start, "wrong namespace", false},
	} {
		r, ok := passes(t, data, VerifyOptions{Signers: c.list, At: c.at, AtFrom: "--at"})
		if ok != c.ok || r.Signer != c.want || r.Integrity != IntegrityOK {
			t.Errorf("%s: %v %q (%s), want %v %q", name, ok, r.Signer, r.SignerNote, c.ok, c.want)
		}
	}
}

// TestStockCertificate: ssh-keygen judges seal and checkpoints of an
// authorized run by the CA alone, for this run id only.
func TestStockCertificate(t *testing.T) {
	need(t, "ssh-keygen", "tar", "zstd")
	o, ca := authorized(t)
	data, sum := write(t, o)
	path := save(t, data)
	dir := filepath.Dir(path)
	run(t, dir, "", "tar", "--zstd", "-xf", path)
	bag, list := filepath.Join(dir, sum.RunID), filepath.Join(dir, "allowed_signers")
	if err := os.WriteFile(list, []byte(seal.AuthorityLine(ca.PublicKey())+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	at := "-Overify-time=" + start.Format("20060102150405") + "Z"
	run(t, bag, "tagmanifest-sha256.txt", "ssh-keygen", "-Y", "verify", at, "-f", list, "-I", sum.RunID, "-n", "saksi.seal", "-s", "tagmanifest-sha256.txt.sig")
	run(t, bag, "checkpoints/00000001.txt", "ssh-keygen", "-Y", "verify", at, "-f", list, "-I", sum.RunID, "-n", "saksi.checkpoint", "-s", "checkpoints/00000001.txt.sig")
}

// TestAuthorizationRefused: each fault of a file has its own message.
func TestAuthorizationRefused(t *testing.T) {
	q := AuthorizationRequest{RunID: "web01-run", Nonce: strings.Repeat("ab", 16), Serial: 42, From: start, To: start.Add(time.Hour)}
	good, err := MarshalAuthorization(q, testKey(t, 8), testKey(t, 7))
	if err != nil {
		t.Fatal(err)
	}
	q.RunID = "web02-run"
	other, err := MarshalAuthorization(q, testKey(t, 9), testKey(t, 7))
	if err != nil {
		t.Fatal(err)
	}
	line := func(text []byte, key string) string {
		for l := range strings.Lines(string(text)) {
			if strings.Contains(l, `"`+key+`"`) {
				return l
			}
		}
		t.Fatalf("no %s", key)
		return ""
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"run id":      {`"web01-run"`, `"web03-run"`, "certificate is for"},
		"nonce":       {strings.Repeat("ab", 16), "short", "nonce"},
		"form":        {`"saksi_authorization": "1"`, `"saksi_authorization": "9"`, "form"},
		"certificate": {line(good, "certificate"), line(other, "certificate"), "certificate is for"},
		"private key": {line(good, "private_key"), line(other, "private_key"), "does not belong to the key"},
		"not json":    {"{", "<", "JSON"},
	} {
		_, err := ParseAuthorization([]byte(strings.Replace(string(good), c.old, c.new, 1)))
		if !errors.Is(err, ErrAuthorization) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	q.RunID = "../x"
	if _, err := MarshalAuthorization(q, testKey(t, 8), testKey(t, 7)); err == nil {
		t.Error("a run id with a slash is accepted")
	}
}

// TestFollower: each checkpoint is seen as it arrives, those inside exhibits too.
func TestFollower(t *testing.T) {
	data, sum := write(t, pinned(t))
	n := 0
	now := func() time.Time { n++; return start.Add(time.Duration(n) * time.Second) }
	r := follow(t, data, 10_000, now)
	if len(r.Checkpoints) != sum.Checkpoints || r.Run != sum.RunID || r.Fingerprint != sum.Fingerprint || r.Bytes != int64(len(data)) || r.Reason != "" {
		t.Fatalf("%d checkpoints of %d, %+v", len(r.Checkpoints), sum.Checkpoints, r)
	}
	for i, m := range r.Checkpoints {
		if m.Seq != i+1 {
			t.Errorf("checkpoint %d at place %d", m.Seq, i+1)
		}
	}
	if r := follow(t, data[:len(data)/2], 1000, now); len(r.Checkpoints) == 0 || len(r.Checkpoints) >= sum.Checkpoints {
		t.Errorf("half the stream: %d checkpoints", len(r.Checkpoints))
	}
}

// TestReceipts: a receipt vouches for its own bundle, signed by a listed key
// that is not the run's.
func TestReceipts(t *testing.T) {
	o, ca := authorized(t)
	data, _ := write(t, o)
	b := openBytes(t, data)
	intake := testKey(t, 5)
	list := seal.AuthorityLine(ca.PublicKey()) + "\n" + seal.HolderLine(intake.PublicKey(), "kim") + "\n" + seal.HolderLine(testKey(t, 8).PublicKey(), "kim") + "\n"
	signers, err := seal.ParseSigners([]byte(list), nil)
	if err != nil {
		t.Fatal(err)
	}
	policy := seal.Policy{Signers: signers}
	r := follow(t, data, 1<<16, func() time.Time { return start })
	r.By, r.State, r.Seal = "kim", "whole", b.Seal().Hash
	vouch := func(r Receipt, key *seal.Key) (time.Time, error) {
		text, sig, err := r.Sign(key)
		if err != nil {
			t.Fatal(err)
		}
		got, pub, err := ParseReceipt(text, sig)
		if err != nil {
			t.Fatal(err)
		}
		return got.Vouches(b, pub, policy)
	}
	if at, err := vouch(r, intake); err != nil || !at.Equal(start) {
		t.Fatalf("%v %v", at, err)
	}
	for name, c := range map[string]struct {
		edit func(*Receipt)
		key  *seal.Key
		want string
	}{
		"other run":      {func(r *Receipt) { r.Run = "x" }, intake, "of run"},
		"other seal":     {func(r *Receipt) { r.Seal = strings.Repeat("0", 64) }, intake, "another bundle"},
		"other holder":   {func(r *Receipt) { r.By = "lee" }, intake, "wrong principal"},
		"unlisted key":   {func(*Receipt) {}, testKey(t, 6), "unknown"},
		"the run's key":  {func(*Receipt) {}, testKey(t, 8), "key of the run"},
		"the CA key":     {func(*Receipt) {}, ca, "unknown"},
		"no time at all": {func(r *Receipt) { r.Ended = "yesterday" }, intake, "time"},
	} {
		x := r
		c.edit(&x)
		if _, err := vouch(x, c.key); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	text, sig, err := r.Sign(intake)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := ParseReceipt(bytes.Replace(text, []byte("whole"), []byte("wholE"), 1), sig); !errors.Is(err, seal.ErrSignature) {
		t.Errorf("changed receipt: %v", err)
	}
}

// TestCutReceipt: for a cut bundle the arrival of its last checkpoint counts.
func TestCutReceipt(t *testing.T) {
	o, ca := authorized(t)
	data, _ := write(t, o)
	cut := data[:len(data)/2]
	b := openBytes(t, cut)
	intake := testKey(t, 5)
	signers, err := seal.ParseSigners([]byte(seal.AuthorityLine(ca.PublicKey())+"\n"+seal.HolderLine(intake.PublicKey(), "kim")+"\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	r := follow(t, cut, 4096, func() time.Time { n++; return start.Add(time.Duration(n) * time.Second) })
	r.By = "kim"
	at, err := r.Vouches(b, intake.PublicKey(), seal.Policy{Signers: signers})
	want := r.Checkpoints[len(r.Checkpoints)-1].At
	if err != nil || at.Format(time.RFC3339Nano) != want {
		t.Errorf("%v %v, want %s", at, err, want)
	}
}
