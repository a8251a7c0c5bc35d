package bundle

import "fmt"

// Outcome closes one plan item. Each item is closed once; its source and
// target are filled from the plan when empty.
func (w *Writer) Outcome(o Outcome) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.usable(); err != nil {
		return err
	}
	if o.Item < 1 || o.Item > len(w.o.Plan) {
		return fmt.Errorf("bundle: outcome of item %d, the plan has %d", o.Item, len(w.o.Plan))
	}
	if w.closed[o.Item] {
		return fmt.Errorf("bundle: item %d has two outcomes", o.Item)
	}
	p := w.o.Plan[o.Item-1]
	if o.Source == "" {
		o.Source = p.Source
	}
	if o.Target == "" {
		o.Target = p.Target
	}
	line, err := outcomeLine(o)
	if err != nil {
		return err
	}
	w.closed[o.Item] = true
	w.pending = append(w.pending, line...)
	w.outcomes = append(w.outcomes, line)
	w.led.outcome(line)
	if len(w.pending) >= partFull {
		return w.checkpoint()
	}
	return nil
}

const maxFlags = 1000 // of one outcome; the rest is counted

// outcomeLine is one line of outcomes.jsonl; flags that do not fit are counted.
func outcomeLine(o Outcome) ([]byte, error) {
	all := o.Flags
	for keep := min(len(all), maxFlags); ; keep /= 2 {
		if o.Flags = all; keep < len(all) {
			o.Flags = append(all[:keep:keep], fmt.Sprintf("and %d more", len(all)-keep))
		}
		line, err := jsonLine(&o)
		if err != nil || len(line) <= partFull {
			return line, err
		}
		if keep == 0 {
			return nil, fmt.Errorf("bundle: outcome of item %d is %d bytes, at most %d", o.Item, len(line), partFull)
		}
	}
}
