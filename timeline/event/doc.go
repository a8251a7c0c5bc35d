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
//   - The same line from a host of unknown zone in a file that shows the zone of
//     its neighbours: reason zone:file. A line of the same host shows it that
//     states its offset ("2024-03-03T02:15:00+09:00", the template was changed), or
//     whose text states the moment at which it was logged ("02:14:06Z" in the
//     time= of a program, NetworkManager's seconds, the request in a line of an access
//     log). It proves something of the lines without an offset next to it only if the
//     clock of the wall goes on from the one to the other: not over 65 minutes
//     later nor earlier. Between two lines that state the same offset, at most 20
//     days apart, the line is one second wide. On one side only, or where the two
//     differ by an hour, summer time may have begun or ended between: an hour more
//     on either side, and nothing beyond 20 days. A host whose lines state
//     offsets more than an hour apart, and one whose order speaks against the
//     offset (a template that asks for UTC on a host that is elsewhere), shows
//     nothing: the line stays 26 h wide. Hosts of a loghost speak each for itself, a
//     zone that was set (systemd-timedated) ends what was shown before. It is
//     never read against a zone that the analyst gave; where it contradicts
//     that of /etc/localtime, the interval holds both readings, reasons zone:host and
//     zone:file. A zone that a line names itself (PHP: "03-Mar-2024 02:14:07
//     Asia/Seoul") is zone:file too.
//   - "Sun Mar  3 02:14:07" in a file last written in 2026: the latest year whose
//     days of the week are those that the lines name, 2024, reason year:weekday;
//     the earliest possible year is the first of all, for such a file is a copy.
//     A line whose day of the week is not that of its date is warned about.
//   - "Mar  3 02:14:07" when no year can be bounded: one interval from the first
//     to the last year that is possible, reason year:unknown.
//   - A line whose year the file's time bounds from above only, behind one of
//     the kernel whose text states its time in full (the clock of the board at
//     boot, an audit event): not before that year, and of it as most likely;
//     lines before it are of that year or of those before, as the months tell;
//     reason bound:neighbour.
//   - A line of RFC 5424 without a time ("<34>1 - web01 su - - - text"): its sender
//     had no clock. No instant (Undated), not after the file's last write, reasons
//     bound:mtime, stamp:none. The lines around it do not bound it: they state
//     when their senders stamped them, and a line may have been long on its way.
//   - A shell history line without a stamp: no instant (Undated), bounded by
//     file birth and mtime where these are known, reason bound:birth,
//     bound:mtime, stamp:none. Where the birth of the account's home directory
//     is known, that is the lower bound (bound:home): shells write a history
//     anew when it grows over its limit, and then the file is younger than its
//     lines. A file of 500 lines or more, the least default limit, has no lower
//     bound by its own birth for that reason, nor has a copy sealed at a desk.
//     Where neither is known, the making of the account bounds the line
//     (bound:account): the record that useradd or audit wrote of it, or the
//     copy /etc/passwd- that still lacks the account. Such a record is as good
//     as the log that holds it, and is not taken when another one speaks of an
//     earlier life of the account (deleted, renamed, another uid, home moved).
//
// # Why neighbours bound no history line
//
// A line between two stamped ones looks as if it were entered between them. It
// need not be, and no file shows that it was:
//
//   - bash holds its lines in memory and writes them when it ends (or at
//     "history -a"), stamps or none for the whole write, by the setting at that
//     moment. So an undated line between stamped ones is of another write than
//     either, and nearly always of another shell. The writes w follow each
//     other in the file, w(a) <= w(line) <= w(b); what was entered in them does
//     not: entered <= written is all there is. A shell open since Monday that
//     ends on Friday appends Monday's lines behind those of Wednesday, and a
//     shell that ends on Tuesday writes before one whose first line is Monday's.
//     The last write of the file remains the only upper bound, and nothing in
//     the file is a lower one.
//   - zsh stamps a line when it is entered, or (": 0:0;") not at all when it
//     read the line from a file without stamps: those are older than the last
//     writing anew of the file, which is its mtime at the latest.
//   - fish stamps every line; ash none.
//
// The one block that a file proves is a single command of several lines
// (a here document, a loop): it has one stamp and is one event. The code
// bound:neighbour is kept for sources whose records prove a common write.
//
// Unbounded sides are MinTime and MaxTime, and null in JSON.
package event
