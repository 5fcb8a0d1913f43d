/* SPDX-License-Identifier: Apache-2.0 */
/* `metrics_file`: the metrics as a file for the textfile collector of Prometheus' node_exporter. */
#pragma once

#include "client/client.h"
#include "client/firmware.h"

/* At most one write in this time, as long as something changes: interface.md. Nothing wakes up otherwise. */
#define METRICS_FILE_INTERVAL_USEC (15 * USEC_PER_SEC)

/* What belongs together, as a request and its answer, is mostly there so long after it has begun. */
#define METRICS_FILE_SETTLE_USEC USEC_PER_SEC

/* A file that could not be written is tried again, changes or not. */
#define METRICS_FILE_RETRY_USEC (60 * USEC_PER_SEC)

typedef struct MetricsFile MetricsFile;

/* client and clock are borrowed; no file yet. 0, or negative errno. */
int metrics_file_new(sd_event *event, const Clock *clock, Client *client, MetricsFile **ret);

/* Removes the file, where it has been written: values that nobody keeps up are worse than none. */
MetricsFile *metrics_file_free(MetricsFile *metrics);
DEFINE_CLEANUP(MetricsFile *, metrics_file_free)

/* Whom it asks about firmware updates, borrowed with userdata. Once. */
void metrics_file_set_firmware(MetricsFile *metrics, const FirmwareFace *face, void *userdata);

/* What that one says has changed. */
void metrics_file_firmware_changed(MetricsFile *metrics);

/* The file's absolute path from now on, copied; NULL: none. The one before is removed. 0 or -ENOMEM (there
 * is none then). */
int metrics_file_set(MetricsFile *metrics, const char *path);
