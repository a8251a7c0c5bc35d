package bundle

import (
	"encoding/json"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/saksi-dfir/saksi/collect/seal"
)

// records reads run.json and plan.jsonl and checks them against the directory
// name and the signing key.
func (b *Bundle) records(dir string) error {
	run, err := b.tagBytes("run.json", maxRunRecord)
	if err != nil {
		return err
	}
	if b.acq, err = parseRun(run, dir, b.pub); err != nil {
		return err
	}
	plan, err := b.tagBytes("plan.jsonl", maxPlanBytes)
	if err != nil {
		return err
	}
	b.plan, err = parsePlan(plan)
	return err
}

// parseRun reads run.json. pub is the key of the seal, nil when not known yet.
func parseRun(data []byte, dir string, pub ssh.PublicKey) (Acquisition, error) {
	var a Acquisition
	var v struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return a, fmt.Errorf("bundle: run.json: %w", err)
	}
	if v.Version != FormatVersion {
		return a, fmt.Errorf("%w: %d, this program reads %d", ErrVersion, v.Version, FormatVersion)
	}
	if err := json.Unmarshal(data, &a); err != nil {
		return a, fmt.Errorf("bundle: run.json: %w", err)
	}
	if a.RunID != dir {
		return a, fmt.Errorf("bundle: run record of %.120q in the bag of %.120q", a.RunID, dir)
	}
	if pub != nil && seal.PublicLine(pub) != a.Signer {
		return a, fmt.Errorf("bundle: sealed by %s, the run record names another key", seal.Fingerprint(pub))
	}
	return a, nil
}

func parsePlan(data []byte) ([]PlanItem, error) {
	var plan []PlanItem
	for line := range strings.Lines(string(data)) {
		var p PlanItem
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			return nil, fmt.Errorf("bundle: plan.jsonl: %w", err)
		}
		if p.Item != len(plan)+1 {
			return nil, fmt.Errorf("bundle: plan.jsonl: item %d at place %d", p.Item, len(plan)+1)
		}
		plan = append(plan, p)
	}
	return plan, nil
}
