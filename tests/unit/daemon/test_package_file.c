/* SPDX-License-Identifier: Apache-2.0 */
/* A package on disks as they are: full, read-only, broken, slow, with the wrong thing in its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "daemon/package_file.h"
#include "daemon/package_job.h"
#include "lwm2m/message.h"
#include "util/file.h"

#define MIB (1024UL * 1024)

/* -- A disk that does as it is told -- */

static int write_error, sync_error; /* errno of the next write(), fdatasync(); 0: as the disk has it */
static unsigned writes, syncs;      /* so many have been */
static bool hangs;                  /* write() waits for a release */
static sem_t hanging, release;
static uint64_t room;  /* bytes that are free; 0: as the disk has it */
static bool sizeless;  /* a file system that does not tell */
static bool no_memory; /* for what is asked of the thread */

static const PackageDisk *last_disk; /* that the thread was asked for */

ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size)
{
        if (hangs) {
                (void)sem_post(&hanging);
                (void)sem_wait(&release);
        }
        writes++;
        if (write_error == 0)
                return __real_write(fd, data, size);
        errno = write_error;
        return -1;
}

int __wrap_fdatasync(int fd);
int __wrap_fdatasync(int fd)
{
        syncs++;
        if (sync_error == 0)
                return 0; /* as fast on any disk */
        errno = sync_error;
        return -1;
}

/* As _FILE_OFFSET_BITS=64 has fstatvfs() called. */
int __real_fstatvfs64(int fd, struct statvfs *ret);
int __wrap_fstatvfs64(int fd, struct statvfs *ret);
int __wrap_fstatvfs64(int fd, struct statvfs *ret)
{
        if (room == 0 && !sizeless)
                return __real_fstatvfs64(fd, ret);
        *ret = (struct statvfs){.f_frsize = 1, .f_bavail = room, .f_blocks = sizeless ? 0 : 1000 * MIB};
        return 0;
}

PackageJob *__real_package_job_new(PackageDisk *disk, PackageStep step, size_t size);
PackageJob *__wrap_package_job_new(PackageDisk *disk, PackageStep step, size_t size);
PackageJob *__wrap_package_job_new(PackageDisk *disk, PackageStep step, size_t size)
{
        last_disk = disk;
        return no_memory ? NULL : __real_package_job_new(disk, step, size);
}

/* -- The world -- */

typedef struct World {
        char folder[64];
        char path[128];
        sd_event *event;
        PackageFile *file;
        uint8_t *data; /* of the package */
        unsigned begun, drained, finished, failed, removed;
        uint64_t at, recorded, size;
        FirmwareResult result;
        char text[PACKAGE_FILE_TEXT_SIZE];
        int error;
} World;

static void on_begun(void *userdata, uint64_t at)
{
        ((World *)userdata)->begun++;
        ((World *)userdata)->at = at;
}

static void on_drained(void *userdata)
{
        ((World *)userdata)->drained++;
}

static void on_recorded(void *userdata, uint64_t bytes)
{
        assert_true(syncs > 0);
        assert_true(bytes > ((World *)userdata)->recorded);
        ((World *)userdata)->recorded = bytes;
}

static void on_finished(void *userdata, uint64_t size)
{
        World *world = userdata;

        assert_true(syncs > 0);
        world->finished++;
        world->size = size;
}

static void on_failed(void *userdata, FirmwareResult result, const char *text)
{
        World *world = userdata;

        world->failed++;
        world->result = result;
        (void)snprintf(world->text, sizeof(world->text), "%s", text);
}

static void on_removed(void *userdata, int error)
{
        ((World *)userdata)->removed++;
        ((World *)userdata)->error = error;
}

static const PackageFileHandler handler = {
        on_begun, on_drained, on_recorded, on_finished, on_failed, on_removed};

#define DATA_SIZE (34 * MIB)

static int setup(void **state)
{
        World *world = calloc(1, sizeof(*world));

        assert_non_null(world);
        (void)snprintf(world->folder, sizeof(world->folder), "/tmp/package-XXXXXX");
        assert_non_null(mkdtemp(world->folder));
        (void)snprintf(world->path, sizeof(world->path), "%s/firmware-package", world->folder);
        world->data = malloc(DATA_SIZE);
        assert_non_null(world->data);
        for (size_t i = 0; i < DATA_SIZE; i++)
                world->data[i] = (uint8_t)(i * 31 + (i >> 13));
        write_error = sync_error = 0;
        writes = syncs = 0;
        hangs = sizeless = no_memory = false;
        room = 0;
        (void)sem_init(&hanging, 0, 0);
        (void)sem_init(&release, 0, 0);
        assert_int_equal(sd_event_new(&world->event), 0);
        assert_int_equal(package_file_new(world->event, world->folder, &handler, world, &world->file), 0);
        *state = world;
        return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        return remove(path);
}

