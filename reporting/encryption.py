"""Secrets at rest: AES-256-GCM under keys that live outside the database (`CREDENTIALS_KEYS`).

The first key encrypts, every key decrypts; `manage.py rotate_credentials` moves all ciphertexts to the first. A ciphertext
is bound to its place (tenant, row, and the address that it is sent to): copied to another row it does not open. Its form is
`1.<key id>.<base64url>`.
"""

import base64
import hashlib
import hmac
import json
import os
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

NONCE_BYTES = 12


class UndecryptableError(Exception):
    """A stored secret does not open: its key is missing from CREDENTIALS_KEYS, or it was moved or damaged."""


class MisplacedError(UndecryptableError):
    """It was moved, its place has become another, or it was damaged: only entering it again helps."""


def new_key() -> str:
    """A fresh key: 32 random bytes as base64url."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def seal(secrets: Any, place: str) -> str:
    """Encrypts anything JSON can hold, bound to `place` (e.g. `connection:<tenant id>:<uid>`)."""
    key_id, cipher = next(iter(_ciphers(tuple(settings.CREDENTIALS_KEYS)).items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = cipher.encrypt(nonce, json.dumps(secrets).encode(), place.encode())
    return f"1.{key_id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def unseal(sealed: str, place: str) -> Any:
    """The inverse of `seal`. Raises UndecryptableError; MisplacedError where no other key would help."""
    try:
        _, key_id, text = sealed.split(".", 2)
        cipher = _ciphers(tuple(settings.CREDENTIALS_KEYS))[key_id]
        raw = base64.urlsafe_b64decode(text)
        if base64.urlsafe_b64encode(raw).decode() != text:  # the last letter may have bits to spare
            raise ValueError("not as it was written")
        return json.loads(cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode()))
    except KeyError as error:
        raise UndecryptableError(
            f"A secret was encrypted with key {error.args[0]}, which is not in CREDENTIALS_KEYS. Add that key again."
        ) from None
    except (InvalidTag, ValueError):
        raise MisplacedError(f"The secret of {place} was damaged or belongs elsewhere. Enter it again.") from None


def is_newest(sealed: str) -> bool:
    """True where the first key of CREDENTIALS_KEYS encrypted it."""
    return sealed.split(".", 2)[1] == key_ids()[0]


def key_ids() -> list[str]:
    """Short names of the keys, safe to show: the first 8 hex digits of their SHA-256."""
    return list(_ciphers(tuple(settings.CREDENTIALS_KEYS)))


def fingerprint(secret: str) -> str:
    """A keyed digest by which a secret can be found again (a token, a rate limit's key) but not guessed from the database."""
    return hmac.new(settings.SECRET_KEY.encode(), secret.encode(), hashlib.sha256).hexdigest()


@lru_cache
def _ciphers(keys: tuple[str, ...]) -> dict[str, AESGCM]:
    if not keys:
        raise ImproperlyConfigured("CREDENTIALS_KEYS is empty: without a key no credential can be stored or read.")
    ciphers = {}
    for key in keys:
        try:
            raw = base64.urlsafe_b64decode(key)
            ciphers[hashlib.sha256(raw).hexdigest()[:8]] = AESGCM(raw)
        except ValueError:
            raise ImproperlyConfigured(
                "CREDENTIALS_KEYS holds a key that is not 32 bytes in base64url. Make one with "
                "`python -c 'import os,base64; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'`."
            ) from None
    return ciphers
