package parser

import "testing"

// TestHistoryOfTwoShells: a line in the form of zsh in a history of bash leaves
// the other lines those of bash.
func TestHistoryOfTwoShells(t *testing.T) {
	s := binParse(t, newHistory(), nil, "/home/kim/.bash_history", []byte("#1709431447\nid -a\n: 1709431448:0;uname\n#1709431449\nhistory -w\n"))
	var got []string
	for _, e := range s.events {
		shell, _ := e.Get("shell")
		got = append(got, shell)
	}
	if len(got) != 3 || got[0] != "bash" || got[1] != "zsh" || got[2] != "bash" {
		t.Errorf("%q", got)
	}
}
