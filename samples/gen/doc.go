// Package gen makes the sample case: three invented hosts, byte for byte the
// same on every machine. Logs are written here in the form of the programs
// that write them; process and socket records are kernel replies that the
// real collector saved from the project's own decoys (samples/README.md), of
// which only times, ids and names are shifted. Nothing here decodes: that
// happens in parse alone, and truth.json says what must come out.
package gen