static int teardown(void **state)
{
        World *world = *state;

        (void)package_file_free(world->file);
        sd_event_unref(world->event);
        assert_int_equal(nftw(world->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
        free(world->data);
        free(world);
        return 0;
}

static void turn(World *world)
{
        assert_true(sd_event_run(world->event, 10 * USEC_PER_SEC) > 0);
}

#define AWAIT(condition)             \
        do {                         \
                while (!(condition)) \
                        turn(world); \
        } while (false)

static void begin(World *world, uint64_t at)
{
        assert_int_equal(package_file_begin(world->file, 1024 * MIB, 0, at), 0);
}

/* Writes bytes [from, to) of the package in blocks, and waits where it is told to. */
static void feed(World *world, size_t from, size_t to, size_t block)
{
        while (from < to) {
                size_t n = MIN_OF(block, to - from);
                unsigned drained = world->drained;
                int r = package_file_write(world->file, world->data + from, n);

                assert_true(r == 0 || r == BODY_WAIT);
                if (r == BODY_WAIT)
                        AWAIT(world->drained > drained);
                from += n;
        }
}

/* What is on the disk is the first size bytes of the package. */
static void expect_package(World *world, size_t size)
{
        uint8_t *data;
        size_t found;
        struct stat st;

        assert_int_equal(package_file_finish(world->file), 0);
        AWAIT(world->finished > 0);
        assert_int_equal(world->size, size);
        assert_int_equal(stat(world->path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        assert_int_equal(file_read(world->path, DATA_SIZE, &data, &found), 0);
        assert_int_equal(found, size);
        assert_memory_equal(data, world->data, size);
        free(data);
        assert_int_equal(world->failed, 0);
}

static void expect_failure(World *world, FirmwareResult result, const char *text)
{
        AWAIT(world->failed > 0);
        assert_int_equal(world->result, result);
        if (!strstr(world->text, text))
                fail_msg("\"%s\" is not in \"%s\"", text, world->text);
        assert_int_equal(package_file_write(world->file, world->data, 1), CODE_TOO_LARGE);
        assert_int_equal(package_file_finish(world->file), 0);
        AWAIT(last_disk->n_ref == 1); /* each job has one: all has come that was to come */
        assert_int_equal(world->failed, 1);
        assert_int_equal(world->finished, 0);
}

static void nothing_is_there(World *world)
{
        assert_int_equal(access(world->path, F_OK), -1);
        assert_int_equal(errno, ENOENT);
}

/* -- Tests -- */

static void any_blocks(void **state)
{
        static const size_t blocks[] = {16, 1000, 1024, 16384, 131072, 1048576, 0};
        World *world = *state;

        for (size_t i = 0; blocks[i] > 0; i++) {
                world->finished = world->recorded = 0;
                begin(world, 0);
                feed(world, 0, 2 * MIB + 321, blocks[i]);
                assert_int_equal(package_file_size(world->file), 2 * MIB + 321);
                expect_package(world, 2 * MIB + 321);
        }
        begin(world, 0);
        world->finished = 0;
        expect_package(world, 0);
}

static void recorded_each_16_mib(void **state)
{
        World *world = *state;

        begin(world, 0);
        feed(world, 0, 16 * MIB - 1, 1000);
        assert_int_equal(world->recorded, 0);
        feed(world, 16 * MIB - 1, 33 * MIB, 4000);
        expect_package(world, 33 * MIB);
        assert_int_equal(world->recorded, 32 * MIB);
}

static void goes_on(void **state)
{
        World *world = *state;

        begin(world, 0);
        feed(world, 0, 17 * MIB, 16384);
        AWAIT(world->recorded == 16 * MIB);

        /* As after a power cut: what was not recorded is void, whatever stands there. */
        world->file = package_file_free(world->file);
        assert_int_equal(truncate(world->path, 16 * MIB + 77), 0);
        assert_int_equal(package_file_new(world->event, world->folder, &handler, world, &world->file), 0);
        world->begun = world->recorded = 0;
        begin(world, 16 * MIB);
        AWAIT(world->begun);
        assert_int_equal(world->at, 16 * MIB);
        assert_int_equal(package_file_size(world->file), 16 * MIB);
        feed(world, 16 * MIB, 34 * MIB, 16384);
        expect_package(world, 34 * MIB);
        assert_int_equal(world->recorded, 32 * MIB);
}

static void begins_anew(World *world)
{
        world->begun = world->finished = 0;
        begin(world, 16 * MIB);
        AWAIT(world->begun);
        assert_int_equal(world->at, 0);
        assert_int_equal(package_file_size(world->file), 0);
        feed(world, 0, 1000, 1000);
        expect_package(world, 1000);
}

static void cannot_go_on(void **state)
{
        World *world = *state;
        char victim[128];
        struct stat st;

        begins_anew(world); /* nothing is there */
        begins_anew(world); /* too short */

        /* A link that leads to what is long enough. */
        (void)snprintf(victim, sizeof(victim), "%s/victim", world->folder);
        assert_int_equal(rename(world->path, victim), 0);
        assert_int_equal(truncate(victim, 17 * MIB), 0);
        assert_int_equal(symlink("victim", world->path), 0);
        begins_anew(world);
        assert_int_equal(stat(victim, &st), 0);
        assert_int_equal(st.st_size, 17 * MIB);

        assert_int_equal(remove(world->path), 0);
        assert_int_equal(mkfifo(world->path, 0600), 0);
        begins_anew(world);
}

/* A back end may have made it its own, or hold it open. */
static void new_file_each_time(void **state)
{
        World *world = *state;
        char old[4] = "";
        int fd;

        begin(world, 0);
        feed(world, 0, 3, 3);
        assert_int_equal(package_file_finish(world->file), 0);
        AWAIT(world->finished);
        fd = open(world->path, O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(chmod(world->path, 0400), 0);
        world->finished = 0;
        world->data[0] ^= 1;
        begin(world, 0);
        feed(world, 0, 2, 2);
        expect_package(world, 2);
        assert_int_equal(read(fd, old, sizeof(old)), 3);
        assert_int_equal((uint8_t)old[0], world->data[0] ^ 1);
        assert_int_equal(close(fd), 0);
}

static void slow_disk(void **state)
{
        World *world = *state;
        size_t size = 0;
        int r;

        hangs = true;
        begin(world, 0);
        do {
                r = package_file_write(world->file, world->data + size, 1024);
                size += 1024;
        } while (r == 0);
        assert_int_equal(r, BODY_WAIT);
        assert_int_equal(size, PACKAGE_FILE_QUEUE_MAX);
        AWAIT(world->begun);
        assert_int_equal(sem_wait(&hanging), 0);
        assert_int_equal(sd_event_run(world->event, 0), 0);
        assert_int_equal(world->drained, 0);

        /* What is still under way in one piece has room, too, but not for ever. */
        assert_int_equal(package_file_write(world->file, world->data + size, PACKAGE_FILE_HELD_MAX - size),
                BODY_WAIT);
        assert_int_equal(package_file_write(world->file, world->data, 1), -EBUSY);

        hangs = false;
        (void)sem_post(&release);
        AWAIT(world->drained);
        expect_package(world, PACKAGE_FILE_HELD_MAX);
        assert_int_equal(world->drained, 1);
}

static void larger_than_announced_and_allowed(void **state)
{
        World *world = *state;

        assert_int_equal(package_file_begin(world->file, 1000, 1001, 0), 0);
        assert_int_equal(world->failed, 0);
        expect_failure(world, FIRMWARE_RESULT_NO_SPACE, "The package has 1001 bytes, more than ");
        assert_int_equal(world->begun, 0);

        world->failed = 0;
        assert_int_equal(package_file_begin(world->file, 1000, 1000, 0), 0);
        assert_int_equal(package_file_write(world->file, world->data, 999), 0);
        assert_int_equal(package_file_write(world->file, world->data, 2), CODE_TOO_LARGE);
        expect_failure(world, FIRMWARE_RESULT_NO_SPACE, "firmware_update.max_size, which is 1000.");

        world->failed = 0;
        assert_int_equal(package_file_begin(world->file, 1000, 10, 0), 0);
        feed(world, 0, 1000, 1000);
        expect_package(world, 1000);

        /* Of one that goes on the whole counts. */
        world->failed = world->begun = world->finished = 0;
        assert_int_equal(package_file_begin(world->file, 1000, 0, 999), 0);
        AWAIT(world->begun);
        assert_int_equal(package_file_write(world->file, world->data, 2), CODE_TOO_LARGE);
        expect_failure(world, FIRMWARE_RESULT_NO_SPACE, "firmware_update.max_size, which is 1000.");
}

static void disk_that_refuses(void **state)
{
        static const struct {
                int error;
                const char *text;
        } cases[] = {
                {ENOSPC, "/firmware-package: No space left on device."},
                {EDQUOT, "/firmware-package: Disk quota exceeded."},
                {EROFS, "/firmware-package: Read-only file system."},
                {EIO, "/firmware-package: Input/output error."},
        };
        World *world = *state;

        for (size_t i = 0; i < 2 * ELEMENTSOF(cases); i++) {
                bool in_write = i % 2 == 0;

                write_error = in_write ? cases[i / 2].error : 0;
                sync_error = in_write ? 0 : cases[i / 2].error;
                world->failed = 0;
                begin(world, 0);
                assert_int_equal(package_file_write(world->file, world->data, 300 * 1024), 0);
                assert_int_equal(package_file_finish(world->file), 0);
                expect_failure(world, FIRMWARE_RESULT_NO_SPACE, cases[i / 2].text);
        }

        /* In the middle, while who writes waits: it is the failure that is told. */
        sync_error = 0;
        write_error = ENOSPC;
        world->failed = 0;
        begin(world, 0);
        assert_int_equal(package_file_write(world->file, world->data, MIB), BODY_WAIT);
        expect_failure(world, FIRMWARE_RESULT_NO_SPACE, "No space left on device.");
        assert_int_equal(world->drained, 0);

        /* And the next package is as if nothing had been. */
        write_error = 0;
        world->failed = 0;
        begin(world, 0);
        feed(world, 0, MIB, 1024);
        expect_package(world, MIB);
}

static void file_size_limit(void **state)
{
        World *world = *state;
        struct rlimit before, limit;

        assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
        limit = before;
        limit.rlim_cur = MIB;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        begin(world, 0);
        assert_int_equal(package_file_write(world->file, world->data, 2 * MIB), BODY_WAIT);
        expect_failure(world, FIRMWARE_RESULT_NO_SPACE, "File too large.");
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
}

static void room_that_stays_free(void **state)
{
        World *world = *state;

        room = 16 * MIB + 100 * 1024;
        begin(world, 0);
        feed(world, 0, 100 * 1024, 1024);
        expect_package(world, 100 * 1024);
        begin(world, 0);
        assert_int_equal(package_file_write(world->file, world->data, 100 * 1024 + 1), 0);
        world->finished = 0;
        assert_int_equal(package_file_finish(world->file), 0);
        expect_failure(
                world, FIRMWARE_RESULT_NO_SPACE, " has no room for the package: 16 MiB of it have to stay");
        assert_int_equal(writes, 1);

        /* What is announced is refused before anything has come. */
        world->failed = 0;
        assert_int_equal(package_file_begin(world->file, MIB, 100 * 1024 + 1, 0), 0);
        expect_failure(world, FIRMWARE_RESULT_NO_SPACE, world->folder);
        world->failed = 0;
        assert_int_equal(package_file_begin(world->file, MIB, 100 * 1024, 0), 0);
        feed(world, 0, 100 * 1024, 1024);
        expect_package(world, 100 * 1024);

        room = 0;
        sizeless = true;
        world->finished = 0;
        assert_int_equal(package_file_begin(world->file, MIB, MIB, 0), 0);
        feed(world, 0, MIB, 1024);
        expect_package(world, MIB);
}

static void no_memory_left(void **state)
{
        World *world = *state;

        begin(world, 0);
        no_memory = true;
        assert_int_equal(package_file_write(world->file, world->data, 10), CODE_TOO_LARGE);
        AWAIT(world->failed);
        assert_int_equal(world->result, FIRMWARE_RESULT_NO_MEMORY);
        assert_string_equal(world->text, "There is no memory for the package.");
        assert_int_equal(package_file_begin(world->file, MIB, 0, 0), -ENOMEM);
        assert_int_equal(package_file_finish(world->file), -ENOMEM);
        assert_int_equal(package_file_remove(world->file), -ENOMEM);
}

static void removes(void **state)
{
        World *world = *state;

        assert_int_equal(package_file_remove(world->file), 0); /* nothing is there */
        AWAIT(world->removed == 1);
        assert_int_equal(world->error, 0);

        /* While the disk hangs with it: nothing of what was asked for comes any more. */
        hangs = true;
        begin(world, 0);
        assert_int_equal(package_file_write(world->file, world->data, MIB), BODY_WAIT);
        assert_int_equal(package_file_finish(world->file), 0);
        assert_int_equal(sem_wait(&hanging), 0);
        assert_int_equal(access(world->path, F_OK), 0);
        world->begun = 0;
        assert_int_equal(package_file_remove(world->file), 0);
        hangs = false;
        (void)sem_post(&release);
        AWAIT(world->removed == 2);
        assert_int_equal(world->error, 0);
        nothing_is_there(world);
        assert_int_equal(writes, 1);
        assert_int_equal(world->begun + world->drained + world->finished + world->failed, 0);

        begin(world, 0);
        feed(world, 0, 1000, 1000);
        expect_package(world, 1000);
        assert_int_equal(package_file_remove(world->file), 0);
        AWAIT(world->removed == 3);
        nothing_is_there(world);

        assert_int_equal(mkdir(world->path, 0700), 0);
        assert_int_equal(package_file_remove(world->file), 0);
        AWAIT(world->removed == 4);
        assert_int_equal(world->error, -EISDIR);
        world->finished = 0;
        begin(world, 0);
        expect_failure(world, FIRMWARE_RESULT_NO_SPACE, "Is a directory");
}

static void begins_while_the_disk_hangs(void **state)
{
        World *world = *state;

        hangs = true;
        begin(world, 0);
        assert_int_equal(package_file_write(world->file, world->data + 5, MIB), BODY_WAIT);
        assert_int_equal(sem_wait(&hanging), 0);
        begin(world, 0);
        hangs = false;
        assert_int_equal(package_file_write(world->file, world->data, 1000), 0);
        (void)sem_post(&release);
        expect_package(world, 1000);
}

/* What is finished can have a read lease, as only a file without a writer can: fcntl(2). */
static void leaves_no_writer(void **state)
{
        World *world = *state;
        int fd;

        begin(world, 0);
        feed(world, 0, 1000, 1000);
        expect_package(world, 1000);
        fd = open(world->path, O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(fcntl(fd, F_SETLEASE, F_RDLCK), 0);
        assert_int_equal(close(fd), 0);
}

static void freed_while_the_disk_hangs(void **state)
{
        World *world = *state;

        hangs = true;
        begin(world, 0);
        assert_int_equal(package_file_write(world->file, world->data, MIB), BODY_WAIT);
        assert_int_equal(package_file_write(world->file, world->data, 10), BODY_WAIT);
        assert_int_equal(sem_wait(&hanging), 0);
        world->file = package_file_free(world->file);
        hangs = false;
        (void)sem_post(&release);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(any_blocks, setup, teardown),
                cmocka_unit_test_setup_teardown(recorded_each_16_mib, setup, teardown),
                cmocka_unit_test_setup_teardown(goes_on, setup, teardown),
                cmocka_unit_test_setup_teardown(cannot_go_on, setup, teardown),
                cmocka_unit_test_setup_teardown(new_file_each_time, setup, teardown),
                cmocka_unit_test_setup_teardown(slow_disk, setup, teardown),
                cmocka_unit_test_setup_teardown(larger_than_announced_and_allowed, setup, teardown),
                cmocka_unit_test_setup_teardown(disk_that_refuses, setup, teardown),
                cmocka_unit_test_setup_teardown(file_size_limit, setup, teardown),
                cmocka_unit_test_setup_teardown(room_that_stays_free, setup, teardown),
                cmocka_unit_test_setup_teardown(no_memory_left, setup, teardown),
                cmocka_unit_test_setup_teardown(removes, setup, teardown),
                cmocka_unit_test_setup_teardown(begins_while_the_disk_hangs, setup, teardown),
                cmocka_unit_test_setup_teardown(leaves_no_writer, setup, teardown),
                cmocka_unit_test_setup_teardown(freed_while_the_disk_hangs, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
