#!/usr/bin/env bash
# Proves the containers on a Docker engine: from nothing to a paid order, rights, a load while each
# service is restarted, kept data, and what production refuses. COMPOSE names the program, for
# example "docker-compose". Takes some minutes, and leaves nothing behind.
set -euo pipefail
cd "$(dirname "$0")/.."

read -r -a compose <<<"${COMPOSE:-docker compose}"
export COMPOSE_PROJECT_NAME="orders-check-$$"
# Two APIs on one machine need two ports each.
export PORT=13000-13001 METRICS_PORT=13100-13101 TEMPORAL_UI_PORT=13200 TEMPORAL_PORT=13300
export AUTH_PORT=13401 PRODUCTS_PORT=13402 INVENTORY_PORT=13403 PAYMENTS_PORT=13404
export MONGODB_PORT=13500 REDIS_PORT=13600 RABBITMQ_PORT=13700 RABBITMQ_MANAGEMENT_PORT=13701
# As in production: what Temporal stores is encrypted, and the API adds the keys of orders.
TEMPORAL_PAYLOAD_KEYS="check:$(od -An -vtx1 -N32 /dev/urandom | tr -d ' \n')"
export TEMPORAL_PAYLOAD_KEYS
# The load comes from one user.
export RATE_LIMIT_USER_PER_MINUTE=1000000 RATE_LIMIT_PLACEMENTS_PER_MINUTE=1000000 UNPAID_ORDERS_PER_USER=1000000
began=$SECONDS

say() { printf '%4d s  %s\n' $((SECONDS - began)) "$*"; }
fail() { say "FAILED: $*"; exit 1; }
dc() { "${compose[@]}" "$@"; }
container() { dc ps -q "$1" | head -n 1; }
database() { docker exec "$(container mongo)" mongosh --quiet "mongodb://$1:development@localhost/orders" --eval "$2"; }
refused() { ! "$@" >/dev/null 2>&1 || fail "not refused: $*"; }
end() {
  docker rm -f "$COMPOSE_PROJECT_NAME-codec" >/dev/null 2>&1 || true
  dc --profile demo logs --no-color --tail 30 api worker >"${LOGS:-/dev/null}" 2>&1 || true
  dc --profile demo down -v --remove-orphans >/dev/null 2>&1 || true
}
trap end EXIT

say "building"
dc build >/dev/null 2>&1 || dc build
say "starting everything from nothing"
dc up -d >/dev/null 2>&1 || dc up -d
dc run --rm first-order >/dev/null 2>&1 || dc run --rm first-order || fail "no paid order"
say "an order is PAGADO"

[ "$(docker exec "$(container api)" id -u)" = 1000 ] || fail "the API runs as root"
refused docker exec "$(container api)" touch /app/file
refused docker run --rm orders-service test -e dist/simulators
refused docker exec "$(container api)" node -e "process.setuid(0)"
database orders_api 'try { db.orders.insertOne({}); quit(1) } catch (e) { quit(/not authorized/.test(e.message) ? 0 : 1) }' || fail "the API may write"
database orders_api 'try { db.datakeys.updateOne({}, { $set: { erasedAt: new Date() } }); quit(1) } catch (e) { quit(/not authorized/.test(e.message) ? 0 : 1) }' || fail "the API may change keys"
database orders_codec 'db.datakeys.findOne(); try { db.orders.findOne(); quit(1) } catch (e) { quit(/not authorized/.test(e.message) ? 0 : 1) }' || fail "the codec server may read orders"
[ "$(database orders 'print(db.datakeys.countDocuments({ wrapped: { $exists: true } }))')" -ge 1 ] || fail "the order has no key"
database orders_worker 'try { db.orders.drop(); quit(1) } catch (e) { quit(/not authorized/.test(e.message) ? 0 : 1) }' || fail "the worker may drop"
say "no rights but what is needed"

docker run -d --rm --name "$COMPOSE_PROJECT_NAME-codec" --network "${COMPOSE_PROJECT_NAME}_default" \
  -e NODE_ENV=development -e TEMPORAL_PAYLOAD_KEYS -e TEMPORAL_UI_URL=http://127.0.0.1 \
  -e JWT_SECRET=for-development-only-set-your-own-secret \
  -e MONGODB_URI='mongodb://orders_codec:development@mongo:27017/orders?replicaSet=rs0' \
  orders-service node dist/src/codec-server/server.js >/dev/null
