package parser

// cronForms are messages of anacron, atd, at, run-parts, fcron and busybox
// crond, besides "(who) VERB (detail)".
const cronForms = `
job-start      Job '{job=}' started
job-end;reason=ended  Job '{job=}' terminated
job-end        Job '{job=}' terminated ({reason})
job-end        Job '{job=}' terminated {reason}
job-plan       Will run job '{job=}' in {delay:n} min.
job-plan       Jobs will be executed sequentially
job-end        Updated timestamp for job '{job=}' to {when}
start>anacron  Anacron {version:w} started on {when}
info>anacron   Checking against {count} job{_:t}
stop>anacron   Normal exit ({count} jobs run)
stop>anacron   Normal exit ({count} job run)
stop>anacron   Normal exit ({reason})
error          Job '{job=}' locked by another anacron - skipping
error          Tried to mail output of job '{job=}', {reason}
error          Can't find sendmail at {path}, {reason}
error          No mail for job '{job=}': {reason}
job-start      Starting job {job:w} ({path=}) for user '{user}' ({uid})
job-end        Job {job=:w} finished
start>fcron    Fcron {version:w} started
job-start      Job {job=:g} started for user {user:w} (pid {child_pid})
job-end        Job {job=:g} completed
job-add        adding new file {object}
job-add        updating configuration from {object}
exec           USER {user:w} pid {child_pid} cmd {command=}
exec           user {user:w}: process already running: {command=}
start>crond    crond ({_}) started, log level {_:n}
start>crond    crond: crond ({_}) started, log level {_:n}
reload         user:{user:w} {reason}
info           wakeup dt={_:n}
error          file {path=:w} {reason}
error          user {user:w}: {reason}
stop>cron      Shutting down.
`
