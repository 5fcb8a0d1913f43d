#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# install-config.sh YAML FOLDER: install the default configuration unless there is one.
# The file belongs to root until systemd-tmpfiles gives the daemon's group its right to read.
set -eu
folder=${DESTDIR:-}$2
file=$folder/${1##*/}
[ -d "$folder" ] || install -d -m 0750 "$folder"
if [ -e "$file" ]; then
    echo "Keeping $file"
else
    install -m 0640 "$1" "$file"
fi
