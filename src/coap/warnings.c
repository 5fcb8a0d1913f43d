/* SPDX-License-Identifier: Apache-2.0 */
/* Datagrams on their way to OpenSSL. */
#include "coap/warnings.h"

#include "util/macro.h"

#define HEADER_SIZE 13 /* type, version, epoch, sequence number, length: RFC 6347, 4.1 */
#define ALERT_SIZE  2  /* level, description: RFC 5246, 7.2 */

static bool is_plain_warning(const uint8_t *record, size_t size)
{
        const uint8_t *alert = record + HEADER_SIZE;
        bool plain = record[3] == 0 && record[4] == 0; /* epoch 0 */

        return record[0] == SSL3_RT_ALERT && plain && size == HEADER_SIZE + ALERT_SIZE &&
               alert[0] == SSL3_AL_WARNING && alert[1] != SSL3_AD_CLOSE_NOTIFY;
}

size_t warnings_strip(SSL *ssl, uint8_t *datagram, size_t size, WarningHeard heard)
{
        size_t at = 0;

        while (size - at >= HEADER_SIZE) {
                uint8_t *record = datagram + at;
                size_t record_size = HEADER_SIZE + (size_t)(record[11] << 8 | record[12]);
                int alert;

                if (record_size > size - at)
                        break;
                if (!is_plain_warning(record, record_size)) {
                        at += record_size;
                        continue;
                }
                alert = record[HEADER_SIZE + 1];
                memmove(record, record + record_size, size - at - record_size);
                size -= record_size;
                if (heard)
                        heard(ssl, alert);
        }
        return size;
}

/* RFC 6347, 4.1. */
static bool is_record(const uint8_t *datagram, size_t size)
{
        return size >= HEADER_SIZE && datagram[0] >= SSL3_RT_CHANGE_CIPHER_SPEC &&
               datagram[0] <= SSL3_RT_APPLICATION_DATA && datagram[1] == DTLS1_VERSION_MAJOR &&
               (size_t)(datagram[11] << 8 | datagram[12]) <= size - HEADER_SIZE;
}

/* The same for each SSL. */
static WarningHeard on_warning;
static GarbageHeard on_garbage;

static long on_read(BIO *bio, int operation, const char *data, size_t size, int argument, long number, int r,
        size_t *processed)
{
        SSL *ssl = (SSL *)BIO_get_callback_arg(bio);

        if (operation != (BIO_CB_READ | BIO_CB_RETURN) || r <= 0)
                return r;
        if (!is_record((const uint8_t *)data, *processed))
                on_garbage(ssl, *processed);
        *processed = warnings_strip(
                ssl, (uint8_t *)data, *processed, SSL_is_init_finished(ssl) ? NULL : on_warning);
        if (*processed > 0)
                return r;
        BIO_set_retry_read(bio); /* as if nothing had come */
        return -1;
}

void warnings_take_out(SSL *ssl, WarningHeard heard, GarbageHeard garbage)
{
        BIO *bio = SSL_get_rbio(ssl);

        on_warning = heard;
        on_garbage = garbage;
        BIO_set_callback_arg(bio, (char *)ssl);
        BIO_set_callback_ex(bio, on_read);
}
