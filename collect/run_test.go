//go:build linux

package collect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
)

func ok(ctx context.Context, env *Env) (bundle.Outcome, error) {
	_, err := env.Out.Bytes(bundle.Exhibit{Path: []byte("/x")}, []byte("abc"))
	return bundle.Outcome{Outcome: bundle.Collected}, err
}

// collectAll plans and runs sources over an empty tree.
func collectAll(t *testing.T, ctx context.Context, w *memory, b Budgets, sources ...Source) (Result, error) {
	t.Helper()
	h, err := host.NewMounted(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	p, err := NewPlan(context.Background(), h, sources, Selection{})
	if err != nil {
		t.Fatal(err)
	}
	return Run(ctx, Config{Plan: p, Writer: w, Budgets: b})
}

// balanced wants every planned item to have exactly one outcome.
func balanced(t *testing.T, w *memory, r Result) map[string]bundle.Outcome {
	t.Helper()
	got := map[string]bundle.Outcome{}
	for _, o := range w.outcomes {
		key := o.Source + " " + o.Target
		if _, twice := got[key]; twice {
			t.Errorf("two outcomes for %s", key)
		}
		got[key] = o
	}
	sum := 0
	for _, n := range r.Count {
		sum += n
	}
	if len(w.outcomes) != r.Items || sum != r.Items {
		t.Errorf("%d outcomes, sum %d, plan %d: %s", len(w.outcomes), sum, r.Items, r.Line())
	}
	return got
}

func TestRunOutcomes(t *testing.T) {
	defer goleak.VerifyNone(t)
	w := newMemory()
	s := fake{name: "s", group: GroupLogs, items: []func(context.Context, *Env) (bundle.Outcome, error){
		ok,
		func(context.Context, *Env) (bundle.Outcome, error) { panic("hostile data") },
		func(context.Context, *Env) (bundle.Outcome, error) { return bundle.Outcome{}, errors.New("broken") },
		func(context.Context, *Env) (bundle.Outcome, error) { return bundle.Outcome{Outcome: "perhaps"}, nil },
		func(_ context.Context, env *Env) (bundle.Outcome, error) {
			_, err := env.Host.Open("/missing")
			return OutcomeOf(err), nil
		},
		func(ctx context.Context, env *Env) (bundle.Outcome, error) {
			if _, err := ok(ctx, env); err != nil {
				return bundle.Outcome{}, err
			}
			return bundle.Outcome{}, errors.New("half")
		},
		func(context.Context, *Env) (bundle.Outcome, error) {
			return bundle.Outcome{Outcome: bundle.Partial, Benign: true}, nil
		},
	}}
	r, err := collectAll(t, context.Background(), w, Budgets{}, s)
	if err != nil {
		t.Fatal(err)
	}
	got := balanced(t, w, r)
	for target, want := range map[string]bundle.OutcomeCode{
		"0": bundle.Collected, "1": bundle.Failed, "2": bundle.Failed, "3": bundle.Failed, "4": bundle.Absent, "5": bundle.Partial, "6": bundle.Partial,
	} {
		if o := got["s "+target]; o.Outcome != want {
			t.Errorf("item %s: %q (%s), want %q", target, o.Outcome, o.Reason, want)
		}
	}
	if o := got["s 0"]; o.Exhibits != 1 || o.Bytes != 3 {
		t.Errorf("item 0: %d exhibits, %d bytes, want 1 and 3", o.Exhibits, o.Bytes)
	}
	if r.Complete() || len(r.Bad) != 4 {
		t.Errorf("complete %v with %d bad outcomes, want 4: %v", r.Complete(), len(r.Bad), r.Bad)
	}
	want := "plan 9 = collected 3 + partial 2 + absent 1 + denied 0 + skipped 0 + timed out 0 + failed 3"
	if r.Line() != want {
		t.Errorf("balance %q, want %q", r.Line(), want)
	}
	if n := bytes.Count(w.files["clock"], []byte("\n")); n != 2 {
		t.Errorf("%d clock readings, want start and end", n)
	}
}

func TestRunGroups(t *testing.T) {
	w := newMemory()
	var order []string
	item := func(name string) []func(context.Context, *Env) (bundle.Outcome, error) {
		return []func(context.Context, *Env) (bundle.Outcome, error){func(context.Context, *Env) (bundle.Outcome, error) {
			order = append(order, name)
			return bundle.Outcome{Outcome: bundle.Collected}, nil
		}}
	}
	r, err := collectAll(t, context.Background(), w, Budgets{},
		fake{name: "walk", group: GroupWalk, items: item("walk")}, fake{name: "b", group: GroupVolatile, items: item("b")},
		fake{name: "a", group: GroupVolatile, items: item("a")}, fake{name: "log", group: GroupLogs, items: item("log")},
		fake{name: "bad", group: GroupLogs, plan: func() ([]bundle.PlanItem, error) { panic("plan") }})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(order, " "); got != "b a log walk" {
		t.Errorf("order %q", got)
	}
	if o := balanced(t, w, r)["bad plan of bad"]; o.Outcome != bundle.Failed {
		t.Errorf("a source whose plan broke: %+v", o)
	}
	for _, when := range []string{`"start"`, `"logs"`, `"walk"`, `"end"`} {
		if !bytes.Contains(w.files["clock"], []byte(when)) {
			t.Errorf("no clock reading %s in %s", when, w.files["clock"])
		}
	}
	if w.checks != 2 {
		t.Errorf("%d checkpoints between groups, want 2", w.checks)
	}
}

func TestRunCancel(t *testing.T) {
	defer goleak.VerifyNone(t)
	w := newMemory()
	ctx, cancel := context.WithCancelCause(context.Background())
	wait := func(c context.Context, _ *Env) (bundle.Outcome, error) {
		cancel(ErrCancelled)
		<-c.Done()
		return bundle.Outcome{}, c.Err()
	}
	r, err := collectAll(t, ctx, w, Budgets{}, fake{name: "s", group: GroupLogs, items: []func(context.Context, *Env) (bundle.Outcome, error){ok, wait, ok, ok}})
	if err != nil {
		t.Fatal(err)
	}
	got := balanced(t, w, r)
	for i, want := range []bundle.OutcomeCode{bundle.Collected, bundle.Skipped, bundle.Skipped, bundle.Skipped} {
		if o := got[fmt.Sprint("s ", i)]; o.Outcome != want {
			t.Errorf("item %d: %q (%s), want %q", i, o.Outcome, o.Reason, want)
		}
	}
	if !errors.Is(r.Ended, ErrCancelled) || r.Complete() {
		t.Errorf("ended %v, complete %v", r.Ended, r.Complete())
	}
}

func TestRunStall(t *testing.T) {
	w := newMemory()
	release := make(chan struct{})
	defer close(release)
	stuck := func(context.Context, *Env) (bundle.Outcome, error) { <-release; return bundle.Outcome{}, nil }
	late := func(_ context.Context, env *Env) (bundle.Outcome, error) {
		_, err := env.Out.File(bundle.Exhibit{Path: []byte("/hung")}, 10, hung(release))
		return bundle.Outcome{Outcome: bundle.Collected}, err
	}
	r, err := collectAll(t, context.Background(), w, Budgets{Stall: 50 * time.Millisecond},
		fake{name: "s", group: GroupLogs, items: []func(context.Context, *Env) (bundle.Outcome, error){stuck, late, ok}})
	if err != nil {
		t.Fatal(err)
	}
	got := balanced(t, w, r)
	if o := got["s 0"]; o.Outcome != bundle.TimedOut {
		t.Errorf("stuck item: %+v", o)
	}
	if o := got["s 1"]; o.Outcome != bundle.Partial || o.Errno != "ETIMEDOUT" {
		t.Errorf("hung read: %+v", o)
	}
	if o := got["s 2"]; o.Outcome != bundle.Collected {
		t.Errorf("the item after them: %+v", o)
	}
}

// hung gives three bytes and then nothing until it is released.
type hung chan struct{}

var errReleased = errors.New("released")

func (h hung) Read(p []byte) (int, error) {
	if len(p) == 10 {
		return copy(p, "abc"), nil
	}
	<-h
	return 0, errReleased
}

func TestRunTimeBudget(t *testing.T) {
	w := newMemory()
	slow := func(ctx context.Context, env *Env) (bundle.Outcome, error) {
		for {
			if err := env.Throttle(ctx, 1000); err != nil {
				return bundle.Outcome{}, err
			}
			time.Sleep(time.Millisecond)
		}
	}
	r, err := collectAll(t, context.Background(), w, Budgets{Time: 60 * time.Millisecond}, fake{name: "s", group: GroupLogs, items: []func(context.Context, *Env) (bundle.Outcome, error){slow, ok}})
	if err != nil {
		t.Fatal(err)
	}
	balanced(t, w, r)
	if !errors.Is(r.Ended, ErrTimeBudget) || r.Count[bundle.Skipped] != 2 {
		t.Errorf("ended %v: %s", r.Ended, r.Line())
	}
}

func TestRunFreeSpace(t *testing.T) {
	w := newMemory()
	busy := func(ctx context.Context, env *Env) (bundle.Outcome, error) {
		return bundle.Outcome{Outcome: bundle.Collected}, env.Throttle(ctx, 1)
	}
	b := Budgets{Free: 100, Space: func() (int64, error) { return 99, nil }}
	r, err := collectAll(t, context.Background(), w, b, fake{name: "s", group: GroupLogs, items: []func(context.Context, *Env) (bundle.Outcome, error){busy, ok}})
	if err != nil {
		t.Fatal(err)
	}
	balanced(t, w, r)
	if !errors.Is(r.Ended, ErrFreeSpace) {
		t.Errorf("ended %v: %s", r.Ended, r.Line())
	}
}

func TestRunMemory(t *testing.T) {
	w := newMemory()
	busy := func(ctx context.Context, env *Env) (bundle.Outcome, error) {
		return bundle.Outcome{Outcome: bundle.Collected}, env.Throttle(ctx, 1)
	}
	b := Budgets{Memory: 100, Resident: func() (int64, error) { return 101, nil }}
	r, err := collectAll(t, context.Background(), w, b, fake{name: "s", group: GroupLogs, items: []func(context.Context, *Env) (bundle.Outcome, error){busy, ok}})
	if err != nil {
		t.Fatal(err)
	}
	balanced(t, w, r)
	if !errors.Is(r.Ended, ErrMemory) {
		t.Errorf("ended %v: %s", r.Ended, r.Line())
	}
}

// TestRunSlowReceiver has a receiver that takes long to accept an exhibit:
// that must not count against the source.
func TestRunSlowReceiver(t *testing.T) {
	w := newMemory()
	w.delay = 300 * time.Millisecond
	r, err := collectAll(t, context.Background(), w, Budgets{Stall: 40 * time.Millisecond}, fake{name: "s", group: GroupLogs, items: []func(context.Context, *Env) (bundle.Outcome, error){ok, ok}})
	if err != nil {
		t.Fatal(err)
	}
	balanced(t, w, r)
	if !r.Complete() {
		t.Errorf("%s: %+v", r.Line(), r.Bad)
	}
}

func TestRunWriteError(t *testing.T) {
	w := newMemory()
	full := errors.New("no space left")
	breaks := func(ctx context.Context, env *Env) (bundle.Outcome, error) {
		w.fail = full
		return ok(ctx, env)
	}
	_, err := collectAll(t, context.Background(), w, Budgets{}, fake{name: "s", group: GroupLogs, items: []func(context.Context, *Env) (bundle.Outcome, error){breaks, ok}})
	if !errors.Is(err, full) {
		t.Errorf("Run: %v, want the error of the writer", err)
	}
}
