// Package memory reads the RAM of a live host through /proc/kcore, physical
// range by physical range, and writes it out again as LiME or ELF core.
//
// Ranges come from the top-level "System RAM" lines of /proc/iomem,
// intersected with the direct-map segments of /proc/kcore (the PT_LOADs whose
// virtual minus physical address is one constant below the kernel text). What
// iomem names and kcore does not map is not silently left out: it becomes an
// unreadable range. A read that comes back short is tried again page by page,
// and a page that cannot be read is labelled so.
//
// Sources: Documentation/admin-guide/kdump, fs/proc/kcore.c, kernel/resource.c,
// arch/x86/include/asm/page_64_types.h.
package memory