for _ in $(seq 60); do
  docker exec "$COMPOSE_PROJECT_NAME-codec" node -e 'fetch("http://127.0.0.1:3002/livez").then(() => process.exit(0), () => process.exit(1))' 2>/dev/null && break
  sleep 1
done
docker exec "$COMPOSE_PROJECT_NAME-codec" node -e 'fetch("http://127.0.0.1:3002/livez").then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))' || fail "the codec server does not start with its rights"
docker rm -f "$COMPOSE_PROJECT_NAME-codec" >/dev/null
say "the codec server runs with its rights"

dc up -d --scale api=2 --scale worker=2 >/dev/null 2>&1
dc run -d --name "$COMPOSE_PROJECT_NAME-load" first-order node demo/load.mjs >/dev/null 2>&1
for service in api worker redis rabbitmq simulators mongo temporal postgres; do
  dc restart "$service" >/dev/null 2>&1
  say "restarted $service under load"
  sleep 3
done
docker kill --signal SIGTERM "$COMPOSE_PROJECT_NAME-load" >/dev/null
code=$(docker wait "$COMPOSE_PROJECT_NAME-load")
say "load: $(docker logs "$COMPOSE_PROJECT_NAME-load" 2>&1 | tail -n 1)"
docker rm "$COMPOSE_PROJECT_NAME-load" >/dev/null
[ "$code" = 0 ] || fail "orders that were accepted are not paid"

count() { database orders 'print(db.orders.countDocuments())'; }
before=$(count)
dc down >/dev/null 2>&1
dc up -d >/dev/null 2>&1
[ "$(count)" = "$before" ] || fail "orders are lost by down and up"
dc run --rm first-order >/dev/null 2>&1 || fail "no paid order after down and up"
say "data is kept: $before orders"

backup=$(mktemp -d)
deploy/backup.sh "$backup" >/dev/null 2>&1 || deploy/backup.sh "$backup" || fail "no backup"
before=$(count)
dc --profile demo down -v --remove-orphans >/dev/null 2>&1
deploy/restore.sh "$backup" >/dev/null 2>&1 || fail "the backup cannot be restored"
[ "$(count)" = "$before" ] || fail "orders are lost by backup and restore"
dc run --rm first-order >/dev/null 2>&1 || fail "no paid order after a restore"
at_temporal() { dc run --rm temporal-setup temporal "$@" --address temporal:7233 2>/dev/null; }
at_temporal schedule trigger --schedule-id orders-reconciler >/dev/null || fail "the reconciler is not there after a restore"
sleep 20
at_temporal workflow count --query 'NeedsAttention = true' | grep -q 'Total: 0' || fail "the reconciler found something after a restore"
rm -rf "$backup"
say "backup and restore: $before orders, and the reconciler finds nothing"

dc --profile demo down -v --remove-orphans >/dev/null 2>&1
for kind in container volume network; do
  left=$(docker "$kind" ls -q --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" $([ $kind = container ] && echo -a))
  [ -z "$left" ] || fail "down -v leaves: $left"
done
say "down -v leaves nothing"

if "${compose[@]}" version --short 2>/dev/null | grep -q '^v\?1\.'; then
  say "production.yml needs Compose 2: not checked"
else
  production() { env -i PATH="$PATH" HOME="${HOME:-/}" ${DOCKER_HOST:+DOCKER_HOST="$DOCKER_HOST"} "$@" "${compose[@]}" --env-file /dev/null -f docker-compose.yml -f deploy/compose/production.yml config 2>&1; }
  if told=$(production); then fail "production starts without secrets"; fi
  grep -q 'npm run secrets' <<<"$told" || fail "no hint what to do: $told"
  secrets=()
  while read -r line; do secrets+=("$line"); done < <(docker run --rm orders-service node dist/src/commands/secrets.js --print)
  if told=$(production "${secrets[@]}"); then fail "production starts with simulators"; fi
  for name in AUTH PRODUCTS INVENTORY PAYMENTS; do secrets+=("${name}_SERVICE_URL=https://$name.example"); done
  secrets+=("TEMPORAL_UI_URL=https://temporal.example")
  config=$(production "${secrets[@]}") || fail "$config"
  # What the services are made of is printed behind them.
  config=$(sed '/^x-/,$d' <<<"$config")
  ! grep -q 'simulators' <<<"$config" || fail "production has simulators"
  ! grep -q 'development' <<<"$config" || fail "production has a default of development"
  [ "$(grep -c 'published:' <<<"$config")" = 1 ] || fail "production publishes more than the API's port"
  say "production refuses what it must, and publishes one port"
fi
say "passed"
