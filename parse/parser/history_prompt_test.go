package parser

import (
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/parse/parsetest"
)

// TestPromptHistories: histories of programs that are no shells, a line a
// command, escapes of libedit undone; quotes open nothing.
func TestPromptHistories(t *testing.T) {
	for _, c := range [...]struct{ path, text, shell, want string }{
		{"/home/kim/.mysql_history", "_HiStOrY_V2_\nshow\\040databases;\nselect\\040'it\\134n'\n", "mysql", "show databases;|select 'it\\n'"},
		{"/root/.psql_history", "select 'it''s';\nselect \"a\n\\dt\n", "psql", "select 'it''s';|select \"a|\\dt"},
		{"/root/.python_history", "import os\nos.system('id')\n#1709432047\n", "python", "import os|os.system('id')|#1709432047"},
	} {
		src := &parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{{Path: c.path, Data: []byte(c.text), Mtime: utc("2024-03-04T00:00:00Z")}}}
		contract(t, parsetest.Case{Parser: "shellhistory", Source: *src, Events: strings.Count(c.want, "|") + 1})
		k, _ := parsetest.Parse(t, src, All(), 1)
		var got []string
		for _, e := range k.Events {
			if v, _ := e.Get("shell"); v != c.shell || e.Time.Dated() {
				t.Errorf("%s: %q of %q", c.path, e.Object, v)
			}
			got = append(got, e.Object)
		}
		if s := strings.Join(got, "|"); s != c.want || len(k.Warnings) != 0 {
			t.Errorf("%s: %s, want %s; %v", c.path, s, c.want, k.Warnings)
		}
	}
}
