package main

const usageText = `saksi-collect reads a Linux host, or a mounted image, into one sealed bundle.

  saksi-collect run --out FILE|-   collect (saksi-collect run -h: all flags)
  saksi-collect plan               what run would take, with estimated bytes
  saksi-collect sources            what each source reads, why, and its effects
  saksi-collect version

It starts no process, loads no kernel module, and writes nothing but the bundle.

EXAMPLES
  sudo saksi-collect run --out host.tar.zst
  ssh HOST sudo saksi-collect run --out - | saksi intake --from - --to host.tar.zst
  sudo saksi-collect run --out image.tar.zst --root /mnt/image

EXIT STATUS
  0  done
  1  failed: no bundle, or a bundle that is cut
  2  usage
  3  done, but something planned is partial, denied, timed out or failed, or
     the run was cancelled or ended by a budget; each item is named
`

const runText = `saksi-collect run --out FILE|- [flags]

Writes one sealed bundle to a new file, into a directory (as RUN-ID.tar.zst), or
to standard output. The plan is written first; every item of it ends in one
outcome; the last line balances them.

`

const runTail = `
The source "memory" copies the RAM of the host, with its keys and passwords: it
runs with --memory only, and then wants --encrypt-to, or --plain. Order: clocks,
volatile state, RAM, what is volatile once more, then logs and files. A large
memory can be taken in several runs of one boot: --memory-max leaves a rest,
saksi inspect prints it as --memory-range, --memory-resume reads it from the
first bundle; saksi extract A B --as lime joins them.

A file given with --out is written past the page cache where its file system
allows that; what was used stands in the bundle.

A signal (Ctrl-C, TERM, HUP) ends the run early: the rest is marked skipped, the
bundle is sealed. A second Ctrl-C stops at once; the bundle then proves what its
last checkpoint covers.

EXAMPLES
  sudo saksi-collect run --out host.tar.zst
  sudo saksi-collect run --out - --profile sweep --max-time 5s > sweep.tar.zst
  sudo saksi-collect run --out /mnt/usb --only logs,logins --since 2024-03-01
  sudo saksi-collect run --out /mnt/usb --memory --memory-max 64G --encrypt-to age1...
  sudo saksi-collect run --out image.tar.zst --root /mnt/image --paths list.txt

EXIT STATUS
  0  done
  1  failed: no bundle, or a bundle that is cut
  2  usage
  3  done, but something planned is partial, denied, timed out or failed, or
     the run was cancelled or ended by a budget; each item is named
`

const planText = `saksi-collect plan [flags]

Prints what run would take with the same flags, and how many bytes that is.
Reads directories, no content.

`

const planTail = `
EXAMPLES
  sudo saksi-collect plan
  sudo saksi-collect plan --profile full --json

EXIT STATUS
  0  done
  1  failed
  2  usage
`

const sourcesText = `saksi-collect sources [--json]

Prints for each source what it reads and why, its effects on the host, which
kernel it needs and what happens on an older one.

`

const sourcesTail = `
EXAMPLES
  saksi-collect sources
  saksi-collect sources --json

EXIT STATUS
  0  done
  2  usage
`
