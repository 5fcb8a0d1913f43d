/* SPDX-License-Identifier: Apache-2.0 */
/* util/file: limited read, atomic replacement. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "util/file.h"

static int make_folder(void **state)
{
        const char *base = getenv("TMPDIR");
        char *folder;

        if (asprintf(&folder, "%s/test-file-XXXXXX", base ? base : P_tmpdir) < 0 || !mkdtemp(folder))
                return -1;
        *state = folder;
        return chdir(folder);
}

static int remove_folder(void **state)
{
        char *folder = *state;
        int r = rmdir(folder);

        free(folder);
        return r;
}

static void assert_content(const char *path, const char *expected)
{
        uint8_t *data = NULL;
        size_t size = 0;

        assert_int_equal(file_read(path, 100000, &data, &size), 0);
        assert_int_equal(size, strlen(expected));
        assert_string_equal((char *)data, expected);
        free(data);
}

static void test_write_and_read(void **state)
{
        struct stat st;

        assert_int_equal(file_write_atomic(*state, "current", "old", 3), 0);
        assert_content("current", "old");
        assert_int_equal(file_write_atomic(*state, "current", "", 0), 0);
        assert_content("current", "");
        assert_int_equal(file_write_atomic(*state, "current", "newer", 5), 0);
        assert_content("current", "newer");
        assert_int_equal(stat("current", &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        assert_int_equal(unlink("current"), 0);
}

static void test_write_survives_old_temporary_file(void **state)
{
        int fd = open(".current.tmp", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, "a power cut's rest", 18), 18);
        (void)close(fd);
        assert_int_equal(file_write_atomic(*state, "current", "new", 3), 0);
        assert_content("current", "new");
        assert_int_not_equal(access(".current.tmp", F_OK), 0);
        assert_int_equal(unlink("current"), 0);
}

static void test_write_failure_keeps_the_old(void **state)
{
        assert_int_equal(mkdir("taken", 0700), 0);
        assert_int_equal(file_write_atomic(*state, "taken", "new", 3), -EISDIR);
        assert_int_not_equal(access(".taken.tmp", F_OK), 0);
        assert_int_equal(rmdir("taken"), 0);
        assert_int_equal(file_write_atomic("missing", "current", "new", 3), -ENOENT);
}

static void test_read_limits(void **state)
{
        uint8_t *data = NULL;
        size_t size = 77;
        char large[10000];

        memset(large, 'x', sizeof(large));
        assert_int_equal(file_write_atomic(*state, "large", large, sizeof(large)), 0);
        assert_int_equal(file_read("large", sizeof(large) - 1, &data, &size), -EFBIG);
        assert_int_equal(file_read("missing", 10, &data, &size), -ENOENT);
        assert_int_equal(file_read(*state, 10, &data, &size), -EISDIR);
        assert_int_equal(mkfifo("fifo", 0600), 0);
        assert_int_equal(file_read("fifo", 10, &data, &size), -EBADFD);
        assert_int_equal(file_check("large"), 0);
        assert_int_equal(file_check("missing"), -ENOENT);
        assert_int_equal(file_check(*state), -EISDIR);
        assert_int_equal(file_check("fifo"), -EBADFD);
        assert_null(data);
        assert_int_equal(size, 77);

        assert_int_equal(file_read("large", sizeof(large), &data, &size), 0);
        assert_int_equal(size, sizeof(large));
        assert_memory_equal(data, large, size);
        free(data);
        assert_int_equal(unlink("large"), 0);
        assert_int_equal(unlink("fifo"), 0);
}

static void test_rename_and_remove(void **state)
{
        assert_int_equal(file_write_atomic(*state, "current", "x", 1), 0);
        assert_int_equal(file_rename(*state, "current", "current.broken"), 0);
        assert_int_equal(file_rename(*state, "current", "current.broken"), -ENOENT);
        assert_content("current.broken", "x");
        assert_int_equal(file_remove(*state, "current.broken"), 0);
        assert_int_equal(file_remove(*state, "current.broken"), 0);
        assert_int_equal(file_remove("missing", "current"), -ENOENT);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_write_and_read),
                cmocka_unit_test(test_write_survives_old_temporary_file),
                cmocka_unit_test(test_write_failure_keeps_the_old),
                cmocka_unit_test(test_read_limits),
                cmocka_unit_test(test_rename_and_remove),
        };

        return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
