-- Viewledger's database roles. Run it once as a superuser, in the database that Viewledger is to use:
--
--     psql -X -v ON_ERROR_STOP=1 --single-transaction -d viewledger -f reporting/bootstrap.sql
--
-- and give the application's role a password (\password viewledger) for DATABASE_URL. PostgreSQL 15 to 18. Running it
-- again changes nothing, or repairs what was changed. Without DATABASE_URL, Viewledger runs this very file by itself.
--
--     viewledger        logs in for the pages, the API and the workers; owns nothing, so that every row-level policy
--                       holds for it
--     viewledger_owner  owns the tables; migrations act as it (SET ROLE viewledger_owner)
--     viewledger_staff  what the platform's staff and the scheduler act as (SET LOCAL ROLE viewledger_staff) to see
--                       all tenants

-- There is no CREATE ROLE IF NOT EXISTS.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'viewledger') THEN
        CREATE ROLE viewledger LOGIN NOINHERIT;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'viewledger_owner') THEN
        CREATE ROLE viewledger_owner NOLOGIN;
    END IF;
    -- LOGIN is left alone later: on Citus the staff role needs it.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'viewledger_staff') THEN
        CREATE ROLE viewledger_staff NOLOGIN;
    END IF;
END
$$;

-- A role that was made by hand may hold more; any of these would let it read past the policies.
ALTER ROLE viewledger LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION;
ALTER ROLE viewledger_owner NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION;
ALTER ROLE viewledger_staff NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION;

-- Policies hold for roles one inherits as well: with a plain membership every tenant would see all tenants' rows.
-- PostgreSQL 15 takes that from the member (NOINHERIT above); since 16 each membership says it for itself, and a GRANT
-- without options would leave an older membership as it is.
DO $$
BEGIN
    IF current_setting('server_version_num')::int >= 160000 THEN
        EXECUTE 'GRANT viewledger_owner, viewledger_staff TO viewledger WITH INHERIT FALSE, SET TRUE, ADMIN FALSE';
    ELSE
        EXECUTE 'GRANT viewledger_owner, viewledger_staff TO viewledger';
        EXECUTE 'REVOKE ADMIN OPTION FOR viewledger_owner, viewledger_staff FROM viewledger';
    END IF;
END
$$;

-- Since PostgreSQL 15 the schema belongs to whoever owns the database, before it was open to everyone. Either way
-- the application's role could own tables there, and their policies would not hold for it.
ALTER SCHEMA public OWNER TO CURRENT_USER;
REVOKE CREATE ON SCHEMA public FROM PUBLIC, viewledger, viewledger_staff;
GRANT USAGE, CREATE ON SCHEMA public TO viewledger_owner;
GRANT USAGE ON SCHEMA public TO viewledger, viewledger_staff;

-- COPY goes to a temporary table first: COPY straight into a table with policies is refused.
DO $$
BEGIN
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO viewledger', current_database());
END
$$;

-- What migrations create from now on. Without TRUNCATE: it does not ask the policies.
ALTER DEFAULT PRIVILEGES FOR ROLE viewledger_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO viewledger, viewledger_staff;
ALTER DEFAULT PRIVILEGES FOR ROLE viewledger_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO viewledger, viewledger_staff;
