/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/object_directories: which file counts, how long, and files that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

#include "daemon/definition_file.h"
#include "daemon/object_directories.h"

#define TEMPERATURE "object: 3303\nname: %s\nresources: {5700: {name: V, operations: R, type: float}}\n"

static char folder[4096];

static char *path_of(const char *name)
{
        static char path[sizeof(folder) + 64];

        (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
        return path;
}

static void write_definition(const char *name, const char *object_name)
{
        FILE *stream = fopen(path_of(name), "w");

        assert_non_null(stream);
        fprintf(stream, TEMPERATURE, object_name);
        assert_int_equal(fclose(stream), 0);
}

/* The folders a and b. */
static ObjectDirectories *new_directories(void)
{
        ObjectDirectories *directories = NULL;

        assert_int_equal(object_directories_new(&directories), 0);
        assert_int_equal(object_directories_add(directories, path_of("a")), 0);
        assert_int_equal(object_directories_add(directories, path_of("b")), 0);
        return directories;
}

static void assert_name(ObjectDirectories *directories, const char *name)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(freep) char *file = NULL;
        const ObjectDef *def = NULL;

        assert_int_equal(object_directories_take(directories, 3303, &def, &file, &problems), 0);
        assert_string_equal(def->name, name);
        assert_null(file);
}

/* The sentence about the first folder's file. */
static void assert_wrong(const char *sentence)
{
        _cleanup_(object_directories_freep) ObjectDirectories *directories = new_directories();
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(freep) char *file = NULL;
        const ObjectDef *def = NULL;

        assert_int_equal(object_directories_take(directories, 3303, &def, &file, &problems),
                OBJECT_DIRECTORIES_E_INVALID);
        assert_null(def);
        assert_string_equal(file, path_of("a/3303.yaml"));
        assert_int_equal(problems.errors.n, 1);
        assert_int_equal(problems.errors.items[0].line, 1);
        assert_string_equal(problems.errors.items[0].sentence, sentence);
}

static void test_first_that_has_it_wins(void **state)
{
        _cleanup_(object_directories_freep) ObjectDirectories *directories = new_directories();
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(freep) char *file = NULL;
        const ObjectDef *def = NULL;

        assert_int_equal(object_directories_take(directories, 3303, &def, &file, &problems),
                OBJECT_DIRECTORIES_E_NONE);
        assert_null(file);
        write_definition("b/3303.yaml", "second");
        assert_name(directories, "second");
        object_directories_forget(directories, 3303);
        write_definition("a/3303.yaml", "first");
        assert_name(directories, "first");
        object_directories_forget(directories, 3303);
}

static void test_definition_in_use_stays(void **state)
{
        _cleanup_(object_directories_freep) ObjectDirectories *directories = new_directories();

        write_definition("a/3303.yaml", "before");
        assert_name(directories, "before");
        assert_name(directories, "before");
        write_definition("a/3303.yaml", "after");
        object_directories_forget(directories, 3303);
        assert_name(directories, "before");
        object_directories_forget(directories, 3303);
        object_directories_forget(directories, 3303);
        assert_name(directories, "after");
}

/* None of them stops the daemon, and none lets the second folder's count. */
static void test_files_that_are_none(void **state)
{
        write_definition("b/3303.yaml", "second");

        write_definition("a/3303.yaml", "");
        assert_wrong("a definition needs 'name'");

        assert_int_equal(unlink(path_of("a/3303.yaml")), 0);
        assert_int_equal(mkfifo(path_of("a/3303.yaml"), 0600), 0);
        assert_wrong("the file is no regular file");

        assert_int_equal(unlink(path_of("a/3303.yaml")), 0);
        assert_int_equal(mkdir(path_of("a/3303.yaml"), 0700), 0);
        assert_wrong("the file is a directory");

        assert_int_equal(rmdir(path_of("a/3303.yaml")), 0);
        assert_int_equal(symlink("3303.yaml", path_of("a/3303.yaml")), 0);
        assert_wrong("the file is a symbolic link that leads to itself");

        assert_int_equal(unlink(path_of("a/3303.yaml")), 0);
        assert_int_equal(symlink("/dev/zero", path_of("a/3303.yaml")), 0);
        assert_wrong("the file is no regular file");

        assert_int_equal(unlink(path_of("a/3303.yaml")), 0);
        write_definition("a/3303.yaml", "large");
        assert_int_equal(truncate(path_of("a/3303.yaml"), 1024 * 1024), 0);
        assert_wrong("the file is larger than 256 KiB");

        write_definition("a/3303.yaml", "");
        assert_int_equal(truncate(path_of("a/3303.yaml"), 0), 0);
        assert_wrong("the file is empty");
}

