// Package source holds what a collection can take: one file per source and
// All, the sorted list of them.
//
// Most sources only name paths and are values of fileSource; see its wants.
// The others read the kernel: processes, sockets, executables. Adding a source
// is one file and one line in list.go; its Description is the one description
// from which help, plan and documentation are made.
//
// A source never opens what is not a regular file, never follows a link out of
// the host's tree, never writes, and takes everything it reads for hostile.
package source
