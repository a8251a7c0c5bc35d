package source

import (
	"context"
	"errors"
	"strings"
	"syscall"

	"github.com/saksi-dfir/saksi/collect/host"
)

// presence tells whether a part of the kernel is there, without asking that
// part: a request for one that is missing makes the kernel start modprobe from
// the suspect's disk and load a module.
type presence struct {
	proc  host.Proc
	known map[string]string
}

func newPresence(proc host.Proc) *presence { return &presence{proc: proc, known: map[string]string{}} }

// The answers of presence. All but the last mean that nothing can be loaded by
// asking.
const (
	partNoModules = "a kernel without modules"
	partLoaded    = "module loaded"
	partBuiltIn   = "built in"
	partSealed    = "no module can be loaded any more"
	partMissing   = "not asked: the kernel might load a module for it"
)

// has says whether a part may be asked, and why. The symbol is a function of
// its own that no other part of the kernel has: where kallsyms shows it and the
// module is not in the list, the part is built in.
func (p *presence) has(ctx context.Context, module, symbol string) (bool, string) {
	why, ok := p.known[module]
	if !ok {
		why = p.look(ctx, module, symbol)
		p.known[module] = why
	}
	return why != partMissing, why
}

func (p *presence) look(ctx context.Context, module, symbol string) string {
	modules, cut, err := p.proc.Read(ctx, "modules", procNetCap)
	switch {
	case errors.Is(err, syscall.ENOENT):
		return partNoModules
	case err != nil || cut:
		return partMissing
	case strings.HasPrefix(string(modules), module+" ") || strings.Contains(string(modules), "\n"+module+" "):
		return partLoaded
	}
	disabled, _, err := p.proc.Read(ctx, "sys/kernel/modules_disabled", smallCap)
	if err == nil && strings.TrimSpace(string(disabled)) == "1" {
		return partSealed
	}
	if p.symbol(ctx, symbol) {
		return partBuiltIn
	}
	return partMissing
}

// symbol looks for a function of the kernel proper in kallsyms: "address t name".
func (p *presence) symbol(ctx context.Context, symbol string) bool {
	f, err := p.proc.Open("kallsyms")
	if err != nil {
		return false
	}
	defer f.Close()
	found := false
	eachLine(ctx, f, func(line string) bool {
		_, rest, _ := strings.Cut(line, " ")
		kind, name, _ := strings.Cut(rest, " ")
		found = len(kind) == 1 && strings.EqualFold(kind, "t") && strings.TrimSuffix(name, "\n") == symbol
		return !found
	})
	return found
}
