// Package bundle writes and reads sealed bundles: a BagIt bag in a tar in
// independent zstd frames, with signed checkpoints, a signed seal and a seek
// table (FORMAT.md, normative). It is the only code that knows the file
// layout. A Writer streams and keeps memory flat; a Bundle hands out no byte
// whose frame has not been verified by hash.
package bundle

// The limits of the format (FORMAT.md section 2). A reader refuses what
// exceeds them before it allocates.
const (
	FrameSize        = 1 << 20   // content bytes of a full frame
	maxFrameOnDisk   = 2 << 20   // bytes of one frame as stored
	maxCheckpoint    = 16 << 20  // bytes of a checkpoint text
	maxPartExhibits  = 4096      // exhibits described by one exhibits/ part
	maxPartBytes     = 64 << 20  // bytes of one exhibits/ part
	partFull         = 1 << 20   // bytes after which a writer ends a part
	maxRunRecord     = 1 << 20   // bytes of run.json
	maxPlanBytes     = 256 << 20 // bytes of plan.jsonl and of outcomes.jsonl
	maxNameBytes     = 4096      // bytes of a bag path
	maxTail          = 256 << 20 // bytes of the tail
	defaultSpan      = 64 << 20  // bytes between checkpoints
	minSpan          = FrameSize
	maxSpan          = 256 << 20
	recordPart       = 1 << 20 // bytes of one part of a record stream
	maxTagFiles      = 1 << 20 // tag files of one bundle
	maxFrames        = 2 << 20 // frames of one bundle: 2 TiB of content
	skippableMagic   = 0x184D2A55
	seekTableMagic   = 0x184D2A5E
	seekableMagic    = 0x8F92EAB1
	seekTableFooter  = 9
	zstdMagic        = 0xFD2FB528
	blockMax         = 128 << 10
	tarBlock         = 512
	checkpointBanner = "saksi-checkpoint 1"
)
