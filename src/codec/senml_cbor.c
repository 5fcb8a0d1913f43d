/* SPDX-License-Identifier: Apache-2.0 */
/* SenML CBOR: an array of maps, one for each value. */
#include "codec/cbor.h"
#include "codec/cbor_value.h"
#include "codec/senml_cbor.h"
#include "codec/target.h"

#define BVER_MAX   10                     /* SenML version that we understand: RFC 8428, 4.4 */
#define LABEL_MAX  64                     /* bytes of a label that is a text; ours have at most 4 */
#define NAME_SIZE  (PATH_TEXT_MAX + 1)    /* bytes of a name with its NUL: a path and one slash */
#define SKIP_DEPTH (LIMIT_CBOR_DEPTH - 2) /* below the array and the map of the record */

/* RFC 8428, table 4: integer keys of the map. */
typedef enum Label {
        LABEL_BS = -6,
        LABEL_BV,
        LABEL_BU,
        LABEL_BT,
        LABEL_BN,
        LABEL_BVER,
        LABEL_N,
        LABEL_U,
        LABEL_V,
        LABEL_VS,
        LABEL_VB,
        LABEL_S,
        LABEL_T,
        LABEL_UT,
        LABEL_VD,
        LABEL_VLO,   /* has no integer: Core TS 7.4.5 */
        LABEL_OTHER, /* a text that we need not understand */
} Label;

static const struct {
        const char *name;
        Label label;
} label_names[] = {
        {"bver", LABEL_BVER},
        {"bn", LABEL_BN},
        {"bt", LABEL_BT},
        {"bu", LABEL_BU},
        {"bv", LABEL_BV},
        {"bs", LABEL_BS},
        {"n", LABEL_N},
        {"u", LABEL_U},
        {"v", LABEL_V},
        {"vs", LABEL_VS},
        {"vb", LABEL_VB},
        {"s", LABEL_S},
        {"t", LABEL_T},
        {"ut", LABEL_UT},
        {"vd", LABEL_VD},
        {"vlo", LABEL_VLO},
};

/* What lasts from record to record. */
typedef struct Pack {
        const Schema *schema;
        const Path *base;
        RecordList *list;
        char base_name[NAME_SIZE];
        Value base_value; /* VALUE_NONE without bv */
} Pack;

/* What one map says. Its keys come in any order, so the value is only read when the name is complete. */
typedef struct Entry {
        uint32_t seen; /* bit label + 6 */
        char name[NAME_SIZE];
        Label value_label; /* LABEL_OTHER without a value */
        ByteReader value;
} Entry;

static bool entry_has(const Entry *entry, Label label)
{
        return entry->seen & UINT32_C(1) << (label - LABEL_BS);
}

/* "2", "-3": an integer label that somebody has written as a text. */
static bool is_number(const ByteWriter *text)
{
        size_t i = text->size > 0 && text->data[0] == '-';

        if (i == text->size)
                return false;
        while (i < text->size && text->data[i] >= '0' && text->data[i] <= '9')
                i++;
        return i == text->size;
}

static int read_label(ByteReader *reader, Label *ret)
{
        _cleanup_(byte_writer_done) ByteWriter text = BYTE_WRITER(LABEL_MAX);
        CborItem item;
        int r;

        r = cbor_read_item(reader, &item);
        if (r != 0)
                return r;
        if (item.type == CBOR_UNSIGNED && item.number <= LABEL_VD) {
                *ret = (Label)item.number;
                return 0;
        }
        if (item.type == CBOR_NEGATIVE && item.number <= LABEL_BVER - LABEL_BS) {
                *ret = (Label)(LABEL_BVER - (int)item.number);
                return 0;
        }
        /* "there is no intention to define any additional integer map keys": RFC 8428, 6 */
        if (item.type != CBOR_TEXT)
                return CODEC_E_SYNTAX;

        r = cbor_read_string(reader, &item, &text);
        if (r != 0)
                return r;
        *ret = LABEL_OTHER;
        for (size_t i = 0; i < ELEMENTSOF(label_names); i++)
                if (text.size == strlen(label_names[i].name) &&
                        memcmp(text.data, label_names[i].name, text.size) == 0)
                        *ret = label_names[i].label;
        if (is_number(&text))
                return CODEC_E_SYNTAX;
        /* A label that ends so must be understood: RFC 8428, 4.4. */
        return text.size > 0 && text.data[text.size - 1] == '_' ? CODEC_E_SYNTAX : 0;
}

