//go:build linux

package collect

import (
	"context"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

func TestRate(t *testing.T) {
	w := newMemory()
	read := func(ctx context.Context, env *Env) (bundle.Outcome, error) {
		for range 10 {
			if err := env.Throttle(ctx, 1000); err != nil {
				return bundle.Outcome{}, err
			}
		}
		return bundle.Outcome{Outcome: bundle.Collected}, nil
	}
	r, err := collectAll(t, context.Background(), w, Budgets{Rate: 50_000}, fake{name: "s", group: GroupLogs, items: []func(context.Context, *Env) (bundle.Outcome, error){read}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Elapsed < 180*time.Millisecond {
		t.Errorf("10,000 bytes at 50,000 a second took %s, want about 200 ms", r.Elapsed)
	}
}
