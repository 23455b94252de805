#!/bin/sh
# Creates the namespace and the orders' search attributes. May be repeated.
# TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE say where.
set -eu

search_attributes() {
  temporal operator search-attribute create \
    --name OrderStatus --type Keyword \
    --name CustomerId --type Keyword \
    --name OrderNumber --type Keyword \
    --name TransactionId --type Keyword \
    --name FailedStep --type Keyword \
    --name FailureType --type Keyword \
    --name NeedsAttention --type Bool \
    --name StuckSince --type Datetime \
    --name ShipBy --type Datetime
}

temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 168h

# A new namespace is unknown to parts of the server for some seconds.
tries=30
until search_attributes; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || exit 1
  sleep 1
done
