/* SPDX-License-Identifier: Apache-2.0 */
/* JSON character by character, as far as it takes to know where the value is: what all else says is for the
 * decoder of the frame. A label that is written in escapes is not recognized: its value stays in the frame,
 * and is taken from there where it is as short as that. */
#include "codec/package_json.h"

#include "codec/package_base64.h"
#include "util/ascii.h"

#define LABEL        "\"vd\""
#define RECORD_DEPTH 2 /* the pack's array, the record's object */

static int end_value(PackageJson *json, PackageFrame *frame)
{
        json->in_string = json->is_value = json->label_is_vd = json->colon = false;
        if (base64_end(&json->base64) < 0)
                return CODE_BAD_REQUEST;
        return package_frame_add(frame, "\"", 1);
}

/* One more of the four digits of a character of RFC 8259, 7. */
static int feed_character(PackageJson *json, PackageBatch *batch, char c)
{
        int digit = ascii_hex_digit(c);

        if (digit < 0)
                return CODE_BAD_REQUEST;
        json->character = json->character << 4 | (unsigned)digit;
        if (--json->n_digits > 0)
                return 0;
        return json->character > 0x7f ? CODE_BAD_REQUEST
                                      : package_batch_add(batch, &json->base64, (char)json->character);
}

/* Base64 needs no escapes, but a slash is often written as one, and every character may be. */
static int feed_escape(PackageJson *json, PackageBatch *batch, char c)
{
        json->escaped = false;
        if (c == '/')
                return package_batch_add(batch, &json->base64, c);
        json->character = 0;
        json->n_digits = 4;
        return c == 'u' ? 0 : CODE_BAD_REQUEST;
}

static int feed_value(PackageJson *json, PackageBatch *batch, char c)
{
        if (json->n_digits > 0)
                return feed_character(json, batch, c);
        if (json->escaped)
                return feed_escape(json, batch, c);
        json->escaped = c == '\\';
        if (json->escaped)
                return 0;
        return c == '"' ? end_value(json, batch->frame) : package_batch_add(batch, &json->base64, c);
}

static int feed_string(PackageJson *json, PackageFrame *frame, char c)
{
        size_t size = frame->size + 1 - json->string_begin;
        int r = package_frame_add(frame, &c, 1);

        if (r != 0)
                return r;
        if (c == '"' && !json->escaped) {
                json->in_string = false;
                json->label_is_vd = size == strlen(LABEL) &&
                                    memcmp(frame->data + json->string_begin, LABEL, strlen(LABEL)) == 0;
        }
        json->escaped = c == '\\' && !json->escaped;
        return 0;
}

static void begin_string(PackageJson *json, PackageFrame *frame)
{
        json->is_value = json->depth == RECORD_DEPTH && json->label_is_vd && json->colon;
        json->in_string = true;
        json->escaped = false;
        json->base64 = (Base64Reader){0};
        json->string_begin = frame->size;
}

static int feed_structure(PackageJson *json, PackageFrame *frame, char c)
{
        if (c == '"')
                begin_string(json, frame);
        else if (c == ':')
                json->colon = true;
        else if (c == ',' || c == '{' || c == '[' || c == '}' || c == ']') {
                json->depth += c == '{' || c == '[';
                json->depth -= (c == '}' || c == ']') && json->depth > 0;
                json->colon = json->label_is_vd = false;
        }
        return package_frame_add(frame, &c, 1);
}

int package_json_feed(PackageJson *json, PackageFrame *frame, const uint8_t *data, size_t size)
{
        PackageBatch batch = {.frame = frame};
        int r = 0;

        for (size_t i = 0; i < size && r == 0; i++) {
                char c = (char)data[i];

                if (json->in_string && json->is_value)
                        r = feed_value(json, &batch, c);
                else if (json->in_string)
                        r = feed_string(json, frame, c);
                else
                        r = feed_structure(json, frame, c);
        }
        return r != 0 ? r : package_batch_flush(&batch);
}
