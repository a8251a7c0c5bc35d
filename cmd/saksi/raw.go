package main

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/tui/clean"
)

type rawJSON struct {
	ID        string     `json:"id"`
	Origin    originJSON `json:"origin"`
	Path      string     `json:"bundle_path"`
	OK        bool       `json:"ok"`
	SHA256    string     `json:"sha256"`
	Problem   string     `json:"problem,omitempty"`
	Truncated bool       `json:"truncated,omitempty"`
	Base64    string     `json:"base64"`
}

func (a *app) rawCmd() *cobra.Command {
	var dir string
	var hexView, bytesOnly bool
	c := &cobra.Command{
		Use:   "raw --case DIR EVENT",
		Short: "Show the bytes behind an event, read again from the sealed bundle and re-hashed",
		Long: `Show the very bytes an event was read from, with their place in the bundle. They
are read again from the sealed bundle and every frame is hashed again; what does
not agree is said and ends with status 4.` + exitStatus,
		Example: "  saksi raw --case CASE 1f0e...c3\n  saksi raw --case CASE --hex 1f0e...c3\n  saksi raw --case CASE --bytes 1f0e...c3 | sha256sum",
		Args:    cobra.ExactArgs(1),
	}
	caseFlag(c, &dir)
	c.Flags().BoolVar(&hexView, "hex", false, "as a hex dump with offsets")
	c.Flags().BoolVar(&bytesOnly, "bytes", false, "the raw bytes and nothing else (not to a terminal)")
	c.RunE = a.listing(&dir, func(cmd *cobra.Command, cs *timeline.Case, args []string) error {
		id, err := event.ParseID(args[0])
		if err != nil {
			return withCode(exitUsage, err, "ids stand in the ID column of saksi events")
		}
		r, err := cs.Raw(cmd.Context(), id)
		if err != nil {
			return err
		}
		switch {
		case bytesOnly:
			if a.isTerminal() {
				return usagef("--bytes writes evidence as it is: send it to a file or a program")
			}
			_, err = a.out.Write(r.Bytes)
		case a.json:
			j := newJSONLines(a.out)
			if err = j.write(rawJSON{ID: id.String(), Origin: makeOrigin(&r.Origin), Path: clean.JSON(r.BundlePath), OK: r.FrameOK && r.Problem == "", SHA256: r.SHA256,
				Problem: clean.JSON(r.Problem), Truncated: r.Truncated, Base64: base64.StdEncoding.EncodeToString(r.Bytes)}); err == nil {
				err = j.flush()
			}
		default:
			a.rawText(id, &r, hexView)
		}
		if err == nil && (r.Problem != "" || !r.FrameOK) {
			msg := r.Problem
			if msg == "" {
				msg = "the bytes do not agree with the sealed hashes"
			}
			return withCode(exitVerify, errors.New(msg), "saksi verify BUNDLE names what was changed")
		}
		return err
	})
	return c
}

func (a *app) rawText(id event.ID, r *timeline.Raw, hexView bool) {
	o := &r.Origin
	fmt.Fprintf(a.out, "event    %s\nbundle   %s  (%s)\nexhibit  %s\nbytes    %d at offset %d", id, clean.Line(o.Run), clean.Line(r.BundlePath), clean.Line(o.Path), o.Length, o.Offset)
	if o.Layer != "" {
		fmt.Fprintf(a.out, " behind %s", clean.Line(o.Layer))
	}
	state := "re-read, every frame agrees with its sealed hash"
	if r.Problem != "" || !r.FrameOK {
		state = "NOT PROVEN"
	}
	fmt.Fprintf(a.out, "\nsha256   %s (of the exhibit)\nstate    %s\n\n", hex.EncodeToString(o.SHA256[:]), state)
	if hexView {
		fmt.Fprint(a.out, hexDump(r.Bytes, o.Offset))
		return
	}
	for _, l := range strings.Split(strings.TrimSuffix(string(r.Bytes), "\n"), "\n") {
		fmt.Fprintln(a.out, clean.Line(l))
	}
}

// hexDump shows 16 bytes a line with their offsets in the exhibit.
func hexDump(b []byte, base int64) string {
	var s strings.Builder
	for i := 0; i < len(b); i += 16 {
		row := b[i:min(i+16, len(b))]
		fmt.Fprintf(&s, "%08x  %-48s |", base+int64(i), fmt.Sprintf("% x", row))
		for _, c := range row {
			if c < 0x20 || c > 0x7e {
				c = '.'
			}
			s.WriteByte(c)
		}
		s.WriteString("|\n")
	}
	return s.String()
}
