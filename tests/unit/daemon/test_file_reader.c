/* SPDX-License-Identifier: Apache-2.0 */
/* Files as they are and as nobody should have them; threads that hang. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "daemon/file_reader.h"
#include "tests/unit/daemon/ahead.h"
#include "tests/unit/daemon/hanging_file.h"

#define SOME 20 /* more than there are threads */

typedef struct World {
        char folder[64];
        char path[256];
        sd_event *event;
        FileReader *reader;
        unsigned called;
        FileFinding finding;
        uint8_t data[FILE_READER_SIZE_MAX];
} World;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        return remove(path);
}

static const char *path_of(World *world, const char *name)
{
        (void)snprintf(world->path, sizeof(world->path), "%s/%s", world->folder, name);
        return world->path;
}

static void put(World *world, const char *name, const void *data, size_t size)
{
        FILE *file = fopen(path_of(world, name), "w");

        assert_non_null(file);
        assert_int_equal(fwrite(data, 1, size, file), size);
        assert_int_equal(fclose(file), 0);
}

static int setup(void **state)
{
        World *world = calloc(1, sizeof(*world));

        assert_non_null(world);
        (void)snprintf(world->folder, sizeof(world->folder), "/tmp/file-reader-XXXXXX");
        assert_non_null(mkdtemp(world->folder));
        ahead = awake_ahead = 0;
        assert_int_equal(sd_event_new(&world->event), 0);
        assert_int_equal(file_reader_new(world->event, &test_clock, &world->reader), 0);
        put(world, "hang", "1\n", 2);
        *state = world;
        return 0;
}

