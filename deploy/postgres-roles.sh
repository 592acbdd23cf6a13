#!/usr/bin/env bash
# Runs once, where the database is made: a role that owns foliosync's database and nothing else, and one that only
# reads. Their passwords are those in the addresses that the programs get.
set -euo pipefail

password() { sed -E 's|^postgres://[^:]+:([^@]+)@.*$|\1|' "/run/secrets/$1"; }

psql --no-psqlrc --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
    --set "owner=$(password store)" --set "reader=$(password store_reader)" <<'SQL'
CREATE ROLE foliosync LOGIN PASSWORD :'owner';
CREATE ROLE foliosync_reader LOGIN PASSWORD :'reader';
CREATE DATABASE foliosync OWNER foliosync;
REVOKE ALL ON DATABASE foliosync FROM PUBLIC;
GRANT CONNECT ON DATABASE foliosync TO foliosync_reader;
-- The program asks for the same; this holds for whoever else uses the role, too.
ALTER ROLE foliosync_reader SET default_transaction_read_only = on;
ALTER ROLE foliosync_reader SET statement_timeout = '30s';
SQL
