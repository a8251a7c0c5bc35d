package desk

import "os"

// beginSync does nothing: the sync does it all.
func beginSync(*os.File, int64, int64) {}
