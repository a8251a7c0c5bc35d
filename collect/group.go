package collect

import "fmt"

// String names a group, as clock readings and listings show it.
func (g Group) String() string {
	switch g {
	case GroupClock:
		return "identity"
	case GroupVolatile:
		return "volatile"
	case GroupKernel:
		return "kernel"
	case GroupMemory:
		return "memory"
	case GroupAgain:
		return "second pass"
	case GroupExe:
		return "executables"
	case GroupLogs:
		return "logs"
	case GroupConfig:
		return "configuration"
	case GroupWalk:
		return "walk"
	}
	return fmt.Sprintf("group %d", int(g))
}
