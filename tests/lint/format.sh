#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# format.sh ROOT: the C files are formatted as .clang-format says. Each version of clang-format has a taste
# of its own, so only version 14 judges; where there is none (Debian 13), 77: skipped.
set -eu
if ! command -v clang-format-14 >/dev/null; then
    echo 'no clang-format-14'
    exit 77
fi
cd "$1"
find src include tests -name '*.[ch]' -print0 | xargs -0 -r clang-format-14 --dry-run -Werror
