/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as text: hexadecimal, Base64. Strict like util/parse.h. */
#pragma once

#include "util/macro.h"

/* Hexadecimal text of size characters, white space ignored when skip_space. *ret is owned by the caller and
 * must be wiped where it is secret. -EINVAL: odd count or a foreign character; *reterr_offset names it
 * (NULL where nobody asks). A NUL follows. */
int parse_hex(const char *text, size_t size, bool skip_space, uint8_t **ret, size_t *ret_size,
        size_t *reterr_offset);

/* Base64 of RFC 4648, padded; url selects section 5's alphabet and makes padding optional. *ret is owned by
 * the caller and must be wiped where it is secret; a NUL follows. 0, -EINVAL or -ENOMEM. */
int parse_base64(const char *text, size_t size, bool url, uint8_t **ret, size_t *ret_size);

/* The same, character by character. */
typedef enum Base64Alphabet {
        BASE64_EITHER, /* that of the first character that only one of the two has; else section 5's */
        BASE64_STANDARD,
        BASE64_URL,
} Base64Alphabet;

typedef struct Base64Reader {
        Base64Alphabet alphabet; /* the rest begins as zeros */
        uint32_t bits;
        unsigned digits, padding; /* digits: modulo 4 */
} Base64Reader;

/* 1 and a byte in *ret; 0, there is none yet; -EINVAL. */
int base64_add(Base64Reader *reader, char c, uint8_t *ret);
/* The text ends here. 0 or -EINVAL. */
int base64_end(const Base64Reader *reader);

/* The inverse of parse_base64: padded, standard alphabet; unpadded, section 5's alphabet. NULL when out of
 * memory; freed by the caller. */
char *format_base64(const uint8_t *data, size_t size);
char *format_base64url(const uint8_t *data, size_t size);