static void test_file_that_may_not_be_read(void **state)
{
        write_definition("a/3303.yaml", "secret");
        assert_int_equal(chmod(path_of("a/3303.yaml"), 0), 0);
        assert_int_equal(chmod(folder, 0755), 0);
        assert_int_equal(chmod(path_of("a"), 0755), 0);
        if (geteuid() == 0)
                assert_int_equal(seteuid(65534), 0);
        assert_wrong(
                "the file may not be read by this user; for the service make it root:lwm2m-client 0640, "
                "its folder 0750");
        if (getuid() == 0)
                assert_int_equal(seteuid(0), 0);
}

/* A folder that is none, and one that is a file, have nothing. */
static void test_folders_that_are_none(void **state)
{
        _cleanup_(object_directories_freep) ObjectDirectories *directories = NULL;

        write_definition("b/3303.yaml", "second");
        assert_int_equal(object_directories_new(&directories), 0);
        assert_int_equal(object_directories_add(directories, path_of("no-such-folder")), 0);
        assert_int_equal(object_directories_add(directories, path_of("b/3303.yaml")), 0);
        assert_int_equal(object_directories_add(directories, path_of("b")), 0);
        assert_name(directories, "second");
}

/* What a Reload says: also of a file that is wrong by now, or gone; nothing of a comment, or of what nobody
 * uses. */
static void test_older_ones_are_told(void **state)
{
        _cleanup_(object_directories_freep) ObjectDirectories *directories = new_directories();
        FILE *stream;

        write_definition("b/3303.yaml", "first");
        assert_int_equal(object_directories_tell_older(directories), 0);
        assert_name(directories, "first");
        assert_int_equal(object_directories_tell_older(directories), 0);
        stream = fopen(path_of("b/3303.yaml"), "a");
        assert_non_null(stream);
        (void)fputs("# the same\n", stream);
        assert_int_equal(fclose(stream), 0);
        assert_int_equal(object_directories_tell_older(directories), 0);

        write_definition("a/3303.yaml", "second"); /* in a folder that goes before */
        assert_int_equal(object_directories_tell_older(directories), 1);
        assert_int_equal(object_directories_tell_older(directories), 1);
        assert_int_equal(unlink(path_of("a/3303.yaml")), 0);
        assert_int_equal(object_directories_tell_older(directories), 0);
        write_definition("b/3303.yaml", "\"");
        assert_int_equal(object_directories_tell_older(directories), 1);
        assert_int_equal(unlink(path_of("b/3303.yaml")), 0);
        assert_int_equal(object_directories_tell_older(directories), 1);
        object_directories_forget(directories, 3303);
        assert_int_equal(object_directories_tell_older(directories), 0);
}

/* Each Object once, in whatever turn they are asked for, until its definition was right meanwhile. */
static void test_what_is_wrong_is_news_once(void **state)
{
        _cleanup_(object_directories_freep) ObjectDirectories *directories = new_directories();

        for (uint32_t object = 0; object <= UINT16_MAX; object++)
                assert_true(object_directories_is_news(directories, (uint16_t)object));
        for (uint32_t object = 0; object <= UINT16_MAX; object++)
                assert_false(object_directories_is_news(directories, (uint16_t)object));

        write_definition("a/3303.yaml", "mended");
        assert_name(directories, "mended");
        object_directories_forget(directories, 3303);
        assert_true(object_directories_is_news(directories, 3303));
        assert_false(object_directories_is_news(directories, 3302));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        return remove(path);
}

static int setup(void **state)
{
        (void)snprintf(folder, sizeof(folder), "%s/test-objects-XXXXXX", getenv("TMPDIR") ?: P_tmpdir);
        if (!mkdtemp(folder))
                return -1;
        return mkdir(path_of("a"), 0700) == 0 && mkdir(path_of("b"), 0700) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
        return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_first_that_has_it_wins),
                TEST(test_definition_in_use_stays),
                TEST(test_older_ones_are_told),
                TEST(test_what_is_wrong_is_news_once),
                TEST(test_files_that_are_none),
                TEST(test_file_that_may_not_be_read),
                TEST(test_folders_that_are_none),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
