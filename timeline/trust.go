package timeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"filippo.io/age"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// TrustChange is a bundle whose signer is judged otherwise today than when it
// was taken in: the list of signers or of revoked keys has changed since, a
// receipt came, or the bundle is not the one that the case names.
type TrustChange struct {
	Run  string
	Path string
	Was  string // as the case says
	Is   string // by the lists of the case as they are now; "" when Problem is set
	Why  string // under which line, or why not
	OK   bool   // the judgement of today is no failure
	// Problem says why the bundle could not be judged: it is missing, encrypted
	// to others, or another one lies under its path.
	Problem string
}

// Rejudge judges the signer of every bundle of the case again, without reading
// its exhibits, and gives those of which the case says something else.
func Rejudge(ctx context.Context, dir string, ids []age.Identity) ([]TrustChange, error) {
	if _, err := readConfig(dir); err != nil {
		return nil, err
	}
	c := &Case{dir: dir}
	lines, err := c.Ledger()
	if err != nil {
		return nil, err
	}
	o, err := c.verifyOptions(VerifyOptions{})
	if err != nil {
		return nil, err
	}
	var out []TrustChange
	for _, l := range lines {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		x := TrustChange{Run: l.Run, Path: l.Path, Was: l.Trust}
		r, err := judge(l, ids, o)
		if err != nil {
			x.Problem = err.Error()
		}
		if x.Is, x.Why, x.OK = r.Signer, r.SignerNote, r.OK; x.Problem != "" || x.Is != x.Was {
			out = append(out, x)
		}
	}
	return out, nil
}

func judge(l BundleLine, ids []age.Identity, o bundle.VerifyOptions) (bundle.Report, error) {
	b, err := bundle.Open(l.Path, bundle.OpenOptions{Identities: ids})
	if errors.Is(err, fs.ErrNotExist) {
		return bundle.Report{}, errors.New("the bundle is not there")
	}
	if err != nil {
		return bundle.Report{}, err
	}
	defer b.Close()
	if run, seal := b.Acquisition().RunID, b.Seal().Hash; run != l.Run || seal != l.Seal {
		return bundle.Report{}, fmt.Errorf("the file is run %q with seal %.16s, the case names seal %.16s", run, seal, l.Seal)
	}
	return b.Judge(o)
}

// verifyOptions adds the lists of the case.
func (c *Case) verifyOptions(o VerifyOptions) (bundle.VerifyOptions, error) {
	out := bundle.VerifyOptions{At: o.At, AtFrom: o.AtFrom, Receipts: o.Receipts, Written: o.Written, Progress: o.Progress}
	var err error
	if out.Signers, err = c.readOptional(signersName); err != nil {
		return out, err
	}
	if out.KRL, err = c.readOptional(revokedName); err != nil {
		return out, err
	}
	lines, err := readLedger(c.dir)
	if err != nil {
		return out, err
	}
	desk := map[[2]string]bool{}
	for _, l := range lines {
		if l.Sealed == "desk" {
			desk[[2]string{l.Run, l.Seal}] = true
		}
	}
	out.Known = func(run, seal string) bool { return desk[[2]string{run, seal}] }
	return out, nil
}

// judged gives the bundles of a snapshot with the trust that the ledger holds:
// that of their last ingest, which may have had nothing else to do.
func (c *Case) judged(s *snapshot) ([]BundleInfo, error) {
	lines, err := readLedger(c.dir)
	if err != nil {
		return nil, err
	}
	trust := map[[2]string]string{}
	for _, l := range lines {
		if l.Trust != "" {
			trust[[2]string{l.Run, l.Seal}] = l.Trust
		}
	}
	bs := s.r.Bundles()
	for i := range bs {
		if t, ok := trust[[2]string{bs[i].Run, bs[i].Seal}]; ok {
			bs[i].Trust = t
		}
	}
	return bs, nil
}
