package tui

import (
	"context"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/tui/clean"
	"github.com/saksi-dfir/saksi/tui/keys"
	"github.com/saksi-dfir/saksi/tui/term"
	"github.com/saksi-dfir/saksi/tui/view"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// The names of the screens, as the key table has them.
const (
	overview = "overview"
	tlScreen = "timeline"
)

// model is the whole state of the screen. Update never does input or output:
// what takes time goes into a command and comes back as an answer.
type model struct {
	o      Options
	sh     *view.Shared
	ov     *view.Overview
	tl     *view.Timeline
	keys   *keys.Map
	screen *term.Screen // nil in tests
	send   func(tea.Msg)
	via    term.Via
	mouse  bool

	w, h   int
	where  string
	over   overlay // nil when none is open
	prompt *prompt // nil when none is open
	toast  string  // what happened last; gone with the next key
	toastK int

	base    context.Context
	ctx     context.Context
	cancel  context.CancelFunc
	stop    context.CancelFunc
	ticking bool      // a redraw is due
	pending int       // commands whose answer is awaited
	stopped time.Time // when ctrl-c was pressed last

	start     view.Anchor // where the list opens
	back, fwd []place
	past      map[string][]string // prompt histories by kind
	ingest    *ingestState
	fresh     string // "+12,400 new" when the case has grown
	line      string // how slow the line to the terminal is, "" when it is not
	marks     []timeline.Bookmark
	format    string // of the export being asked for
	saver     *saver
	saved     view.Anchor // the place saved last
	dirty     bool        // the session has changed since it was saved
}

func newModel(ctx context.Context, o Options, km *keys.Map, th *widget.Theme) *model {
	o = o.filled()
	m := &model{o: o, keys: km, w: 80, h: 24, where: overview, past: map[string][]string{}, send: func(tea.Msg) {}}
	m.sh = view.NewShared(o.Case, th, o.Now)
	m.ov, m.tl = view.NewOverview(m.sh), view.NewTimeline(m.sh)
	m.base, m.stop = context.WithCancel(ctx)
	m.ctx, m.cancel = context.WithCancel(m.base)
	m.restoreSession()
	if o.Query != "" {
		if f, err := view.NewFilter(o.Case, o.Query); err != nil {
			m.say(toastBad, "filter not taken: "+clean.Line(err.Error()))
		} else {
			m.sh.Filter = f
			m.where = tlScreen
		}
	}
	return m
}

// Init asks for all that the first frame shows; the frame does not wait.
func (m *model) Init() tea.Cmd {
	cmds := m.resize()
	cmds = append(cmds, m.readCase()...)
	cmds = append(cmds, m.ov.Open()...)
	cmds = append(cmds, m.openTimeline()...)
	return tea.Batch(m.run(cmds), m.pollCmd())
}

// run turns commands of a screen into commands of Bubble Tea. Each runs under
// the context that ctrl-c ends.
func (m *model) run(cmds []view.Cmd) tea.Cmd {
	var out []tea.Cmd
	for _, c := range cmds {
		if c == nil {
			continue
		}
		m.pending++
		ctx, cmd := m.ctx, c
		out = append(out, func() tea.Msg { return answer{cmd(ctx)} })
	}
	if len(out) > 0 {
		out = append(out, m.tick(lookAgain))
	}
	return tea.Batch(out...)
}

// tick has a frame drawn again after d, unless one is due already.
func (m *model) tick(d time.Duration) tea.Cmd {
	if m.o.Poll < 0 || m.ticking {
		return nil
	}
	m.ticking = true
	return tea.Tick(d, func(time.Time) tea.Msg { return redraw{} })
}

// lookAgain is when a frame is drawn again after a question was asked, so that
// a slow answer is seen to be awaited.
const lookAgain = 90 * time.Millisecond

// shareAgain is how often the share of a long scan is drawn anew.
const shareAgain = 500 * time.Millisecond

type redraw struct{}

// Update takes one message in.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	next, cmd := m.update(msg)
	if m.dirty {
		cmd = tea.Batch(cmd, m.saveCmd())
	}
	return next, cmd
}

func (m *model) update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch x := msg.(type) {
	case tea.WindowSizeMsg:
		m.w, m.h = max(1, x.Width), max(1, x.Height)
		return m, m.run(m.resize())
	case tea.KeyMsg:
		return m, m.typed(x)
	case tea.MouseMsg:
		return m, m.mouseEvent(x)
	case tea.ResumeMsg:
		return m, m.resumed()
	case answer:
		m.pending--
		return m, m.run(m.receive(x.msg))
	case redraw:
		m.ticking = false
		return m, m.follow()
	case linePace:
		if m.line = x.words; m.line != "" {
			m.say(toastNote, m.line)
		}
	case polled:
		return m, m.takePoll(x)
	case ingestTick:
		return m, m.takeIngest(x)
	}
	return m, nil
}

// typed handles a key message. Over a slow line several letters can come in
// one message: each is a key of its own unless a prompt is open.
func (m *model) typed(k tea.KeyMsg) tea.Cmd {
	if k.Type == tea.KeyRunes && k.Alt && !k.Paste && !editing(k) {
		// Over a slow line esc and the key after it come together and look
		// like alt and the key. We bind no alt key, so they are two.
		k.Alt = false
		return tea.Batch(m.key(tea.KeyMsg{Type: tea.KeyEsc}, "esc"), m.typed(k))
	}
	if k.Type == tea.KeyRunes && !k.Alt && m.prompt == nil && !m.typing() {
		if k.Paste {
			return nil // a paste is never a command
		}
		var cmds []tea.Cmd
		for i, r := range k.Runes {
			if m.prompt != nil || m.typing() {
				rest := tea.KeyMsg{Type: tea.KeyRunes, Runes: k.Runes[i:]}
				return tea.Batch(append(cmds, m.key(rest, string(k.Runes[i:])))...)
			}
			cmds = append(cmds, m.key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}}, string(r)))
		}
		return tea.Batch(cmds...)
	}
	return m.key(k, k.String())
}

// editing says whether a key with alt is one of editing a line.
func editing(k tea.KeyMsg) bool {
	s := string(k.Runes)
	return s == "b" || s == "f"
}

func (m *model) typing() bool { return m.over != nil && m.over.typing() }

// say sets the line about what happened.
func (m *model) say(kind int, text string) {
	m.toast, m.toastK = clean.Line(strings.TrimSpace(text)), kind
}

// follow shows how far a scan is, again and again until it has ended.
func (m *model) follow() tea.Cmd {
	if m.tl.Seeking() {
		m.tlStatus()
	}
	if !m.tl.Reads() {
		return nil
	}
	return m.tick(shareAgain)
}

func (m *model) tlStatus() {
	if s := m.tl.Status(); s != "" {
		m.say(toastNote, s)
	} else if strings.HasPrefix(m.toast, "looking for") {
		m.toast = ""
	}
}

// holdFor is how long a frame waits for rows and counts that were just asked
// for. Most answers come sooner; then one frame shows all of it at once.
const holdFor = 12 * time.Millisecond

// View hands the frame to the terminal; Bubble Tea itself draws nothing.
func (m *model) View() string {
	if m.screen != nil {
		f := m.frame()
		if m.where == tlScreen && m.over == nil && m.tl.Awaits(holdFor) {
			f.Hold = holdFor
		}
		m.screen.Show(f)
	}
	return ""
}
