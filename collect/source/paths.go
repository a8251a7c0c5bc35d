package source

import (
	"context"
	"strings"

	"github.com/saksi-dfir/saksi/collect"
)

// paths takes what the user names.
func paths() collect.Source {
	return fileSource{
		desc: collect.Description{
			Name:       "paths",
			Doc:        "the paths, patterns and directories (ending in a slash) of the file given by --paths",
			Effects:    "page cache of their size",
			References: []string{"path.Match of Go for * ? [...]"},
			Group:      collect.GroupLogs,
			MinKernel:  "3.10",
			Profiles:   []string{collect.ProfileSweep, collect.ProfileTriage, collect.ProfileFull},
		},
		more: func(_ context.Context, env *collect.Env) []string {
			var out []string
			for _, p := range env.Paths {
				if strings.HasPrefix(p, "/") || strings.HasPrefix(p, "~/") {
					out = append(out, p)
				}
			}
			return out
		},
		follow: true,
		remote: true,
	}
}
