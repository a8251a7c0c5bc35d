package parse

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// edges fills in the first and last line of the files of audit rotations: an
// event whose records a rotation tore apart has one half in each.
func edges(src Source, acq *bundle.Acquisition, exhibits []bundle.Exhibit, series map[string][]Sibling) {
	for _, b := range exhibits {
		p := string(b.Path)
		list := series[rotationStem(p)]
		if !strings.HasPrefix(path.Base(p), "audit.log") || len(list) < 2 {
			continue
		}
		first, last, open := edgeLines(src, acq, b)
		for i := range list {
			if list[i].Path == p {
				list[i].First, list[i].Last, list[i].Open = first, last, open
			}
		}
	}
}

func edgeLines(src Source, acq *bundle.Acquisition, b bundle.Exhibit) (first, last string, open bool) {
	x, _, err := prepare(src, acq, b)
	if x == nil {
		return "", "", false
	}
	defer x.Close()
	if err != nil {
		return "", "", false
	}
	if line, _, ok := bytes.Cut(x.Head, []byte("\n")); ok {
		first = string(line)
	}
	tail := x.Tail
	if x.Layer != "" && len(x.Head) < headSize {
		tail = x.Head // the whole file
	}
	open = len(tail) > 0 && tail[len(tail)-1] != '\n'
	tail = bytes.TrimRight(tail, "\n")
	if i := bytes.LastIndexByte(tail, '\n'); i >= 0 {
		last = string(tail[i+1:])
	}
	return first, last, open
}

// homeLimit bounds the records that are searched for home directories, in bytes.
const homeLimit = 1 << 30

// homeBirths finds in the collector's file walk when the home directories that
// hold a shell history were born: home directory -> ns.
func homeBirths(src Source, acq *bundle.Acquisition, exhibits []bundle.Exhibit, accounts []Account) map[string]int64 {
	want := make(map[string][]byte)
	facts := &Facts{Accounts: accounts}
	for _, x := range exhibits {
		if !strings.Contains(path.Base(string(x.Path)), "hist") {
			continue
		}
		if a, ok := facts.HomeOwner(string(x.Path)); ok {
			home := strings.TrimRight(a.Home, "/")
			if quoted, err := json.Marshal(home); err == nil {
				want[home] = append(append([]byte(`"path":`), quoted...), ',')
			}
		}
	}
	out := make(map[string]int64)
	if acq.Sealed != "host" {
		return out // a desk's copies of directories are born at the desk
	}
	left := int64(homeLimit)
	for _, x := range exhibits {
		if len(want) == 0 || left <= 0 {
			break
		}
		if strings.HasPrefix(x.Name, "data/records/filestat") {
			left -= x.Size
			searchHomes(src, x, want, out)
		}
	}
	return out
}

// searchHomes looks for the records of the wanted directories in one part.
func searchHomes(src Source, x bundle.Exhibit, want map[string][]byte, out map[string]int64) {
	c, err := src.OpenExhibit(x)
	if err != nil {
		return
	}
	defer c.Close()
	buf := make([]byte, 1<<20)
	kept := 0
	for off := int64(0); off < x.Size; {
		n, err := c.ReadAt(buf[kept:], off)
		if n == 0 || err != nil && !errors.Is(err, io.EOF) {
			return
		}
		off += int64(n)
		data := buf[:kept+n]
		end := bytes.LastIndexByte(data, '\n') + 1
		for home, needle := range want {
			if i := bytes.Index(data[:end], needle); i >= 0 {
				if born := bornOf(data[:end], i); born != 0 {
					out[home] = born
				}
				delete(want, home)
			}
		}
		kept = copy(buf, data[end:])
		if kept == len(buf) {
			kept = 0 // no line is so long
		}
	}
}

// bornOf reads the record around byte i.
func bornOf(data []byte, i int) int64 {
	line := data[bytes.LastIndexByte(data[:i], '\n')+1:]
	line = line[:bytes.IndexByte(line, '\n')]
	var r struct {
		Mode  uint32 `json:"mode"`
		Btime int64  `json:"btime"`
	}
	const directory = 0o040000
	if json.Unmarshal(line, &r) != nil || r.Mode&0o170000 != directory {
		return 0
	}
	return r.Btime
}
