/* SPDX-License-Identifier: Apache-2.0 */
/* util/log: what stands on stderr when no journal listens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <cmocka.h>

#include "util/log.h"

static char output[8192];

/* Collects what comes to stderr between begin() and end(). */
static int saved_stderr, memory;

static void begin(void)
{
        memory = memfd_create("stderr", MFD_CLOEXEC);
        assert_true(memory >= 0);
        saved_stderr = dup(STDERR_FILENO);
        assert_true(dup2(memory, STDERR_FILENO) >= 0);
}

static const char *end(void)
{
        ssize_t n = pread(memory, output, sizeof(output) - 1, 0);

        assert_true(dup2(saved_stderr, STDERR_FILENO) >= 0);
        (void)close(saved_stderr);
        (void)close(memory);
        assert_true(n >= 0);
        output[n] = '\0';
        return output;
}

static void test_plain_line(void **state)
{
        begin();
        log_full(LOG_NOTICE, 0, &(LogAbout){.status = "registered"}, "hello %s", "world");
        assert_string_equal(end(), "hello world\n");
}

static void test_peer_cannot_forge_a_line(void **state)
{
        begin();
        log_info("text: %s", "a\nforged\r\x1b[31m");
        assert_string_equal(end(), "text: a forged  [31m\n");
}

static void test_error_number(void **state)
{
        begin();
        errno = EAGAIN;
        assert_int_equal(log_full(LOG_ERR, -ENOENT, NULL, "open: %m"), -ENOENT);
        assert_int_equal(log_full(LOG_ERR, ENOENT, NULL, "open: %m"), -ENOENT);
        assert_int_equal(errno, EAGAIN);
        assert_string_equal(end(), "open: No such file or directory\nopen: No such file or directory\n");
}

static void test_level(void **state)
{
        begin();
        log_set_level(LOG_WARNING);
        log_info("not this");
        assert_int_equal(log_full(LOG_INFO, EIO, NULL, "nor this"), -EIO);
        log_full(LOG_WARNING, 0, NULL, "this");
        log_set_level(LOG_DEBUG);
        log_debug("and this");
        assert_string_equal(end(), "this\nand this\n");
        assert_int_equal(log_get_level(), LOG_DEBUG);
        log_set_level(LOG_INFO);
}

static void test_long_line_is_cut(void **state)
{
        char text[5000];

        memset(text, 'x', sizeof(text));
        text[sizeof(text) - 1] = '\0';
        begin();
        log_info("%s", text);
        assert_int_equal(strlen(end()), 2048);
}

static void test_foreign_journal_stream(void **state)
{
        assert_int_equal(setenv("JOURNAL_STREAM", "1:1", 1), 0);
        begin();
        log_open();
        log_info("plain");
        assert_string_equal(end(), "plain\n");
        assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
}

/* The linker's --wrap sends the library's calls here: one field a line. */
int __wrap_sd_journal_sendv(const struct iovec *iov, int n);

static char journal[8192];

int __wrap_sd_journal_sendv(const struct iovec *iov, int n)
{
        size_t size = 0;

        for (int i = 0; i < n; i++)
                size += (size_t)snprintf(journal + size, sizeof(journal) - size, "%.*s\n",
                        (int)iov[i].iov_len, (const char *)iov[i].iov_base);
        return 0;
}

static void test_journal(void **state)
{
        char stream[64], value[1000];
        struct stat st;

        begin();
        assert_int_equal(fstat(STDERR_FILENO, &st), 0);
        (void)snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
        assert_int_equal(setenv("JOURNAL_STREAM", stream, 1), 0);
        log_open();
        assert_int_equal(log_full(LOG_WARNING, -ENOENT,
                                 &(LogAbout){.message_id = "", .status = "registered", .short_server_id = 1},
                                 "open: %m"),
                -ENOENT);
        assert_string_equal(end(), "");
        assert_string_equal(journal, "MESSAGE=open: No such file or directory\nPRIORITY=4\nERRNO=2\n"
                                     "LWM2M_STATUS=registered\nLWM2M_SHORT_SERVER_ID=1\n");

        /* every field there is, in one line */
        log_full(LOG_INFO, EIO,
                &(LogAbout){"id", "s", "ss", "os", "e", 65535, "coap://x", "/3/0", 4294967295U, "/f", 7, 8},
                "m");
        assert_string_equal(journal,
                "MESSAGE=m\nPRIORITY=6\nERRNO=5\nMESSAGE_ID=id\nLWM2M_STATUS=s\nLWM2M_SUBSTATUS=ss\n"
                "LWM2M_OLD_STATUS=os\nLWM2M_ERROR=e\nLWM2M_SHORT_SERVER_ID=65535\n"
                "LWM2M_SERVER_URI=coap://x\nLWM2M_PATH=/3/0\nLWM2M_ATTEMPT=4294967295\nCONFIG_FILE=/f\n"
                "CONFIG_LINE=7\nCONFIG_COLUMN=8\n");

        /* a value too long is cut */
        memset(value, 'x', sizeof(value));
        value[sizeof(value) - 1] = '\0';
        log_full(LOG_INFO, 0, &(LogAbout){.path = value}, "%s", "m");
        assert_int_equal(strlen(journal), strlen("MESSAGE=m\nPRIORITY=6\n") + 512);

        assert_int_equal(log_oom(), -ENOMEM);
        assert_string_equal(journal,
                "MESSAGE=Out of memory.\nPRIORITY=3\nERRNO=12\nMESSAGE_ID=" MESSAGE_ID_INTERNAL_ERROR "\n");

        assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
        log_open();
}

/* One in ten seconds, whatever they are. */
static void test_quiet(void **state)
{
        LogQuiet quiet = {0};

        assert_int_equal(log_quiet(&quiet, 1, LOG_INFO), LOG_INFO);
        assert_int_equal(log_quiet(&quiet, LOG_QUIET_USEC, LOG_WARNING), LOG_DEBUG);
        assert_int_equal(log_quiet(&quiet, 1 + LOG_QUIET_USEC, LOG_WARNING), LOG_WARNING);
        assert_int_equal(log_quiet(&quiet, 2 + LOG_QUIET_USEC, LOG_INFO), LOG_DEBUG);
}

static void test_level_names(void **state)
{
        assert_int_equal(log_level_from_string("warning"), LOG_WARNING);
        assert_int_equal(log_level_from_string("7"), LOG_DEBUG);
        assert_int_equal(log_level_from_string("8"), -EINVAL);
        assert_int_equal(log_level_from_string("07"), -EINVAL);
        assert_int_equal(log_level_from_string("WARNING"), -EINVAL);
        assert_int_equal(log_level_from_string(""), -EINVAL);
        assert_string_equal(log_level_to_string(LOG_EMERG), "emerg");
        assert_null(log_level_to_string(8));
        assert_null(log_level_to_string(-1));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_plain_line),
                cmocka_unit_test(test_peer_cannot_forge_a_line),
                cmocka_unit_test(test_error_number),
                cmocka_unit_test(test_level),
                cmocka_unit_test(test_long_line_is_cut),
                cmocka_unit_test(test_foreign_journal_stream),
                cmocka_unit_test(test_journal),
                cmocka_unit_test(test_quiet),
                cmocka_unit_test(test_level_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
