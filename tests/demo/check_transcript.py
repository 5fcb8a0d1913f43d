#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""README's transcript under `## Try it` is what the demonstration prints.

The first fenced block there is the command, the second the transcript.
"""
import difflib
import re
import subprocess
import sys

import demo


def transcript(readme):
    section = re.search(r"^## Try it$(.*?)(?=^## |\Z)", readme, re.MULTILINE | re.DOTALL)
    blocks = re.findall(r"^```\w*\n(.*?)^```$", section.group(1) if section else "",
                        re.MULTILINE | re.DOTALL)
    return blocks[1] if len(blocks) > 1 else None


def main():
    daemon, readme = sys.argv[1:]
    with open(readme, encoding="utf-8") as file:
        written = transcript(file.read())
    if written is None:
        print(f"{readme}: no second fenced block under '## Try it'")
        return 1
    run = subprocess.run([sys.executable, "-B", demo.__file__, daemon], stdout=subprocess.PIPE, text=True,
                         check=False)
    print(run.stdout)
    difference = list(difflib.unified_diff(
        demo.normalise(written).splitlines(), demo.normalise(run.stdout).splitlines(),
        "README.md", "demo", lineterm=""))
    print("\n".join(difference))
    return 1 if run.returncode != 0 or difference else 0


if __name__ == "__main__":
    sys.exit(main())
