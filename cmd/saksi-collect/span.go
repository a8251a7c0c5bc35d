package main

import (
	"fmt"
	"strconv"
	"time"
)

// span is a length of time, 0 where none is given.
type span time.Duration

// String implements flag.Value.
func (d *span) String() string { return time.Duration(*d).String() }

// Set implements flag.Value.
func (d *span) Set(s string) error {
	v, err := time.ParseDuration(s)
	if err != nil || v < 0 {
		return fmt.Errorf("%q is no length of time, such as 90s, 10m or 2h", s)
	}
	*d = span(v)
	return nil
}

// count is a whole number that is not negative.
type count int

// String implements flag.Value.
func (n *count) String() string { return strconv.Itoa(int(*n)) }

// Set implements flag.Value.
func (n *count) Set(s string) error {
	v, err := strconv.Atoi(s)
	if err != nil || v < 0 {
		return fmt.Errorf("%q is no whole number", s)
	}
	*n = count(v)
	return nil
}
