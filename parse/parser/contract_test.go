package parser

import (
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse/parsetest"
)

// held counts the fixtures that were held to the contract, by parser.
var held = struct {
	sync.Mutex
	n map[string]int
}{n: map[string]int{}}

// contract holds a fixture to the contract and notes that it was.
func contract(t *testing.T, c parsetest.Case) {
	t.Helper()
	held.Lock()
	held.n[c.Parser]++
	held.Unlock()
	parsetest.Run(t, All(), c)
}

// TestMain fails when all tests ran and a listed parser was not held to the
// contract by any of them.
func TestMain(m *testing.M) {
	code := m.Run()
	whole := true
	for _, name := range []string{"test.run", "test.skip", "test.list", "test.fuzz"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != "" {
			whole = false
		}
	}
	if whole && code == 0 && !testing.Short() {
		for _, p := range parsers() {
			if name := p.Describe().Name; held.n[name] == 0 {
				fmt.Printf("FAIL: no fixture of parser %q was held to the contract\n", name)
				code = 1
			}
		}
	}
	os.Exit(code)
}

// TestMemoryContract: the records of a RAM image.
func TestMemoryContract(t *testing.T) {
	data := jsonl(t, &record.MemoryChunk{Type: "memory-chunk", At: recordNow, Start: 4096, Length: 8192,
		States: []record.MemoryState{{Offset: 0, Length: 4096, State: "read"}, {Offset: 4096, Length: 4096, State: "unreadable", Errno: "EIO"}}},
		&record.MemorySummary{Type: "memory-summary", At: recordNow + 5, Started: recordNow, Source: "kcore", Kernel: "6.1.0", Read: 4096, Unreadable: 4096,
			Ranges: []record.MemoryRange{{Start: 4096, End: 12288}}})
	contract(t, parsetest.Case{Parser: "memory", Events: 1, Source: recordSource("memory", data)})
}
