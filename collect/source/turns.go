package source

// The turns of the volatile sources. Executables go first, since the record of
// a process names the copy of its executable and a process that ends takes an
// unlinked one along. Processes and sockets follow in one go: the sources
// socket and ebpf use the descriptor tables that the source process has read.
const (
	turnExe = iota + 1
	turnPIDView
	turnProcess
	turnSocket
	turnBPF
	turnNetfilter
	turnNetNS
)
