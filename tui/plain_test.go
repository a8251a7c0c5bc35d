package tui

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"
)

// typeLines runs the linear form over lines of input and gives what it says.
func typeLines(t *testing.T, c *fakeCase, input string) string {
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
	err = Run(context.Background(), Options{Case: c, In: in, Out: out, Env: func(string) string { return "" }, Now: func() time.Time { return time.Date(2024, 8, 1, 0, 0, 0, 0, c.zone) }})
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
