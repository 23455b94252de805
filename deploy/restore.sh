#!/usr/bin/env bash
# deploy/restore.sh DIR: puts back what deploy/backup.sh has copied, into volumes that do not exist yet, and starts all.
# Before it: the same .env as at the backup, with the passwords and TEMPORAL_PAYLOAD_KEYS.
set -euo pipefail
cd "$(dirname "$0")/.."
source=$(realpath "${1:?usage: deploy/restore.sh DIR}")
read -r -a compose <<<"${COMPOSE:-docker compose}"
project=${COMPOSE_PROJECT_NAME:-$(basename "$PWD")}

for archive in "$source"/*.tar.gz; do
  volume="${project}_$(basename "$archive" .tar.gz)"
  if docker volume inspect "$volume" >/dev/null 2>&1; then
    echo "the volume $volume exists, and is left as it is: docker compose down -v removes it" >&2
    exit 1
  fi
done
# With the labels of Compose, which else would not know them.
"${compose[@]}" create >/dev/null 2>&1 || "${compose[@]}" up --no-start >/dev/null 2>&1
for archive in "$source"/*.tar.gz; do
  volume="${project}_$(basename "$archive" .tar.gz)"
  docker run --rm -v "$volume:/volume" -v "$source:/backup:ro" mongo:8.0 \
    sh -c "find /volume -mindepth 1 -delete && tar -C /volume -xzpf /backup/$(basename "$archive")"
  echo "$volume is restored"
done
"${compose[@]}" up -d
