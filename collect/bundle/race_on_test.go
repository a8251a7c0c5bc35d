//go:build race

package bundle

// raceDetector thins out the long loops: under the detector they look for
// races, not for cases.
const raceDetector = true
