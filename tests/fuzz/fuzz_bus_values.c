/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: the values of a message of D-Bus. The input says what sd-bus puts into an "a{qv}" or "a(sv)":
 * any signature inside the variants, to any depth that D-Bus has. What is taken is of the definition's
 * types, and reads the same when it is written and read again. */
#include "../unit/bus/every_type.h"
#include "bus/value_reader.h"
#include "bus/value_writer.h"
#include "fuzz.h"

#include <stdio.h>

#define DEPTH_MAX 40 /* sd-bus refuses 32 of a kind */

typedef struct Input {
        const uint8_t *data;
        size_t size;
} Input;

static uint8_t take(Input *input)
{
        if (input->size == 0)
                return 0;
        input->size--;
        return *input->data++;
}

static uint64_t take_number(Input *input, size_t bytes)
{
        uint64_t number = 0;

        while (bytes-- > 0)
                number = number << 8 | take(input);
        return number;
}

/* Text of the input, without NUL; what is no UTF-8 sd-bus refuses. */
static const char *take_text(Input *input, char buffer[static 64])
{
        size_t size = take(input) % 64, n = 0;

        while (n < size && input->size > 0 && *input->data)
                buffer[n++] = (char)take(input);
        buffer[n] = '\0';
        return buffer;
}

/* A signature of one complete type, as the input says. */
static void take_signature(Input *input, char *ret, size_t size, unsigned depth)
{
        static const char basic[] = "ynqiuxtdbsog";
        static const char *const common[] = {"ay", "(qq)", "a{qv}", "s", "v", "a{sv}", "as", "aay", "(qqq)"};
        unsigned kind = take(input);
        char inner[128];

        if (kind < 96)
                (void)snprintf(ret, size, "%c", basic[kind % (sizeof(basic) - 1)]);
        else if (kind < 200 || depth > 8)
                (void)snprintf(ret, size, "%s", common[kind % ELEMENTSOF(common)]);
        else {
                take_signature(input, inner, sizeof(inner), depth + 1);
                (void)snprintf(ret, size, kind % 2 ? "a%s" : "(%s)", inner);
        }
}

static void append(sd_bus_message *message, Input *input, const char *signature, unsigned depth);

static void append_variant(sd_bus_message *message, Input *input, unsigned depth)
{
        char signature[256];

        take_signature(input, signature, sizeof(signature), 0);
        if (depth < DEPTH_MAX && sd_bus_message_open_container(message, 'v', signature) >= 0) {
                append(message, input, signature, depth + 1);
                (void)sd_bus_message_close_container(message);
        } else
                (void)sd_bus_message_append(message, "v", "y", 0);
}

static void append_basic(sd_bus_message *message, Input *input, char type)
{
        char text[64];
        uint64_t number;

        switch (type) {
        case 's':
        case 'o':
        case 'g':
                if (sd_bus_message_append_basic(message, type, take_text(input, text)) < 0)
                        (void)sd_bus_message_append_basic(message, type, type == 'o' ? "/" : "");
                break;
        case 'b':
                (void)sd_bus_message_append_basic(message, 'b', &(int){take(input) & 1});
                break;
        default:
                number = take_number(input, type == 'y' ? 1 : type == 'n' || type == 'q' ? 2 : 8);
                (void)sd_bus_message_append_basic(message, type, &number);
        }
}

static void append_array(sd_bus_message *message, Input *input, const char *contents, unsigned depth)
{
        unsigned n = take(input) % 8;
        char inner[256];

        if (sd_bus_message_open_container(message, 'a', contents) < 0)
                return;
        for (unsigned i = 0; i < n && input->size > 0; i++) {
                if (contents[0] != '{') {
                        append(message, input, contents, depth + 1);
                        continue;
                }
                (void)snprintf(inner, sizeof(inner), "%.*s", (int)strlen(contents) - 2, contents + 1);
                if (sd_bus_message_open_container(message, 'e', inner) < 0)
                        break;
                append_basic(message, input, inner[0]);
                append(message, input, inner + 1, depth + 1);
                (void)sd_bus_message_close_container(message);
        }
        (void)sd_bus_message_close_container(message);
}

