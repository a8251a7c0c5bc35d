package parser

// pamForms are messages of PAM modules behind "module(service:phase): ",
// besides those pam.go reads.
const pamForms = `
lock          Consecutive login failures for user {user} account temporarily locked
lock          user {user} ({uid}) tally {count}, deny {limit:n}
lock          user {user} ({uid}) has time limit {reason}
lock          User {user} ({uid}) tally {count}, deny {limit:n}
unlock        user {user} ({uid}) tally reset
failed-auth   user {user} ({uid}) tally {count}
failed-auth   received for user {user}: {status:n} ({reason})
failed-auth   authentication failure; user={user} {reason}
failed-auth   error retrieving user name: {reason}
failed-auth   auth could not identify password for [{user}]
failed-auth   auth could not identify password for {user}
failed-auth   conversation failed
failed-auth   Invalid verification code for {user}
failed-auth   Invalid verification code
failed-auth   request failed: {reason}, PAM error was {status}
failed-auth   user '{user}' denied access (incorrect password or invalid membership)
auth          Accepted google_authenticator for {user}
auth          user {user} authenticated as {object}
auth          user '{user}' granted access
auth          user {user} was granted access
auth          root check succeeded
failed-auth   root check failed
unknown-user  check pass; user unknown
unknown-user  user unknown
unknown-user  User unknown
unknown-user  User unknown: {user}
unknown-user  user unknown '{user}'
unknown-user  unknown user {user}
unknown-user  user '{user}' unknown to this system
unknown-user  user "{user}" does not exist in {path}
unknown-user  error retrieving information about user {user}
unknown-user  could not identify user (from uid={uid})
unknown-user  could not identify user from getpwnam({user})
unknown-user  bad username [{user}]
refuse        account {user} has expired ({reason})
refuse        expired password for user {user} ({reason})
refuse        password for user {user} will expire in {days:n} days
refuse        account {user} has password changed in future
refuse        access denied for user '{user}' from '{peer}'
refuse        access denied: tty '{tty}' is not secure !
refuse        access denied: {reason}
refuse        Access denied for user {user}: {status:n} ({reason})
refuse        denied access to {ruser}@{peer} as {user}
refuse        Refused user {user} for service {what}
refuse        Refused user {user} {reason}
refuse        requirement "{reason}" not met by user "{user}"
refuse        Access denied to '{user}' for '{object}'
refuse        Access denied for '{user}' to '{object}'
refuse        Access to '{object}' denied for '{user}'
refuse        Too many logins (max {limit:n}) for {user}
refuse        Too many system logins (max {limit:n})
refuse        User {user:w} not allowed {reason}
refuse        User account has expired
refuse        nologin: {reason}
refuse        pam_sm_acct_mgmt: {reason}
refuse        password - (old) token not obtained
refuse        user password changed too early
refuse        user "{user}" has no {reason}
refuse        bad password: {reason}
refuse        User {user} is not a member of {reason}
permit        requirement "{reason}" was met by user "{user}"
permit        requirement "{reason}" not met by uid {uid}
permit        Access granted to '{user}' for '{object}'
permit        access allowed for '{user}' on '{tty}'
permit        allowed access to {ruser}@{peer} as {user}
password-change  password changed for {object}
password-change  password for {object} changed by {user}
password-change  new password not acceptable
session-open  session opened for user {object} by {user}
note          username [{user}] obtained
note          Reading user's environment file {path}
note          unix password {reason} for {object}
note          gkr-pam: {reason}
note          gnome-keyring-daemon started properly {reason}
note          Last login: {reason}
note          Failed to create session: {reason}
error         Failed to create session: {reason}
error         Could not set limit for '{what}' to {reason}
failed-auth   password check failed for user ({user})
unknown-user  check pass; user unknown ({user})
error         could not obtain user info ({user})
error         Failed to release session: {reason}
error         Error {what} the tally file for {user}: {reason}
error         unable to open {what} file {path}: {reason}
error         unable to open env file: {path}: {reason}
error         Unable to open env file: {path}: {reason}
error         Unable to dlopen({path}): {reason}
error         unable to dlopen({path}): {reason}
error         adding faulty module: {path}
error         error opening {path:p}: {reason}
error         Couldn't open {path}: {reason}
error         Configuration file not found: {path}
error         {path:p}: {reason}
error         The password of user "{object}" {reason}
error         Error {what}: {reason}
exec          Calling {command=} ...
exec          {command=:p} failed: exit code {status:n}
exec          {command=:p} failed: caught signal {status:n}
make-home     Created directory '{path=}'.
make-home     Creating directory '{path=}'.
make-home     Home directory {path=} {reason}
`
