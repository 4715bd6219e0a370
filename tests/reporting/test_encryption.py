"""Secrets at rest: sealed under keys outside the database, bound to their row, moved to a new key while the site runs."""

import importlib
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection as database
from pytest_django import Settings

from reporting.encryption import UndecryptableError, fingerprint, is_newest, key_ids, new_key, seal, unseal
from reporting.environment import ROOT
from reporting.models import Asset, Connection, PpvAccess, Tenant
from reporting.tenancy.scoping import all_tenants, tenant_scope

SECRET = "key-of-alice-4711"


def connection_of(tenant: Tenant, slug: str = "boom") -> Connection:
    with tenant_scope(tenant):
        row = Connection(
            tenant=tenant, slug=slug, name=slug, provider="boomstream", time_zone="UTC", history_from=date(2026, 1, 1)
        )
        row.credentials = {"apikey": SECRET}
        row.save()
    return row


def access_of(connection: Connection, label: str = "order 1001") -> PpvAccess:
    with tenant_scope(connection.tenant_id):
        asset = Asset.objects.create(tenant=connection.tenant, connection=connection, external_id="X1", kind="video")
        row = PpvAccess(tenant=connection.tenant, asset=asset, label=label)
        row.hash = SECRET
        row.save()
    return row


def rotate() -> str:
    out = StringIO()
    call_command("rotate_credentials", stdout=out)
    return out.getvalue()


def test_it_works() -> None:
    sealed = seal({"apikey": SECRET}, "connection:1:a")
    assert SECRET not in sealed
    assert unseal(sealed, "connection:1:a") == {"apikey": SECRET}
    assert seal({"apikey": SECRET}, "connection:1:a") != sealed, "a nonce is used once"


def test_a_tampered_secret_does_not_open() -> None:
    sealed = seal(SECRET, "here")
    for place in range(len(sealed)):
        changed = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]
        if changed.split(".", 1)[1:] == sealed.split(".", 1)[1:]:
            continue  # the version, which is not read
        with pytest.raises(UndecryptableError):
            unseal(changed, "here")


@pytest.mark.parametrize("sealed", ["", "1", "1.x", "1.{key}.", "1.{key}.AAAA", "1.{key}.é", "no secret at all"])
def test_what_is_no_ciphertext_is_refused(sealed: str) -> None:
    with pytest.raises(UndecryptableError):
        unseal(sealed.replace("{key}", key_ids()[0]), "here")


def test_a_secret_moved_to_another_row_does_not_open(alice: Tenant, bob: Tenant) -> None:
    ours, also_ours, theirs = connection_of(alice), connection_of(alice, "second"), connection_of(bob)
    for other in (also_ours, theirs):
        other.sealed_credentials = ours.sealed_credentials
        with pytest.raises(UndecryptableError, match="damaged or belongs elsewhere"):
            _ = other.credentials
    access = access_of(ours)
    access.sealed_hash = ours.sealed_credentials
    with pytest.raises(UndecryptableError):
        _ = access.hash


def test_a_missing_key_is_named(settings: Settings) -> None:
    sealed, (key_id, *_) = seal(SECRET, "here"), key_ids()
    settings.CREDENTIALS_KEYS = [new_key()]
    with pytest.raises(UndecryptableError, match=key_id):
        unseal(sealed, "here")


def test_no_key_no_start(settings: Settings) -> None:
    settings.CREDENTIALS_KEYS = []
    with pytest.raises(ImproperlyConfigured, match="CREDENTIALS_KEYS is empty"):
        seal(SECRET, "here")
    settings.CREDENTIALS_KEYS = ["too-short"]
    with pytest.raises(ImproperlyConfigured, match="32 bytes"):
        seal(SECRET, "here")


