package tui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/saksi-dfir/saksi/tui/keys"
	"github.com/saksi-dfir/saksi/tui/term"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// Run shows the case until the user leaves or ctx ends. The terminal is given
// back as it was in every case.
func Run(ctx context.Context, o Options) error {
	o = o.filled()
	remember(o.StateDir, o.Dir)
	look := term.Detect(o.Env)
	if o.Plain || look.Dumb || !term.IsTerminal(o.In) || !term.IsTerminal(o.Out) {
		return runPlain(ctx, o)
	}
	km, err := loadKeys(o.StateDir)
	if err != nil {
		return err
	}
	m := newModel(ctx, o, km, themeFor(o, look))
	defer m.stop()
	m.screen = term.New(o.In, o.Out, m.screenOptions(o, look))
	m.via = look.Via
	m.mouse = o.Mouse
	m.w, m.h = m.screen.Size()
	if err := m.screen.Enter(); err != nil {
		return fmt.Errorf("open the screen: %w", err)
	}
	defer m.screen.Leave()
	p := tea.NewProgram(m, tea.WithContext(ctx), tea.WithInput(o.In), tea.WithOutput(o.Out), tea.WithoutRenderer(), tea.WithoutSignalHandler())
	m.send = p.Send
	defer watchSize(m)()
	_, err = p.Run()
	m.screen.Leave()
	m.saveSession()
	switch {
	case err == nil:
		return nil
	case errors.Is(err, tea.ErrProgramPanic):
		return fmt.Errorf("the screen failed (the case is unharmed; annotations are saved as they are made): %w", err)
	case ctx.Err() != nil:
		return nil
	}
	return fmt.Errorf("run the screen: %w", err)
}

// screenOptions: the pace is the user's, else measured; over an ssh line that
// cannot be measured it is 30 frames a second.
func (m *model) screenOptions(o Options, look term.Look) term.Options {
	out := term.Options{FPS: o.FPS, Mouse: o.Mouse, Sync: look.Tmux, Slow: func(words string) {
		go m.send(linePace{words})
	}}
	if o.FPS == 0 && look.Slow {
		if out.Line = term.OpenLine(o.Env); out.Line == nil {
			out.FPS = 30
		}
	}
	return out
}

// linePace tells that the line to the terminal has become slow, or no longer is.
type linePace struct{ words string }

// watchSize tells the model of a new size of the terminal.
func watchSize(m *model) (stop func()) {
	ch := make(chan os.Signal, 1)
	signal.Notify(ch, syscall.SIGWINCH)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			case <-ch:
				w, h := m.screen.Size()
				m.send(tea.WindowSizeMsg{Width: w, Height: h})
			}
		}
	}()
	return func() {
		signal.Stop(ch)
		close(done)
	}
}

func themeFor(o Options, look term.Look) *widget.Theme {
	name := o.Theme
	if !look.Color {
		name = "mono"
	}
	return widget.NewTheme(name, o.ASCII || look.ASCII)
}

// loadKeys reads the file of remapped keys, when there is one.
func loadKeys(dir string) (*keys.Map, error) {
	if dir == "" {
		return keys.New(nil)
	}
	path := filepath.Join(dir, "keys")
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return keys.New(nil)
	}
	if err != nil {
		return nil, fmt.Errorf("open key file: %w", err)
	}
	defer f.Close()
	remap, err := keys.Read(f)
	if err != nil {
		return nil, fmt.Errorf("key file %q: %w", path, err)
	}
	km, err := keys.New(remap)
	if err != nil {
		return nil, fmt.Errorf("key file %q: %w", path, err)
	}
	return km, nil
}
