// Package cbpf reads classic BPF programs (struct sock_filter of
// linux/filter.h): it checks them as the kernel does, prints them, runs them,
// and says symbolically what packets they accept.
//
// Decode follows every branch with symbolic values instead of looking for
// known numbers in the text. Registers hold expressions over packet bits, so
// that XOR, AND, shifts, additions, byte-wise compares and range tests all end
// in the same statement: which bits of which header or payload must have which
// value for the packet to be accepted. Where the program leaves this language
// (multiplications of two packet values, random numbers ...) the decoding says
// so in Filter.Undecoded.
//
// Each accepting path carries a witness: a packet built from its constraints,
// which the interpreter of this package accepted along that very path.
// Exploration is bounded (Limits); Filter.Truncated says that it was cut.
//
// It is a leaf: it imports nothing of this project.
package cbpf
