package timeline_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/collect/seal"
	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// exampleCase makes a case with one bundle of three log lines, as an ingest
// does: write a bundle, take it in, hand over the events of its exhibit.
func exampleCase() (c *timeline.Case, cleanup func(), err error) {
	dir, err := os.MkdirTemp("", "saksi-example")
	if err != nil {
		return nil, nil, err
	}
	cleanup = func() { os.RemoveAll(dir) }
	lines := []string{"sshd: accepted publickey for kim", "sudo: kim : COMMAND=/usr/bin/id", "sshd: accepted publickey for park"}
	path := filepath.Join(dir, "web01.tar.zst")
	x, err := exampleBundle(path, lines)
	if err != nil {
		return nil, cleanup, err
	}
	if err := timeline.Create(filepath.Join(dir, "case"), timeline.CreateOptions{Zone: "UTC"}); err != nil {
		return nil, cleanup, err
	}
	if c, err = timeline.Open(filepath.Join(dir, "case")); err != nil {
		return nil, cleanup, err
	}
	w, err := c.Writer(timeline.WriterOptions{})
	if err != nil {
		return nil, cleanup, err
	}
	in, err := w.Ingest(context.Background(), path, timeline.IngestOptions{Parsers: map[string]int{"example": 1}})
	if err != nil {
		return nil, cleanup, err
	}
	at := int64(0)
	for i, l := range lines {
		actor := "kim"
		if strings.HasSuffix(l, "park") {
			actor = "park"
		}
		e := event.Event{Time: event.At(1_710_806_400e9+int64(i)*60e9, event.Second), Host: event.MakeHostKey("", "web01"), Source: "syslog", Parser: "example",
			Actor: actor, Action: "logged", Message: l, Origin: event.Origin{Run: "run-1", Exhibit: x.Number, Path: x.Name, Offset: at, Length: int64(len(l))}}
		sum, err := hex.DecodeString(x.SHA256)
		if err != nil {
			return nil, cleanup, err
		}
		copy(e.Origin.SHA256[:], sum)
		if err := in.Event(&e); err != nil {
			return nil, cleanup, err
		}
		at += int64(len(l)) + 1
	}
	return c, cleanup, errors.Join(in.Commit(), w.Close())
}

func exampleBundle(path string, lines []string) (x bundle.Exhibit, err error) {
	f, err := os.Create(path)
	if err != nil {
		return x, err
	}
	key, err := seal.NewRunKey(strings.NewReader(strings.Repeat("k", 32)))
	if err != nil {
		return x, err
	}
	w, err := bundle.NewWriter(f, bundle.Options{Signer: key, Plan: []bundle.PlanItem{{Item: 1, Source: "logs", Target: "/var/log/auth.log"}},
		Acquisition: bundle.Acquisition{RunID: "run-1", Sealed: "host", Host: bundle.HostClaims{Hostname: "web01"}, Clock: record.Clock{Realtime: 1_710_900_000e9}}})
	if err != nil {
		return x, err
	}
	if x, err = w.Bytes(bundle.Exhibit{Name: "data/files/var/log/auth.log", Item: 1, Source: "logs"}, []byte(strings.Join(lines, "\n")+"\n")); err != nil {
		return x, err
	}
	if err := w.Outcome(bundle.Outcome{Item: 1, Source: "logs", Target: "/var/log/auth.log", Outcome: bundle.Collected}); err != nil {
		return x, err
	}
	_, err = w.Close()
	return x, errors.Join(err, f.Close())
}

// A case is opened by its directory; Stat tells what it holds.
func ExampleOpen() {
	c, cleanup, err := exampleCase()
	if err != nil {
		log.Fatal(err)
	}
	defer cleanup()
	defer c.Close()

	again, err := timeline.Open(c.Dir()) // any number of readers
	if err != nil {
		log.Fatal(err)
	}
	defer again.Close()
	st, err := again.Stat(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(st.Hosts, "host,", st.Bundles, "bundle,", st.Events, "events")
	// Output: 1 host, 1 bundle, 3 events
}

// Page gives rows in time order; its cursors continue in both directions.
func ExampleCase_Page() {
	c, cleanup, err := exampleCase()
	if err != nil {
		log.Fatal(err)
	}
	defer cleanup()
	defer c.Close()

	q, err := c.Parse("host:web01 actor:kim")
	if err != nil {
		log.Fatal(err)
	}
	var cursor timeline.Cursor
	for {
		p, err := c.Page(context.Background(), q, timeline.PageRequest{After: cursor, Limit: 1})
		if err != nil {
			log.Fatal(err)
		}
		for _, row := range p.Rows {
			fmt.Println(c.HostName(row.Event.Host), row.Event.Message)
		}
		if !p.More {
			break
		}
		cursor = p.Last
	}
	// Output:
	// web01 sshd: accepted publickey for kim
	// web01 sudo: kim : COMMAND=/usr/bin/id
}

// Histogram counts events per bucket; the buckets need not be occupied.
func ExampleCase_Histogram() {
	c, cleanup, err := exampleCase()
	if err != nil {
		log.Fatal(err)
	}
	defer cleanup()
	defer c.Close()

	from := int64(1_710_806_400e9)
	bs, err := c.Histogram(context.Background(), nil, from, from+4*60e9, 4)
	if err != nil {
		log.Fatal(err)
	}
	for _, b := range bs {
		fmt.Print(b.Count, " ")
	}
	// Output: 1 1 1 0
}

// Facets counts the values of a field.
func ExampleCase_Facets() {
	c, cleanup, err := exampleCase()
	if err != nil {
		log.Fatal(err)
	}
	defer cleanup()
	defer c.Close()

	vs, err := c.Facets(context.Background(), nil, "actor", 10)
	if err != nil {
		log.Fatal(err)
	}
	for _, v := range vs {
		fmt.Println(v.Value, v.Count)
	}
	// Output:
	// kim 2
	// park 1
}

// Raw reads the very bytes of an event again from the sealed bundle.
func ExampleCase_Raw() {
	c, cleanup, err := exampleCase()
	if err != nil {
		log.Fatal(err)
	}
	defer cleanup()
	defer c.Close()

	q, err := c.Parse("actor:park")
	if err != nil {
		log.Fatal(err)
	}
	for row, err := range c.Events(context.Background(), q) {
		if err != nil {
			log.Fatal(err)
		}
		r, err := c.Raw(context.Background(), row.ID)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%q at offset %d of %s, hashes agree: %v\n", r.Bytes, r.Origin.Offset, r.Origin.Path, r.FrameOK)
	}
	// Output: "sshd: accepted publickey for park" at offset 65 of data/files/var/log/auth.log, hashes agree: true
}
