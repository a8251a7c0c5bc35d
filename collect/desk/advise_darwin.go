package desk

// advise does nothing: the system decides on the size of pages.
func advise([]byte) {}
