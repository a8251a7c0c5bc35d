// Package seal signs and judges: SSHSIG signatures that stock ssh-keygen
// checks, one-run keys and their certificates, the allowed_signers file and
// the key revocation list of a case. It is a leaf and the only package that
// knows SSHSIG (PROTOCOL.sshsig of OpenSSH).
package seal

// The namespaces of SSHSIG signatures. A signature made for one is worthless
// in another.
const (
	NamespaceCheckpoint = "saksi.checkpoint"
	NamespaceSeal       = "saksi.seal"
	NamespaceCustody    = "saksi.custody"
	NamespaceJournal    = "saksi.journal"
	NamespaceIntake     = "saksi.intake"
)

// RunNamespaces is what a line of allowed_signers grants a run key or its CA:
// a run key must not vouch for times or custody.
const RunNamespaces = NamespaceCheckpoint + "," + NamespaceSeal

// HolderNamespaces is what a line grants a person or an intake.
const HolderNamespaces = NamespaceIntake + "," + NamespaceCustody + "," + NamespaceJournal
