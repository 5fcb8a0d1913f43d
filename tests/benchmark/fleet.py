#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A fleet to which power comes back within a second: ours beside the fixed policies of other clients.

fleet.py SIMULATION          runs all, judges it, and compares it with the manual's figures
fleet.py --write SIMULATION  makes these anew: fleet/results.json, the page's tables and the plot
fleet.py --small SIMULATION  a hundredth of the fleet and of the server: judged, not compared
fleet.py --page              page and plot are those of fleet/results.json
"""
import concurrent.futures
import json
import math
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
RESULTS = os.path.join(HERE, "fleet", "results.json")
MAN = os.path.join(HERE, "..", "..", "man")
PAGE = os.path.join(MAN, "lwm2m-client-fleet.7.rst")
PLOT = os.path.join(MAN, "images", "lwm2m-client-fleet.svg")

DEVICES, RATE = 1000000, 2000       # requests a second
WAITING, DROPPING = 200000, 277     # rooms: 100 s of work; Linux's 208 KiB of a socket, in small datagrams
SECONDS, STEP = 2400, 10            # of a run; of a point of its series
HOLD_OFF, HOLD_OFF_BOUND = 600, 1250

FIXED = {"13": "13 s", "60": "60 s", "doubling": "60, 120 ..."}
NAMES = {"default": "defaults", "hold-off": "hold_off", **FIXED}
COLOURS = {"default": "#0b6e4f", "hold-off": "#1f78b4", "13": "#b30000", "60": "#e6550d",
           "doubling": "#8856a7"}
FLEETS = (1000, 10000, 100000, 1000000)
HOLD_OFFS = (0, 1, 2, 5, 10, 15, 20, 30, 60, 75, 90, 120, 150, 180, 240, 300, 450, 600, 750, 900, 1200, 1500)
ROWS = ((0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 10), (10, 15), (15, 20), (20, 30), (30, 40))    # min


def simulate(program, policy, devices=DEVICES, rate=RATE, room=WAITING, hold_off=0, jitter=1.0):
    words = [program, policy, devices, rate, room, SECONDS, hold_off, jitter]
    return json.loads(subprocess.run([str(word) for word in words], check=True, capture_output=True,
                                     text=True).stdout)


def fleet(program, pool, scale=1):
    """{room: {policy: result}}, begun at once; the longest first."""
    runs = {}
    for name in ("13", "60", "doubling", "default", "hold-off"):
        for kind, room in ("waiting", WAITING), ("dropping", DROPPING):
            runs[kind, name] = pool.submit(
                simulate, program, "default" if name == "hold-off" else name, DEVICES // scale,
                RATE // scale, max(room // scale, 1), HOLD_OFF if name == "hold-off" else 0)
    return {kind: {name: runs[kind, name].result() for name in NAMES} for kind in ("waiting", "dropping")}


def needed(program, devices, jitter):
    """The shortest hold-off with which no second has more requests than the server takes."""
    for hold_off in HOLD_OFFS:
        if hold_off * jitter >= devices / RATE or (hold_off == 0 and devices <= RATE):
            if simulate(program, "default", devices, hold_off=hold_off, jitter=jitter)["peak"] <= RATE:
                return hold_off
    raise ValueError(f"no hold-off is long enough for {devices} devices")


def sizes(program, pool):
    runs = {(devices, jitter): pool.submit(needed, program, devices, jitter)
            for devices in FLEETS for jitter in (1.0, 0.5)}
    return [[devices, runs[devices, 1.0].result(), runs[devices, 0.5].result()] for devices in FLEETS]


def judge(results, scale=1):
    """Sentences about what is not as the manual promises."""
    for kind, policies in results.items():
        ours = policies["default"]
        for name in FIXED:
            other = policies[name]
            if ours["late_peak"] >= other["late_peak"]:
                yield f"{kind}: peak after the first minute is not below that of {NAMES[name]}"
            if kind == "waiting" and (ours["most"] or SECONDS) >= (other["most"] or SECONDS + 1):
                yield f"{kind}: 99 % are not sooner bootstrapped than by {NAMES[name]}"
        calm = policies["hold-off"]
        if scale == 1 and calm["peak"] > RATE:
            yield f"{kind}: {calm['peak']} requests in a second with a hold-off of {HOLD_OFF} s"
        if (calm["most"] or SECONDS) > HOLD_OFF_BOUND:
            yield f"{kind}: 99 % by {calm['most']} s with a hold-off of {HOLD_OFF} s"


# --- the page ------------------------------------------------------------------------------------------


def simple_table(rows):
    """A simple table of reStructuredText; the first row is its head."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    rule = "  ".join("=" * width for width in widths)

    def line(row):
        return "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
    return "\n".join([rule, line(rows[0]), rule, *map(line, rows[1:]), rule])


def number(value):
    return f"{value:,.0f}".replace(",", " ")


def until(seconds):
    return f"{seconds:.0f} s" if seconds else "later"


