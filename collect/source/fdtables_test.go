package source

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host/hosttest"
	"github.com/saksi-dfir/saksi/collect/record"
)

// A table of a moment ago serves as long as it is fresh and the pid is still
// that process; everything else is read anew.
func TestTablesOfAMomentAgo(t *testing.T) {
	soon := time.Now().Add(time.Hour) // fresh, however slow the machine is
	for name, c := range map[string]struct {
		table fdTable
		want  bool
	}{
		"fresh":             {fdTable{at: soon, start: 777, sockets: map[int]uint64{3: 500}}, true},
		"old":               {fdTable{at: time.Now().Add(-time.Hour), start: 777, sockets: map[int]uint64{3: 500}}, false},
		"the pid of before": {fdTable{at: soon, start: 776, sockets: map[int]uint64{3: 500}}, false},
		"nothing in it":     {fdTable{at: soon}, true},
	} {
		tables := &fdTables{of: map[int]fdTable{}}
		tables.keep(40, c.table)
		h := hosttest.New(recording())
		if _, ok := tables.fresh(context.Background(), h.P, 40); ok != c.want {
			t.Errorf("%s: %v, want %v", name, ok, c.want)
		}
		if _, ok := tables.fresh(context.Background(), h.P, 50); ok {
			t.Errorf("%s: a table that nobody read", name)
		}
	}
	var none *fdTables
	none.keep(40, fdTable{at: soon})
	if _, ok := none.fresh(context.Background(), hosttest.New(recording()).P, 40); ok {
		t.Error("a table without a run")
	}
}

// What is kept is bounded: a table beyond it is not kept, and one read again
// counts once.
func TestTablesAreBounded(t *testing.T) {
	big := func(n int) fdTable {
		f := fdTable{at: time.Now().Add(time.Hour), sockets: map[int]uint64{}}
		for i := range n {
			f.sockets[i] = uint64(i)
		}
		return f
	}
	tables := &fdTables{of: map[int]fdTable{}}
	for range 3 {
		tables.keep(1, big(tableNotes-10))
	}
	tables.keep(2, big(11))
	tables.keep(3, big(10))
	if got := fmt.Sprint(len(tables.of[1].sockets), len(tables.of[2].sockets), len(tables.of[3].sockets), tables.count); got != fmt.Sprint(tableNotes-10, 0, 10, tableNotes) {
		t.Error(got)
	}
}

// The sources process, socket and ebpf tell the same whether they run together,
// sharing tables, or each alone.
func TestSharedTablesTellTheSame(t *testing.T) {
	r := recording()
	r.Processes[1].FDs = append(r.Processes[1].FDs,
		record.FD{FD: 7, Target: record.Bytes("anon_inode:bpf-prog"), Info: text("prog_type:\t1\nprog_id:\t17\n")},
		record.FD{FD: 8, Target: record.Bytes("anon_inode:[io_uring]"), Info: text("UserFiles:\t1\n    0: socket:[599]\n")})
	run := func(seen *collect.Seen, sources ...collect.Source) map[uint64]string {
		k := newKept()
		for _, s := range sources {
			gather(t, &collect.Env{Host: hosttest.New(r), Out: k, Seen: seen}, s)
		}
		out := map[uint64]string{}
		for _, s := range lines[record.Socket](t, k, "socket") {
			if s.Type == "socket" {
				out[s.Ino] = fmt.Sprint(s.FilterAs, s.Errno, s.Holders)
			}
		}
		return out
	}
	alone, together := run(&collect.Seen{}, socket()), run(&collect.Seen{}, process(), socket())
	if len(alone) != 3 || !maps.Equal(alone, together) {
		t.Errorf("alone %v\ntogether %v", alone, together)
	}
	seen := &collect.Seen{}
	run(seen, process())
	w := bpfWalk{env: &collect.Env{Host: hosttest.New(r), Seen: seen}, proc: hosttest.New(r).P, kernel: hosttest.New(r).K}
	w.findHolders(context.Background())
	if h := w.holders["prog 17"]; len(h) != 1 || h[0].PID != 50 || h[0].FD != 7 {
		t.Errorf("holders of the program %+v", w.holders)
	}
}

// Sockets that were listed before and belong to a process that shows no
// descriptors do not make the tables be read twice; those that came do.
func TestSecondLookOnlyForWhatCame(t *testing.T) {
	for _, c := range []struct {
		denied int
		early  uint64
		want   bool
	}{{1, 599, false}, {1, 600, true}, {0, 599, true}} {
		h := hosttest.New(recording())
		s := newSocketSweep(&collect.Env{Host: h}, h.P, h.K)
		if err := s.scan(context.Background()); err != nil {
			t.Fatal(err)
		}
		s.denied, s.early = c.denied, map[uint64]bool{c.early: true}
		k := newKept()
		stream, err := k.Records(bundle.Exhibit{Name: "data/records/socket"})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.secondLook(context.Background(), stream); err != nil || s.again != c.want {
			t.Errorf("%+v: looked again %v, %v", c, s.again, err)
		}
	}
}

// The count of threads comes from the kernel's own line.
func TestThreadCount(t *testing.T) {
	for stat, want := range map[string]int{
		"40 (a) b) S 1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 2 0 777 0": 2, "": 0, "40 (x) S 1": 0,
		"40 (x) S 1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 -1 0 777 0": 0,
	} {
		if got := threadCount([]byte(stat)); got != want {
			t.Errorf("%q: %d, want %d", stat, got, want)
		}
	}
}
