package record

// MemoryState is one labelled stretch inside a chunk of physical memory.
type MemoryState struct {
	Offset int64  `json:"offset"` // from the start of the chunk
	Length int64  `json:"length"`
	State  string `json:"state"` // read, zero, unreadable
	Errno  string `json:"errno,omitempty"`
}

// MemoryChunk is one chunk of a RAM image: when it was read and what it gave.
type MemoryChunk struct {
	Type     string        `json:"t"`  // "memory-chunk"
	At       int64         `json:"at"` // CLOCK_REALTIME ns when reading began
	Boottime int64         `json:"boottime"`
	Start    uint64        `json:"start"` // physical address
	Length   int64         `json:"length"`
	States   []MemoryState `json:"states"`
}

// MemoryRange is one stretch of physical memory.
type MemoryRange struct {
	Start uint64 `json:"start"`
	End   uint64 `json:"end"` // exclusive
}

// MemoryPlan opens a RAM image: what it set out to read.
type MemoryPlan struct {
	Type     string        `json:"t"` // "memory-plan"
	At       int64         `json:"at"`
	Boottime int64         `json:"boottime"`
	Source   string        `json:"source"` // kcore
	Kernel   string        `json:"kernel"`
	Boot     string        `json:"boot,omitempty"` // boot id
	Offset   uint64        `json:"direct_map"`     // virtual minus physical address
	Listed   []MemoryRange `json:"listed"`         // System RAM of iomem
	Wanted   []MemoryRange `json:"wanted"`         // of these, what this run reads
	Unlisted []MemoryRange `json:"unlisted,omitempty"`
	Output   string        `json:"output,omitempty"`
	Resumes  string        `json:"resumes,omitempty"` // run id
	Resident int64         `json:"resident,omitempty"`
}

// MemorySummary closes a RAM image.
type MemorySummary struct {
	Type       string        `json:"t"` // "memory-summary"
	At         int64         `json:"at"`
	Boottime   int64         `json:"boottime"`
	Source     string        `json:"source"` // kcore
	Kernel     string        `json:"kernel"`
	Offset     uint64        `json:"direct_map"` // virtual minus physical address
	Ranges     []MemoryRange `json:"ranges"`
	Read       int64         `json:"read"` // bytes by state
	Zero       int64         `json:"zero"`
	Unreadable int64         `json:"unreadable"`
	Started    int64         `json:"started"`
	Left       int64         `json:"left,omitempty"` // bytes that a cap or a stop left out
	Missing    []MemoryRange `json:"missing,omitempty"`
	Added      []MemoryRange `json:"added,omitempty"` // hot-plugged while the image was made
	Gone       []MemoryRange `json:"gone,omitempty"`
	Output     string        `json:"output,omitempty"`
	Resident   int64         `json:"resident,omitempty"`
	Peak       int64         `json:"peak,omitempty"`
}
