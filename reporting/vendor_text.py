"""Text that a provider wrote, as it can be kept and found again: names that fit their columns, no character that the database
or a screen can't hold, one spelling of each address. For the line, which stores it, and for filters, which look for it.
"""

import hashlib
import re
from ipaddress import IPv6Address, ip_address

REPLACED = "\ufffd"
# Control characters but tab and line ends, halves of surrogate pairs, and what is no character at all. PostgreSQL refuses NUL
# in text and in jsonb, UTF-8 the halves, XML the rest.
ODD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
LONGEST_MESSAGE = 1000
LONGEST_ADDRESS = 100
DIGEST = 16  # hexadecimal digits: two of a million names are alike by chance once in 30 million cases
MOST_BYTES = 2000  # an index of PostgreSQL holds 2,700 in all, and a thousand letters may have four each
ENDS_IN_A_DIGEST = re.compile(r"~[0-9a-f]{16}\Z")


def clean(text: str) -> str:
    """With `�` for each character that can't be kept."""
    return text if text.isprintable() else ODD.sub(REPLACED, text)


def message(text: str) -> str:
    """One line for a person, which may quote whatever a vendor said, up to a length."""
    line = clean(text).translate({9: " ", 10: " ", 13: " "})
    return line if len(line) <= LONGEST_MESSAGE else f"{line[: LONGEST_MESSAGE - 1]}…"


def fitted(text: str, longest: int) -> str:
    """A name as its column can hold it: clean, and one that is too long (for an index, too) is cut and ends in a digest of the
    whole, so that two of them stay two."""
    if len(text) <= longest and (len(text) <= MOST_BYTES // 4 or len(_bytes(clean(text))) <= MOST_BYTES):
        return clean(text)
    digest = hashlib.sha256(_bytes(text)).hexdigest()[:DIGEST]
    cut = _bytes(clean(text[: longest - DIGEST - 1]))[: MOST_BYTES - DIGEST - 1].decode(errors="ignore")
    return f"{cut}~{digest}"


def is_fitted(text: str | None) -> bool:
    """Whether a name as it is kept is the beginning of a longer one."""
    return text is not None and len(text) > 100 and ENDS_IN_A_DIGEST.search(text, len(text) - DIGEST - 1) is not None


def address(text: str) -> str:
    """An IP address in its one spelling, without a port: `2001:db8::1`, and `192.0.2.5` for `::ffff:192.0.2.5`. Anything else
    as it is."""
    if len(text) > LONGEST_ADDRESS:
        return text
    word = text.strip()
    if word.startswith("["):  # [2001:db8::1]:443
        word = word[1:].partition("]")[0]
    elif word.count(":") == 1:  # 192.0.2.5:443
        word = word.partition(":")[0]
    try:
        found = ip_address(word)
    except ValueError:
        return text
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
