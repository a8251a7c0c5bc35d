package source

import (
	"slices"
	"syscall"
	"testing"

	"github.com/saksi-dfir/saksi/collect/host"
)

// endingProc is a procfs of tasks, each with its namespace, that may end.
type endingProc struct {
	host.Proc
	pids []int
	in   map[string]string // directory of the task -> link of its namespace
}

func (p *endingProc) PIDs() ([]int, error)             { return p.pids, nil }
func (p *endingProc) ReadDir(string) ([]string, error) { return nil, syscall.ENOENT }
func (p *endingProc) Readlink(name string) (string, error) {
	if l, ok := p.in[name]; ok {
		return l, nil
	}
	return "", syscall.ESRCH
}

// TestVisitTakesTheNextTask: a task that ends, or goes elsewhere, while its
// namespace is walked makes the next one's turn; without one, it is gone.
func TestVisitTakesTheNextTask(t *testing.T) {
	p := &endingProc{pids: []int{1, 2, 3, 4}, in: map[string]string{"1/ns/net": "net:[10]", "2/ns/net": "net:[20]", "3/ns/net": "net:[20]", "4/ns/net": "net:[30]"}}
	found, denied, err := namespacesOf(t.Context(), p)
	if err != nil || denied != 0 || len(found) != 3 {
		t.Fatalf("found %v, denied %d, %v", found, denied, err)
	}
	var asked []int
	gone, err := found.visit(t.Context(), p, func(ino uint64, task task) error {
		asked = append(asked, task.pid)
		switch task.pid {
		case 2: // moves while it is asked
			p.in["2/ns/net"] = "net:[10]"
		case 3: // ends before the next namespace's turn
			delete(p.in, "4/ns/net")
		}
		return nil
	})
	if err != nil || !slices.Equal(asked, []int{1, 2, 3}) || !slices.Equal(gone, []uint64{30}) {
		t.Errorf("asked %v, gone %v, %v; want [1 2 3], [30]", asked, gone, err)
	}
	if _, ok := found[30]; ok || found[20].count != 2 {
		t.Errorf("left: %v", found)
	}
}
