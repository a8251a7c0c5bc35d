package tui

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/saksi-dfir/saksi/tui/view"
)

// pathsRead answers with the names that a path being typed can become.
type pathsRead struct {
	line, head, tail string
	list             []string
	err              error
}

// completePath is tab in prompts that take paths: the last word becomes the
// next name of its directory. Reading it is done beside the screen.
func (m *model) completePath() []view.Cmd {
	p := m.prompt
	line := p.in.Text()
	if m.offerNext(line) {
		return nil
	}
	before, tail := p.in.Split()
	at := 0
	if p.kind == promptIngest { // several, with blanks between
		at = strings.LastIndexByte(before, ' ') + 1
		if i := strings.LastIndexByte(before, '"'); strings.Count(before, `"`)%2 == 1 {
			at = i + 1
		}
	}
	head, word := before[:at], before[at:]
	return []view.Cmd{func(context.Context) any {
		out := pathsRead{line: line, head: head, tail: tail}
		out.list, out.err = pathNames(word)
		return out
	}}
}

// pathNames lists the entries of a directory whose name begins as typed, with
// a slash behind directories.
func pathNames(word string) ([]string, error) {
	dir, begin := filepath.Split(word)
	open := dir
	if open == "" {
		open = "."
	}
	des, err := os.ReadDir(open)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, de := range des {
		name := de.Name()
		if !strings.HasPrefix(name, begin) || begin == "" && name[0] == '.' {
			continue
		}
		full := dir + name
		if fi, err := os.Stat(full); err == nil && fi.IsDir() {
			full += string(filepath.Separator)
		}
		out = append(out, full)
	}
	return out, nil
}

func (m *model) takePaths(x pathsRead) {
	p := m.prompt
	if p == nil || p.in.Text() != x.line {
		return
	}
	if x.err != nil || len(x.list) == 0 {
		p.note = "no file begins like this"
		return
	}
	p.comp = &completion{head: x.head, tail: x.tail, list: x.list}
	m.offer()
}
