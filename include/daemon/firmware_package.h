/* SPDX-License-Identifier: Apache-2.0 */
/* The package on its way to the disk, whoever brings it: a server that writes it (firmware_push), or a
 * download (firmware_pull), one of them at a time. */
#pragma once

#include "daemon/firmware_inside.h"

/* What the one that brings it is told; called from the loop. */
struct PackageFeeder {
        /* The file holds `at` bytes, as firmware_package_begin() has asked for, or none. NULL: not wanted.
         */
        void (*begun)(void *userdata, uint64_t at);
        /* More can be written. */
        void (*drained)(void *userdata);
        /* Whole and on the disk; the machine is told behind it. */
        void (*finished)(void *userdata);
        /* Nothing more is taken, by the Update Result; the machine is told behind it. */
        void (*failed)(void *userdata, FirmwareResult result);
};

/* 0 or negative errno. */
int firmware_package_new(Firmware *firmware);
void firmware_package_free(Firmware *firmware);

/* As package_file_begin(). feeder: borrowed until firmware_package_leave(), finished() or failed(). */
int firmware_package_begin(
        Firmware *firmware, const PackageFeeder *feeder, void *userdata, uint64_t announced, uint64_t at);

/* As package_file_write(). */
int firmware_package_write(Firmware *firmware, const void *data, size_t size);

/* As package_file_finish(). */
int firmware_package_finish(Firmware *firmware);

/* The feeder is not told anything any more. */
void firmware_package_leave(Firmware *firmware);

/* It goes. */
void firmware_package_remove(Firmware *firmware);
