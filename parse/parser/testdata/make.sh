#!/bin/sh
# Makes the text fixtures anew that the scripts beside this one make: each
# states what it needs. A script that fails is named and ends the run.
here=$(cd "$(dirname "$0")" && pwd)
for s in textlogs daemons mail ownlogs inet systemd clamav tomcat; do
	echo "-- $s.sh"
	bash "$here/$s.sh" || { echo "$s.sh failed"; exit 1; }
done
