// Package desk takes plain files and directories in at the desk: always into
// a sealed bundle first, so that everything after works on bundles alone.
// Nothing outside the given paths is read, no symbolic link is followed, and
// the inputs are never changed.
package desk
