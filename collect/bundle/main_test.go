package bundle

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when a reader or writer leaves a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
