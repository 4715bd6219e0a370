"""`python -m tests.benchmarks [NAME …]`: runs the benchmarks, or those named, and prints one table of ratios."""

import sys
from importlib import import_module

from tests.benchmarks import stage
from tests.benchmarks.stage import Outcome

ALL = (
    "line_against_dlt",
    "store_against_floor",
    "report_against_sql",
    "parents_against_customers",
    "programmes_against_assets",
    "json_against_values",
    "xlsx_memory",
)


def main(names: list[str]) -> None:
    if unknown := set(names) - set(ALL):
        sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(ALL)}.")
    outcomes: list[Outcome] = []
    with stage.database():
        machine = stage.machine()
        for name in names or ALL:
            print(f"{name} …", file=sys.stderr, flush=True)
            outcomes += import_module(f"tests.benchmarks.{name}").measure()
    print(f"\n{machine}\n")
    print(table(outcomes))


def table(outcomes: list[Outcome]) -> str:
    """Markdown: the ratios, then what limits each."""
    lines = ["| what | bar | figure | met | both sides |", "|---|---|---|---|---|"]
    for one in outcomes:
        bar = f"{'≤' if one.is_most else '≥'} {one.bar:g} {one.unit}"
        met = "yes" if one.is_met else "**no**"
        lines.append(f"| {one.what} | {bar} | {one.figure:,.2f} {one.unit} | {met} | {one.sides} |")
    return "\n".join([*lines, "", *(f"- {one.what}: {one.limit}." for one in outcomes)])


if __name__ == "__main__":
    main(sys.argv[1:])
