// Package store keeps the events of a case in Badger: generations of
// time-sorted segments with bitmaps, a substring signature and a minute table,
// as FORMAT.md beside this file says. One writer, any number of readers, and
// every state that a reader can see is complete.
//
// A Writer opens batches, one per bundle; a Batch takes events from any number
// of goroutines, in any order, and becomes visible as a whole with Commit. A
// Reader answers pages, counts, histograms and facets over one such state.
package store
