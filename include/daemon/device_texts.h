/* SPDX-License-Identifier: Apache-2.0 */
/* The strings of Device, /3/0/0 to /3/0/3 and /3/0/17 to /3/0/19. What files say in them is read by threads,
 * at first and whenever it may have changed: at a Reload, and when other firmware has been installed. */
#pragma once

#include "daemon/file_reader.h"
#include "model/store.h"
#include "util/bytes.h"

#define DEVICE_TEXT_MAX 255 /* bytes; what a server's form shows in one line */

/* As the configuration has them: with templates, daemon/template. NULL: the Resource is absent. Borrowed. */
typedef struct DeviceStrings {
        const char *manufacturer;
        const char *model_number;
        const char *serial_number;
        const char *firmware_version;
        const char *device_type;
        const char *hardware_version;
        const char *software_version;
} DeviceStrings;

#define DEVICE_TEXTS 7

typedef struct DeviceTexts DeviceTexts;

typedef struct DeviceText {
        DeviceTexts *texts;
        uint16_t resource;
        char *template; /* owned; NULL: there is none */
        char *text;     /* what it says; owned; NULL: nothing */
        /* While it is read anew: what has come together, and where in the template. */
        ByteWriter filled;
        const char *next;
        FileReading *reading;             /* under way */
        bool overdue;                     /* and given up, but its thread has not come back */
        char *path;                       /* of that file; owned */
        char told[FILE_READER_TEXT_SIZE]; /* why there is no text, as the log says; "": there is one */
} DeviceText;

struct DeviceTexts {
        Store *store;       /* borrowed */
        FileReader *reader; /* borrowed; NULL where no text names a file */
        void (*reread)(void *userdata);
        void *userdata;
        bool asked; /* reread() is to be called */
        DeviceText items[DEVICE_TEXTS];
        uint64_t waiting[LIMIT_LATE_REQUESTS]; /* calls */
        size_t n_waiting;
};

/* reread: the texts have been read anew, or could not be, as device_texts_reread() has asked for; NULL fine.
 */
void device_texts_init(DeviceTexts *texts, Store *store, FileReader *reader, void (*reread)(void *userdata),
        void *userdata);
void device_texts_done(DeviceTexts *texts);

/* What the configuration says from now on; copied. Its files are read anew, whether they were named before
 * or not. What changes is told to the store. 0 or -ENOMEM. */
int device_texts_set(DeviceTexts *texts, const DeviceStrings *strings);

/* Reads all files anew; until then a Read waits. */
void device_texts_reread(DeviceTexts *texts);

/* Before a Read at or below path: 0, it can be read; or SOURCE_LATER, since a file is being read. */
int device_texts_prepare(DeviceTexts *texts, const SourceCall *call, const Path *path);

/* What a Resource says; NULL: nothing. Borrowed until the loop goes on. */
const char *device_texts_get(const DeviceTexts *texts, uint16_t resource);
