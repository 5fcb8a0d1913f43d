/* SPDX-License-Identifier: Apache-2.0 */
/* Value of a Resource or Resource Instance: tagged union of the data types (Core TS, Appendix C). */
#pragma once

#include "util/macro.h"

typedef enum ValueType {
        VALUE_NONE, /* an executable, or a record that names a container only */
        VALUE_STRING,
        VALUE_INTEGER,
        VALUE_UNSIGNED,
        VALUE_FLOAT,
        VALUE_BOOLEAN,
        VALUE_OPAQUE,
        VALUE_TIME,
        VALUE_OBJLNK,
        VALUE_CORELNK,
        _VALUE_TYPE_MAX,
} ValueType;

typedef struct Value {
        ValueType type;
        union {
                int64_t integer;           /* VALUE_INTEGER, VALUE_TIME (seconds since 1970) */
                uint64_t unsigned_integer; /* VALUE_UNSIGNED */
                double real;               /* VALUE_FLOAT */
                bool boolean;              /* VALUE_BOOLEAN */
                struct {
                        uint16_t object;
                        uint16_t instance;
                } link; /* VALUE_OBJLNK */
                struct {
                        uint8_t *data; /* owned; a NUL follows, not counted; never NULL for these types */
                        size_t size;
                } bytes; /* VALUE_STRING, VALUE_CORELNK (valid UTF-8 without NUL), VALUE_OPAQUE */
        };
} Value;

/* Constructors for values that own nothing. */
#define VALUE_INT(v)  ((Value){.type = VALUE_INTEGER, .integer = (v)})
#define VALUE_BOOL(v) ((Value){.type = VALUE_BOOLEAN, .boolean = (v)})

/* True for the three types that own bytes. */
bool value_type_has_bytes(ValueType type);

/* True for Integer, Unsigned, Float and Time. */
bool value_type_is_number(ValueType type);

/* Make a value that owns a copy. type: one with bytes. 0, -ENOMEM, -EINVAL (not UTF-8, NUL inside, for
 * strings). */
int value_make_bytes(ValueType type, const void *data, size_t size, Value *ret);
int value_make_string(const char *text, Value *ret);

/* 0 or -ENOMEM. */
int value_copy(const Value *value, Value *ret);

/* Wipes and frees what it owns (it may be a key); the value is VALUE_NONE afterwards. NULL is fine. */
void value_done(Value *value);

bool value_equal(const Value *a, const Value *b);

/* Bytes it counts against LIMIT_STORE_SIZE: its content, at least 8. */
size_t value_size(const Value *value);

/* Makes *value the wanted type where that loses nothing: INTEGER <-> UNSIGNED <-> TIME <-> FLOAT (whole
 * numbers in range), STRING <-> CORELNK, "O:I" STRING -> OBJLNK. 0, or -EINVAL and nothing changed. */
int value_convert(Value *value, ValueType wanted);
