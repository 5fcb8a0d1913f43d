#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes tests/conformance.md: which test shows which of OMA's interoperability cases.

    tests/conformance.py --run BUILD    runs the tests that are named after cases, writes the page
    tests/conformance.py --check        does the page stand as the names of the tests now say?
    tests/conformance.py --self-test    does --check see what it is for?

A test of tests/integration shows the cases in its name: test_1_1_int_7_fallback is about 1.1-int-7. What a
case is about, and why a case has no test, stands in conformance_cases.py. A result comes from a run, never
from the name.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from conformance_cases import SECTIONS

TESTS = Path(__file__).resolve().parent
PAGE = TESTS / "conformance.md"
FUNCTION = re.compile(r"^def (test_(1_[12])_int((?:_\d+)+)\w*)\(", re.M)
ROW = re.compile(r"^\| (1\.[12]-int-[^|]*?) \| [^|]* \| [^|]* \| ([^|]*?) \|$", re.M)
NOT_RUN = "not run"
UNSHOWN = ("not yet", "not applicable")

HEAD = """# OMA's interoperability cases

Every case of the test specification LightweightM2M INT 1.2.1, with the test that shows it. A case is shown
when a test does its steps and looks at each of its pass criteria, against a scripted server that shares no
code with the client. It runs in each LwM2M version to which it applies. What no test does step by step is
"not yet", though much of it may work.

{summary}

Made by `tests/conformance.py --run BUILD`, which runs those tests in a build folder and writes their
results; the lint test `conformance` fails when a name of a test and this page differ.
"""


def tests_of_cases():
    """{case: [(file's stem, function), ...]} as the names of the tests say."""
    found = defaultdict(list)
    for path in sorted((TESTS / "integration").glob("test_*.py")):
        for name, release, numbers in FUNCTION.findall(path.read_text(encoding="utf-8")):
            for number in numbers.strip("_").split("_"):
                found[f"{release.replace('_', '.')}-int-{number}"].append((path.stem, name))
    return found


def run(build, tests):
    """Runs the files of the tests; {(file's stem, function): {case of the parametrisation: outcome}}."""
    names = sorted({"integration-" + stem.removeprefix("test_").replace("_", "-")
                    for each in tests.values() for stem, _ in each})
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as file:
        subprocess.run(["meson", "test", "-C", build, *names], check=False,
                       env={**os.environ, "LWM2M_TEST_RESULTS": file.name})
        outcomes = defaultdict(dict)
        for outcome, path, function, parameters in re.findall(
                r"^(\w+) (?:.*/)?(\w+)\.py::(\w+)(\[.*\])?$", file.read(), re.M):
            known = outcomes[path, function]
            if known.get(parameters) != "failed":
                known[parameters] = outcome
        return outcomes


def result(shown_by, outcomes):
    """passed in 1.0, 1.1, 1.2; the worst comes first and hides the rest."""
    cases = [case for test in shown_by for case in outcomes.get(test, {}).items()]
    missing = [function for stem, function in shown_by if (stem, function) not in outcomes]
    if missing or not cases:
        return NOT_RUN
    for outcome in ("failed", "skipped", "passed"):
        names = [parameters for parameters, each in cases if each == outcome]
        if names:
            where = sorted({version for each in names for version in re.findall(r"\b1\.[012]\b", each)})
            return outcome + (" in " + ", ".join(where) if where else "")
    return NOT_RUN


def cells(case, answers, tests, result_of):
    """(shown by, result) of a case; raises ValueError for a case of which nothing or too much is said."""
    shown_by, answer = tests.get(case, []), answers[case]
    if answer.startswith(UNSHOWN) and shown_by:
        raise ValueError(f'{case}: "{answer}", but {shown_by[0][1]} shows it')
    if answer.startswith("as "):
        return answer, cells(answer.removeprefix("as "), answers, tests, result_of)[1]
    if answer.startswith(UNSHOWN):
        return answer, ""
    if not shown_by:
        raise ValueError(f"{case}: no test shows it, and nothing says why")
    names = "<br>".join(f"`{stem}::{function}`" for stem, function in shown_by)
    return names + (f"; {answer}" if answer else ""), result_of(case, shown_by)


def summary(answers, rows):
    kinds = dict.fromkeys(("shown", *UNSHOWN), 0)
    for case, (answer, _) in rows.items():
        while answer.startswith("as "):
            answer = rows[answer.removeprefix("as ")][0]
        kind = next((each for each in UNSHOWN if answer.startswith(each)), "shown")
        kinds[kind] += 5 if " to " in case else 1
    return (f"{sum(kinds.values())} cases: {kinds['shown']} shown, {kinds['not yet']} not yet, "
            f"{kinds['not applicable']} not applicable.")


def page(tests, result_of):
    answers = {case: answer for rows in SECTIONS.values() for case, _, answer in rows}
    for case in tests:
        if case not in answers:
            raise ValueError(f"{case}, which {tests[case][0][1]} names, is no case of OMA's")
    rows = {case: cells(case, answers, tests, result_of) for case in answers}
    lines = [HEAD.format(summary=summary(answers, rows))]
    for title, section in SECTIONS.items():
        lines += [f"## {title}", "", "| case | about | shown by | result |", "|---|---|---|---|"]
        lines += [f"| {case} | {about} | {rows[case][0]} | {rows[case][1]} |" for case, about, _ in section]
        lines.append("")
    return "\n".join(lines)


def check(tests):
    """The page with the results that stand in it; a list of complaints."""
    text = PAGE.read_text(encoding="utf-8")
    results = dict(ROW.findall(text))
    complaints = []

    def kept(case, _):
        if not results.get(case) or results[case] == NOT_RUN:
            complaints.append(f"{case}: the page has no result of a run")
        return results.get(case, NOT_RUN)
    if page(tests, kept) != text:
        complaints.append("tests/conformance.md differs: tests/conformance.py --run BUILD")
    return complaints


def self_test():
    """What is wrong with this program itself."""
    tests = tests_of_cases()
    one = [("test_x", "test_1_1_int_9999_x")]
    wrong = {
        "a test that is gone": {case: each for case, each in tests.items() if case != "1.1-int-0"},
        "a test of no case": tests | {"1.1-int-9999": one},
        "a test of a case that does not apply": tests | {"1.1-int-3": one},
    }
    complaints = []
    for what, changed in wrong.items():
        try:
            page(changed, lambda *_: "passed")
            complaints.append(f"not noticed: {what}")
        except ValueError:
            pass
    outcomes = {one[0]: {"[1.1]": "passed", "[1.2-tlv]": "passed", "[1.0]": "failed"}}
    for wanted, known in (("failed in 1.0", outcomes), (NOT_RUN, {}),
                          ("passed in 1.1, 1.2", {one[0]: {"[1.2]": "passed", "[1.1]": "passed"}}),
                          ("passed", {one[0]: {"": "passed"}})):
        if result(one, known) != wanted:
            complaints.append(f"{result(one, known)!r} where it should be {wanted!r}")
    return complaints


def main():
    parser = argparse.ArgumentParser()
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--run", metavar="BUILD")
    what.add_argument("--check", action="store_true")
    what.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    tests = tests_of_cases()
    try:
        if options.check or options.self_test:
            complaints = check(tests) if options.check else self_test()
            print("\n".join(complaints))
            return 1 if complaints else 0
        outcomes = run(options.run, tests)
        text = page(tests, lambda _, shown_by: result(shown_by, outcomes))
    except ValueError as error:
        print(error)
        return 1
    PAGE.write_text(text, encoding="utf-8")
    return 1 if any("failed" in each.values() for each in outcomes.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
