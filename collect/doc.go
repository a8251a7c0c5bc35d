// Package collect plans and runs a collection: what a host or a mounted tree
// is asked for, in order of volatility, within budgets, and how every single
// item of the plan ended.
//
// Start with NewPlan, which asks every Source what it will take, and Run,
// which takes it. The plan is written before anything is read; every item of
// it ends in exactly one outcome, also when the run is cancelled, a budget is
// used up, a source panics on hostile data, or a file server never answers:
//
//	plan, err := collect.NewPlan(ctx, host, source.All(), collect.Selection{})
//	w, err := bundle.NewWriter(out, bundle.Options{Acquisition: acq, Plan: plan.Items, Signer: key})
//	res, err := collect.Run(ctx, collect.Config{Plan: plan, Writer: collect.Bundle(w)})
//	sum, err := w.Close() // seals
//
// A Source knows one artifact and lives in package source, one file each. It
// reads through host.Host and writes through Output, so that a live host, a
// mounted image and recorded kernel replies are the same to it. A source may
// block, fail or panic: Run gives it up after a time without progress and
// closes its way into the bundle, so that it cannot disturb what follows.
package collect
