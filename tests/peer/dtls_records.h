/* SPDX-License-Identifier: Apache-2.0 */
/* DTLS 1.2 records by hand (RFC 6347 4.1, 4.2.2): what OpenSSL neither shows nor sends. */
#ifndef TESTS_PEER_DTLS_RECORDS_H
#define TESTS_PEER_DTLS_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <openssl/ssl.h>

#define RECORD_MAX 64 /* of those made here */

/* Whether a datagram begins with a ClientHello. */
bool record_is_client_hello(const unsigned char *data, size_t size);

/* Writes the ClientHello's cipher suites ("c0ae,c0a8", "?" when it goes on in another record) and whether it
 * brings a cookie and a session id, as words. */
void record_print_client_hello(FILE *stream, const unsigned char *data, size_t size);

/* A plain alert record, as before the handshake's end. Returns its size; `ret` has RECORD_MAX bytes. */
size_t record_plain_alert(int level, int code, unsigned char *ret);

/* An alert in place of a record that the server has encrypted and that will not be sent: number and epoch
 * are that record's. Returns its size, 0 for a cipher that is neither GCM nor CCM; `ret` has RECORD_MAX
 * bytes. */
size_t record_sealed_alert(SSL *ssl, const unsigned char *replaced, int level, int code, unsigned char *ret);

#endif
