#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# format.sh CLANG_FORMAT ROOT: the C files are formatted as .clang-format says.
set -eu
cd "$2"
find src include tests -name '*.[ch]' -print0 | xargs -0 -r "$1" --dry-run -Werror
