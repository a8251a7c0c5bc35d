package parser

// suForms are messages of su, login, newgrp and agetty of util-linux and of
// the shadow tools, besides those su.go reads.
const suForms = `
login        LOGIN ON {tty:w} BY {user:w} FROM {peer}
login        LOGIN ON {tty:w} BY {user:w}
login        DIALUP AT {tty:w} BY {user:w}
login@root   ROOT LOGIN ON {tty:w} FROM {peer}
login@root   ROOT LOGIN ON {tty:w}
login@root   ROOT LOGIN  on '{tty}' from '{peer}'
login@root   ROOT LOGIN  on '{tty}'
login@root   ROOT LOGIN on '{tty}' from '{peer}'
login@root   ROOT LOGIN on '{tty}'
login        '{user}' logged in on '{tty}' from '{peer}'
login        '{user}' logged in  on '{tty}' from '{peer}'
login        '{user}' logged in  on '{tty}'
login        '{user}' logged in on '{tty}'
failed-login  FAILED LOGIN {count} FROM {peer} FOR {user}, {reason}
failed-login  FAILED LOGIN SESSION FROM {peer} FOR {user}, {reason}
failed-login  TOO MANY LOGIN TRIES ({count}) FROM {peer} FOR {user}, {reason}
failed-login  LOGIN FAILURE FROM {peer}, {user}
failed-login  LOGIN FAILURE ON {tty:w}, {user}
failed-login  {count} LOGIN FAILURES FROM {peer}, {user}
failed-login  {count} LOGIN FAILURES ON {tty:w}, {user}
failed-login  FAILED LOGIN ({count}) on '{tty}' from '{peer}' FOR '{user}', {reason}
failed-login  FAILED LOGIN ({count})  on '{tty}' from '{peer}' FOR '{user}', {reason}
failed-login  FAILED LOGIN ({count}) on '{tty}' FOR '{user}', {reason}
failed-login  FAILED LOGIN ({count})  on '{tty}' FOR '{user}', {reason}
failed-login  TOO MANY LOGIN TRIES ({count}) on '{tty}' from '{peer}' FOR '{user}'
failed-login  TOO MANY LOGIN TRIES ({count})  on '{tty}' from '{peer}' FOR '{user}'
failed-login  TOO MANY LOGIN TRIES ({count}) on '{tty}' FOR '{user}'
failed-login  TOO MANY LOGIN TRIES ({count})  on '{tty}' FOR '{user}'
failed-login  invalid password for '{user}' on '{tty}' from '{peer}'
failed-login  invalid password for '{user}' on '{tty}'
failed-login  REPEATED login failures on '{tty}' from '{peer}'
failed-login  REPEATED login failures on '{tty}'
failed-login  exceeded failure limit for '{user}' on '{tty}'
failed-login  no shadow password for '{user}' on '{tty}'
failed-login  LOGIN TIMED OUT
refuse       ILLEGAL ROOT LOGIN on '{tty}' from '{peer}'
refuse       ILLEGAL ROOT LOGIN  on '{tty}'
refuse       ILLEGAL ROOT LOGIN on '{tty}'
refuse       LOGIN '{user}' REFUSED on '{tty}'
refuse       LOGIN {user:w} REFUSED FROM {peer}
refuse       LOGIN {user:w} REFUSED ON TTY {tty:w}
refuse       LOGIN REFUSED ON TTY {tty:w}
refuse       invalid login time for '{user}'{reason}
refuse       No logins allowed for '{user}'
refuse       No logins allowed for {user}
refuse       Too many logins (max {count}) for {user}
refuse       SU by {user} to restricted account {object}
refuse       DENIED su from '{user}' to '{object}' ({path})
refuse       You are not authorized to su {object}
su           NO password asked for su from '{user}' to '{object}' ({path})
su           su from '{user}' to '{object}': asking for user's own password ({path})
su           user '{user}' to '{object}' {reason}
su           Change user from '{user}' to '{object}' as requested by PAM
su           Attempted login by {user:w} (UID: {uid}) on {reason}
failed-su    FAILED su for {object} by {user}
failed-su    Wrong entry for {object}
failed-su    pam_authenticate: {reason}
failed-su    pam_acct_mgmt: {reason}
failed-su    incorrect password for '{user}'
failed-su    incorrect password for {user}
failed-su    Invalid password for group '{group}' from '{user}'
failed-su    Invalid password for group '{group}'
group-login  user '{user}' (login '{login}' on {tty}) switched to group '{group=}'
group-login  user '{user}' (login '{login}' on {tty}) returned to group '{group=}'
error        No passwd entry for user '{object}'
error        no user entry for '{object}'
error        Cannot possibly work without effective root
error        BAD su {user} {reason}
error        bad group ID '{group}' for user '{object}': {reason}
error        unable to cd to '{path=}' for user '{object}'
error        {tty=:p}: {reason}
error        {tty=:w}: invalid character {reason}
error        {tty=:w}: input overrun
error        pam_open_session: {reason}
error        pam_close_session: {reason}
error        pam_setcred: {reason}
error        pam_start: {reason}
error        pam_chauthtok: {reason}
error        Unable to {what} for {object}
error        Will not execute {path=}
error        GID '{gid}' does not exist
error        unknown GID '{gid}' used by user '{object}'
note         su session not logged to {path=}
note         login '{object}' re-enabled after temporary lockout ({count} failures)
`
