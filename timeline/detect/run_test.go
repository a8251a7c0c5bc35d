package detect_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect"
	"github.com/saksi-dfir/saksi/timeline/detect/detecttest"
	"github.com/saksi-dfir/saksi/timeline/event"
)

type fixed []claim.Finding

func (f fixed) Describe() detect.Description {
	return detect.Description{Name: "fixed", Version: 3, Doc: "d", Technique: "T1", Alternative: "routine", Sources: []string{"process"}}
}

func (f fixed) Detect(_ context.Context, _ detect.Events, _ detect.Coverage, emit func(claim.Finding) error) error {
	for _, x := range f {
		if err := emit(x); err != nil {
			return err
		}
	}
	return nil
}

func TestRunCompletesAndSorts(t *testing.T) {
	id := event.ID{1}
	low := claim.Finding{Title: "low", Level: claim.Low, Events: []event.ID{id}}
	high := claim.Finding{Title: "high", Level: claim.High, Events: []event.ID{{2}, id, {2}}, Technique: "T2", Alternative: "other"}
	got, err := detect.Run(t.Context(), []detect.Detector{fixed{low, high, low}}, detecttest.Memory(nil), detecttest.Covered("absent"))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Title != "high" || got[1].Title != "low" {
		t.Fatalf("findings %+v", got)
	}
	if got[0].Rule != "fixed" || got[0].Version != 3 || got[0].Technique != "T2" || got[1].Technique != "T1" || got[1].Alternative != "routine" {
		t.Errorf("not completed: %+v", got)
	}
	if len(got[0].Events) != 2 || len(got[0].ID) != 16 || got[0].ID == got[1].ID || got[0].Coverage[0] != "process: absent" {
		t.Errorf("events, id or coverage: %+v", got[0])
	}
}

func TestWordsAreBounded(t *testing.T) {
	long := claim.Finding{Title: strings.Repeat("가", 1000), Detail: strings.Repeat("x", 100_000), Level: claim.Low, Events: []event.ID{{1}}}
	got, err := detect.Run(t.Context(), []detect.Detector{fixed{long}}, detecttest.Memory(nil), detecttest.Covered("absent"))
	if err != nil || len(got[0].Title) > 512 || !utf8.ValidString(got[0].Title) || !strings.HasSuffix(got[0].Title, " ...") || len(got[0].Detail) > 32<<10 {
		t.Errorf("%d %d %v", len(got[0].Title), len(got[0].Detail), err)
	}
}

func TestADetectorThatFiresOnEverythingIsStopped(t *testing.T) {
	var many fixed
	for i := range 20_000 {
		many = append(many, claim.Finding{Title: "t", Level: claim.High, Implant: "exe:/x", Events: []event.ID{{byte(i), byte(i >> 8), 1}}})
	}
	got, err := detect.Run(t.Context(), []detect.Detector{many, fixed{{Title: "other", Level: claim.Low, Events: []event.ID{{9}}}}}, detecttest.Memory(nil), detecttest.Covered("absent"))
	if err != nil || len(got) != 10_002 {
		t.Fatalf("%d findings, %v", len(got), err)
	}
	last := got[len(got)-1]
	if last.Level != claim.Info || last.Implant != "" || !strings.Contains(last.Title, "not listed") {
		t.Errorf("%+v", last)
	}
}

func TestRunRefusesIncompleteFindings(t *testing.T) {
	id := []event.ID{{1}}
	for name, f := range map[string]claim.Finding{
		"no events": {Title: "t", Level: claim.Low},
		"no level":  {Title: "t", Events: id},
		"no title":  {Level: claim.Low, Events: id},
	} {
		if _, err := detect.Run(t.Context(), []detect.Detector{fixed{f}}, detecttest.Memory(nil), detecttest.Covered("present")); !errors.Is(err, detect.ErrIncomplete) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
