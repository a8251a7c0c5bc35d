package host

import "golang.org/x/sys/unix"

// noatimeClone is the method of a walk that leaves no access time behind.
const noatimeClone = "open_tree noatime clone"

// cloneMount makes a detached copy of the mount at a path (open_tree(2), Linux
// 5.2) and sets it read-only, without access times, devices, programs or
// set-id (mount_setattr(2), Linux 5.12). Nothing of it is visible in any mount
// table, and it goes away with the descriptor. recursive takes the mounts
// below along. noatime says whether the attributes could be set; a kernel
// between 5.2 and 5.12 gives the clone alone.
func cloneMount(dirfd int, path string, recursive bool) (fd int, noatime bool, err error) {
	flags := uint(unix.OPEN_TREE_CLONE | unix.OPEN_TREE_CLOEXEC | unix.AT_NO_AUTOMOUNT | unix.AT_SYMLINK_NOFOLLOW)
	attrFlags := uint(unix.AT_EMPTY_PATH)
	if recursive {
		flags |= unix.AT_RECURSIVE
		attrFlags |= unix.AT_RECURSIVE
	}
	if path == "" {
		flags |= unix.AT_EMPTY_PATH
	}
	fd, err = unix.OpenTree(dirfd, path, flags)
	if err != nil {
		return -1, false, err
	}
	attr := unix.MountAttr{
		Attr_set: unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOATIME | unix.MOUNT_ATTR_NODIRATIME |
			unix.MOUNT_ATTR_NODEV | unix.MOUNT_ATTR_NOEXEC | unix.MOUNT_ATTR_NOSUID,
		Attr_clr: unix.MOUNT_ATTR__ATIME,
	}
	if err := unix.MountSetattr(fd, "", attrFlags, &attr); err != nil {
		attr.Attr_set &^= unix.MOUNT_ATTR_NODIRATIME
		if unix.MountSetattr(fd, "", attrFlags, &attr) != nil {
			return fd, false, nil
		}
	}
	return fd, true, nil
}
