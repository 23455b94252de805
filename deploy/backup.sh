#!/usr/bin/env bash
# deploy/backup.sh DIR: copies the data of the containers to DIR, one archive for each volume, all of the same moment:
# the service stands still meanwhile. deploy/restore.sh DIR brings it back. Secrets (.env) are not in it.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(realpath "${1:?usage: deploy/backup.sh DIR}")
read -r -a compose <<<"${COMPOSE:-docker compose}"
# The simulators are there in the demo only.
volumes=(mongo postgres rabbitmq simulators)
mkdir -p "$target"
project=$("${compose[@]}" ps -q mongo | head -n 1 | xargs docker inspect -f '{{ index .Config.Labels "com.docker.compose.project" }}')

"${compose[@]}" stop
trap '"${compose[@]}" start' EXIT
for volume in "${volumes[@]}"; do
  docker volume inspect "${project}_$volume" >/dev/null 2>&1 || continue
  docker run --rm -v "${project}_$volume:/volume:ro" -v "$target:/backup" mongo:8.0 \
    tar -C /volume -czf "/backup/$volume.tar.gz" .
  echo "$volume: $(du -h "$target/$volume.tar.gz" | cut -f1)"
done
