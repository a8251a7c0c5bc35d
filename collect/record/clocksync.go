package record

// ClockSync is what one keeper of the clock last said of it, or the kernel now.
type ClockSync struct {
	Type   string `json:"t"` // "clock-sync"
	At     int64  `json:"at"`
	Keeper string `json:"keeper"`           // chrony, ntpd, timesyncd, kernel
	From   Bytes  `json:"from"`             // the file, or the call
	Line   Bytes  `json:"line,omitempty"`   // the line it was read from
	Stated int64  `json:"stated,omitempty"` // ns: when the keeper said so, by the host's clock
	Server string `json:"server,omitempty"`
	// Offset is true time minus the host's clock, as NTP states it; it lies within Error of the truth. Nil: not stated.
	Offset *int64 `json:"offset,omitempty"`
	Error  *int64 `json:"error,omitempty"` // ns, bound at Stated; alone: the clock was within it of its source
	// Frequency is how fast the clock runs wrong by itself, Skew the bound of its error, parts per billion.
	Frequency *int64 `json:"frequency_ppb,omitempty"`
	Skew      *int64 `json:"skew_ppb,omitempty"`
	Synced    *bool  `json:"synchronised,omitempty"`
}