static int teardown(void **state)
{
        World *world = *state;

        (void)file_reader_free(world->reader);
        sd_event_unref(world->event);
        assert_int_equal(nftw(world->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
        free(world);
        return 0;
}

static void on_finding(void *userdata, const FileFinding *finding)
{
        World *world = userdata;

        world->called++;
        world->finding = *finding;
        if (finding->error == 0)
                memcpy(world->data, finding->data, finding->size);
}

static FileReading *begin(World *world, const char *name)
{
        FileReading *reading;

        assert_int_equal(
                file_reader_read(world->reader, path_of(world, name), on_finding, world, &reading), 0);
        return reading;
}

static void await(World *world, unsigned called)
{
        while (world->called < called)
                assert_true(sd_event_run(world->event, 10 * USEC_PER_SEC) > 0);
}

static int read_one(World *world, const char *name)
{
        unsigned called = world->called;

        (void)begin(world, name);
        assert_int_equal(world->called, called);
        await(world, called + 1);
        assert_false(world->finding.overdue);
        return world->finding.error;
}

static void content(void **state)
{
        World *world = *state;
        uint8_t data[FILE_READER_SIZE_MAX] = {1, 0, 2};

        put(world, "f", "48312\n", 6);
        assert_int_equal(read_one(world, "f"), 0);
        assert_int_equal(world->finding.size, 6);
        assert_memory_equal(world->data, "48312\n", 6);
        put(world, "f", "", 0);
        assert_int_equal(read_one(world, "f"), 0);
        assert_int_equal(world->finding.size, 0);
        put(world, "f", data, sizeof(data));
        assert_int_equal(read_one(world, "f"), 0);
        assert_int_equal(world->finding.size, sizeof(data));
        assert_memory_equal(world->data, data, sizeof(data));
}

static void unusable_files(void **state)
{
        static const char large[1024 * 1024];
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        char text[FILE_READER_TEXT_SIZE];
        World *world = *state;
        _cleanup_(closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        assert_int_equal(read_one(world, "missing"), -ENOENT);
        assert_string_equal(
                file_reader_describe(&world->finding, text), "cannot be read (No such file or directory)");
        put(world, "large", large, FILE_READER_SIZE_MAX + 1);
        assert_int_equal(read_one(world, "large"), -EFBIG);
        assert_string_equal(file_reader_describe(&world->finding, text), "is larger than 4096 bytes");
        put(world, "large", large, sizeof(large));
        assert_int_equal(read_one(world, "large"), -EFBIG);
        assert_int_equal(mkfifo(path_of(world, "fifo"), 0600), 0);
        assert_int_equal(read_one(world, "fifo"), -EBADFD);
        assert_string_equal(file_reader_describe(&world->finding, text), "is not a regular file");
        assert_true(open(path_of(world, "fifo"), O_WRONLY | O_NONBLOCK | O_CLOEXEC) < 0);
        assert_int_equal(errno, ENXIO); /* nobody reads, and nobody has */
        assert_int_equal(mkdir(path_of(world, "folder"), 0700), 0);
        assert_int_equal(read_one(world, "folder"), -EISDIR);
        assert_true(strlen(path_of(world, "socket")) < sizeof(address.sun_path));
        memcpy(address.sun_path, world->path, strlen(world->path));
        assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        assert_int_equal(read_one(world, "socket"), -EBADFD);
        assert_int_equal(symlink("loop", path_of(world, "loop")), 0);
        assert_int_equal(read_one(world, "loop"), -ELOOP);
        assert_int_equal(symlink("/dev/zero", path_of(world, "zero")), 0);
        assert_int_equal(read_one(world, "zero"), -EBADFD);
}

/* All the others are read while some hang, and as many as one likes at once. */
static void others_pass_those_that_hang(void **state)
{
        World *world = *state;

        put(world, "f", "1\n", 2);
        (void)begin(world, "hang");
        (void)sem_wait(&hanging);
        (void)begin(world, "f");
        await(world, 1);
        for (unsigned i = 1; i < FILE_READER_THREADS_MAX - 1; i++)
                (void)begin(world, "hang");
        for (unsigned i = 1; i < FILE_READER_THREADS_MAX - 1; i++)
                (void)sem_wait(&hanging);
        for (unsigned i = 0; i < SOME; i++)
                (void)begin(world, "f");
        await(world, 1 + SOME);
        assert_int_equal(world->finding.error, 0);
        release_hanging(FILE_READER_THREADS_MAX - 1);
        await(world, SOME + FILE_READER_THREADS_MAX);
}

static void out_of_patience(void **state)
{
        char text[FILE_READER_TEXT_SIZE];
        World *world = *state;

        awake_ahead = -(int64_t)(2 * FILE_READER_PATIENCE_USEC);
        (void)begin(world, "hang");
        awake_ahead = 0;
        (void)sem_wait(&hanging);
        await(world, 1);
        assert_true(world->finding.overdue);
        assert_string_equal(file_reader_describe(&world->finding, text), "has not been read within 9 s");
        release_hanging(1);
        await(world, 2);
        assert_false(world->finding.overdue);
        assert_int_equal(world->finding.error, 0);
        assert_memory_equal(world->data, "1\n", 2);
        assert_int_equal(sd_event_run(world->event, 0), 0);
}

/* The thread has slept as well: the driver has not hung. */
static void patience_does_not_count_sleep(void **state)
{
        World *world = *state;

        ahead = -(int64_t)(2 * FILE_READER_PATIENCE_USEC);
        (void)begin(world, "hang");
        ahead = 0;
        (void)sem_wait(&hanging);
        assert_int_equal(sd_event_run(world->event, 0), 0);
        release_hanging(1);
        await(world, 1);
        assert_false(world->finding.overdue);
}

static void cancelled(void **state)
{
        World *world = *state;
        FileReading *hang = begin(world, "hang"), *overdue;

        (void)sem_wait(&hanging);
        file_reader_cancel(hang);
        file_reader_cancel(begin(world, "missing"));
        file_reader_cancel(NULL);
        release_hanging(1);
        awake_ahead = -(int64_t)(2 * FILE_READER_PATIENCE_USEC);
        overdue = begin(world, "hang");
        awake_ahead = 0;
        (void)sem_wait(&hanging);
        await(world, 1);
        file_reader_cancel(overdue);
        release_hanging(1);
        assert_int_equal(sd_event_run(world->event, 50 * USEC_PER_MSEC), 0);
        assert_int_equal(world->called, 1);
}

/* Freeing waits for nobody: the sanitizer sees whether anything is left. */
static void freed_while_a_file_hangs(void **state)
{
        World *world = *state;

        (void)begin(world, "hang");
        (void)sem_wait(&hanging);
        (void)begin(world, "missing");
        world->reader = file_reader_free(world->reader);
        release_hanging(1);
        assert_int_equal(world->called, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(content),
                TEST(unusable_files),
                TEST(others_pass_those_that_hang),
                TEST(out_of_patience),
                TEST(patience_does_not_count_sleep),
                TEST(cancelled),
                TEST(freed_while_a_file_hangs),
        };

        hanging_init();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
