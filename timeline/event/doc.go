// Package event holds what the timeline keeps about a moment: the event, its
// time as an interval with reasons, and the origin that points at the bytes it
// was read from. It is a leaf: it imports nothing of this project.
//
// # Time is an interval
//
// Instant is what the record states, under the year and zone that were
// inferred for it. Earliest and Latest bound what can be defended: the truth
// lies in [Earliest, Latest] if the clock that wrote the record was right
// (a wrong clock is told by ClockUnverified and by clock offsets that are
// applied at read, never baked in).
//
//   - An RFC 3339 stamp with microseconds and an offset: Earliest = Instant,
//     Latest = Instant + 999 ns, Precision "us", no reason but clock:unverified.
//   - "Mar  3 02:14:07" in a file last written in 2024 on a host whose zone is
//     known: one second wide, reasons year:mtime, zone:host, resolution:second.
//   - The same line from a host of unknown zone: the instant is read as UTC,
//     Earliest is 14 h before and Latest 12 h (plus the second) after, reason
//     zone:unknown. The interval is at least 26 h wide.
//   - The same line when no year can be bounded: one interval from the first
//     to the last year that is possible, reason year:unknown.
//   - A shell history line without a stamp: no instant (Undated), bounded by
//     file birth and mtime where these are known, reason bound:birth,
//     bound:mtime, stamp:none. Where the birth of the account's home directory
//     is known, that is the lower bound (bound:home): shells write a history
//     anew when it grows over its limit, and then the file is younger than its
//     lines. A file of 500 lines or more, the least default limit, has no lower
//     bound by its own birth for that reason, nor has a copy sealed at a desk.
//     Neighbours give no bound: shells append when they end, in any order.
//
// Unbounded sides are MinTime and MaxTime, and null in JSON.
package event
