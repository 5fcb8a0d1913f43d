/* SPDX-License-Identifier: Apache-2.0 */
/* client/context: where chance comes from. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/random.h>
#include <cmocka.h>

#include "client/context.h"

static uint32_t bytes;
static unsigned refused; /* flags that this kernel does not know */

ssize_t __wrap_getrandom(void *buffer, size_t size, unsigned flags);

/* The loop may never wait for the kernel's pool to be seeded. */
ssize_t __wrap_getrandom(void *buffer, size_t size, unsigned flags)
{
        assert_true(flags & (GRND_NONBLOCK | GRND_INSECURE));
        assert_int_equal(size, sizeof(bytes));
        if (flags & refused) {
                errno = EINVAL;
                return -1;
        }
        memcpy(buffer, &bytes, size);
        return (ssize_t)size;
}

/* Of the kernel alone: clones of an image, or of a running machine, share everything else. */
static void test_random_is_the_kernels(void **state)
{
        static const struct {
                uint32_t bytes;
                unsigned refused;
                double value;
        } rows[] = {
                {0, 0, 0.0},
                {UINT32_MAX, 0, 1.0},
                {UINT32_MAX, GRND_INSECURE, 1.0},
                {UINT32_MAX, GRND_INSECURE | GRND_NONBLOCK, 0.0},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                double difference;

                bytes = rows[i].bytes;
                refused = rows[i].refused;
                difference = client_random() - rows[i].value;
                assert_true(difference > -1e-9 && difference < 1e-9);
        }
}

static void test_times_that_follow_from_coap(void **state)
{
        ClientSettings settings = {.endpoint = "me", .coap = {2 * USEC_PER_SEC, 1.5, 4, 1024, 65536}};
        ClientContext context = {.endpoint = NULL};

        assert_int_equal(client_context_set(&context, &settings), 0);
        assert_int_equal(context.settings.bootstrap_timeout, 247 * USEC_PER_SEC);
        assert_int_equal(context.settings.queue_timeout, 93 * USEC_PER_SEC);
        settings.bootstrap_timeout = USEC_PER_SEC;
        settings.queue_timeout = 2 * USEC_PER_SEC;
        assert_int_equal(client_context_set(&context, &settings), 0);
        assert_int_equal(context.settings.bootstrap_timeout, USEC_PER_SEC);
        assert_int_equal(context.settings.queue_timeout, 2 * USEC_PER_SEC);
        client_context_done(&context);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_random_is_the_kernels),
                cmocka_unit_test(test_times_that_follow_from_coap),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