@pytest.mark.parametrize("name", ["CREDENTIALS_KEYS", "SECRET_KEY"])
def test_with_a_database_of_ones_own_the_settings_do_not_load_without_it(name: str, tmp_path: object) -> None:
    environment = {
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "VAR_DIR": str(tmp_path),
        "PYTHONPATH": str(ROOT),
    }
    environment |= {key: new_key() for key in ("CREDENTIALS_KEYS", "SECRET_KEY") if key != name}
    done = subprocess.run(
        [sys.executable, "-c", "import reporting.settings"],
        cwd=str(tmp_path),
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "ImproperlyConfigured" in done.stderr
    assert f"{name} is not set" in done.stderr


def test_secrets_are_in_no_repr(alice: Tenant) -> None:
    connection = connection_of(alice)
    access = access_of(connection, label="")
    for shown in (
        repr(connection),
        str(connection),
        repr(access),
        str(access),
        repr(vars(connection)),
        repr(vars(access)),
    ):
        assert SECRET not in shown


def test_the_database_holds_no_plain_secret(alice: Tenant) -> None:
    access_of(connection_of(alice))
    with all_tenants(), database.cursor() as cursor:
        for table in ("reporting_connection", "reporting_ppvaccess"):
            cursor.execute(f"SELECT string_agg(t::text, '') FROM {table} t")
            text = cursor.fetchone()[0]
            assert text
            assert SECRET not in text


def test_a_digest_finds_a_secret_again_but_needs_the_key(settings: Settings) -> None:
    before = fingerprint(SECRET)
    assert before == fingerprint(SECRET)
    settings.SECRET_KEY = "another"
    assert fingerprint(SECRET) != before


def test_rotation_moves_everything_to_the_newest_key(alice: Tenant, bob: Tenant, settings: Settings) -> None:
    connections = [connection_of(alice), connection_of(bob)]
    access = access_of(connections[0])
    with tenant_scope(alice):
        connections[0].session = {"token": "t"}
        connections[0].save()
    old, new = settings.CREDENTIALS_KEYS[0], new_key()
    settings.CREDENTIALS_KEYS = [new, old]
    assert "4 secrets re-encrypted" in rotate()
    assert "0 secrets re-encrypted" in rotate()
    settings.CREDENTIALS_KEYS = [new]
    with all_tenants():
        for connection in connections:
            connection.refresh_from_db()
            assert connection.credentials == {"apikey": SECRET}
        access.refresh_from_db()
        assert connections[0].session == {"token": "t"}
        assert access.hash == SECRET
        assert is_newest(access.sealed_hash)


def test_rotation_names_what_it_cannot_open_and_goes_on(
    alice: Tenant, bob: Tenant, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged, sound = connection_of(alice), connection_of(bob)
    access = access_of(sound)
    with all_tenants():
        Connection.objects.filter(pk=damaged.pk).update(sealed_credentials=sound.sealed_credentials)
        PpvAccess.objects.filter(pk=access.pk).update(sealed_hash="rubbish")
    settings.CREDENTIALS_KEYS = [new_key(), *settings.CREDENTIALS_KEYS]
    with pytest.raises(CommandError, match="2 secrets can't be decrypted") as error:
        rotate()
    assert error.value.returncode == 1
    said = capsys.readouterr().err
    assert "tenant alice, connection boom, credentials" in said
    assert "tenant bob, connection boom, order 1001 of X1, hash" in said
    with all_tenants():
        sound.refresh_from_db()
        assert is_newest(sound.sealed_credentials)


@pytest.mark.django_db(transaction=True)
def test_rotation_waits_for_whoever_saves_at_the_same_time(
    alice: Tenant, settings: Settings, waits_for_a_lock: Callable[[threading.Thread], None]
) -> None:
    connection = connection_of(alice)
    settings.CREDENTIALS_KEYS = [new_key(), *settings.CREDENTIALS_KEYS]

    def rotate_and_hang_up() -> None:
        rotate()
        database.close()

    with tenant_scope(alice):
        row = Connection.objects.select_for_update().get(pk=connection.pk)
        rotation = threading.Thread(target=rotate_and_hang_up)
        rotation.start()
        waits_for_a_lock(rotation)
        row.credentials = {"apikey": "entered meanwhile"}
        row.save()
    rotation.join(20)
    with tenant_scope(alice):
        connection.refresh_from_db()
        assert connection.credentials == {"apikey": "entered meanwhile"}
        connection.delete()


@pytest.fixture
def waits_for_a_lock() -> Callable[[threading.Thread], None]:
    """Returns once another connection to the database waits for a lock that this one holds."""

    def wait(thread: threading.Thread) -> None:
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        with database.cursor() as cursor:
            while thread.is_alive():
                cursor.execute(waiting)
                if cursor.fetchone()[0]:
                    return
        pytest.fail("nobody waited")

    return wait


def test_what_was_sealed_before_opens_after_the_migration(alice: Tenant, bob: Tenant) -> None:
    """0014 binds each secret to its connection's address; one that did not open before is left as it is."""
    bind: Any = importlib.import_module("reporting.migrations.0014_secrets_bound_to_addresses")
    ours, theirs = connection_of(alice), connection_of(bob)
    access = access_of(ours)
    with all_tenants():
        for row in (ours, theirs):
            row.sealed_credentials = seal({"apikey": SECRET}, f"connection:{row.tenant_id}:{row.uid}")
            row.sealed_session = seal({"token": "t"}, f"connection:{row.tenant_id}:{row.uid}")
            row.base_url = "https://vendor.example"
        theirs.sealed_session = ours.sealed_session
        access.sealed_hash = seal(SECRET, f"ppv:{access.tenant_id}:{access.uid}")
        for row in (ours, theirs, access):
            row.save()
        bind.bind(apps, None)
        for row in (ours, theirs, access):
            row.refresh_from_db()
        assert ours.credentials == theirs.credentials == {"apikey": SECRET}
        assert (ours.session, theirs.session, access.hash) == ({"token": "t"}, {}, SECRET)
        bind.loosen(apps, None)
        ours.refresh_from_db()
        assert unseal(ours.sealed_credentials, f"connection:{ours.tenant_id}:{ours.uid}") == {"apikey": SECRET}


def test_a_secret_is_bound_to_its_tenant(alice: Tenant, bob: Tenant) -> None:
    """A row of Bob's with the very uid and address of Alice's, and with her ciphertexts, opens nothing."""
    ours, theirs = connection_of(alice), connection_of(bob)
    access, other = access_of(ours), access_of(theirs)
    ours.session = {"token": "t"}
    theirs.uid, other.uid = ours.uid, access.uid
    theirs.sealed_credentials, theirs.sealed_session = ours.sealed_credentials, ours.sealed_session
    other.sealed_hash = access.sealed_hash
    with tenant_scope(bob):
        theirs.save()
        other.save()
        theirs.refresh_from_db()
        with pytest.raises(UndecryptableError):
            _ = theirs.credentials
        with pytest.raises(UndecryptableError):
            _ = other.hash
        assert theirs.session == {}
