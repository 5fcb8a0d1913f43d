#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows that each mutant of mutants.py turns the tests red that it names. Run by hand:

    tests/mutants/run.py                    all of them
    tests/mutants/run.py no-rollback ...    some of them
    tests/mutants/run.py --list             what there is
    tests/mutants/run.py --check            does each old text occur exactly once?
                                            With --tests: are those that should turn red there?

The sources are copied to temporary folders, one for each of -j workers, and built there; the tree itself is
not touched. Every test that a mutant names runs once on the unchanged sources, where it has to be green, and
on the mutant, where it has to be red. Prints a row for each mutant; exit status 0 when all were killed.
Needs what the tests need, root for all of them; the whole table takes about ten minutes on two cores.
"""
import argparse
import json
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from mutants import MUTANTS

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = ["-Dsystem-tests=disabled", "-Dinterop=disabled"]
NOT_BUILT = 125     # meson test: the build failed

# How cmocka and pytest name what failed
FAILED_FUNCTION = re.compile(r"^\[  FAILED  \] (?:[\w/-]+: )?(\w+)$|^(?:FAILED|ERROR) \S+::(\S+)", re.M)


class Failure(Exception):
    """Says nothing about the mutant: the runner cannot go on."""


def read(path):
    return path.read_text(encoding="utf-8")


def place(tree, mutant):
    """The file whose text is to change, or None: the old text does not occur exactly once."""
    where = tree / mutant.where
    files = where.glob("*.c") if where.is_dir() else [where] if where.is_file() else []
    found = [path for path in files for _ in range(read(path).count(mutant.old))]
    return found[0] if len(found) == 1 else None


class Workshop:
    """A copy of the sources with a build of its own."""

    def __init__(self, folder):
        self.tree, self.build = folder / "tree", folder / "build"
        names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                               cwd=ROOT, check=True, capture_output=True, text=True).stdout
        for name in filter(None, names.split("\0")):
            if (ROOT / name).is_file():
                (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.tree / name)
        setup = subprocess.run(["meson", "setup", self.build, self.tree, *OPTIONS], check=False,
                               capture_output=True, text=True)
        if setup.returncode != 0:
            raise Failure(setup.stdout + setup.stderr)

    def test(self, test):
        """(green, red or unbuilt; what failed)"""
        name, _, function = test.partition(":")
        words = ["--test-args", f"-k {function}"] if function else []
        run = subprocess.run(["meson", "test", "-C", self.build, name, *words], check=False,
                             capture_output=True, text=True)
        if run.returncode == NOT_BUILT:
            return "unbuilt", run.stdout
        log = read(self.build / "meson-logs" / "testlog.json")
        result = json.loads(log.splitlines()[-1])
        if result["name"] != name and not result["name"].endswith(" " + name):
            raise Failure(f"there is no test {name}")
        if run.returncode == 0:
            return ("green", "") if result["result"] == "OK" else ("skipped", "")
        output = result.get("stdout", "") + "\n" + result.get("stderr", "")
        functions = dict.fromkeys(a or b for a, b in FAILED_FUNCTION.findall(output))
        return "red", ", ".join(functions) or result["result"].lower()

    def try_mutant(self, mutant):
        """(verdict, details)"""
        path = place(self.tree, mutant)
        before = read(path)
        path.write_text(before.replace(mutant.old, mutant.new), encoding="utf-8")
        try:
            results = {test: self.test(test) for test in mutant.tests}
        finally:
            path.write_text(before, encoding="utf-8")
        words = [word for word, _ in results.values()]
        if "unbuilt" in words:
            return "does not build", next(text for word, text in results.values() if word == "unbuilt")
        if words == ["red"] * len(words):
            return "killed", "; ".join(f"{test.partition(':')[0]}: {text}"
                                       for test, (_, text) in results.items())
        return "SURVIVED", ", ".join(test for test, (word, _) in results.items() if word != "red")


class Runner:
    """Workers that take mutants from a queue; baselines are shared."""

    def __init__(self, mutants, folder, jobs):
        self.folder, self.jobs = folder, jobs
        self.lock = threading.Lock()
        self.baselines, self.verdicts = {}, {}
        self.queue = queue.SimpleQueue()
        self.width = max(len(mutant.name) for mutant in mutants)
        for mutant in mutants:
            self.queue.put(mutant)

    def say(self, *words):
        with self.lock:
            print(*words, flush=True)

    def baseline(self, workshop, test):
        """Green on the unchanged sources? Asked once for each test."""
        if test not in self.baselines:
            self.baselines[test] = workshop.test(test)
        return self.baselines[test][0] == "green"

    def judge(self, workshop, mutant):
        if not place(workshop.tree, mutant):
            return "does not apply", f"the old text does not occur exactly once in {mutant.where}"
        not_green = [test for test in mutant.tests if not self.baseline(workshop, test)]
        if not_green:
            return "not green before", ", ".join(f"{test} ({self.baselines[test][0]})" for test in not_green)
        return workshop.try_mutant(mutant)

    def work(self, number):
        try:
            workshop = Workshop(self.folder / str(number))
            while True:
                mutant = self.queue.get_nowait()
                began = time.monotonic()
                verdict, details = self.judge(workshop, mutant)
                self.verdicts[mutant.name] = verdict
                self.say(f"{mutant.name:{self.width}}  {verdict:14}  {time.monotonic() - began:4.0f} s"
                         f"  {details}")
        except queue.Empty:
            pass
        except (Failure, OSError, subprocess.SubprocessError, ValueError) as error:
            self.say(f"worker {number}: {error}")

    def run(self):
        threads = [threading.Thread(target=self.work, args=(number,)) for number in range(self.jobs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.verdicts


def check(mutants, path):
    """Prints what cannot be applied, and what would not be tried; the exit status."""
    lost = [mutant.name for mutant in mutants if not place(ROOT, mutant)]
    if path:
        there = {test["name"] for test in json.loads(read(path))}
        lost += [f"{mutant.name}: there is no test {test}" for mutant in mutants for test in mutant.tests
                 if test.partition(":")[0] not in there]
    print("\n".join(lost) or f"all {len(mutants)} can be applied")
    return 1 if lost else 0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="MUTANT", help="which ones; all without any")
    parser.add_argument("-j", "--jobs", type=int, default=2, help="mutants at the same time [2]")
    parser.add_argument("--list", action="store_true", help="print the mutants and end")
    parser.add_argument("--check", action="store_true", help="print what cannot be applied and end")
    parser.add_argument("--tests", type=Path, metavar="FILE",
                        help="for --check: what tests there are, meson-info/intro-tests.json of a build")
    words = parser.parse_args()
    unknown = set(words.names) - {mutant.name for mutant in MUTANTS}
    if unknown:
        parser.error("unknown: " + ", ".join(sorted(unknown)))
    return words


def main():
    words = arguments()
    mutants = [mutant for mutant in MUTANTS if not words.names or mutant.name in words.names]
    if words.list:
        for mutant in mutants:
            print(f"{mutant.name}\n    {mutant.breaks}\n    {mutant.where}: {', '.join(mutant.tests)}")
        return 0
    if words.check:
        return check(mutants, words.tests)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        verdicts = Runner(mutants, Path(folder), max(1, min(words.jobs, len(mutants)))).run()
    killed = sum(verdict == "killed" for verdict in verdicts.values())
    print(f"{killed} of {len(mutants)} killed")
    return 0 if killed == len(mutants) else 1


if __name__ == "__main__":
    sys.exit(main())
