// Package parser holds the parsers, one file each, and the list of them. A
// parser turns one exhibit into events, warnings and counters; the decoders it
// uses live in parse/format.
package parser

import "github.com/saksi-dfir/saksi/parse"

// All lists every parser, sorted by name.
func All() []parse.Parser {
	return []parse.Parser{
		newAudit(),
		newWtmp(),
	}
}
