package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// acquisition is the run record.
func (r *run) acquisition() bundle.Acquisition {
	sum := selfHash()
	a := bundle.Acquisition{
		Version: bundle.FormatVersion, RunID: r.signer.runID, Sealed: "host",
		Tool:   bundle.Tool{Name: "saksi-collect", Version: version, SHA256: sum, Go: runtime.Version()},
		CaseID: r.o.caseID, Operator: r.o.operator, Note: r.o.note,
		Argv: append([]string{"saksi-collect", "run"}, r.args...), Profile: r.o.profile, Root: r.h.Root(), Output: r.out.how(),
		Host: bundle.HostClaims{
			Hostname: r.id.Hostname, MachineID: r.id.MachineID, BootID: r.id.BootID, Kernel: r.id.Kernel, Arch: r.id.Arch,
			OS: r.id.OS, Zone: r.id.Zone, ZoneData: r.id.ZoneData,
		},
		Self:          self(sum),
		Authorization: r.signer.auth,
		Clock:         r.h.Clock("start"),
	}
	if a.Authorization != nil {
		if a.CaseID == "" {
			a.CaseID = a.Authorization.CaseID
		}
		if a.Operator == "" {
			a.Operator = a.Authorization.Operator
		}
	}
	return a
}

// selfHash is the SHA-256 of the running executable, "" where it cannot be read.
func selfHash() string {
	f, err := os.Open("/proc/self/exe")
	if err != nil {
		return ""
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}

// self describes this process, so that it is not taken for an intruder.
func self(sum string) bundle.Self {
	s := bundle.Self{PID: os.Getpid(), UID: os.Geteuid(), SHA256: sum}
	if stat, err := os.ReadFile("/proc/self/stat"); err == nil {
		// the name in parentheses may hold anything: fields count from the last ")"
		if i := bytes.LastIndexByte(stat, ')'); i >= 0 {
			if f := strings.Fields(string(stat[i+1:])); len(f) > 19 {
				s.Start, _ = strconv.ParseUint(f[19], 10, 64) // field 22
			}
		}
	}
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		for line := range strings.SplitSeq(string(status), "\n") {
			if v, ok := strings.CutPrefix(line, "CapEff:"); ok {
				s.Caps = strings.TrimSpace(v)
			}
		}
	}
	return s
}
