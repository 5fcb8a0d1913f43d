/* SPDX-License-Identifier: Apache-2.0 */
/* The datagrams that OpenSSL writes, one by one: a memory BIO alone would run them together. */
#ifndef TESTS_PEER_DTLS_DATAGRAMS_H
#define TESTS_PEER_DTLS_DATAGRAMS_H

#include <stddef.h>

#include <openssl/bio.h>

/* A BIO for SSL_set_bio() whose datagrams go to `queue`, a memory BIO that outlives it and is read with
 * datagrams_take() alone. NULL: no memory. */
BIO *datagrams_new(BIO *queue);

/* The size of the next datagram, which goes to `ret`; 0: there is none, or it is longer than `size`. */
size_t datagrams_take(BIO *queue, unsigned char *ret, size_t size);

#endif
