package keys

import (
	"fmt"
	"strings"
)

// Document writes the table as Markdown, with the names that a remapping file
// uses.
func Document() string {
	var b strings.Builder
	b.WriteString("# Keys of `saksi tui`\n\nMade from the key table; the help (`?`) and the palette (`:`) say the same.\n" +
		"Other keys: a file `keys` in the state directory (`$XDG_STATE_HOME/saksi`, else `~/.local/state/saksi`), one `action = key key` a line.\n")
	for _, g := range Groups() {
		fmt.Fprintf(&b, "\n## %s\n\n| Keys | What it does | Where | Action | The same from a shell |\n|---|---|---|---|---|\n", g)
		for _, r := range Table() {
			if r.Group != g {
				continue
			}
			var ks []string
			for _, k := range r.Keys {
				ks = append(ks, "`"+strings.ReplaceAll(Label(k), "|", `\|`)+"`")
			}
			where, cli := r.Screen, ""
			if where == "" {
				where = "everywhere"
			}
			if r.CLI != "" {
				cli = "`" + r.CLI + "`"
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", strings.Join(ks, " "), r.Name, where, r.Action, cli)
		}
	}
	return b.String()
}
