/* SPDX-License-Identifier: Apache-2.0 */
/* Values of D-Bus -> records. */
#include "bus/value_reader.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "lwm2m/value_text.h"

#define MULTIPLE "a{qv}" /* of a multiple-instance Resource */

/* What a value of each type is given as, and what one looks like. */
static const struct {
        const char *name, *given, *example;
} kinds[_VALUE_TYPE_MAX] = {
        [VALUE_STRING] = {"a String", "s", "text"},
        [VALUE_INTEGER] = {"an Integer", "an integer type or s", "as 42"},
        [VALUE_UNSIGNED] = {"an Unsigned Integer", "an integer type or s", "as 42, 0 or more"},
        [VALUE_FLOAT] = {"a Float", "d, an integer type or s", "as 21.5"},
        [VALUE_BOOLEAN] = {"a Boolean", "b or s", "true or false"},
        [VALUE_OPAQUE] = {"an Opaque", "ay or s", "as base64:AAH/"},
        [VALUE_TIME] = {"a Time", "an integer type or s", "as 2026-01-31T10:00:00Z, or seconds since 1970"},
        [VALUE_OBJLNK] = {"an Objlnk", "(qq) or s", "as 3:0"},
        [VALUE_CORELNK] = {"a Corelnk", "s", "text"},
};

#define TYPE(type) (1U << (type))
#define NUMBERS    (TYPE(VALUE_INTEGER) | TYPE(VALUE_UNSIGNED) | TYPE(VALUE_FLOAT) | TYPE(VALUE_TIME))

/* What each type of D-Bus may stand for. The readers return 0; -ERANGE: it is no value of the wanted type;
 * -E2BIG; another negative errno. */
typedef int (*Reader)(sd_bus_message *message, ValueType wanted, Value *ret);
typedef struct Given {
        const char *signature;
        unsigned types;
        Reader read;
} Given;

static int read_number(sd_bus_message *message, char type, Value *ret)
{
        union {
                uint8_t y;
                int16_t n;
                uint16_t q;
                int32_t i;
                uint32_t u;
                int64_t x;
                uint64_t t;
        } number;
        int r;

        r = sd_bus_message_read_basic(message, type, &number);
        if (r < 0)
                return r;
        switch (type) {
        case 'y':
                *ret = VALUE_INT(number.y);
                break;
        case 'n':
                *ret = VALUE_INT(number.n);
                break;
        case 'q':
                *ret = VALUE_INT(number.q);
                break;
        case 'i':
                *ret = VALUE_INT(number.i);
                break;
        case 'u':
                *ret = VALUE_INT(number.u);
                break;
        case 'x':
                *ret = VALUE_INT(number.x);
                break;
        default:
                *ret = (Value){.type = VALUE_UNSIGNED, .unsigned_integer = number.t};
        }
        return 0;
}

static int read_integer(sd_bus_message *message, ValueType wanted, Value *ret)
{
        char type;
        int r;

        r = sd_bus_message_peek_type(message, &type, NULL);
        if (r < 0)
                return r;
        r = read_number(message, type, ret);
        if (r < 0)
                return r;
        return value_convert(ret, wanted) < 0 ? -ERANGE : 0;
}

/* A number that is none has no spelling in text/plain nor in SenML JSON. */
static int read_double(sd_bus_message *message, ValueType wanted, Value *ret)
{
        int r;

        *ret = (Value){.type = VALUE_FLOAT};
        r = sd_bus_message_read_basic(message, 'd', &ret->real);
        if (r < 0)
                return r;
        return isfinite(ret->real) ? 0 : -ERANGE;
}

static int read_boolean(sd_bus_message *message, ValueType wanted, Value *ret)
{
        int yes, r;

        r = sd_bus_message_read_basic(message, 'b', &yes);
        if (r < 0)
                return r;
        *ret = VALUE_BOOL(yes);
        return 0;
}

