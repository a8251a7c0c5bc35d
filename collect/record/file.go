package record

// File is one inode as statx(2) tells it.
type File struct {
	Type    string           `json:"t"` // "file"
	Path    Bytes            `json:"path"`
	Dev     uint64           `json:"dev"`
	Ino     uint64           `json:"ino"`
	MntID   uint64           `json:"mnt_id,omitempty"`
	Mode    uint32           `json:"mode"`
	UID     uint32           `json:"uid"`
	GID     uint32           `json:"gid"`
	Nlink   uint32           `json:"nlink"`
	Size    int64            `json:"size"`
	Atime   int64            `json:"atime"` // ns
	Mtime   int64            `json:"mtime"`
	Ctime   int64            `json:"ctime"`
	Btime   int64            `json:"btime,omitempty"` // 0: the file system has none
	Attrs   uint64           `json:"attrs,omitempty"`
	Target  Bytes            `json:"target,omitempty"` // symlink
	Xattrs  map[string]Bytes `json:"xattrs,omitempty"`
	Granule int64            `json:"granule,omitempty"` // resolution of the times in ns when coarser than 1
	Covered bool             `json:"covered,omitempty"` // hidden under another mount
	Errno   string           `json:"errno,omitempty"`
}

// Mount is one line of mountinfo (proc(5)) and what the walk made of it.
type Mount struct {
	Type    string `json:"t"` // "mount"
	At      int64  `json:"at"`
	ID      int    `json:"id"`
	Parent  int    `json:"parent"`
	Dev     uint64 `json:"dev"`
	Root    Bytes  `json:"root"`
	Point   Bytes  `json:"point"`
	FSType  Bytes  `json:"fstype"`
	Source  Bytes  `json:"source"`
	Options Bytes  `json:"options"`
	Super   Bytes  `json:"super"`
	Walked  bool   `json:"walked"`
	Reason  string `json:"reason,omitempty"` // why it was not walked
	Dirs    int64  `json:"dirs,omitempty"`
	Files   int64  `json:"files,omitempty"`
	Denied  int64  `json:"denied,omitempty"`
}