static int read_name(ByteReader *reader, char name[NAME_SIZE])
{
        _cleanup_(byte_writer_done) ByteWriter text = BYTE_WRITER(NAME_SIZE - 1);
        CborItem item;
        int r;

        r = cbor_read_item(reader, &item);
        if (r != 0)
                return r;
        if (item.type != CBOR_TEXT)
                return CODEC_E_SYNTAX;
        r = cbor_read_string(reader, &item, &text);
        if (r != 0)
                return r == CODEC_E_LIMIT ? CODEC_E_PATH : r;
        if (text.size > 0 && memchr(text.data, '\0', text.size))
                return CODEC_E_PATH;
        if (text.size > 0)
                memcpy(name, text.data, text.size);
        name[text.size] = '\0';
        return 0;
}

static int read_version(ByteReader *reader)
{
        Value version;
        int r;

        r = cbor_value_read_number(reader, &version);
        if (r != 0)
                return r;
        if (version.type != VALUE_INTEGER || version.integer < 1 || version.integer > BVER_MAX)
                return CODEC_E_SYNTAX;
        return 0;
}

static int read_field(Pack *pack, Entry *entry, Label label, ByteReader *reader)
{
        switch (label) {
        case LABEL_BVER:
                return read_version(reader);
        case LABEL_BN:
                return read_name(reader, pack->base_name);
        case LABEL_N:
                return read_name(reader, entry->name);
        case LABEL_BV:
                return cbor_value_read_number(reader, &pack->base_value);
        case LABEL_BT:
        case LABEL_BS:
        case LABEL_S:
        case LABEL_T:
        case LABEL_UT:
                return cbor_value_read_number(reader, &(Value){0});
        case LABEL_V:
        case LABEL_VS:
        case LABEL_VB:
        case LABEL_VD:
        case LABEL_VLO:
                if (entry->value_label != LABEL_OTHER)
                        return CODEC_E_SYNTAX;
                entry->value_label = label;
                entry->value = *reader;
                return cbor_skip(reader, SKIP_DEPTH);
        case LABEL_BU:
        case LABEL_U:
        case LABEL_OTHER:
                return cbor_skip(reader, SKIP_DEPTH);
        }
        return CODEC_E_SYNTAX;
}

static int read_entry(Pack *pack, ByteReader *reader, Entry *entry)
{
        CborIterator iterator;
        CborItem map;
        int r;

        r = cbor_read_item(reader, &map);
        if (r != 0)
                return r;
        if (map.type != CBOR_MAP)
                return CODEC_E_SYNTAX;

        iterator = CBOR_ITERATOR(&map);
        while (cbor_iterator_next(&iterator, reader)) {
                Label label;

                r = read_label(reader, &label);
                if (r != 0)
                        return r;
                if (label != LABEL_OTHER && entry_has(entry, label))
                        return CODEC_E_SYNTAX;
                entry->seen |= UINT32_C(1) << (label - LABEL_BS);
                r = read_field(pack, entry, label, reader);
                if (r != 0)
                        return r;
        }
        return 0;
}

static Label label_of(ValueType type)
{
        switch (type) {
        case VALUE_STRING:
        case VALUE_CORELNK:
                return LABEL_VS;
        case VALUE_INTEGER:
        case VALUE_UNSIGNED:
        case VALUE_FLOAT:
        case VALUE_TIME:
                return LABEL_V;
        case VALUE_BOOLEAN:
                return LABEL_VB;
        case VALUE_OPAQUE:
                return LABEL_VD;
        case VALUE_OBJLNK:
                return LABEL_VLO;
        case VALUE_NONE:
        case _VALUE_TYPE_MAX:
                break;
        }
        return LABEL_OTHER;
}

static int read_value(const Pack *pack, Entry *entry, ValueType type, Value *ret)
{
        int r;

        if (entry->value_label != label_of(type))
                return CODEC_E_TYPE;
        if (entry->value_label != LABEL_V || pack->base_value.type == VALUE_NONE)
                return cbor_value_read(&entry->value, type, ret);

        r = cbor_value_read_number(&entry->value, ret);
        if (r == 0)
                r = cbor_value_add(&pack->base_value, ret);
        return r != 0 ? r : target_convert(ret, type);
}

/* The instances of an unknown Resource are one record together. */
static int add_unknown(const Pack *pack, const Path *path)
{
        Path resource = *path;

        resource.length = 3;
        for (size_t i = 0; path->length == 4 && i < pack->list->n; i++)
                if (pack->list->items[i].unknown && path_equal(&pack->list->items[i].path, &resource))
                        return 0;
        return target_add_unknown(pack->list, path);
}

/* A name without a value: an Object Instance, or a multiple-instance Resource. Of an unknown Resource it
 * says nothing. */
