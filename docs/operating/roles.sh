#!/bin/sh
# First start of the database: the exchange's database and its two roles. dx_owner migrates and owns; dx_app runs and owns nothing.
set -eu
psql -v ON_ERROR_STOP=1 -U postgres -v owner="$DX_OWNER_PASSWORD" -v app="$DX_APP_PASSWORD" <<'SQL'
CREATE ROLE dx_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'owner';
CREATE ROLE dx_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'app';
CREATE DATABASE exchange OWNER dx_owner;
\connect exchange
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO dx_owner;
GRANT USAGE ON SCHEMA public TO dx_app;
ALTER DEFAULT PRIVILEGES FOR ROLE dx_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO dx_app;
ALTER DEFAULT PRIVILEGES FOR ROLE dx_owner IN SCHEMA public GRANT USAGE ON SEQUENCES TO dx_app;
SQL
