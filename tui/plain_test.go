package tui

import (
	"context"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// typeLines runs the linear form over lines of input and gives what it says.
func typeLines(t *testing.T, c *fakeCase, input string, opts ...func(*Options)) string {
	t.Helper()
	in, inw, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if _, err := inw.WriteString(input); err != nil {
		t.Fatal(err)
	}
	inw.Close()
	out, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	o := Options{Case: c, In: in, Out: out, Env: func(string) string { return "" }, Now: func() time.Time { return time.Date(2024, 8, 1, 0, 0, 0, 0, c.zone) }}
	for _, f := range opts {
		f(&o)
	}
	err = Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestLinearForm(t *testing.T) {
	c := newFake(60)
	c.mutate = nasty
	got := typeLines(t, c, "events\nnext\nnext\nnext\nopen 1\nraw 1\nopen 99\nfilter hots:x\nfilter host:host-01\nevents\ngo 2024-03-19 00:01\ngo nonsense\nfindings\nhelp\nwhat\nquit\nevents\n")
	for _, want := range []string{"case case-1: 3 hosts", "host host-01: confirmed, infected between 2024-03-19 00:00:00 .. 01:00:00", "1. 2024-03-19", "end of events", "exhibit: ", "the hash agrees", "wants the number of an event",
		"filter not taken: column 1", "20 events match", "is no time", "a monitoring tool of one's own", "next shows more", `no command "what"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not said in:\n%s", want, got)
		}
	}
	for i, b := range []byte(got) {
		if b < 0x20 && b != '\n' || b == 0x7f {
			t.Fatalf("control byte %#x at %d", b, i)
		}
	}
	if strings.Contains(typeLines(t, newFake(0), ""), "1. ") {
		t.Error("an empty case lists events")
	}
}

// TestLinearFormDoesAll walks through what the screen can do, line by line.
func TestLinearFormDoesAll(t *testing.T) {
	dir := t.TempDir()
	asked := func(c *fakeCase, input string, want ...string) {
		t.Helper()
		got := typeLines(t, c, input, func(o *Options) {
			o.Encode = func(format string, w io.Writer) (Encoder, error) {
				return &lineEncoder{w: w, format: format}, nil
			}
			o.Ingest = func(_ context.Context, args []string, progress func(Progress)) error {
				for i := range 3 {
					progress(Progress{Input: args[0], Host: "web09", Stage: "parsing", Done: int64(i) * 50, Total: 100, Events: 7})
				}
				if args[0] == "/nowhere" {
					return os.ErrNotExist
				}
				return nil
			}
		})
		at := 0
		for _, w := range want {
			i := strings.Index(got[at:], w)
			if i < 0 {
				t.Errorf("%q: %q is not said, or too early, in:\n%s", input, w, got)
				return
			}
			at += i + len(w)
		}
	}
	asked(newFake(3000), "events\nstar 2\ntag 2 implant\nnote 2 처음 본 로그인\nbookmark 2 here\nopen 2\nbookmarks\nundo\nbookmarks\nredo\nuntag 2 implant\nnote 2\nstar 99\n",
		"saved: star", "saved: tag implant", "saved: note 처음 본 로그인", "saved: bookmark here on event 2", "* starred", "your tag: implant", "처음 본 로그인", "@here, 2024-03-19 00:00:00, by kim",
		"undone: bookmark", "no bookmarks yet", "done again: bookmark", "saved: untag implant", "note wants a text", "star wants the number")
	asked(newFake(3000), "confirm 1\nfindings\nconfirm 1\nfindings\nreject 1\nundo\nfindings\n", "confirm wants the number of a finding", "1. high, confidence high, 2024-03-19 00:00:20, host host-01", "saved: confirm finding 1",
		"confirmed by kim", "saved: reject finding 1", "undone: reject", "confirmed by kim")
	asked(newFake(3000), "facets\nfacets actor\nfilter actor:root\nfacets actor\nunfilter\nunfilter\n", "facets wants a field: host, source", "actor deploy: 750 events", "filter actor:root: 750 events match", "actor root: 750 events",
		"no filter: 3,000 events match", "no earlier filter")
	asked(newFake(3000), "events\nnext\nback\nback\ngo last\ngo first finding\nsearch kim\nsearch\nsearch zzz\ngo @nix\n", "1. 2024-03-19 00:00:00", "1. 2024-03-19 00:00:40", "1. 2024-03-19 00:00:00", "no further events", "end of events",
		"(cited by a finding of level high)", "for kim from", "no further zzz", `no bookmark "nix"`)
	asked(newFake(3000), "host\nhost host-01\n", `no host ""; the case has 3 hosts`, "host-01  @ confirmed", "started  not before 2024-03-19 00:00:00  scan without it  (event ", "not after  2024-03-19 01:00:00", "Who saw it", "audit      present")
	asked(newFake(60), "search 203.0.113.7\nsearch\nwitnesses 1\n", "1. 2024-03-19 00:00:10", "3 exhibits hold this record", "bundle run-2")
	asked(newFake(60), "ingest\ningest /nowhere\ningest a.tar.zst\n", "ingest wants a bundle", "/nowhere, host web09: parsing 0%, 7 events so far", "ingest: file does not exist", "a.tar.zst, host web09: parsing 0%", "ingest is done", "the case has 60 events of 3 hosts now")
	asked(newFake(60), "merge /nowhere\nmerge /cases/b\nexport csv\nexport csv "+dir+"/out.csv\nexport csv "+dir+"/out.csv\n", "not merged", "1 annotation taken in", "export wants a format", "60 events written to "+dir+"/out.csv", "file exists")
	asked(newFake(60), "help\n", "\nnote N TEXT  ", "\ningest FILE...", "\nquit ")
	c := newFake(60)
	c.fail = errDamaged
	if err := runPlain(context.Background(), Options{Case: c, Now: time.Now}.filled()); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a case that cannot be read gives %v", err)
	}
}
