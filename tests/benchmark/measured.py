# SPDX-License-Identifier: Apache-2.0
"""What a benchmark has measured: a line for each figure on standard output, and a table of
lwm2m-client-performance(7).

A benchmark that is called with --write puts its table there, between its mark and ".. until here".
`measured.py --page`: does each figure of the page have its bound of now, and keep it?
"""
import os
import re
import sys
from collections import namedtuple

HERE = os.path.dirname(os.path.abspath(__file__))
PAGE = os.path.join(HERE, "..", "..", "man", "lwm2m-client-performance.7.rst")

# `value` is held to `bound`: "x" a ratio to the yardstick, "+" what it is more, "" the figure itself.
Figure = namedtuple("Figure", "name daemon yardstick value kind bound")
COLUMNS = ("figure", "daemon", "yardstick", "result", "bound")
ROW = re.compile(r"^  (\S.*?)  +(\S+)  +(\S+)  +([x+]?) ?([\d.]+)  +([x+]?) ?([\d.]+)$", re.M)


def ratio(name, daemon, yardstick, bound):
    return Figure(name, daemon, yardstick, daemon / yardstick, "x", bound)


def more(name, daemon, yardstick, bound):
    return Figure(name, daemon, yardstick, daemon - yardstick, "+", bound)


def alone(name, daemon, bound):
    return Figure(name, daemon, None, daemon, "", bound)


def short(value):
    return "-" if value is None else f"{value:.1f}" if value < 100 and value % 1 else f"{value:.0f}"


def limit(kind, value):
    return f"{kind} {value:.2f}" if kind == "x" else f"{kind} {value:.0f}".strip()


def good(figures):
    """Prints a line for each; whether all are within their bounds."""
    for each in figures:
        print(f"{each.name:<36}{short(each.daemon):>8} / {short(each.yardstick):<8}{each.value:>10.2f}  "
              f"<= {each.bound:.4g}  {'ok' if each.value <= each.bound else 'TOO MUCH'}")
    return all(each.value <= each.bound for each in figures)


def table(figures):
    """A literal block: rst2man would make each column narrower than what stands in it."""
    rows = [COLUMNS, *((each.name, short(each.daemon), short(each.yardstick),
                        limit(each.kind, each.value), limit(each.kind, each.bound)) for each in figures)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    rows.insert(1, ["-" * width for width in widths])
    return "::\n\n" + "\n".join(
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def write(script, figures):
    with open(PAGE, encoding="utf-8") as file:
        head, mark, rest = file.read().partition(f".. {script} writes:\n")
    assert mark, script
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(head + mark + "\n" + table(figures) + "\n\n" + rest[rest.index(".. until here"):])


def main():
    """The bounds in the page are those of the scripts, and nothing in it is beyond its bound."""
    import benchmark    # both import this module
    import handshake
    with open(PAGE, encoding="utf-8") as file:
        rows = ROW.findall(file.read())
    bounds = {name: float(bound) for name, *_, bound in rows}
    known = {**benchmark.BOUNDS, **handshake.BOUNDS}
    complaints = [f"{name}: {bounds.get(name)} in the page, {known.get(name)} in the benchmark"
                  for name in bounds.keys() | known.keys() if bounds.get(name) != known.get(name)]
    complaints += [f"{name}: {value} is beyond {bound}" for name, _, _, _, value, _, bound in rows
                   if float(value) > float(bound)]
    print("\n".join(complaints))
    return 1 if complaints or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
