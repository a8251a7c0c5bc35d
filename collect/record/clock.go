package record

// Clock is one reading of all clocks, taken back to back.
type Clock struct {
	When      string `json:"when"`      // start, group name, end
	Realtime  int64  `json:"realtime"`  // ns since the epoch, CLOCK_REALTIME
	Monotonic int64  `json:"monotonic"` // ns, CLOCK_MONOTONIC
	Boottime  int64  `json:"boottime"`  // ns, CLOCK_BOOTTIME
	RTC       string `json:"rtc,omitempty"`
	Adjtimex  *Timex `json:"adjtimex,omitempty"`
	Errno     string `json:"errno,omitempty"`
}

// Timex is the part of struct timex (adjtimex(2)) that says how the clock is kept.
type Timex struct {
	State    int   `json:"state"` // return value: TIME_OK 0 .. TIME_ERROR 5
	Status   int32 `json:"status"`
	Offset   int64 `json:"offset"`
	MaxError int64 `json:"maxerror"` // us
	EstError int64 `json:"esterror"` // us
	TAI      int32 `json:"tai"`
}
