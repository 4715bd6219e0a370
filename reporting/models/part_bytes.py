"""How the bytes of an answer are kept: compressed with zstd, whole or as what differs from another answer (its *base*).

A base is the raw content of zstd's dictionary, so what comes back are the very bytes. It must be one that is kept whole itself:
then each answer needs one other at the most, however many there are.
"""

from io import BytesIO

import zstandard

LEVEL = 5  # the lowest that finds all of a 2 MB base again; 11 ms for that
LARGEST_WINDOW = 27  # the largest that zstd opens unasked: 128 MB of base and answer together


def packed(body: bytes, base: bytes | None = None) -> bytes:
    if base is None:
        return zstandard.compress(body)
    window = max(10, min(LARGEST_WINDOW, (len(body) + len(base)).bit_length()))
    parameters = zstandard.ZstdCompressionParameters.from_level(
        LEVEL, source_size=len(body), dict_size=len(base), window_log=window
    )
    return zstandard.ZstdCompressor(dict_data=_dictionary(base), compression_params=parameters).compress(body)


def unpacked(kept: bytes, base: bytes | None = None) -> bytes:
    return _decompressor(base).decompress(kept)


def unpacked_beginning(kept: bytes, base: bytes | None, size: int) -> bytes:
    """The first `size` bytes: an answer may be long, and a page shows its beginning."""
    with _decompressor(base).stream_reader(BytesIO(kept)) as stream:
        return stream.read(size)


def _decompressor(base: bytes | None) -> zstandard.ZstdDecompressor:
    if base is None:
        return zstandard.ZstdDecompressor()
    return zstandard.ZstdDecompressor(dict_data=_dictionary(base))


def _dictionary(base: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
