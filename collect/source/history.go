package source

import "github.com/saksi-dfir/saksi/collect"

// history takes what shells and tools remember of what was typed.
func history() collect.Source {
	return fileSource{
		desc: collect.Description{
			Name: "history",
			Doc: "histories of shells and tools in the home directory of every account: commands, hosts connected to, files edited. " +
				"An account's history is what was typed under the account, by whoever used it.",
			Effects:    "page cache only",
			References: []string{"bash(1) HISTFILE", "zshparam(1) HISTFILE", "fish(1)", "less(1) LESSHISTFILE", "viminfo of vim(1)"},
			Group:      collect.GroupLogs,
			MinKernel:  "3.10",
			Root:       true,
			Profiles:   []string{collect.ProfileTriage, collect.ProfileFull},
		},
		wants: []string{
			"/root/.bash_history",
			"~/.bash_history", "~/.bash_history[-.~]*", "~/.bash_sessions/", "~/.zsh_history", "~/.zhistory", "~/.histfile", "~/.history", "~/.sh_history",
			"~/.ash_history", "~/.ksh_history", "~/.mksh_history", "~/.tcsh_history", "~/.csh_history", "~/.local/share/fish/fish_history",
			"~/.config/fish/fish_history", "~/.mysql_history", "~/.mariadb_history", "~/.psql_history", "~/.sqlite_history", "~/.rediscli_history",
			"~/.dbshell", "~/.mongodb/mongosh/mongosh_repl_history", "~/.python_history", "~/.node_repl_history", "~/.irb_history", "~/.php_history",
			"~/.gdb_history", "~/.lesshst", "~/.local/state/lesshst", "~/.viminfo", "~/.vim/.netrwhist", "~/.local/share/nvim/shada/main.shada",
			"~/.local/state/nvim/shada/main.shada", "~/.nano_history", "~/.local/share/nano/search_history", "~/.wget-hsts", "~/.lftp/rl_history",
			"~/.local/share/lftp/rl_history", "~/.ssh/known_hosts", "~/.ssh/known_hosts.old", "~/.ssh/known_hosts2", "~/.selected_editor",
			"~/.sudo_as_admin_successful", "~/.Xauthority", "~/.local/share/recently-used.xbel", "~/.gnupg/pubring.kbx", "~/.docker/config.json",
			"~/.kube/config", "~/.config/rclone/rclone.conf", "~/.config/mc/history", "~/.local/share/mc/history", "~/.screenrc", "~/.tmux.conf", "~/.tmux_history",
		},
		cap: 256 << 20,
	}
}
