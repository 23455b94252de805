#!/bin/sh
# Ends what the launcher started when the launcher itself is gone: a crash or kill -9 closes this
# script's stdin. Lines on stdin: "+ group ID", "- group ID", "+ container NAME", "- container NAME".
# A shell, since it costs a megabyte while Node would cost forty.
trap '' INT TERM HUP

groups=' '
containers=' '

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
  esac
done

signal_all() {
  for group in $groups; do kill "-$1" "-$group" 2>/dev/null; done
}

some_alive() {
  for group in $groups; do kill -0 "-$group" 2>/dev/null && return 0; done
  return 1
}

signal_all TERM
tries=0
while some_alive && [ "$tries" -lt 40 ]; do
  sleep 0.2
  tries=$((tries + 1))
done
signal_all KILL
for container in $containers; do docker rm --force --volumes "$container" >/dev/null 2>&1; done
exit 0