static int read_opaque(sd_bus_message *message, ValueType wanted, Value *ret)
{
        const void *data;
        size_t size;
        int r;

        r = sd_bus_message_read_array(message, 'y', &data, &size);
        if (r < 0)
                return r;
        return size > LIMIT_STORE_SIZE ? -E2BIG : value_make_bytes(VALUE_OPAQUE, data, size, ret);
}

static int read_link(sd_bus_message *message, ValueType wanted, Value *ret)
{
        *ret = (Value){.type = VALUE_OBJLNK};
        return sd_bus_message_read(message, "(qq)", &ret->link.object, &ret->link.instance);
}

static int read_text(sd_bus_message *message, ValueType wanted, Value *ret)
{
        const char *text;
        int r;

        r = sd_bus_message_read_basic(message, 's', &text);
        if (r < 0)
                return r;
        if (strlen(text) > LIMIT_STORE_SIZE)
                return -E2BIG;
        r = value_parse_text(wanted, text, ret);
        return r == -EINVAL ? -ERANGE : r;
}

static const Given givens[] = {
        {"y", NUMBERS, read_integer},
        {"n", NUMBERS, read_integer},
        {"q", NUMBERS, read_integer},
        {"i", NUMBERS, read_integer},
        {"u", NUMBERS, read_integer},
        {"x", NUMBERS, read_integer},
        {"t", NUMBERS, read_integer},
        {"d", TYPE(VALUE_FLOAT), read_double},
        {"b", TYPE(VALUE_BOOLEAN), read_boolean},
        {"ay", TYPE(VALUE_OPAQUE), read_opaque},
        {"(qq)", TYPE(VALUE_OBJLNK), read_link},
        {"s", UINT_MAX, read_text},
};

static Reader find_reader(const char *signature, ValueType wanted)
{
        for (size_t i = 0; i < ELEMENTSOF(givens); i++)
                if (strcmp(givens[i].signature, signature) == 0)
                        return givens[i].types & TYPE(wanted) ? givens[i].read : NULL;
        return NULL;
}

void value_reader_done(ValueReader *reader)
{
        record_list_done(&reader->list);
        *reader = VALUE_READER_INIT;
}

static int refuse(ValueReader *reader, int error, const Path *path, const char *format, ...) _printf_(4, 5);

static int refuse(ValueReader *reader, int error, const Path *path, const char *format, ...)
{
        int n = snprintf(reader->text, sizeof(reader->text), "%s: ", PATH_TEXT(path));
        va_list ap;

        va_start(ap, format);
        (void)vsnprintf(reader->text + n, sizeof(reader->text) - (size_t)n, format, ap);
        va_end(ap);
        return error;
}

static int refuse_too_much(ValueReader *reader, const Path *path)
{
        return refuse(reader, PUBLISHED_E_LIMIT, path, "up to here it is too much");
}

/* Takes the value over. */
static int add(ValueReader *reader, const Path *path, Value *value)
{
        int r = -E2BIG;

        reader->size += value_size(value);
        if (reader->size <= LIMIT_STORE_SIZE)
                r = record_list_add(&reader->list, path, value);
        value_done(value);
        return r == -E2BIG ? refuse_too_much(reader, path) : r;
}

static int read_single(ValueReader *reader, sd_bus_message *message, const Path *path, ValueType wanted)
{
        const char *signature;
        Value value = {0};
        Reader read;
        int r;

        r = sd_bus_message_peek_type(message, NULL, &signature);
        if (r < 0)
                return r;
        read = find_reader(signature, wanted);
        if (!read)
                return refuse(reader, PUBLISHED_E_INVALID_VALUE, path, "%s is given as %s, not as \"%s\"",
                        kinds[wanted].name, kinds[wanted].given, signature);
        r = sd_bus_message_enter_container(message, 'v', signature);
        if (r >= 0)
                r = read(message, wanted, &value);
        if (r == -ERANGE)
                return refuse(reader, PUBLISHED_E_INVALID_VALUE, path, "what is given is not %s (%s)",
                        kinds[wanted].name, kinds[wanted].example);
        if (r == -E2BIG)
                return refuse_too_much(reader, path);
        if (r >= 0)
                r = sd_bus_message_exit_container(message);
        if (r >= 0)
                return add(reader, path, &value);
        value_done(&value);
        return r;
}

