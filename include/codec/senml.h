/* SPDX-License-Identifier: Apache-2.0 */
/* SenML whatever its spelling (RFC 8428; Core TS 7.4.5): labels, base name and base value, and what a record
 * means. The spellings, senml_cbor and senml_json, take a pack apart into fields, and write fields. Times,
 * units and sums are read and mean nothing here. A record with a name only becomes a record without value
 * (Object Instance, or multiple-instance Resource): so the state file says that one is empty. */
#pragma once

#include "codec/error.h"
#include "codec/senml_label.h"
#include "lwm2m/record.h"
#include "util/bytes.h"

typedef enum SenmlKind {
        SENML_VALUES,
        SENML_PATCH, /* each record has a value, where null removes a Resource Instance: RFC 8790, 3.2 */
        SENML_PATHS, /* names and nothing else, in plain SenML and in SenML-ETCH: RFC 8790, 3.1 */
} SenmlKind;

#define SENML_NAME_SIZE (PATH_TEXT_MAX + 1) /* bytes of a name with its NUL: a path and one slash */

/* The value of a field as its spelling has it, borrowed while the record is read. */
typedef struct SenmlValue {
        ByteReader cbor;     /* senml_cbor: stands before it */
        const void *json;    /* senml_json: jansson's item, */
        const Value *number; /* and the number that it is, else NULL */
} SenmlValue;

/* One value on its way out: base_name and base_time in the first record only, name NULL where the base name
 * says it all, label SENML_OTHER for a name without a value. Times are numbers of seconds, VALUE_NONE where
 * there is none. */
typedef struct SenmlEntry {
        const char *base_name, *name;
        Value base_time, time;
        SenmlLabel label;
        const Value *value;
} SenmlEntry;

typedef struct SenmlPack SenmlPack;

/* What a spelling can do. Each int is 0, a CodecError, or -ENOMEM. */
typedef struct SenmlSpelling {
        /* Takes the payload apart: senml_add_field() for each field, senml_add_record() for each record. */
        int (*read_pack)(SenmlPack *pack, const uint8_t *data, size_t size);
        int (*read_text)(const SenmlValue *value, ByteWriter *writer); /* CODEC_E_SYNTAX: it is no text */
        int (*read_number)(const SenmlValue *value, Value *ret); /* as cbor_value_read_number() gives it */
        int (*read_value)(const SenmlValue *value, ValueType type, Value *ret);
        bool (*is_null)(const SenmlValue *value);

        void (*begin)(ByteWriter *writer, size_t n);
        int (*write)(ByteWriter *writer, const SenmlEntry *entry);
        void (*end)(ByteWriter *writer);
} SenmlSpelling;

/* What lasts from record to record. */
struct SenmlPack {
        const SenmlSpelling *spelling;
        SenmlKind kind;
        const Schema *schema; /* this and the next two not of SENML_PATHS */
        const Path *base;
        RecordList *list;
        PathList *paths; /* of SENML_PATHS */
        size_t n;        /* records read */
        char base_name[SENML_NAME_SIZE];
        Value base_value; /* VALUE_NONE without bv */
};

/* What one record says. Its fields come in any order, so the value is only read when the name is complete.
 */
typedef struct SenmlRecord {
        uint32_t seen; /* bit label - SENML_BS */
        char name[SENML_NAME_SIZE];
        SenmlLabel value_label; /* SENML_OTHER without a value */
        SenmlValue value;
} SenmlRecord;

#define SENML_RECORD ((SenmlRecord){.value_label = SENML_OTHER})

/* Takes one field of a record. 0, a CodecError, or -ENOMEM. */
int senml_add_field(SenmlPack *pack, SenmlRecord *record, SenmlLabel label, const SenmlValue *value);

/* Adds what the record says to the pack's list or paths; more records than the list may hold are
 * CODEC_E_LIMIT, empty ones count. 0, a CodecError, or -ENOMEM. */
int senml_add_record(SenmlPack *pack, const SenmlRecord *record);

/* Decodes values (kind SENML_VALUES, base of any length, the root too; or SENML_PATCH, where another base
 * than the root is CODEC_E_FORMAT). Parameters and results as codec_decode(). */
int senml_decode(const SenmlSpelling *spelling, SenmlKind kind, const Schema *schema, const Path *base,
        const uint8_t *data, size_t size, RecordList *list);

/* Decodes names, in the payload's order, any of them twice. 0, a CodecError, or -ENOMEM. */
int senml_decode_paths(const SenmlSpelling *spelling, const uint8_t *data, size_t size, PathList *paths);

/* Writes records at or below base. The first one carries the base name, base and a slash, or base alone
 * where all records are base's, and the base time, that of its moment. names: records without a value, too.
 * Results as codec_encode_history(). */
int senml_encode(const SenmlSpelling *spelling, const Path *base, const RecordMoment *moments, size_t n,
        bool names, ByteWriter *writer);
