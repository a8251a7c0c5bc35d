//go:build linux

package source

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// restless is a host whose files change while they are read.
type restless struct {
	host.Host
	change func(f *restlessFile)
}

func (h restless) Open(path string) (host.File, error) {
	f, err := h.Host.Open(path)
	if err != nil {
		return nil, err
	}
	return &restlessFile{File: f, change: h.change}, nil
}

type restlessFile struct {
	host.File
	change func(*restlessFile)
	read   bool
	delta  int64 // added to the size that Stat tells
	mtime  int64
	end    int64 // reads beyond it find the end; 0 none
	bad    int64 // the page at this offset cannot be read; 0 none
}

func (f *restlessFile) Stat() (record.File, error) {
	s, err := f.File.Stat()
	if f.read {
		s.Size, s.Mtime = s.Size+f.delta, s.Mtime+f.mtime
	}
	return s, err
}

func (f *restlessFile) ReadAt(p []byte, off int64) (int, error) {
	if !f.read {
		f.read = true
		f.change(f)
	}
	if f.end > 0 && off >= f.end {
		return 0, io.EOF
	}
	if f.end > 0 {
		p = p[:min(int64(len(p)), f.end-off)]
	}
	if f.bad > 0 {
		if off >= f.bad && off < f.bad+badPage {
			return 0, unix.EIO
		}
		if off < f.bad && off+int64(len(p)) > f.bad {
			return 0, unix.EIO
		}
	}
	return f.File.ReadAt(p, off)
}

func TestChangedWhileRead(t *testing.T) {
	dir := t.TempDir()
	text := strings.Repeat("0123456789abcdef", 4096) // 64 KiB
	plantFiles(t, dir, map[string]string{"f": text})
	for _, tc := range []struct {
		name   string
		change func(*restlessFile)
		want   bundle.OutcomeCode
		benign bool
		flag   string
		errno  string
	}{
		{"grew", func(f *restlessFile) { f.delta = 100 }, bundle.Collected, false, flagGrew, ""},
		{"rewritten", func(f *restlessFile) { f.mtime = 1 }, bundle.Collected, false, flagChanged, ""},
		{"shrank", func(f *restlessFile) { f.delta, f.end = -100, 65436 }, bundle.Partial, true, flagShrank, ""},
		{"emptied", func(f *restlessFile) { f.delta, f.end = -65536, 1 }, bundle.Partial, true, flagShrank, ""},
		{"bad page", func(f *restlessFile) { f.bad = 8192 }, bundle.Partial, false, "", "EIO"},
	} {
		h, err := host.NewMounted(dir)
		if err != nil {
			t.Fatal(err)
		}
		p, err := collect.NewPlan(context.Background(), restless{h, tc.change}, []collect.Source{paths()}, collect.Selection{Paths: []string{"/f"}})
		if err != nil {
			t.Fatal(err)
		}
		s := newShelf()
		r, err := collect.Run(context.Background(), collect.Config{Plan: p, Writer: s})
		if err != nil {
			t.Fatal(err)
		}
		o := s.outcomes["paths /f"]
		if o.Outcome != tc.want || o.Benign != tc.benign || o.Errno != tc.errno || (tc.flag != "" && !slices.Contains(o.Flags, tc.flag)) {
			t.Errorf("%s: %+v", tc.name, o)
		}
		if r.Complete() != (tc.errno == "") {
			t.Errorf("%s: complete %v", tc.name, r.Complete())
		}
		if len(s.files["/f"]) != len(text) {
			t.Errorf("%s: exhibit of %d bytes, want %d as announced", tc.name, len(s.files["/f"]), len(text))
		}
		if tc.name == "bad page" {
			got := string(s.files["/f"])
			if got[:8192] != text[:8192] || got[8192+badPage:] != text[8192+badPage:] || strings.Trim(got[8192:8192+badPage], "\x00") != "" {
				t.Error("the pages around the bad one are not as they were")
			}
			if st := s.exhibits["/f"].States; len(st) != 1 || st[0].Offset != 8192 || st[0].Length != badPage {
				t.Errorf("states %+v", st)
			}
		}
		h.Close()
	}
}