def summary(policies):
    return simple_table([["policy", "peak, a second", "50 %", "99 %", "requests"],
                         *([NAMES[name], number(policies[name]["late_peak"]),
                            until(policies[name]["half"]), until(policies[name]["most"]),
                            number(policies[name]["requests"])] for name in NAMES)])


def over_time(policies):
    def mean(name, begin, end):
        rates = policies[name]["rates"][begin * 60 // STEP:end * 60 // STEP]
        return number(sum(rates) / len(rates))
    return simple_table([["minutes", *NAMES.values()],
                         *([f"{begin}-{end}", *(mean(name, begin, end) for name in NAMES)]
                           for begin, end in ROWS)])


def sizing(rows):
    return simple_table([["devices", "jitter: 100%", "jitter: 50%"],
                         *([number(devices), *(f"{each} s" if each else "none" for each in offs)]
                           for devices, *offs in rows)])


def page(text, results):
    parts = {"waiting": summary(results["waiting"]), "time": over_time(results["waiting"]),
             "dropping": summary(results["dropping"]), "sizes": sizing(results["sizes"])}
    for name, table in parts.items():
        head, mark, rest = text.partition(f".. fleet.py writes: {name}\n")
        assert mark, name
        text = head + mark + "\n" + table + "\n\n" + rest[rest.index(".. until here"):]
    return text


def plot(policies):
    """Requests a second over time, both axes as a ruler can read them: minutes, powers of ten."""
    width, height, left, top = 720, 360, 70, 20
    decades = 6

    def x(seconds):
        return left + width * seconds / SECONDS

    def y(rate):
        return top + height * (1 - math.log10(max(rate, 1)) / decades)
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" '
             f'viewBox="0 0 {left + width + 20} {top + height + 90}" font-family="sans-serif" '
             'font-size="12">',
             "<title>Requests a second after power has come back to 1 000 000 devices</title>",
             "<style>text { fill: #000 } .paper { fill: #fff } .grid { stroke: #ddd }",
             ".limit { stroke: #000 }",
             "@media (prefers-color-scheme: dark) { text { fill: #e6edea } .paper { fill: #121816 }",
             ".grid { stroke: #34423c } .limit { stroke: #e6edea } }</style>",
             '<rect width="100%" height="100%" class="paper"/>']
    for power in range(decades + 1):
        at = y(10 ** power)
        parts.append(f'<path d="M{left} {at:.1f}h{width}" class="grid"/>'
                     f'<text x="{left - 6}" y="{at + 4:.1f}" text-anchor="end">{number(10 ** power)}</text>')
    for minute in range(0, SECONDS // 60 + 1, 5):
        at = x(minute * 60)
        parts.append(f'<path d="M{at:.1f} {top}v{height}" class="grid"/>'
                     f'<text x="{at:.1f}" y="{top + height + 16}" text-anchor="middle">{minute} min</text>')
    for name, colour in COLOURS.items():
        points = " ".join(f"{x((i + 0.5) * STEP):.1f},{y(rate):.1f}"
                          for i, rate in enumerate(policies[name]["rates"]))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
    at = y(RATE)
    parts.append(f'<path d="M{left} {at:.1f}h{width}" class="limit" stroke-dasharray="6 4"/>'
                 f'<text x="{left + width}" y="{at - 5:.1f}" text-anchor="end">what the server takes</text>')
    for i, (name, colour) in enumerate(COLOURS.items()):
        at = left + i * 145
        parts.append(f'<path d="M{at} {top + height + 45}h24" stroke="{colour}" stroke-width="3"/>'
                     f'<text x="{at + 30}" y="{top + height + 49}">{NAMES[name]}</text>')
    parts.append(f'<text x="{left}" y="{top + height + 75}">Requests a second, retransmissions included, '
                 'means of 10 s.</text>')
    return "\n".join([*parts, "</svg>\n"])


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def documents(results):
    return {RESULTS: json.dumps(results, indent=None, separators=(", ", ": ")).replace('{"policy"',
                                                                                     '\n{"policy"') + "\n",
            PAGE: page(read(PAGE), results), PLOT: plot(results["waiting"])}


def write(results):
    for path, text in documents(results).items():
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


def differing(results):
    return [f"{os.path.basename(path)} is another one: fleet.py --write" for path, text in
            documents(results).items() if read(path) != text]


def main(words):
    program, small = words[-1], "--small" in words
    if words == ["--page"]:
        complaints = differing(json.loads(read(RESULTS)))
    else:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            results = fleet(program, pool, 100 if small else 1)
            complaints = list(judge(results, 100 if small else 1))
            if not small:
                results["sizes"] = sizes(program, pool)
                print(summary(results["waiting"]), over_time(results["waiting"]),
                      summary(results["dropping"]), sizing(results["sizes"]), sep="\n\n")
                if "--write" in words:
                    write(results)
                complaints += differing(results)
    print("\n".join(complaints))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
