package record

// Drift is one change of a view between two looks of one run, or, with an
// empty Change, the totals of a view.
type Drift struct {
	Type    string `json:"t"`                // "drift"
	At      int64  `json:"at"`               // CLOCK_REALTIME ns of the second look
	From    int64  `json:"from"`             // of the first look
	View    string `json:"view"`             // modules, namespaces, mounts, logins, bpf-programs, bpf-links, sockets
	Change  string `json:"change,omitempty"` // came, went
	Name    Bytes  `json:"name,omitempty"`
	Before  int    `json:"before,omitempty"` // totals: how many the first look saw, and so on
	Now     int    `json:"now,omitempty"`
	Came    int    `json:"came,omitempty"`
	Went    int    `json:"went,omitempty"`
	Changed int    `json:"changed,omitempty"` // sockets whose filter is another one
	Errno   string `json:"errno,omitempty"`   // why the view cannot be taken
}
