package tui

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/tui/view"
)

// session is what the screen keeps of a case for the next time. It holds no
// evidence beyond what the user typed and the id of one event.
type session struct {
	Where  string              `json:"where"`
	Filter string              `json:"filter,omitempty"`
	All    bool                `json:"all"`
	From   int64               `json:"from,omitempty"`
	To     int64               `json:"to,omitempty"`
	Search string              `json:"search,omitempty"`
	Event  string              `json:"event,omitempty"` // id of the event before which the cursor stands
	Host   string              `json:"host,omitempty"`
	Time   int64               `json:"time,omitempty"`
	Bare   bool                `json:"undated,omitempty"`
	Past   map[string][]string `json:"past,omitempty"` // prompt histories
}

// saver writes sessions in the order in which they were taken.
type saver struct {
	mu   sync.Mutex
	path string
	seq  int
	done int
}

// sessionPath is where the session of a case lies: one file per case.
func sessionPath(stateDir, caseDir string) string {
	if stateDir == "" {
		return ""
	}
	abs, err := filepath.Abs(caseDir)
	if err != nil {
		abs = caseDir
	}
	h := sha256.Sum256([]byte(abs))
	return filepath.Join(stateDir, "sessions", hex.EncodeToString(h[:8])+".json")
}

// restoreSession goes where the last session of this case ended. What cannot
// be read any more is left out; it is only a convenience.
func (m *model) restoreSession() {
	m.saver = &saver{path: sessionPath(m.o.StateDir, m.o.Dir)}
	if m.saver.path == "" {
		return
	}
	data, err := os.ReadFile(m.saver.path)
	if err != nil {
		if !errors.Is(err, os.ErrNotExist) {
			m.say(toastNote, "the last session cannot be read: "+err.Error())
		}
		return
	}
	var s session
	if err := json.Unmarshal(data, &s); err != nil {
		m.say(toastNote, "the last session cannot be read: "+err.Error())
		return
	}
	m.apply(s)
}

func (m *model) apply(s session) {
	if s.Where == tlScreen {
		m.where = tlScreen
	}
	if f, err := view.NewFilter(m.o.Case, s.Filter); err == nil {
		m.sh.Filter = f
	}
	if !s.All && s.From < s.To {
		m.sh.Range = view.Range{From: s.From, To: s.To}
	}
	if s.Search != "" {
		if x, err := view.NewSearch(m.o.Case, s.Search); err == nil {
			m.sh.Search = x
		}
	}
	if id, err := event.ParseID(s.Event); err == nil {
		m.start = view.Anchor{Set: true, ID: id, Time: s.Time, Undated: s.Bare}
		if b, err := hex.DecodeString(s.Host); err == nil {
			copy(m.start.Host[:], b)
		}
	}
	if s.Past != nil {
		m.past = s.Past
	}
}

func (m *model) session() session {
	s := session{Where: m.where, Filter: m.sh.Filter.Text, All: m.sh.Range.All, Search: m.sh.Search.Text, Past: m.past}
	if !s.All {
		s.From, s.To = m.sh.Range.From, m.sh.Range.To
	}
	if p := m.tl.Place(); p.Set {
		s.Event, s.Host, s.Time, s.Bare = p.ID.String(), p.Host.String(), p.Time, p.Undated
	}
	return s
}

// saveCmd writes the session beside the screen, so that it survives even a
// program that is killed.
func (m *model) saveCmd() tea.Cmd {
	m.dirty = false
	if m.saver.path == "" {
		return nil
	}
	data, err := json.Marshal(m.session())
	if err != nil {
		return nil
	}
	sv := m.saver
	sv.mu.Lock()
	sv.seq++
	seq := sv.seq
	sv.mu.Unlock()
	return func() tea.Msg {
		sv.write(seq, data)
		return nil
	}
}

// saveSession writes the session at the end.
func (m *model) saveSession() {
	if cmd := m.saveCmd(); cmd != nil {
		cmd()
	}
}

func (s *saver) write(seq int, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if seq < s.done {
		return
	}
	s.done = seq
	_ = replace(s.path, data) // a session that cannot be kept is no reason to stop
}

// replace writes a file whole or not at all.
func replace(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make %q: %w", filepath.Dir(path), err)
	}
	tmp := path + ".new"
	if err := os.WriteFile(tmp, data, 0o600); err != nil {
		return fmt.Errorf("write %q: %w", tmp, err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("rename %q: %w", tmp, err)
	}
	return nil
}

// maxRecent is how many cases are remembered.
const maxRecent = 20

// Recent lists the case directories opened last, the newest first.
func Recent(stateDir string) []string {
	if stateDir == "" {
		return nil
	}
	data, err := os.ReadFile(filepath.Join(stateDir, "recent"))
	if err != nil {
		return nil
	}
	var out []string
	for _, l := range strings.Split(string(data), "\n") {
		if l != "" && len(out) < maxRecent {
			out = append(out, l)
		}
	}
	return out
}

// remember puts a case at the head of the recent ones.
func remember(stateDir, caseDir string) {
	abs, err := filepath.Abs(caseDir)
	if stateDir == "" || err != nil || strings.Contains(abs, "\n") {
		return
	}
	list := []string{abs}
	for _, r := range Recent(stateDir) {
		if r != abs {
			list = append(list, r)
		}
	}
	_ = replace(filepath.Join(stateDir, "recent"), []byte(strings.Join(list[:min(len(list), maxRecent)], "\n")+"\n"))
}
