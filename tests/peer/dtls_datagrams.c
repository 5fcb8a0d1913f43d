/* SPDX-License-Identifier: Apache-2.0 */
#include "dtls_datagrams.h"

/* In the queue each datagram stands behind its size. */
static int on_write(BIO *bio, const char *data, int size)
{
        BIO *queue = BIO_get_data(bio);

        BIO_write(queue, &size, sizeof size);
        return BIO_write(queue, data, size);
}

static long on_control(BIO *bio, int command, long number, void *pointer)
{
        (void)bio;
        (void)number;
        (void)pointer;
        return command == BIO_CTRL_FLUSH;
}

BIO *datagrams_new(BIO *queue)
{
        static BIO_METHOD *method;

        if (!method) {
                method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "datagrams");
                BIO_meth_set_write(method, on_write);
                BIO_meth_set_ctrl(method, on_control);
        }

        BIO *bio = BIO_new(method);

        if (bio) {
                BIO_set_data(bio, queue);
                BIO_set_init(bio, 1);
        }
        return bio;
}

size_t datagrams_take(BIO *queue, unsigned char *ret, size_t size)
{
        int length;

        if (BIO_read(queue, &length, sizeof length) != sizeof length || (size_t)length > size ||
                BIO_read(queue, ret, length) != length)
                return 0;
        return (size_t)length;
}
