"""Which module imports which, read from the files alone: circles, arrows against the layers, and rooms entered past their face.

All imports count: absolute and relative ones, those inside functions, those under TYPE_CHECKING, and
`import_module("...")` with its name written out. A package's `__init__` is a module of its own, imported by whoever names
something that it defines or passes on; `from package import module` is an import of that module. Nothing is executed, so that
any tree can be read, a scratch copy too.
"""

import ast
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple


class Arrow(NamedTuple):
    """One import: `source` names `target` on `line`."""

    source: str
    target: str
    line: int

    def __str__(self) -> str:
        return f"{self.source}:{self.line} -> {self.target}"


class Layer(NamedTuple):
    """Rooms of one height. Of `peers`, none imports another; of the rest of a layer, any may."""

    rooms: tuple[str, ...]
    peers: bool = False


def modules(root: Path, *packages: str) -> dict[str, Path]:
    """The files of the packages under `root`, by dotted name; a package's `__init__` goes by the package's name."""
    found = {}
    for package in packages:
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def arrows(root: Path, *packages: str) -> list[Arrow]:
    """Every import of a module of the packages by another, in order."""
    files = modules(root, *packages)
    texts = {name: path.read_text(encoding="utf-8") for name, path in files.items()}
    own = {name: _bound(texts[name]) for name, path in files.items() if path.name == "__init__.py"}
    found = set()
    for name, text in texts.items():
        for line, package, imported in _imports(text, name, files[name].name == "__init__.py"):
            target = _target(package, imported, own, files)
            if target and target != name:
                found.add(Arrow(name, target, line))
    return sorted(found)


@lru_cache(maxsize=2000)
def _imports(text: str, name: str, is_package: bool) -> list[tuple[int, str, str | None]]:
    """(line, module, name imported from it or None) of each import in a file, relative ones made absolute."""
    return list(_walked(ast.parse(text), name, is_package))


def _walked(tree: ast.Module, name: str, is_package: bool) -> Iterator[tuple[int, str, str | None]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, None
        elif isinstance(node, ast.ImportFrom):
            parts = name.split(".") + [""] * is_package
            base = ".".join(parts[: -node.level]) if node.level else ""
            package = ".".join(part for part in (base, node.module) if part)
            for alias in node.names:
                yield node.lineno, package, alias.name
        elif (
            isinstance(node, ast.Call)
            and node.args
            and isinstance(node.args[0], ast.Constant)
            and _imports_by_name(node)
        ):
            yield node.lineno, str(node.args[0].value), None


def _imports_by_name(call: ast.Call) -> bool:
    return ast.unparse(call.func).split(".")[-1] in ("import_module", "__import__")


@lru_cache(maxsize=200)
def _bound(text: str) -> set[str]:
    """The names that an `__init__` defines or passes on; a module of its own (`from . import module`) is not one."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and not (node.level == 1 and node.module is None):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def _target(package: str, imported: str | None, own: dict[str, set[str]], files: dict[str, Path]) -> str | None:
    """The module that an import is of, or nothing where it is another tree's."""
    if imported and imported not in own.get(package, ()) and f"{package}.{imported}" in files:
        return f"{package}.{imported}"
    return package if package in files else None


def circles(found: Iterable[Arrow]) -> list[list[str]]:
    """The groups of modules of which each leads to each by imports (Tarjan's strongly connected components)."""
    graph: dict[str, set[str]] = {}
    for arrow in found:
        graph.setdefault(arrow.source, set()).add(arrow.target)
        graph.setdefault(arrow.target, set())
    reach = {name: _reached(graph, name) for name in graph}
    groups = {tuple(sorted({name, *(other for other in reach[name] if name in reach[other])})) for name in graph}
    return sorted(list(group) for group in groups if len(group) > 1)


def _reached(graph: dict[str, set[str]], start: str) -> set[str]:
    """All that a module leads to."""
    seen: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += graph[name]
    return seen


def inside(name: str, room: str) -> bool:
    """Whether a module is the room or in it."""
    return name == room or name.startswith(f"{room}.")


def place(name: str, layers: Sequence[Layer]) -> tuple[int, str] | None:
    """(height, room) of a module: its longest room; nothing where no layer names it."""
    rooms = [(height, room) for height, layer in enumerate(layers) for room in layer.rooms if inside(name, room)]
    return max(rooms, key=lambda found: len(found[1]), default=None)


def homeless(names: Iterable[str], layers: Sequence[Layer]) -> list[str]:
    """The modules that no layer names."""
    return sorted(name for name in names if place(name, layers) is None)


def against(found: Iterable[Arrow], layers: Sequence[Layer]) -> list[Arrow]:
    """The imports of a higher layer, and those between peers."""
    wrong = []
    for arrow in found:
        source, target = place(arrow.source, layers), place(arrow.target, layers)
        if source is None or target is None or source[1] == target[1]:
            continue
        if target[0] > source[0] or (target[0] == source[0] and layers[source[0]].peers):
            wrong.append(arrow)
    return wrong


def past_the_face(found: Iterable[Arrow], faces: Iterable[str]) -> list[Arrow]:
    """The imports of a module in a room by outsiders, who may import only the room itself."""
    return [
        arrow
        for arrow in found
        for face in faces
        if inside(arrow.target, face) and arrow.target != face and not inside(arrow.source, face)
    ]


def between(found: Iterable[Arrow], sources: str, targets: str) -> list[Arrow]:
    """The imports of one room by another."""
    return [arrow for arrow in found if inside(arrow.source, sources) and inside(arrow.target, targets)]
