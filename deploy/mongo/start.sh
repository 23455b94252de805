#!/bin/sh
# A replica set with passwords needs a key that its members share. This one has a single member, so
# each start makes a key of its own and none has to be kept secret.
set -eu

key=/data/configdb/key
head -c 512 /dev/urandom | base64 >"$key"
chmod 400 "$key"
chown mongodb:mongodb "$key"
exec docker-entrypoint.sh "$@" --keyFile "$key"