static int add_container(const Pack *pack, const Path *path)
{
        ValueType type;
        bool multiple;

        if (path->length < 2)
                return CODEC_E_PATH;
        if (path->length > 2) {
                if (!pack->schema->lookup(path->id[0], path->id[2], &type, &multiple))
                        return 0;
                if (path->length == 4 || !multiple)
                        return CODEC_E_SYNTAX;
        }
        return target_add(pack->list, path, &(Value){0});
}

static int add_entry(Pack *pack, Entry *entry)
{
        _cleanup_(value_done) Value value = {0};
        char name[2 * NAME_SIZE];
        size_t base_size = strlen(pack->base_name);
        ValueType type;
        Path path;
        int r;

        /* A map of base fields alone says something of the records that follow. */
        if (entry->value_label == LABEL_OTHER && !entry_has(entry, LABEL_N) &&
                (base_size == 0 || !entry_has(entry, LABEL_BN) || pack->base_name[base_size - 1] == '/'))
                return 0;

        memcpy(name, pack->base_name, base_size);
        strcpy(name + base_size, entry->name);
        if (path_parse(name, &path) < 0 || !path_has_prefix(&path, pack->base))
                return CODEC_E_PATH;
        if (entry->value_label == LABEL_OTHER)
                return entry_has(entry, LABEL_S) ? CODEC_E_SYNTAX : add_container(pack, &path);
        if (path.length < 3)
                return CODEC_E_PATH;

        r = target_lookup(pack->schema, &path, &type);
        if (r != 0)
                return r;
        if (type == VALUE_NONE)
                return add_unknown(pack, &path);
        r = read_value(pack, entry, type, &value);
        return r != 0 ? r : target_add(pack->list, &path, &value);
}

int senml_cbor_decode(
        const Schema *schema, const Path *base, const uint8_t *data, size_t size, RecordList *list)
{
        Pack pack = {.schema = schema, .base = base, .list = list};
        ByteReader reader = BYTE_READER(data, size);
        CborIterator iterator;
        CborItem array;
        size_t n = 0;
        int r;

        r = cbor_read_item(&reader, &array);
        if (r != 0)
                return r;
        if (array.type != CBOR_ARRAY)
                return CODEC_E_SYNTAX;

        iterator = CBOR_ITERATOR(&array);
        while (cbor_iterator_next(&iterator, &reader)) {
                Entry entry = {.value_label = LABEL_OTHER};

                if (n++ >= record_list_maximum(list))
                        return CODEC_E_LIMIT;
                r = read_entry(&pack, &reader, &entry);
                if (r == 0)
                        r = add_entry(&pack, &entry);
                if (r != 0)
                        return r;
        }
        if (byte_reader_left(&reader) > 0)
                return CODEC_E_SYNTAX;
        return 0;
}

static void write_entry(ByteWriter *writer, const Path *base, const Record *record, bool first)
{
        const char *base_text = PATH_TEXT(base), *text = PATH_TEXT(&record->path);
        bool is_base = path_equal(&record->path, base), has_value = record->value.type != VALUE_NONE;
        size_t skip = base->length == 0 ? 1 : strlen(base_text) + 1;
        Label label = label_of(record->value.type);

        cbor_write_map(writer, (size_t)first + !is_base + has_value);
        if (first) {
                char name[NAME_SIZE];

                strcpy(name, base_text);
                if (!is_base && base->length > 0)
                        strcat(name, "/");
                cbor_write_integer(writer, LABEL_BN);
                cbor_write_text(writer, name, strlen(name));
        }
        if (!is_base) {
                cbor_write_integer(writer, LABEL_N);
                cbor_write_text(writer, text + skip, strlen(text) - skip);
        }
        if (!has_value)
                return;
        if (label == LABEL_VLO)
                cbor_write_text(writer, "vlo", 3);
        else
                cbor_write_integer(writer, label);
        cbor_value_write(writer, &record->value);
}

int senml_cbor_encode(const Path *base, const RecordList *records, ByteWriter *writer)
{
        bool has_base = false, first = true;
        size_t n = 0;

        for (size_t i = 0; i < records->n; i++)
                if (!records->items[i].unknown) {
                        has_base |= path_equal(&records->items[i].path, base);
                        n++;
                }
        if (has_base && n > 1)
                return CODEC_E_FORMAT;

        cbor_write_array(writer, n);
        for (size_t i = 0; i < records->n; i++) {
                if (records->items[i].unknown)
                        continue;
                write_entry(writer, base, &records->items[i], first);
                first = false;
        }
        return writer->error;
}
