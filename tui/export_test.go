package tui

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/saksi-dfir/saksi/timeline"
)

func TestExportAndCopy(t *testing.T) {
	dir := t.TempDir()
	var got strings.Builder
	x := newHarness(t, newFake(1300), 120, 30, func(o *Options) {
		o.Encode = func(format string, w io.Writer) (Encoder, error) {
			return &lineEncoder{w: w, log: &got, format: format}, nil
		}
	})
	path := filepath.Join(dir, "out.csv")
	x.keys("2", "x").see("all events of filter and range")
	x.keys("enter", "ctrl+u", "text:"+path, "enter").see("1,300 events written")
	b, err := os.ReadFile(path)
	if err != nil || strings.Count(string(b), "\n") != 1301 {
		t.Errorf("%d lines, %v", strings.Count(string(b), "\n"), err)
	}
	x.keys("x", "enter", "ctrl+u", "text:"+path, "enter").see("file exists")
	x.keys(" ", " ", "x").see("2 marked events")
	x.keys("j", "enter", "ctrl+u", "text:"+path+"2", "enter").see("2 events written")
	x.keys("y").see("no terminal to copy to")
	path3 := filepath.Join(dir, "half")
	x.c.fail = errDamaged
	x.keys("esc", "x", "enter", "ctrl+u", "text:"+path3, "enter").see("is damaged")
	if _, err := os.Stat(path3); err == nil {
		t.Error("an export that failed leaves a file")
	}
}

type lineEncoder struct {
	w      io.Writer
	log    *strings.Builder
	format string
}

func (e *lineEncoder) Row(r *timeline.Row) error { _, err := fmt.Fprintln(e.w, r.ID); return err }
func (e *lineEncoder) Flush() error              { _, err := fmt.Fprintln(e.w, e.format); return err }

func TestIngestProgress(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	var args []string
	x := newHarness(t, newFake(100), 120, 30, func(o *Options) {
		o.Ingest = func(ctx context.Context, in []string, progress func(Progress)) error {
			args = in
			progress(Progress{Input: "a.tar.zst", Host: "web01", Stage: "parsing", Done: 50, Total: 100, Events: 1234})
			close(started)
			select {
			case <-release:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
	news := make(chan tea.Msg, 16)
	x.m.send = func(m tea.Msg) { news <- m }
	x.keys("I", `text:a.tar.zst "b c"`, "enter")
	<-started
	x.settle(func() tea.Msg { return <-news })
	x.see("a.tar.zst (web01)  parsing", "50%", "1,234 events", "running")
	x.keys("esc").see("what is shown is not all")
	x.keys("Q").see("an ingest is running")
	if x.end {
		t.Error("Q left while an ingest runs")
	}
	close(release)
	x.settle(func() tea.Msg { return <-news })
	x.see("ingest is done")
	if len(args) != 2 || args[1] != "b c" {
		t.Errorf("arguments %q", args)
	}
}

// TestIngestTells: what the ingest has to tell, and what became of each input,
// stands on its screen.
func TestIngestTells(t *testing.T) {
	x := newHarness(t, newFake(60), 80, 24, func(o *Options) {
		o.Ingest = func(_ context.Context, _ []string, progress func(Progress)) error {
			progress(Progress{Input: "a.tar.zst", Stage: "checking", Done: 95, Total: 100})
			progress(Progress{Note: "a.tar.zst: INTEGRITY ok, SIGNER\x1b[31m unknown"})
			progress(Progress{Input: "a.tar.zst", Host: "web01", Stage: "in the case already", Ended: true})
			return nil
		}
	})
	news := make(chan tea.Msg, 16)
	x.m.send = func(m tea.Msg) { news <- m }
	x.keys("I", "text:a.tar.zst", "enter")
	for !strings.Contains(strings.Join(x.screen(), "\n"), "done") {
		x.settle(func() tea.Msg { return <-news })
	}
	x.see("a.tar.zst (web01)  in the case already", "INTEGRITY ok, SIGNER", "ingest is done").miss("95%", "\x1b[31m")
}
