/* SPDX-License-Identifier: Apache-2.0 */
/* A writer of JSON, for scripts. */
#pragma once

#include <stdio.h>

#include "util/macro.h"

typedef enum JsonMode {
        JSON_OFF,
        JSON_SHORT,  /* one line */
        JSON_PRETTY, /* indented */
} JsonMode;

#define JSON_DEPTH_MAX 16 /* of brackets; replies of the daemon have 4 */

/* Writes one JSON text (RFC 8259) to a file; commas and line breaks come by themselves. */
typedef struct JsonWriter {
        FILE *file;
        JsonMode mode;
        unsigned depth;
        bool filled[JSON_DEPTH_MAX]; /* something stands in the bracket of this depth */
        bool after_key;
} JsonWriter;

#define JSON_WRITER(stream, json_mode) ((JsonWriter){.file = (stream), .mode = (json_mode)})

/* bracket: '{' or '['; each is closed by json_end. A newline follows the outermost. */
void json_begin(JsonWriter *writer, char bracket);
void json_end(JsonWriter *writer, char bracket);
void json_key(JsonWriter *writer, const char *key);

/* Any bytes without NUL: what is not UTF-8 becomes U+FFFD, control characters and those of layout
 * (util/utf8.h) are escaped. */
void json_string(JsonWriter *writer, const char *text);
void json_unsigned(JsonWriter *writer, uint64_t value);
void json_signed(JsonWriter *writer, int64_t value);
void json_boolean(JsonWriter *writer, bool value);

/* The fewest digits that read back as the same number; null where JSON has none (RFC 8259, 6). */
void json_real(JsonWriter *writer, double value);

/* A member of an object: its key and its value. */
void json_member_string(JsonWriter *writer, const char *key, const char *text);
void json_member_unsigned(JsonWriter *writer, const char *key, uint64_t value);
void json_member_boolean(JsonWriter *writer, const char *key, bool value);
