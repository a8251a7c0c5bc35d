package query

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestLoosen(t *testing.T) {
	for text, want := range map[string][]Loose{
		"host:web01 or host:web02":         {{12, "or", "OR"}},
		"a and b Or c":                     {{3, "and", "AND"}, {9, "Or", "OR"}},
		"not host:lab":                     {{1, "not", "NOT"}},
		"세션 not (a or b)":                  {{4, "not", "NOT"}, {11, "or", "OR"}},
		"(a) or (b)":                       {{5, "or", "OR"}},
		"a or -b":                          {{3, "or", "OR"}},
		"a OR not b":                       {{6, "not", "NOT"}},
		"-not x":                           {{2, "not", "NOT"}},
		"":                                 nil,
		"or":                               nil,
		"or a":                             nil,
		"a or":                             nil,
		"(a or) b":                         nil,
		"a OR b AND NOT c":                 nil,
		`a "or" b`:                         nil,
		"a or* b":                          nil,
		"actor:or b":                       nil,
		"port error android nothing":       nil,
		"message:or b":                     nil,
		`a or "no end`:                     nil,
		"a and OR b":                       nil,
		"a || or b":                        nil,
		"and and and":                      {{5, "and", "AND"}},
		"password not accepted for a or b": {{10, "not", "NOT"}, {29, "or", "OR"}},
	} {
		if d := gocmp.Diff(want, Loosen(text)); d != "" {
			t.Errorf("%q: %s", text, d)
		}
	}
	want := `column 12: or is searched for in the message; write OR to join terms, or "or" in quotes to mean the word`
	if got := Loosen("host:web01 or host:web02")[0].String(); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
