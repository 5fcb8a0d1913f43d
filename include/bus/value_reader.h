/* SPDX-License-Identifier: Apache-2.0 */
/* Values of D-Bus -> records (interface.md section 6): the definition of the Object says what a variant has
 * to be. */
#pragma once

#include <systemd/sd-bus.h>

#include "model/published.h"

/* What is read from one message: LIMIT_PUBLISHED_RECORDS values. */
typedef struct ValueReader {
        RecordList list;
        size_t size;        /* bytes that the values count, LIMIT_STORE_SIZE at most */
        PublishedText text; /* out: path and reason of the value that cannot be taken */
} ValueReader;

#define VALUE_READER_INIT ((ValueReader){.list = {.maximum = LIMIT_PUBLISHED_RECORDS}})

void value_reader_done(ValueReader *reader);

/* Append what stands next in the message. A multiple-instance Resource that is given as a whole begins with
 * a record of VALUE_NONE at its own path. Types are checked, and that a Float is a finite number; ranges are
 * not. 0; PUBLISHED_E_INVALID_VALUE or PUBLISHED_E_LIMIT, with text; or a negative errno. After anything but
 * 0 the message stands somewhere inside. */

/* "a{qv}", the Resources of an Object Instance (which may be 65535, still to be chosen). */
int value_reader_read(
        ValueReader *reader, sd_bus_message *message, const ObjectDef *object, const Path *instance);

/* "v", the value of a Resource or Resource Instance. */
int value_reader_read_one(
        ValueReader *reader, sd_bus_message *message, const ObjectDef *object, const Path *path);
