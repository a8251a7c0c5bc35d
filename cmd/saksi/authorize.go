package main

import (
	"bufio"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/seal"
)

// authorizeFlags are the flags of saksi authorize.
type authorizeFlags struct {
	key                     keyFlags
	host, inventory, caseID string
	to, run                 string
	valid                   time.Duration
}

func (a *app) authorizeCmd() *cobra.Command {
	var f authorizeFlags
	c := &cobra.Command{
		Use:   "authorize --host NAME | --inventory FILE",
		Short: "Make one authorization file per run for a collector",
		Long: "Each file has a run id, a nonce, a fresh one-run private key and its SSH certificate, signed\n" +
			"by the operator key; the run id is the certificate's only principal. The file holds a private\n" +
			"key: carry it to the host, use it once (saksi-collect run --authorization FILE), remove it.\n" +
			"The case's allowed_signers needs the operator's cert-authority line (saksi key show)." + exitStatus,
		Example: "  saksi authorize --host web01 --to web01.auth\n  saksi authorize --inventory hosts.txt --valid 72h --to auth/",
		Args:    exactly(0, "no argument"),
		RunE:    func(*cobra.Command, []string) error { return a.authorize(f) },
	}
	f.key.add(c, "operator key")
	c.Flags().StringVar(&f.host, "host", "", "host that will be collected; part of the run id")
	c.Flags().StringVar(&f.inventory, "inventory", "", "file with one host name a line: one authorization each, --to is a directory")
	c.Flags().StringVar(&f.caseID, "case-id", "", "case id for the run record")
	c.Flags().StringVar(&f.run, "run-id", "", "run id (default: made from host, time and four random bytes)")
	c.Flags().StringVar(&f.to, "to", "", "file to write, or a directory that exists (default: RUN-ID.auth here)")
	c.Flags().DurationVar(&f.valid, "valid", 4*time.Hour, "how long the certificate is valid, from five minutes ago")
	return c
}

func (a *app) authorize(f authorizeFlags) error {
	hosts, err := f.hosts()
	if err != nil {
		return err
	}
	if f.valid <= 0 || f.valid > 400*24*time.Hour {
		return usagef("--valid %s: want more than 0 and at most 400 days", f.valid)
	}
	path, err := a.keyPath(f.key.file)
	if err != nil {
		return err
	}
	ca, err := a.loadKey(path)
	if err != nil {
		return err
	}
	defer ca.close()
	out := newJSONLines(a.out)
	for _, host := range hosts {
		file, q, err := a.authorizeOne(f, host, ca.Key)
		if err != nil {
			return withCode(exitFailed, err, "")
		}
		if a.json {
			err = out.write(map[string]any{"file": jsonText(file), "run": q.RunID, "host": jsonText(host), "serial": q.Serial, "valid_after": q.From.Format(time.RFC3339), "valid_before": q.To.Format(time.RFC3339)})
		} else {
			_, err = fmt.Fprintf(a.out, "%s  run %s  serial %d  valid %s to %s\n", safe(file), q.RunID, q.Serial, q.From.Format(time.RFC3339), q.To.Format(time.RFC3339))
		}
		if err != nil {
			return err
		}
	}
	return out.flush()
}

// hosts are the runs to authorize.
func (f *authorizeFlags) hosts() ([]string, error) {
	switch {
	case f.inventory != "" && (f.host != "" || f.run != ""):
		return nil, usagef("--inventory goes without --host and --run-id")
	case f.inventory == "" && f.host == "" && f.run == "":
		return nil, usagef("--host NAME or --inventory FILE is required")
	case f.inventory == "":
		return []string{f.host}, nil
	}
	file, err := os.Open(f.inventory)
	if err != nil {
		return nil, withCode(exitFailed, err, "")
	}
	defer file.Close()
	var out []string
	for s := bufio.NewScanner(file); s.Scan(); {
		if w := strings.Fields(s.Text()); len(w) > 0 && !strings.HasPrefix(w[0], "#") {
			out = append(out, w[0])
		}
	}
	if len(out) == 0 {
		return nil, usagef("--inventory %s names no host", f.inventory)
	}
	if st, err := os.Stat(f.to); f.to != "" && (err != nil || !st.IsDir()) {
		if err := os.MkdirAll(f.to, 0o700); err != nil {
			return nil, withCode(exitFailed, err, "")
		}
	}
	return out, nil
}

func (a *app) authorizeOne(f authorizeFlags, host string, ca *seal.Key) (file string, q bundle.AuthorizationRequest, err error) {
	var random [24]byte
	if _, err := rand.Read(random[:]); err != nil {
		return "", q, fmt.Errorf("random bytes: %w", err)
	}
	now := a.now().UTC()
	q = bundle.AuthorizationRequest{RunID: f.run, Nonce: hex.EncodeToString(random[:16]), CaseID: f.caseID, Operator: f.key.holder(),
		Serial: binary.BigEndian.Uint64(random[16:])>>1 | 1, From: now.Add(-5 * time.Minute).Truncate(time.Second), To: now.Add(f.valid).Truncate(time.Second)}
	if q.RunID == "" {
		if q.RunID, err = bundle.NewRunID(host, now, rand.Reader); err != nil {
			return "", q, err
		}
	}
	run, err := seal.NewRunKey(rand.Reader)
	if err != nil {
		return "", q, err
	}
	text, err := bundle.MarshalAuthorization(q, run, ca)
	if err != nil {
		return "", q, err
	}
	file = f.to
	if st, err := os.Stat(file); file == "" || (err == nil && st.IsDir()) {
		file = filepath.Join(f.to, q.RunID+".auth")
	}
	if err := writeNew(file, text, 0o600); err != nil {
		return "", q, err
	}
	return file, q, nil
}
