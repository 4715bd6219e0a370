"""Which private names of other modules a test reads, calls or patches, read from the file alone."""

import ast
from collections.abc import Iterator

# What begins with one underscore and is public all the same, or of a library that has no public way.
ALLOWED = {
    "_meta",  # Django's documented model options
    "_asdict",  # a named tuple's
    "_replace",
    "_fields",
    "_after_fork",  # Celery's only way to forget its connections
    "_state",  # Django's, of a model's row
    "_default_manager",
    "_base_manager",
    "_get_base_actions",  # Django's only list of the console's actions, whoever asks
    "_Element",  # lxml's name for its type
    "_actions",  # argparse's list of a command's arguments
}
PATCHES = ("setattr", "delattr", "object", "patch")


def private(name: str) -> bool:
    last = name.rsplit(".", 1)[-1]
    return last.startswith("_") and not last.startswith("__") and last not in ALLOWED


def used(text: str) -> list[str]:
    """`line: name` of each private name: as an attribute of something else than the own object, imported, or patched."""
    return [f"{line}: {name}" for line, name in sorted(set(_used(ast.parse(text)))) if private(name)]


def _used(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and not _is_own(node.value):
            yield node.lineno, node.attr
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in PATCHES:
            words = (argument.value for argument in node.args if isinstance(argument, ast.Constant))
            yield from ((node.lineno, word) for word in words if isinstance(word, str))


def _is_own(value: ast.expr) -> bool:
    return isinstance(value, ast.Name) and value.id in ("self", "cls")
