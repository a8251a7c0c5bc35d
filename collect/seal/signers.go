package seal

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// Signer is one line of an allowed_signers file (ssh-keygen(1), ALLOWED SIGNERS).
type Signer struct {
	Line        int
	Principals  string // pattern list
	CA          bool   // cert-authority
	Namespaces  string // pattern list; "" = all
	ValidAfter  time.Time
	ValidBefore time.Time
	Key         ssh.PublicKey
	Comment     string
}

// maxSigners bounds an allowed_signers file in bytes.
const maxSigners = 4 << 20

// ParseSigners reads an allowed_signers file. Times without a Z are read in
// loc, as ssh-keygen reads them in the system zone; nil means UTC.
func ParseSigners(text []byte, loc *time.Location) ([]Signer, error) {
	if len(text) > maxSigners {
		return nil, fmt.Errorf("seal: allowed_signers is larger than %d bytes", maxSigners)
	}
	if loc == nil {
		loc = time.UTC
	}
	var out []Signer
	for i, line := range bytes.Split(text, []byte("\n")) {
		s := strings.TrimSpace(string(line))
		if s == "" || s[0] == '#' {
			continue
		}
		e, err := parseSigner(s, loc)
		if err != nil {
			return nil, fmt.Errorf("seal: allowed_signers line %d: %w", i+1, err)
		}
		e.Line = i + 1
		out = append(out, e)
	}
	return out, nil
}

func parseSigner(s string, loc *time.Location) (Signer, error) {
	var e Signer
	var err error
	e.Principals, s, err = word(s)
	if err != nil {
		return e, err
	}
	e.Principals = strings.ReplaceAll(e.Principals, `"`, "")
	if e.Principals == "" {
		return e, errors.New("no principals")
	}
	pub, comment, options, rest, err := ssh.ParseAuthorizedKey([]byte(s))
	if err != nil {
		return e, fmt.Errorf("key of %q: %w", e.Principals, err)
	}
	if len(rest) > 0 {
		return e, errors.New("more text after the key")
	}
	e.Key, e.Comment = pub, comment
	for _, o := range options {
		if err := e.option(o, loc); err != nil {
			return e, err
		}
	}
	if !e.ValidAfter.IsZero() && !e.ValidBefore.IsZero() && !e.ValidAfter.Before(e.ValidBefore) {
		return e, errors.New("valid-after is not before valid-before")
	}
	return e, nil
}

// word cuts the first word; blanks inside double quotes belong to it.
func word(s string) (first, rest string, err error) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case (s[i] == ' ' || s[i] == '\t') && !quoted:
			return s[:i], strings.TrimLeft(s[i:], " \t"), nil
		}
	}
	if quoted {
		return "", "", errors.New("a quote is not closed")
	}
	return "", "", fmt.Errorf("no key after %.40q", s)
}

func (e *Signer) option(o string, loc *time.Location) error {
	name, value, has := strings.Cut(o, "=")
	value = strings.TrimSuffix(strings.TrimPrefix(value, `"`), `"`)
	var err error
	switch strings.ToLower(name) {
	case "cert-authority":
		e.CA = true
	case "namespaces":
		if !has || value == "" {
			return errors.New("namespaces is empty")
		}
		e.Namespaces = value
	case "valid-after":
		e.ValidAfter, err = parseStamp(value, loc)
	case "valid-before":
		e.ValidBefore, err = parseStamp(value, loc)
	default:
		return fmt.Errorf("unknown option %.40q", name)
	}
	return err
}

// parseStamp reads YYYYMMDD[Z] or YYYYMMDDHHMM[SS][Z].
func parseStamp(s string, loc *time.Location) (time.Time, error) {
	t := s
	if strings.HasSuffix(t, "Z") || strings.HasSuffix(t, "z") {
		t, loc = t[:len(t)-1], time.UTC
	}
	layout := map[int]string{8: "20060102", 12: "200601021504", 14: "20060102150405"}[len(t)]
	if layout == "" {
		return time.Time{}, fmt.Errorf("time %.40q is not YYYYMMDD[HHMM[SS]][Z]", s)
	}
	at, err := time.ParseInLocation(layout, t, loc)
	if err != nil {
		return time.Time{}, fmt.Errorf("time %.40q: %w", s, err)
	}
	return at, nil
}

// matchList is match_pattern_list of OpenSSH: comma-separated patterns with *
// and ?, a leading ! denies.
func matchList(s, patterns string) bool {
	found := false
	for p := range strings.SplitSeq(patterns, ",") {
		p, deny := strings.CutPrefix(p, "!")
		if !match(s, p) {
			continue
		}
		if deny {
			return false
		}
		found = true
	}
	return found
}

// match is a glob of * and ? without backtracking beyond the last star.
func match(s, p string) bool {
	star, mark := -1, 0
	i, j := 0, 0
	for i < len(s) {
		switch {
		case j < len(p) && p[j] == '*':
			star, mark = j, i
			j++
		case j < len(p) && (p[j] == '?' || p[j] == s[i]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = mark, star+1
		default:
			return false
		}
	}
	for j < len(p) && p[j] == '*' {
		j++
	}
	return j == len(p)
}