/* One complete type. */
static void append(sd_bus_message *message, Input *input, const char *signature, unsigned depth)
{
        char inner[256];

        switch (signature[0]) {
        case 'v':
                append_variant(message, input, depth);
                break;
        case 'a':
                append_array(message, input, signature + 1, depth);
                break;
        case '(':
                (void)snprintf(inner, sizeof(inner), "%.*s", (int)strlen(signature) - 2, signature + 1);
                if (sd_bus_message_open_container(message, 'r', inner) < 0)
                        break;
                /* All that stands inside is of one character each, or one type. */
                if (inner[0] == 'a' || inner[0] == '(')
                        append(message, input, inner, depth + 1);
                else
                        for (const char *type = inner; *type; type++)
                                append(message, input, (char[]){*type, 0}, depth + 1);
                (void)sd_bus_message_close_container(message);
                break;
        default:
                append_basic(message, input, signature[0]);
        }
}

static uint16_t take_id(Input *input)
{
        uint8_t id = take(input);

        return id < 200 ? id : (uint16_t)take_number(input, 2);
}

/* "a{qv}" */
static void append_resources(sd_bus_message *message, Input *input)
{
        require(sd_bus_message_open_container(message, 'a', "{qv}") >= 0);
        while (input->size > 0) {
                uint16_t id = take_id(input);

                require(sd_bus_message_open_container(message, 'e', "qv") >= 0);
                require(sd_bus_message_append_basic(message, 'q', &id) >= 0);
                append_variant(message, input, 0);
                if (sd_bus_message_close_container(message) < 0)
                        return;
        }
        (void)sd_bus_message_close_container(message);
}

static void check(const ValueReader *reader)
{
        require(reader->size <= LIMIT_STORE_SIZE && reader->list.n <= LIMIT_PUBLISHED_RECORDS);
        for (size_t i = 0; i < reader->list.n; i++) {
                const Record *record = &reader->list.items[i];
                ValueType type;
                bool multiple;

                require(path_has_prefix(&record->path, &PATH_INSTANCE(EVERY_TYPE, 0)));
                require(object_lookup(&every_type, record->path.id[2], &type, &multiple));
                require(record->path.length == 4 || !multiple || record->value.type == VALUE_NONE);
                require(record->value.type == type || (multiple && record->path.length == 3));
        }
}

/* The next record with a value. */
static const Record *next(const RecordList *list, size_t *i)
{
        while (*i < list->n && list->items[*i].value.type == VALUE_NONE)
                (*i)++;
        return *i < list->n ? &list->items[(*i)++] : NULL;
}

static void check_again(sd_bus *bus, const RecordList *list)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        ValueReader again = VALUE_READER_INIT;
        const Record *record, *other;
        size_t i = 0, k = 0;

        require(sd_bus_message_new_signal(bus, &message, "/a", "a.b", "C") >= 0);
        require(value_writer_append(message, list) == 0 && sd_bus_message_seal(message, 1, 0) >= 0);
        require(value_reader_read(&again, message, &every_type, &PATH_INSTANCE(EVERY_TYPE, 0)) == 0);
        do {
                record = next(list, &i);
                other = next(&again.list, &k);
                require(!record == !other);
                require(!record || (path_equal(&record->path, &other->path) &&
                                           value_equal(&record->value, &other->value)));
        } while (record);
        value_reader_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static sd_bus *bus;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        ValueReader reader = VALUE_READER_INIT;
        Input input = {data, size};
        int r;

        if (!bus)
                bus = every_bus();
        require(bus && sd_bus_message_new_signal(bus, &message, "/a", "a.b", "C") >= 0);
        append_resources(message, &input);
        if (sd_bus_message_seal(message, 1, 0) < 0)
                return 0;
        r = value_reader_read(&reader, message, &every_type, &PATH_INSTANCE(EVERY_TYPE, 0));
        require(r == 0 || r == PUBLISHED_E_INVALID_VALUE || r == PUBLISHED_E_LIMIT);
        require((r == 0) == !reader.text[0] && memchr(reader.text, 0, sizeof(reader.text)));
        check(&reader);
        if (r == 0)
                check_again(bus, &reader.list);
        value_reader_done(&reader);
        return 0;
}
