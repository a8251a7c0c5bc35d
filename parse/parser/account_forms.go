package parser

// accountForms are messages of the shadow tools (4.2 to 4.17), of libuser's
// tools and of Debian's adduser, besides those account.go reads.
const accountForms = `
user-delete    delete user '{object}'
password-change  changed user '{object}' password
user-change    changed user '{object}' {what:w} to '{to}'
user-change    changed user '{object}' {what}
user-change    changed password expiry for {object:w}
user-change;what=expiry  changed password aging for {object:w}
user-change    changed fields of user {object:w}
user-change    useradd defaults: GROUP={gid}, HOME={home}, SHELL={shell}, {_}
user-change;what=expiration  {user:w} changed expiration of {object:w}
group-delete   removed group '{group=}' owned by '{owner}'
group-delete   removed shadow group '{group=}' owned by '{owner}'
group-delete   removed group '{group=}' {_}
group-delete   remove shadow group '{group=}' owned by '{owner}'
group-delete   remove group '{group=}' owned by '{owner}'
group-delete   group '{group=}' removed from {path:p}
group-delete   group '{group=}' removed
group-add      group added to {path:p}: name={group=:w}, GID={gid}
group-change   group changed in {path:p} (group {group=:t}/{gid:n}, new {what:t}: {to})
group-change   group changed in {path:p} (group {group=:t}/{gid:n}, {what})
group-change   group changed in {path:p} ({what})
group-change   set administrators for group {group=:w} set by {user} to {to}
group-change   set members for group {group=:w} set by {user} to {to}
group-change   change GID for '{group=}' to {gid}
group-change   {user:w} set the administrators of group {group=:w} to {to}
group-change   administrators of group {group=:w} set by {user} to {to}
group-change   members of group {group=:w} set by {user} to {to}
group-change   access to group {group=:w} restricted by {user}
password-change  password for '{object}' changed by '{user}'
password-change  password for {object:w} changed by {user:w}
password-change  password of group {group=:w} changed by {user:w}
password-change  password of group {group=:w} removed by {user:w}
password-change  password changed for {object:w}
password-change  changed password for '{object}'
member-add     add '{object}' to group '{group}'
member-add     add '{object}' to shadow group '{group}'
member-remove  delete '{object}' from group '{group}'
member-remove  delete '{object}' from shadow group '{group}'
error          {user:w} failed to add user {object:w} to group {group:w}
error          {user:w} failed to remove user {object:w} from group {group:w}
error          {user:w} failed to change password of group {group=:w}
error          {user:w} failed to remove password of group {group=:w}
error          {user:w} failed to restrict access to group {group=:w}
error          {user:w} failed to set the {what:w} of group {group=:w} to {to}
error          {user:w} is not authorized by SELinux to change the {what:w} of {object:w}
error          failed adding user '{object}', exit code: {status:n}
error          failed adding user '{object}', data deleted
error          failed to add user {object:w} to {path:p}
error          failed to add user {object:w}
error          failed to add group {group=:w} to {path:p}
error          failed to add group {group=:w}
error          failed to remove group {group=:w} from {path:p}
error          failed to remove group {group=:w}
error          failed to remove {path=:p}
error          failed to prepare the new {path:w} entry '{object}'
error          failed to crypt password with previous salt of {what:w} '{object}'
error          Failed to crypt password with previous salt of {what:w} '{object}'
error          failed to {what} of UID {uid}
error          failed to {what} for UID {uid}
error          failed to {what} of user "{object}"
error          failed to unlock {path=:p}
error          failed to change {path=:w} ({reason})
error          failed to change the mode of {path=:p} to {reason}
error          failure while writing changes to {path=}
error          failure while closing read-only {path=}
error          can't change shell for '{object}'
error          can't lock {path=:p}
error          can't view or modify password information for {object:w}
error          cannot find user {object:w}
error          cannot find user {object:w} {reason}
error          cannot open {path=:p}
error          cannot lock {path=:p}; try again later.
error          cannot delete {path=:p}
error          cannot delete {object:w}
error          cannot add new {what} entry for {object:w}
error          cannot open login definitions {reason}
error          cannot execute {path=}
error          Cannot execute {path=}
error          Cannot determine the user name of the caller (UID {uid})
error          Authentication failed for {user}
error          '{object}' is already a member of group '{group}'
error          '{object}' not removed from group '{group}'
error          {path=:p} not owned by {object:w}, not removed
error          {path=:p}, line {line:n}: {reason}
error          {path=:p}, line {line:n}. {reason}
error          {path:w}: line {line:n}: {reason}
error          GID '{gid}' does not exist
error          There is no UID {uid} user.
error          no more available {what:w} on the system
error          too many groups
error          unable to {what} for {object:w}
error          user '{object}' {reason}
error          group '{group=}' {reason}
error          Can't read last lastlog entry for UID {uid} in {path=:w} {reason}
error          {what:w} sss_cache {reason}
error          {what:w} nscd {reason}
edit           {path=:p} has been changed
edit           file {path=:p} edited
edit           delete passwd line '{line}'
edit           delete shadow line '{line}'
edit           delete group line '{line}'
edit           delete gshadow line '{line}'
edit           add user '{object}' in {path:p}
edit           removed user '{object}' in {path:p}
edit           add group '{group=}' to '{path}'
member-add     change '{from}' to '{object}' in group '{group}'
member-add     change '{from}' to '{object}' in shadow group '{group}'
member-add     change admin '{from}' to '{object}' in shadow group '{group}'
user-rename    change user name '{from}' to '{object}'
user-lock      password locked for '{object}'
error          unknown GID '{gid}' used by user '{object}'
edit           shadow passwords {reason}
refuse         invalid user name '{object}'
refuse         {reason:t}: invalid user name '{object}'
user-add       Adding user '{object}' ...
user-add       Adding new user '{object}' ({uid}) with group '{group}' ...
user-add       Adding new user '{object}' ({uid}) with group '{group} ({gid})' ...
user-add       Adding system user '{object}' (UID {uid}) ...
group-add      Adding group '{group=}' (GID {gid}) ...
group-add      Adding new group '{group=}' ({gid}) ...
group-add      Adding new group '{group=}' (GID {gid}) ...
member-add     Adding user '{object}' to group '{group}' ...
member-add     Adding new user '{object}' to supplemental / extra groups '{group}' ...
member-add     Adding new user '{object}' to group '{group}' ...
member-remove  Removing user '{object}' from group '{group}' ...
user-delete    Removing user '{object}' ...
group-delete   Removing group '{group=}' ...
user-change    Creating home directory '{home=}' ...
user-change    Copying files from '{from}' ...
user-change    Not creating home directory '{home=}'.
user-change    Selecting UID from range {from:n} to {to} ...
group-change   Selecting GID from range {from:n} to {to} ...
user-change    Selecting UID/GID from range {from:n} to {to} ...
`
