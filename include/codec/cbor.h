/* SPDX-License-Identifier: Apache-2.0 */
/* CBOR items one by one (RFC 8949), over libcbor's streaming half: no allocation, no recursion but for
 * skipping. */
#pragma once

#include "codec/error.h"
#include "util/bytes.h"

typedef enum CborType {
        CBOR_UNSIGNED, /* number */
        CBOR_NEGATIVE, /* -1 - number */
        CBOR_BYTES,    /* bytes; indefinite: chunks follow up to a break */
        CBOR_TEXT,     /* likewise */
        CBOR_ARRAY,    /* number items follow; indefinite: up to a break */
        CBOR_MAP,      /* number pairs follow; likewise */
        CBOR_TAG,      /* number; the tagged item follows */
        CBOR_FLOAT,    /* real, of any width */
        CBOR_BOOLEAN,  /* boolean */
        CBOR_NULL,
        CBOR_UNDEFINED,
        CBOR_BREAK, /* the end of something indefinite */
} CborType;

typedef struct CborItem {
        CborType type;
        bool indefinite;
        uint64_t number;
        double real;
        bool boolean;
        struct {
                const uint8_t *data; /* borrowed from the reader */
                size_t size;
        } bytes;
} CborItem;

/* Reads the head of one item, with the content where that is a definite string. 0, or CODEC_E_SYNTAX and
 * nothing changed. */
int cbor_read_item(ByteReader *reader, CborItem *ret);

/* Appends the whole content of the string that item began. 0, CODEC_E_SYNTAX, CODEC_E_LIMIT past the
 * writer's maximum, or -ENOMEM. */
int cbor_read_string(ByteReader *reader, const CborItem *item, ByteWriter *writer);

/* Skips one item with all that it contains, which may nest depth levels of arrays and maps. 0,
 * CODEC_E_SYNTAX or CODEC_E_LIMIT. */
int cbor_skip(ByteReader *reader, unsigned depth);

/* Walks an array or the pairs of a map. */
typedef struct CborIterator {
        bool indefinite;
        uint64_t left; /* members, unless indefinite */
} CborIterator;

#define CBOR_ITERATOR(item) ((CborIterator){.indefinite = (item)->indefinite, .left = (item)->number})

/* True while a member follows; takes the break of an indefinite one. At the end of the bytes of an
 * indefinite one it is true, and the next read fails. */
bool cbor_iterator_next(CborIterator *iterator, ByteReader *reader);

/* Appends one item of definite length in its shortest form. Floats have 32 bits where that loses nothing,
 * else 64. */
void cbor_write_unsigned(ByteWriter *writer, uint64_t number);
void cbor_write_integer(ByteWriter *writer, int64_t number);
void cbor_write_float(ByteWriter *writer, double real);
void cbor_write_boolean(ByteWriter *writer, bool boolean);
void cbor_write_null(ByteWriter *writer);
void cbor_write_bytes(ByteWriter *writer, const void *data, size_t size);
void cbor_write_text(ByteWriter *writer, const void *text, size_t size);
void cbor_write_tag(ByteWriter *writer, uint64_t number); /* of the item that follows */
void cbor_write_array(ByteWriter *writer, size_t n);
void cbor_write_map(ByteWriter *writer, size_t n);
