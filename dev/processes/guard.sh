#!/bin/sh
# Ends what the launcher started when the launcher itself is gone: a crash or kill -9 closes this
# script's stdin. Lines on stdin: "+ group ID", "+ container NAME", "+ run ID", and the same with "-".
# A run is every process that has ORDERS_TEST_RUN=ID in its environment, whatever its group.
# A shell, since it costs a megabyte while Node would cost forty.
trap '' INT TERM HUP

groups=' '
containers=' '
runs=' '

# without LIST ITEM: LIST less ITEM; lists have a blank around each item.
without() {
  case "$1" in
    *" $2 "*) printf '%s %s' "${1%%" $2 "*}" "${1#*" $2 "}" ;;
    *) printf '%s' "$1" ;;
  esac
}

while IFS=' ' read -r sign kind item; do
  case "$sign $kind" in
    '+ group') groups="$groups$item " ;;
    '- group') groups=$(without "$groups" "$item") ;;
    '+ container') containers="$containers$item " ;;
    '- container') containers=$(without "$containers" "$item") ;;
    '+ run') runs="$runs$item " ;;
    '- run') runs=$(without "$runs" "$item") ;;
  esac
done

# The ids of the processes of all runs. The variable's name never stands next to an id in a command
# line here, so ps does not list its reader.
processes_of_runs() {
  for run in $runs; do
    if [ -d /proc/self ]; then
      grep -lsF "ORDERS_TEST_RUN=$run" /proc/[0-9]*/environ | sed 's/[^0-9]//g'
    else
      ps axeww -o pid= -o command= |
        awk -v run="$run" 'index($0, "ORDERS_TEST_RUN=" run) { print $1 }'
    fi
  done
}

signal_all() {
  for group in $groups; do kill "-$1" "-$group" 2>/dev/null; done
  for process in $(processes_of_runs); do kill "-$1" "$process" 2>/dev/null; done
}

some_alive() {
  for group in $groups; do kill -0 "-$group" 2>/dev/null && return 0; done
  [ -n "$(processes_of_runs)" ]
}

# A run has guards of its own, which need their time.
if [ "$runs" = ' ' ]; then most=40; else most=75; fi

signal_all TERM
tries=0
while some_alive && [ "$tries" -lt "$most" ]; do
  sleep 0.2
  tries=$((tries + 1))
done
signal_all KILL
for container in $containers; do docker rm --force --volumes "$container" >/dev/null 2>&1; done
exit 0