/* Reads one value of a dictionary, with what it says of the context. As value_reader_read_one(). */
typedef int (*ReadItem)(ValueReader *reader, sd_bus_message *message, const void *context, const Path *path);

static int read_entry(
        ValueReader *reader, sd_bus_message *message, ReadItem read, const void *context, const Path *parent)
{
        Path path;
        uint16_t id;
        int r;

        r = sd_bus_message_read(message, "q", &id);
        if (r < 0)
                return r;
        if (id == UINT16_MAX)
                return refuse(reader, PUBLISHED_E_INVALID_VALUE, parent, "below it there is no ID 65535");
        path = path_append(parent, id);
        r = read(reader, message, context, &path);
        if (r != 0)
                return r;
        return MIN_OF(sd_bus_message_exit_container(message), 0);
}

/* "a{qv}", of what lies right below the parent. */
static int read_dictionary(
        ValueReader *reader, sd_bus_message *message, ReadItem read, const void *context, const Path *parent)
{
        int r;

        r = sd_bus_message_enter_container(message, 'a', "{qv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(message, 'e', "qv")) > 0) {
                r = read_entry(reader, message, read, context, parent);
                if (r != 0)
                        return r;
        }
        return r < 0 ? r : MIN_OF(sd_bus_message_exit_container(message), 0);
}

static int read_instance(ValueReader *reader, sd_bus_message *message, const void *context, const Path *path)
{
        const ValueType *wanted = context;

        return read_single(reader, message, path, *wanted);
}

static int read_multiple(ValueReader *reader, sd_bus_message *message, const Path *path, ValueType wanted)
{
        const char *signature;
        int r;

        r = sd_bus_message_peek_type(message, NULL, &signature);
        if (r < 0)
                return r;
        /* A text, which is what lwm2mctl set gives. */
        if (strcmp(signature, "s") == 0)
                return refuse(reader, PUBLISHED_E_INVALID_VALUE, path,
                        "the Resource has several instances, each is given by a path of its own, as %s/0",
                        PATH_TEXT(path));
        if (strcmp(signature, MULTIPLE) != 0)
                return refuse(reader, PUBLISHED_E_INVALID_VALUE, path,
                        "a multiple-instance Resource is given as " MULTIPLE ", not as \"%s\"", signature);
        r = add(reader, path, &(Value){.type = VALUE_NONE});
        if (r != 0)
                return r;
        r = sd_bus_message_enter_container(message, 'v', MULTIPLE);
        if (r < 0)
                return r;
        r = read_dictionary(reader, message, read_instance, &wanted, path);
        return r != 0 ? r : MIN_OF(sd_bus_message_exit_container(message), 0);
}

int value_reader_read_one(
        ValueReader *reader, sd_bus_message *message, const ObjectDef *object, const Path *path)
{
        ValueType wanted;
        bool multiple;

        if (path->length < 3)
                return refuse(reader, PUBLISHED_E_INVALID_VALUE, path,
                        "it is the path of neither a Resource nor a Resource Instance");
        if (!object_lookup(object, path->id[2], &wanted, &multiple))
                return refuse(reader, PUBLISHED_E_INVALID_VALUE, path,
                        "the definition of Object %u has no such Resource with a value", object->id);
        if (path->length == 4 && !multiple)
                return refuse(reader, PUBLISHED_E_INVALID_VALUE, path, "the Resource has no instances");
        return multiple && path->length == 3 ? read_multiple(reader, message, path, wanted)
                                             : read_single(reader, message, path, wanted);
}

static int read_resource(ValueReader *reader, sd_bus_message *message, const void *context, const Path *path)
{
        return value_reader_read_one(reader, message, context, path);
}

int value_reader_read(
        ValueReader *reader, sd_bus_message *message, const ObjectDef *object, const Path *instance)
{
        return read_dictionary(reader, message, read_resource, object, instance);
}
