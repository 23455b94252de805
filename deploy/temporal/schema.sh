#!/bin/sh
# Creates Temporal's two databases, or brings them up to date. SQL_* say where. May be repeated.
set -eu

for database in temporal temporal_visibility; do
  export SQL_DATABASE="$database"
  schema=/etc/temporal/schema/postgresql/v12/${database#temporal_}/versioned
  temporal-sql-tool create-database
  temporal-sql-tool setup-schema --version 0.0
  temporal-sql-tool update-schema --schema-dir "$schema"
done
