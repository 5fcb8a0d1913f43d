/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/storage: the state file bit by bit, what counts at a start, and a power cut before every system
 * call. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "daemon/state_directory.h"
#include "daemon/state_lock.h"
#include "daemon/storage.h"
#include "util/file.h"
#include "util/log.h"

#define FLAGS (SAVE_PROVEN | SAVE_BOOTSTRAPPED)

#define LAST_BOOTSTRAP 1767225600000000ULL /* 2026-01-01, usec */

/* Places in the header, as the file format has them. */
#define VERSION_AT      8
#define FLAGS_AT        10
#define LENGTH_AT       12
#define EPOCH_AT        16
#define FINGERPRINTS_AT 32
#define CHECKSUM_AT     160
#define HEADER_SIZE     192
#define OLD_CHECKSUM_AT 80 /* version 1 */
#define OLD_HEADER_SIZE 112

/* -- A power cut, in a child -- */

#define CUT_STATUS 99 /* exit status of a child that was cut off */
#define UNDO_MAX   8  /* changes of the directory between two fsync() of it */

/* What the disk has not got yet is lost at the cut: the content of a file without fsync(), and, where
 * lose_directory, the names that were changed since the directory's last fsync(). */
static struct {
        bool armed;
        unsigned calls_left; /* the call after so many is the last one, and is not made */
        bool lose_directory;
        int dirty; /* descriptor of the file that is written and not synced, or -1 */
        struct {
                char name[64], kept[64]; /* kept is a link to what name was; "" if there was nothing */
        } undo[UNDO_MAX];
        size_t n_undo;
} disk = {.dirty = -1};

static void cut_off(void)
{
        if (disk.dirty >= 0 && ftruncate(disk.dirty, 0) < 0)
                abort();
        while (disk.lose_directory && disk.n_undo > 0) {
                disk.n_undo--;
                if (disk.undo[disk.n_undo].kept[0])
                        (void)syscall(SYS_rename, disk.undo[disk.n_undo].kept, disk.undo[disk.n_undo].name);
                else
                        (void)syscall(SYS_unlink, disk.undo[disk.n_undo].name);
        }
        _exit(CUT_STATUS);
}

static void count_call(void)
{
        if (disk.armed && disk.calls_left-- == 0)
                cut_off();
}

/* The test stands in the state directory. */
static void keep_name(const char *name)
{
        char kept[64];

        if (!disk.armed || !disk.lose_directory)
                return;
        assert(disk.n_undo < UNDO_MAX);
        (void)snprintf(kept, sizeof(kept), "undo-%zu", disk.n_undo);
        if (syscall(SYS_link, name, kept) < 0)
                kept[0] = '\0';
        (void)snprintf(disk.undo[disk.n_undo].name, sizeof(disk.undo[0].name), "%s", name);
        memcpy(disk.undo[disk.n_undo].kept, kept, sizeof(kept));
        disk.n_undo++;
}

/* These stand before libc's of the same name. */
ssize_t write(int fd, const void *data, size_t size)
{
        if (disk.armed && fd > STDERR_FILENO) {
                count_call();
                if (disk.calls_left == 0 &&
                        size > 1) /* the next call is the last one: the cut is in the middle of this */
                        size /= 2;
                if (disk.dirty < 0)
                        disk.dirty = dup(fd);
        }
        return syscall(SYS_write, fd, data, size);
}

int fsync(int fd)
{
        struct stat st;

        count_call();
        if (disk.armed && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
                for (; disk.n_undo > 0; disk.n_undo--)
                        (void)syscall(SYS_unlink, disk.undo[disk.n_undo - 1].kept);
        } else if (disk.armed) {
                (void)close(disk.dirty);
                disk.dirty = -1;
        }
        return (int)syscall(SYS_fsync, fd);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
        count_call();
        keep_name(to);
        return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, 0);
}

int unlinkat(int fd, const char *name, int flags)
{
        count_call();
        keep_name(name);
        return (int)syscall(SYS_unlinkat, fd, name, flags);
}

/* -- Content -- */

static void set_text(
        Dataset *dataset, uint16_t object, uint16_t instance, uint16_t resource, const char *text)
{
        assert_int_equal(dataset_set_bytes(dataset, &PATH_RESOURCE(object, instance, resource), VALUE_STRING,
                                 text, strlen(text)),
                0);
}

static void set_integer(Dataset *dataset, uint16_t object, uint16_t instance, uint16_t resource,
        ValueType type, int64_t value)
{
        assert_int_equal(
                dataset_set_integer(dataset, &PATH_RESOURCE(object, instance, resource), type, value), 0);
}

static void add_server(Dataset *dataset, uint16_t instance, uint16_t short_server_id, const char *uri)
{
        set_text(dataset, OBJECT_SECURITY, instance, SECURITY_URI, uri);
        set_integer(dataset, OBJECT_SECURITY, instance, SECURITY_MODE, VALUE_INTEGER, SECURITY_MODE_NOSEC);
        set_integer(dataset, OBJECT_SECURITY, instance, SECURITY_SHORT_SERVER_ID, VALUE_INTEGER,
                short_server_id);
        set_integer(
                dataset, OBJECT_SERVER, instance, SERVER_SHORT_SERVER_ID, VALUE_INTEGER, short_server_id);
        set_integer(dataset, OBJECT_SERVER, instance, SERVER_LIFETIME, VALUE_INTEGER, 86400);
        set_text(dataset, OBJECT_SERVER, instance, SERVER_BINDING, "U");
}

static void add_bootstrap_server(Dataset *dataset, uint16_t instance, const char *uri)
{
        static const uint8_t key[] = {0, 1, 2, 0xff, '\n'};

        set_text(dataset, OBJECT_SECURITY, instance, SECURITY_URI, uri);
        assert_int_equal(dataset_set_boolean(dataset,
                                 &PATH_RESOURCE(OBJECT_SECURITY, instance, SECURITY_BOOTSTRAP_SERVER), true),
                0);
        set_integer(dataset, OBJECT_SECURITY, instance, SECURITY_MODE, VALUE_INTEGER, SECURITY_MODE_PSK);
        assert_int_equal(
                dataset_set_bytes(dataset, &PATH_RESOURCE(OBJECT_SECURITY, instance, SECURITY_SECRET_KEY),
                        VALUE_OPAQUE, key, sizeof(key)),
                0);
}

/* The YAML's: a Bootstrap-Server Account alone. */
static Dataset *make_factory(void)
{
        Dataset *dataset = dataset_new();

        assert_non_null(dataset);
        add_bootstrap_server(dataset, 0, "coaps://factory.example.org");
        return dataset;
}

/* What a bootstrap brought: that and one server. */
static Dataset *make_accounts(const char *uri)
{
        Dataset *dataset = dataset_new();

        assert_non_null(dataset);
        add_bootstrap_server(dataset, 0, "coaps://bootstrap.example.org");
        add_server(dataset, 1, 101, uri);
        return dataset;
}

static ConfigFingerprint fingerprint(uint8_t bootstrap_server, uint8_t servers)
{
        ConfigFingerprint result;

        memset(result.bootstrap_server, bootstrap_server, SHA256_SIZE);
        memset(result.servers, servers, SHA256_SIZE);
        memset(result.bare_bootstrap_server, bootstrap_server, SHA256_SIZE);
        memset(result.bare_servers, servers, SHA256_SIZE);
        return result;
}

/* -- A state directory for each test -- */

typedef struct Folder {
        char path[256];
        StateVault vault;
        Storage storage;
        Dataset *factory;
        Dataset *a, *b; /* two generations of accounts */
} Folder;

static bool encrypted; /* every test runs twice */
static StateKey first_key, next_key;

/* In a file, as what is encrypted names it. */
static void make_key(char digit, StateKey *ret)
{
        char name[] = "/tmp/test-storage-key-XXXXXX", text[2 * AES_KEY_SIZE];
        int fd = mkstemp(name);

        memset(text, digit, sizeof(text));
        if (write(fd, text, sizeof(text)) != sizeof(text) || close(fd) < 0 ||
                state_key_read(STATE_KEY_FILE, name, strlen(name), ret) != 0)
                abort();
}

static void forget_key(StateKey *forgotten)
{
        (void)unlink(forgotten->name);
        state_key_done(forgotten);
}

static int set_up(void **state)
{
        const char *base = getenv("TMPDIR");
        Folder *folder = calloc(1, sizeof(*folder));
        ConfigFingerprint print = fingerprint(1, 2);

        if (!folder)
                return -1;
        (void)snprintf(folder->path, sizeof(folder->path), "%s/test-storage-XXXXXX", base ? base : P_tmpdir);
        if (!mkdtemp(folder->path) || chdir(folder->path) < 0 ||
                state_vault_open(folder->path, &folder->vault) < 0)
                return -1;
        if (encrypted)
                assert_int_equal(state_vault_set_key(&folder->vault, &first_key), 0);
        storage_open(&folder->vault, &folder->storage);
        folder->factory = make_factory();
        folder->a = make_accounts("coap://a.example.org");
        folder->b = make_accounts("coap://b.example.org");
        storage_set_configuration(&folder->storage, &print, make_factory());
        log_set_level(LOG_EMERG);
        *state = folder;
        return 0;
}

static void empty_folder(void)
{
        DIR *directory = opendir(".");
        struct dirent *entry;

        assert_non_null(directory);
        while ((entry = readdir(directory)))
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        assert_int_equal(remove(entry->d_name), 0);
        (void)closedir(directory);
}

static int tear_down(void **state)
{
        Folder *folder = *state;

        empty_folder();
        (void)rmdir(folder->path);
        storage_done(&folder->storage);
        state_vault_done(&folder->vault);
        (void)dataset_free(folder->factory);
        (void)dataset_free(folder->a);
        (void)dataset_free(folder->b);
        free(folder);
        return 0;
}

static int save(Folder *folder, const Dataset *dataset, unsigned flags)
{
        return storage_for_client.save(&folder->storage, dataset, flags, LAST_BOOTSTRAP);
}

/* What a registration that succeeds leads to. */
static int save_both(Folder *folder, const Dataset *dataset, unsigned flags)
{
        int r = save(folder, dataset, flags);

        return r < 0 ? r : storage_for_client.save_last_good(&folder->storage, dataset, flags);
}

static bool exists(const char *name)
{
        return faccessat(AT_FDCWD, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void damage(const char *name)
{
        int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(lseek(fd, CHECKSUM_AT, SEEK_SET), CHECKSUM_AT);
        assert_int_equal(write(fd, "damage", 6), 6);
        (void)close(fd);
}

/* What the file itself says; name is current or last-good. */
static void assert_file(
        const char *name, const Dataset *dataset, unsigned flags, const ConfigFingerprint *print)
{
        StateVault vault = {.directory = (char *)".", .key = encrypted ? first_key : (StateKey){0}};
        StateFile content = {0};

        assert_int_equal(state_directory_read(&vault, name, &content), 0);
        assert_true(dataset_equal(content.dataset, dataset));
        assert_int_equal(content.flags, flags);
        assert_memory_equal(&content.fingerprint, print, sizeof(*print));
        state_file_done(&content);
}

static void assert_loads_and(Folder *folder, const Dataset *dataset, unsigned flags, bool unsaved)
{
        StateFile content = {0};
        bool is_unsaved;

        assert_int_equal(storage_load(&folder->storage, &content, &is_unsaved), 0);
        assert_true(dataset_equal(content.dataset, dataset));
        assert_int_equal(content.flags, flags);
        assert_int_equal(is_unsaved, unsaved);
        state_file_done(&content);
}

static void assert_loads(Folder *folder, const Dataset *dataset, unsigned flags)
{
        assert_loads_and(folder, dataset, flags, false);
}

/* -- The file -- */

static void encode(const Dataset *dataset, unsigned flags, uint8_t **ret, size_t *ret_size)
{
        StateFile file = {
                .dataset = (Dataset *)dataset,
                .flags = flags,
                .epoch = 0x0102030405060708,
                .last_bootstrap = LAST_BOOTSTRAP,
                .fingerprint = fingerprint(3, 4),
        };

        assert_int_equal(state_file_encode(&file, ret, ret_size), 0);
}

/* The version alone cannot tell what is damaged from what is newer: neither is used. */
static void assert_damaged(const uint8_t *data, size_t size, const char *what, size_t where)
{
        StateFile content = {0};
        int r = state_file_decode(data, size, &content);

        if ((r != STATE_FILE_E_DAMAGED && r != STATE_FILE_E_NEWER) || content.dataset)
                fail_msg("%s %zu: %d", what, where, r);
}

static void round_trip(const Dataset *dataset, unsigned flags, unsigned flags_read)
{
        ConfigFingerprint print = fingerprint(3, 4);
        StateFile content = {0};
        uint8_t *data = NULL;
        size_t size = 0;

        encode(dataset, flags, &data, &size);
        assert_int_equal(state_file_decode(data, size, &content), 0);
        assert_true(dataset_equal(content.dataset, dataset));
        assert_int_equal(content.version, STATE_FILE_VERSION);
        assert_int_equal(content.flags, flags_read);
        assert_int_equal(content.epoch, 0x0102030405060708);
        assert_int_equal(content.last_bootstrap, LAST_BOOTSTRAP);
        assert_memory_equal(&content.fingerprint, &print, sizeof(print));
        state_file_done(&content);
        free(data);
}

static void test_round_trip(void **state)
{
        Folder *folder = *state;
        Dataset *dataset = dataset_new();

        round_trip(folder->a, 0, 0);
        round_trip(folder->a, FLAGS | SAVE_PURGED, FLAGS | SAVE_PURGED);
        round_trip(folder->a, SAVE_BOOTSTRAP_PROVEN, SAVE_BOOTSTRAP_PROVEN);
        round_trip(folder->a, SAVE_PROVEN | 1 << 3, SAVE_PROVEN); /* a bit without a meaning is not stored */

        assert_non_null(dataset);
        round_trip(dataset, 0, 0); /* nothing at all */
        assert_int_equal(dataset_set(dataset, &PATH_INSTANCE(OBJECT_SERVER, 5), &(Value){0}), 0);
        round_trip(dataset, 0, 0); /* an Object Instance without Resources */
        (void)dataset_free(dataset);
}

static void test_round_trip_of_every_kind_of_value(void **state)
{
        static const int64_t numbers[] = {
                0, -1, 23, 24, 255, 256, INT32_MIN, UINT32_MAX, INT64_MAX, INT64_MIN};
        Dataset *dataset = make_accounts("coaps://[2001:db8::1]:5684");
        char long_uri[256];

        for (uint16_t i = 0; i < ELEMENTSOF(numbers); i++)
                set_integer(dataset, OBJECT_SERVER, i, SERVER_DEFAULT_MIN_PERIOD, VALUE_INTEGER, numbers[i]);
        set_integer(dataset, OBJECT_SERVER, 1, SERVER_SEQUENCE_DELAY_TIMER, VALUE_UNSIGNED, UINT32_MAX);
        assert_int_equal(
                dataset_set_boolean(dataset, &PATH_RESOURCE(OBJECT_SERVER, 1, SERVER_FAILURE_BLOCK), false),
                0);
        assert_int_equal(dataset_set_bytes(dataset, &PATH_RESOURCE(OBJECT_SECURITY, 1, SECURITY_SECRET_KEY),
                                 VALUE_OPAQUE, "", 0),
                0);
        set_text(dataset, OBJECT_SERVER, 1, SERVER_BINDING, "");
        memset(long_uri, 'x', sizeof(long_uri) - 1);
        long_uri[sizeof(long_uri) - 1] = '\0';
        set_text(dataset, OBJECT_SECURITY, 1, SECURITY_URI, long_uri);
        set_integer(dataset, OBJECT_SECURITY, 65534, SECURITY_MODE, VALUE_INTEGER, 3);
        set_integer(dataset, OBJECT_SERVER, 1, SERVER_LAST_BOOTSTRAPPED, VALUE_TIME, 1764273600);
        set_integer(dataset, OBJECT_ACCESS_CONTROL, 7, ACCESS_CONTROL_INSTANCE, VALUE_INTEGER, 65535);
        assert_int_equal(
                dataset_set(dataset,
                        &PATH_RESOURCE_INSTANCE(OBJECT_ACCESS_CONTROL, 7, ACCESS_CONTROL_ACL, 65534),
                        &VALUE_INT(31)),
                0);
        assert_int_equal(dataset_set_bytes(dataset, &PATH_RESOURCE(OBJECT_OSCORE, 0, OSCORE_MASTER_SECRET),
                                 VALUE_OPAQUE, "\0s", 2),
                0);
        round_trip(dataset, 0, 0);
        (void)dataset_free(dataset);
}

/* More records than one payload may have: what was written must be readable again. */
static void test_round_trip_of_a_full_store(void **state)
{
        static const uint16_t numbers[] = {SERVER_PRIORITY_ORDER, SERVER_INITIAL_DELAY, SERVER_RETRY_COUNT,
                SERVER_RETRY_TIMER, SERVER_SEQUENCE_DELAY_TIMER, SERVER_SEQUENCE_RETRY_COUNT};
        static const uint16_t seconds[] = {
                SERVER_DEFAULT_MIN_PERIOD, SERVER_DEFAULT_MAX_PERIOD, SERVER_DISABLE_TIMEOUT};
        const size_t key_size = LIMIT_STORE_SIZE / (LIMIT_INSTANCES + 1);
        Dataset *dataset = dataset_new();
        uint8_t *key = calloc(1, key_size);

        assert_non_null(dataset);
        assert_non_null(key);
        for (uint16_t i = 0; i < LIMIT_INSTANCES; i++) {
                char uri[64];

                (void)snprintf(uri, sizeof(uri), "coap://server-%u.example.org", i);
                add_server(dataset, i, (uint16_t)(i + 1), uri);
                set_integer(dataset, OBJECT_SECURITY, i, SECURITY_HOLD_OFF_TIME, VALUE_INTEGER, i);
                for (size_t j = 0; j < ELEMENTSOF(numbers); j++)
                        set_integer(dataset, OBJECT_SERVER, i, numbers[j], VALUE_UNSIGNED, UINT32_MAX);
                for (size_t j = 0; j < ELEMENTSOF(seconds); j++)
                        set_integer(dataset, OBJECT_SERVER, i, seconds[j], VALUE_INTEGER, UINT32_MAX);
                assert_int_equal(
                        dataset_set_bytes(dataset, &PATH_RESOURCE(OBJECT_SECURITY, i, SECURITY_SECRET_KEY),
                                VALUE_OPAQUE, key, key_size),
                        0);
        }
        assert_true(
                LIMIT_INSTANCES * (6 + 1 + ELEMENTSOF(numbers) + ELEMENTSOF(seconds) + 1) > LIMIT_RECORDS);
        round_trip(dataset, FLAGS, FLAGS);
        free(key);
        (void)dataset_free(dataset);
}

static void test_each_flipped_bit_is_seen(void **state)
{
        Folder *folder = *state;
        uint8_t *data = NULL;
        size_t size = 0;

        encode(folder->a, FLAGS, &data, &size);
        for (size_t bit = 0; bit < size * 8; bit++) {
                data[bit / 8] ^= (uint8_t)(1U << bit % 8);
                assert_damaged(data, size, "bit", bit);
                data[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        free(data);
}

static void test_each_truncation_is_seen(void **state)
{
        Folder *folder = *state;
        uint8_t *data = NULL, *longer;
        size_t size = 0;

        encode(folder->a, FLAGS, &data, &size);
        for (size_t length = 0; length < size; length++) {
                /* Its own allocation, so that a read behind the end is seen. */
                uint8_t *part = malloc(MAX_OF(length, (size_t)1));

                assert_non_null(part);
                memcpy(part, data, length);
                assert_damaged(part, length, "length", length);
                free(part);
        }
        longer = calloc(1, size + 1);
        assert_non_null(longer);
        memcpy(longer, data, size);
        assert_damaged(longer, size + 1, "length", size + 1);
        free(longer);
        free(data);
}

static void seal_at(uint8_t *data, size_t size, size_t place)
{
        uint8_t sum[SHA256_SIZE];

        memset(data + place, 0, SHA256_SIZE);
        assert_int_equal(crypto_sha256(data, size, sum), 0);
        memcpy(data + place, sum, SHA256_SIZE);
}

static void seal(uint8_t *data, size_t size)
{
        seal_at(data, size, CHECKSUM_AT);
}

static void put(const char *name, const uint8_t *data, size_t size)
{
        int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, data, size), size);
        (void)close(fd);
}

/* As the daemons before version 2 wrote it. */
static void put_old(const char *name, const Dataset *dataset, unsigned flags)
{
        StateFile file = {.dataset = (Dataset *)dataset, .flags = flags, .fingerprint = fingerprint(1, 2)};
        uint8_t *data = NULL, *old;
        size_t size = 0;

        assert_int_equal(state_file_encode(&file, &data, &size), 0);
        old = calloc(1, size);
        assert_non_null(old);
        memcpy(old, data, EPOCH_AT);
        old[VERSION_AT + 1] = 1;
        memcpy(old + EPOCH_AT, data + FINGERPRINTS_AT, 2 * SHA256_SIZE);
        memcpy(old + OLD_HEADER_SIZE, data + HEADER_SIZE, size - HEADER_SIZE);
        size -= HEADER_SIZE - OLD_HEADER_SIZE;
        seal_at(old, size, OLD_CHECKSUM_AT);
        put(name, old, size);
        free(old);
        free(data);
}

/* What a daemon of the future leaves behind: nobody here knows more of it than magic and version. */
static void put_newer(const char *name, uint8_t version)
{
        uint8_t data[] = {'L', 'W', 'M', '2', 'M', 'S', 'T', '\n', 0, version, 'x'};

        put(name, data, sizeof(data));
}

/* A good checksum over something that is not ours. */
static void test_sealed_nonsense_is_damaged(void **state)
{
        static const struct {
                const char *title;
                size_t at;
                uint8_t value;
        } rows[] = {
                {"another magic", 0, 'X'},
                {"a newer version", VERSION_AT + 1, 3},
                {"an older version", VERSION_AT + 1, 1},
                {"version 0", VERSION_AT + 1, 0},
                {"a flag of the future", FLAGS_AT, 0x80},
                {"a flag without a meaning", FLAGS_AT + 1, 1 << 3},
                {"a length of 4 GiB", LENGTH_AT, 0xff},
                {"a shorter length", LENGTH_AT + 3, 1},
                {"a map for the array", HEADER_SIZE, 0xa0},
                {"the body's end", HEADER_SIZE, 0x80},
        };
        Folder *folder = *state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                uint8_t *data = NULL;
                size_t size = 0;

                encode(folder->a, FLAGS, &data, &size);
                data[rows[i].at] = rows[i].value;
                seal(data, size);
                assert_damaged(data, size, rows[i].title, i);
                free(data);
        }
}

static void test_files_are_private(void **state)
{
        Folder *folder = *state;
        struct stat st;

        assert_int_equal(save_both(folder, folder->a, SAVE_PROVEN), 0);
        assert_int_equal(stat(STATE_CURRENT, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        assert_int_equal(stat(STATE_LAST_GOOD, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
}

/* -- What counts at a start -- */

static void test_nothing_stored(void **state)
{
        Folder *folder = *state;

        assert_loads(folder, folder->factory, 0);
}

static void test_current_counts(void **state)
{
        Folder *folder = *state;

        assert_int_equal(save_both(folder, folder->a, FLAGS), 0);
        assert_int_equal(save(folder, folder->b, SAVE_BOOTSTRAPPED), 0);
        assert_loads(folder, folder->b, SAVE_BOOTSTRAPPED);
        assert_file(STATE_LAST_GOOD, folder->a, FLAGS, &folder->storage.fingerprint);
        assert_false(exists("current.broken"));
}

static void test_damaged_current(void **state)
{
        Folder *folder = *state;

        assert_int_equal(save_both(folder, folder->a, FLAGS), 0);
        assert_int_equal(save(folder, folder->b, SAVE_BOOTSTRAPPED), 0);
        damage(STATE_CURRENT);
        assert_loads(folder, folder->a, FLAGS);
        assert_true(exists("current.broken"));
        assert_file(STATE_CURRENT, folder->a, FLAGS, &folder->storage.fingerprint);
        assert_loads(folder, folder->a, FLAGS);
}

static void test_damage_of_every_kind(void **state)
{
        Folder *folder = *state;

        for (unsigned i = 0; i < 4; i++) {
                assert_int_equal(save_both(folder, folder->a, FLAGS), 0);
                assert_int_equal(unlink(STATE_CURRENT), 0);
                if (i == 0)
                        assert_int_equal(mkdir(STATE_CURRENT, 0700), 0); /* a folder in its place */
                else if (i == 3)
                        assert_int_equal(symlink(STATE_CURRENT, STATE_CURRENT), 0); /* cannot be read */
                else {
                        int fd = open(STATE_CURRENT, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

                        assert_true(fd >= 0);
                        assert_int_equal(ftruncate(fd, i == 1 ? 0 : (off_t)STATE_FILE_MAX + 1), 0);
                        (void)close(fd);
                }
                assert_loads(folder, folder->a, FLAGS);
                assert_true(exists("current.broken"));
                empty_folder();
        }
}

static void test_missing_current_beside_last_good(void **state)
{
        Folder *folder = *state;

        assert_int_equal(save_both(folder, folder->a, FLAGS), 0);
        assert_int_equal(unlink(STATE_CURRENT), 0);
        assert_loads(folder, folder->a, FLAGS);
        assert_file(STATE_CURRENT, folder->a, FLAGS, &folder->storage.fingerprint);
}

static void test_both_damaged(void **state)
{
        Folder *folder = *state;

        assert_int_equal(save_both(folder, folder->a, FLAGS), 0);
        damage(STATE_CURRENT);
        damage(STATE_LAST_GOOD);
        assert_loads(folder, folder->factory, 0);
        assert_true(exists("current.broken"));
        assert_true(exists("last-good.broken"));
        assert_loads(folder, folder->factory, 0);
}

/* -- Other versions of the daemon -- */

static void test_version_1_is_read(void **state)
{
        Folder *folder = *state;

        put_old(STATE_CURRENT, folder->a, FLAGS | SAVE_PURGED);
        assert_loads(folder, folder->a, FLAGS | SAVE_PURGED | SAVE_BOOTSTRAP_PROVEN);
        put_old(STATE_CURRENT, folder->a, SAVE_BOOTSTRAPPED);
        assert_loads(folder, folder->a, SAVE_BOOTSTRAPPED);
        put_old(STATE_LAST_GOOD, folder->b, SAVE_PROVEN);
        damage(STATE_CURRENT);
        assert_loads(folder, folder->b, SAVE_PROVEN | SAVE_BOOTSTRAP_PROVEN);
        assert_file(
                STATE_CURRENT, folder->b, SAVE_PROVEN | SAVE_BOOTSTRAP_PROVEN, &folder->storage.fingerprint);
}

static void test_newer_version_is_kept(void **state)
{
        Folder *folder = *state;

        put_newer(STATE_CURRENT, 4);
        put_newer(STATE_LAST_GOOD, 200);
        assert_loads(folder, folder->factory, 0);
        assert_true(exists("current.format-4"));
        assert_true(exists("last-good.format-200"));
        assert_int_equal(save_both(folder, folder->a, FLAGS), 0);
        assert_loads(folder, folder->a, FLAGS);
        assert_true(exists("current.format-4"));
        assert_true(exists("last-good.format-200"));
        assert_false(exists("current.broken"));

        put_newer(STATE_CURRENT, 4); /* a second time, beside a last-good of ours */
        assert_loads(folder, folder->a, FLAGS);
        assert_file(STATE_CURRENT, folder->a, FLAGS, &folder->storage.fingerprint);
}

static void test_own_version_is_taken_back(void **state)
{
        Folder *folder = *state;

        assert_int_equal(save_both(folder, folder->a, FLAGS), 0);
        assert_int_equal(rename(STATE_CURRENT, "current.format-2"), 0);
        assert_int_equal(rename(STATE_LAST_GOOD, "last-good.format-2"), 0);
        assert_loads(folder, folder->a, FLAGS);
        assert_false(exists("current.format-2"));
        assert_file(STATE_LAST_GOOD, folder->a, FLAGS, &folder->storage.fingerprint);

        /* The older daemon has run on the configuration's accounts meanwhile ... */
        assert_int_equal(rename(STATE_CURRENT, "current.format-2"), 0);
        put_old(STATE_CURRENT, folder->factory, 0);
        assert_loads(folder, folder->a, FLAGS);

        /* ... or has bootstrapped: what it has got is newer. */
        assert_int_equal(rename(STATE_CURRENT, "current.format-2"), 0);
        assert_int_equal(storage_for_client.save(&folder->storage, folder->b, FLAGS, LAST_BOOTSTRAP + 1), 0);
        assert_loads(folder, folder->b, FLAGS);
        assert_false(exists("current.format-2"));
}

/* -- The configuration has changed -- */

static void configure(Folder *folder, uint8_t bootstrap_server, uint8_t servers)
{
        ConfigFingerprint print = fingerprint(bootstrap_server, servers);

        storage_set_configuration(&folder->storage, &print, make_factory());
        storage_use_configuration(&folder->storage);
}

/* a or b with the factory's Bootstrap-Server Account */
static Dataset *with_new_bootstrap_server(const Dataset *dataset)
{
        Dataset *copy = NULL;

        assert_int_equal(dataset_copy(dataset, &copy), 0);
        (void)dataset_remove(copy, &PATH_INSTANCE(OBJECT_SECURITY, 0));
        add_bootstrap_server(copy, 0, "coaps://factory.example.org");
        return copy;
}

static void test_changed_bootstrap_server(void **state)
{
        Folder *folder = *state;
        Dataset *expected = with_new_bootstrap_server(folder->a);

        assert_int_equal(save(folder, folder->a, FLAGS | SAVE_PURGED), 0);
        configure(folder, 9, 2);
        assert_loads(folder, expected, FLAGS); /* purged is lifted */
        assert_file(STATE_CURRENT, expected, FLAGS, &folder->storage.fingerprint);
        assert_loads(folder, expected, FLAGS);
        (void)dataset_free(expected);
}

static void test_changed_servers(void **state)
{
        Folder *folder = *state;

        for (uint8_t bootstrap_server = 1; bootstrap_server <= 9; bootstrap_server += 8) {
                configure(folder, 1, 2);
                assert_int_equal(save_both(folder, folder->a, FLAGS), 0);
                configure(folder, bootstrap_server, 9);
                assert_loads(folder, folder->factory, 0);
                assert_false(exists(STATE_LAST_GOOD));
                assert_file(STATE_CURRENT, folder->factory, 0, &folder->storage.fingerprint);
        }
}

static void test_changed_configuration_and_damaged_current(void **state)
{
        Folder *folder = *state;
        Dataset *expected = with_new_bootstrap_server(folder->a);

        assert_int_equal(save_both(folder, folder->a, FLAGS), 0);
        damage(STATE_CURRENT);
        configure(folder, 9, 2);
        assert_loads(folder, expected, FLAGS);
        assert_file(STATE_CURRENT, expected, FLAGS, &folder->storage.fingerprint);

        damage(STATE_CURRENT);
        configure(folder, 9, 9);
        assert_loads(folder, folder->factory, 0);
        assert_false(exists(STATE_LAST_GOOD));
        (void)dataset_free(expected);
}

/* The factory's Bootstrap-Server Account with another key. */
static Dataset *make_renewed_factory(void)
{
        Dataset *dataset = make_factory();

        assert_int_equal(dataset_set_bytes(dataset, &PATH_RESOURCE(OBJECT_SECURITY, 0, SECURITY_SECRET_KEY),
                                 VALUE_OPAQUE, "renewed", 7),
                0);
        return dataset;
}

/* Of bootstrap.server or servers, which makes other digests of the one and the same of the bare ones. */
static void renew(Folder *folder, uint8_t bootstrap_server, uint8_t servers)
{
        ConfigFingerprint print = fingerprint(1, 2);

        memset(print.bootstrap_server, bootstrap_server, SHA256_SIZE);
        memset(print.servers, servers, SHA256_SIZE);
        storage_set_configuration(&folder->storage, &print, make_renewed_factory());
        storage_use_configuration(&folder->storage);
}

static void test_renewed_credential(void **state)
{
        Folder *folder = *state;
        Dataset *own = make_factory(), *expected = make_renewed_factory(), *dataset = NULL;
        unsigned flags = 0;

        add_server(own, 1, 101, "coap://a.example.org");
        add_server(expected, 1, 101, "coap://a.example.org");
        assert_int_equal(save_both(folder, own, FLAGS | SAVE_PURGED | SAVE_BOOTSTRAP_PROVEN), 0);
        renew(folder, 9, 2);
        /* Purged stays purged: the account is the same. */
        assert_loads(folder, expected, FLAGS | SAVE_PURGED | SAVE_BOOTSTRAP_PROVEN);
        assert_file(STATE_CURRENT, expected, FLAGS | SAVE_PURGED | SAVE_BOOTSTRAP_PROVEN,
                &folder->storage.fingerprint);
        assert_int_equal(storage_for_client.load_last_good(&folder->storage, &dataset, &flags), 0);
        assert_true(dataset_equal(dataset, expected));
        (void)dataset_free(dataset);

        /* Of servers: nothing is forgotten either. What a bootstrap wrote keeps what it was given. */
        configure(folder, 1, 2);
        assert_int_equal(save_both(folder, folder->a, FLAGS), 0);
        renew(folder, 1, 9);
        assert_loads(folder, folder->a, FLAGS);
        assert_file(STATE_CURRENT, folder->a, FLAGS, &folder->storage.fingerprint);
        (void)dataset_free(own);
        (void)dataset_free(expected);
}

/* -- What the client asks for -- */

static ino_t inode(const char *name)
{
        struct stat st;

        assert_int_equal(stat(name, &st), 0);
        return st.st_ino;
}

static void test_last_good_is_written_where_it_differs(void **state)
{
        Folder *folder = *state;
        ino_t before;

        assert_int_equal(save(folder, folder->a, SAVE_BOOTSTRAPPED), 0);
        assert_false(exists(STATE_LAST_GOOD));
        assert_int_equal(save_both(folder, folder->a, FLAGS), 0);
        before = inode(STATE_LAST_GOOD);
        assert_int_equal(save_both(folder, folder->a, FLAGS), 0);
        assert_int_equal(inode(STATE_LAST_GOOD), before);
        assert_int_equal(save(folder, folder->b, FLAGS), 0);
        assert_int_equal(inode(STATE_LAST_GOOD), before);

        assert_int_equal(save_both(folder, folder->b, FLAGS), 0); /* other accounts */
        assert_true(inode(STATE_LAST_GOOD) != before);
        assert_file(STATE_LAST_GOOD, folder->b, FLAGS, &folder->storage.fingerprint);
        before = inode(STATE_LAST_GOOD);
        assert_int_equal(save_both(folder, folder->b, SAVE_PROVEN), 0); /* other flags */
        assert_true(inode(STATE_LAST_GOOD) != before);
        before = inode(STATE_LAST_GOOD);
        configure(folder, 9, 2);
        assert_int_equal(save_both(folder, folder->b, SAVE_PROVEN), 0); /* another configuration */
        assert_true(inode(STATE_LAST_GOOD) != before);
        damage(STATE_LAST_GOOD);
        assert_int_equal(save_both(folder, folder->b, SAVE_PROVEN), 0);
        assert_file(STATE_LAST_GOOD, folder->b, SAVE_PROVEN, &folder->storage.fingerprint);
}

static void test_load_last_good(void **state)
{
        Folder *folder = *state;
        Dataset *expected = with_new_bootstrap_server(folder->a), *dataset = NULL;
        unsigned flags = 0;

        assert_int_equal(storage_for_client.load_last_good(&folder->storage, &dataset, &flags), -ENOENT);
        assert_int_equal(save_both(folder, folder->a, FLAGS), 0);
        assert_int_equal(save(folder, folder->b, SAVE_BOOTSTRAPPED), 0);
        assert_int_equal(storage_for_client.load_last_good(&folder->storage, &dataset, &flags), 0);
        assert_true(dataset_equal(dataset, folder->a));
        assert_int_equal(flags, FLAGS);
        dataset = dataset_free(dataset);

        configure(folder, 9, 2);
        assert_int_equal(storage_for_client.load_last_good(&folder->storage, &dataset, &flags), 0);
        assert_true(dataset_equal(dataset, expected));
        dataset = dataset_free(dataset);
        configure(folder, 9, 9);
        assert_int_equal(storage_for_client.load_last_good(&folder->storage, &dataset, &flags), -ENOENT);
        assert_null(dataset);
        configure(folder, 1, 2);
        damage(STATE_LAST_GOOD);
        assert_int_equal(storage_for_client.load_last_good(&folder->storage, &dataset, &flags), -ENOENT);
        assert_null(dataset);
        assert_true(exists("last-good.broken"));
        (void)dataset_free(expected);
}

/* Out of file descriptors for a moment, say: nothing is wrong with the file. */
static void test_last_good_that_cannot_be_read_stays(void **state)
{
        Folder *folder = *state;
        struct rlimit old, none;
        Dataset *dataset = NULL;
        unsigned flags = 0;
        int r;

        assert_int_equal(save_both(folder, folder->a, FLAGS), 0);
        assert_return_code(getrlimit(RLIMIT_NOFILE, &old), 0);
        none = (struct rlimit){0, old.rlim_max};
        assert_return_code(setrlimit(RLIMIT_NOFILE, &none), 0);
        r = storage_for_client.load_last_good(&folder->storage, &dataset, &flags);
        assert_return_code(setrlimit(RLIMIT_NOFILE, &old), 0);
        assert_int_equal(r, -EMFILE);
        assert_true(exists(STATE_LAST_GOOD));
        assert_int_equal(storage_for_client.load_last_good(&folder->storage, &dataset, &flags), 0);
        (void)dataset_free(dataset);
}

static size_t count_files(void)
{
        DIR *directory = opendir(".");
        size_t n = 0;

        assert_non_null(directory);
        while (readdir(directory))
                n++;
        (void)closedir(directory);
        return n - 2;
}

static void test_reset(void **state)
{
        Folder *folder = *state;

        assert_int_equal(save_both(folder, folder->a, FLAGS), 0);
        damage("current.broken");
        damage("last-good.broken");
        damage(".current.tmp"); /* as a power cut leaves it, keys and all */
        damage(".last-good.tmp");
        put_newer("current.format-7", 7);
        assert_int_equal(storage_for_client.reset(&folder->storage, folder->factory), 0);
        assert_int_equal(count_files(), 1);
        assert_file(STATE_CURRENT, folder->factory, 0, &folder->storage.fingerprint);
        assert_loads(folder, folder->factory, 0);
}

/* What Reset could not remove is of an older epoch. */
static void test_last_good_of_an_older_epoch_is_ignored(void **state)
{
        Folder *folder = *state;
        Dataset *dataset = NULL;
        unsigned flags;

        assert_int_equal(save_both(folder, folder->a, FLAGS), 0);
        assert_int_equal(link(STATE_LAST_GOOD, "kept"), 0);
        assert_int_equal(rename("kept", "../kept-by-test-storage"), 0);
        assert_int_equal(storage_for_client.reset(&folder->storage, folder->factory), 0);
        assert_int_equal(rename("../kept-by-test-storage", STATE_LAST_GOOD), 0);
        assert_int_equal(storage_for_client.load_last_good(&folder->storage, &dataset, &flags), -ENOENT);
        assert_loads(folder, folder->factory, 0);
        assert_false(exists(STATE_LAST_GOOD));

        assert_int_equal(save_both(folder, folder->b, FLAGS), 0); /* one of this epoch counts */
        assert_int_equal(storage_for_client.load_last_good(&folder->storage, &dataset, &flags), 0);
        (void)dataset_free(dataset);
}

static void test_last_bootstrap_is_kept(void **state)
{
        Folder *folder = *state;
        StateFile content = {0};
        bool unsaved;

        assert_int_equal(save_both(folder, folder->a, FLAGS), 0);
        assert_int_equal(storage_load(&folder->storage, &content, &unsaved), 0);
        assert_int_equal(content.last_bootstrap, LAST_BOOTSTRAP);
        state_file_done(&content);
        damage(STATE_CURRENT); /* last-good tells it too */
        assert_int_equal(storage_load(&folder->storage, &content, &unsaved), 0);
        assert_int_equal(content.last_bootstrap, LAST_BOOTSTRAP);
        state_file_done(&content);
}

/* A folder under the temporary file's name: root cannot write either. */
static void test_unwritable(void **state)
{
        Folder *folder = *state;
        Dataset *expected = with_new_bootstrap_server(folder->a);

        assert_int_equal(save_both(folder, folder->a, FLAGS), 0);
        assert_int_equal(mkdir(".current.tmp", 0700), 0);
        assert_true(save(folder, folder->b, FLAGS) < 0);
        assert_true(storage_for_client.reset(&folder->storage, folder->factory) < 0);
        assert_loads(folder, folder->a, FLAGS);
        assert_file(STATE_LAST_GOOD, folder->a, FLAGS, &folder->storage.fingerprint);

        configure(folder, 9, 2); /* what cannot be written counts in memory all the same */
        assert_loads_and(folder, expected, FLAGS, true);
        configure(folder, 9, 9);
        assert_loads_and(folder, folder->factory, 0, true);
        configure(folder, 1, 2);
        assert_loads(folder, folder->a, FLAGS);
        (void)dataset_free(expected);
}

static void test_last_good_unwritable(void **state)
{
        Folder *folder = *state;

        assert_int_equal(mkdir(".last-good.tmp", 0700), 0);
        assert_int_equal(save(folder, folder->a, FLAGS), 0);
        assert_true(storage_for_client.save_last_good(&folder->storage, folder->a, FLAGS) < 0);
        assert_loads(folder, folder->a, FLAGS);
}

static void test_make(void **state)
{
        struct stat st;

        assert_int_equal(state_directory_make("made"), 0);
        assert_int_equal(stat("made", &st), 0);
        assert_int_equal(st.st_mode & 0777, 0700);
        assert_int_equal(state_directory_make("made"), 0);
        assert_int_equal(state_directory_make("missing/state"), -ENOENT);
}

/* By hand as root: the service, which runs as the directory's owner, must be able to use them. */
static void test_files_get_the_directorys_owner(void **state)
{
        Folder *folder = *state;
        unsigned pid = 0;
        struct stat st;
        int fd = -1;

        if (geteuid() != 0)
                skip();
        assert_int_equal(chown(folder->path, 65534, 65533), 0);
        assert_int_equal(save_both(folder, folder->a, FLAGS), 0);
        assert_int_equal(state_lock_take(folder->path, &fd, &pid), 0);
        (void)close(fd);
        for (size_t i = 0; i < 3; i++) {
                assert_int_equal(stat((const char *[]){"current", "last-good", "lock"}[i], &st), 0);
                assert_int_equal(st.st_uid, 65534);
                assert_int_equal(st.st_gid, 65533);
        }
}

static void test_lock(void **state)
{
        Folder *folder = *state;
        unsigned pid = 0;
        int fd = -1, status = 0;
        struct stat st;
        pid_t child;

        put(STATE_LOCK, (const uint8_t *)"1\n", 2); /* of a dead process: no lock */
        assert_int_equal(state_lock_take(folder->path, &fd, &pid), 0);
        child = fork();
        if (child == 0) {
                int other = -1;

                if (state_lock_take(folder->path, &other, &pid) != STATE_LOCK_E_HELD || other >= 0)
                        _exit(1);
                _exit(pid == (unsigned)getppid() ? 0 : 2);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        assert_int_equal(storage_for_client.reset(&folder->storage, folder->factory), 0);
        assert_int_equal(stat(STATE_LOCK, &st), 0); /* Reset leaves it */
        assert_int_equal(st.st_mode & 07777, 0600);

        put(STATE_LOCK, (const uint8_t *)"4194305\n",
                8); /* of a dead process, over PID_MAX_LIMIT: the holder
                     * could not write its own, on a read-only disk */
        child = fork();
        if (child == 0) {
                int other = -1;

                _exit(state_lock_take(folder->path, &other, &pid) == STATE_LOCK_E_HELD && pid == 0 ? 0 : 1);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        (void)close(fd);
        assert_int_equal(state_lock_take(folder->path, &fd, &pid), 0);
        (void)close(fd);
        assert_int_equal(state_lock_take("missing", &fd, &pid), -ENOENT);
        assert_int_equal(unlink(STATE_LOCK), 0);
        assert_int_equal(mkdir(STATE_LOCK, 0700), 0);
        assert_true(state_lock_take(folder->path, &fd, &pid) < 0);
}

/* -- Power cuts -- */

typedef struct Scenario {
        const char *title;
        void (*before)(Folder *folder);
        int (*act)(Folder *folder);
        bool (*right)(Folder *folder, const StateFile *content); /* after the cut and the next start */
        unsigned calls_min;                                      /* system calls that act makes, at least */
} Scenario;

static void before_save(Folder *folder)
{
        assert_int_equal(save_both(folder, folder->a, FLAGS), 0);
}

static int act_save(Folder *folder)
{
        return save(folder, folder->b, SAVE_BOOTSTRAPPED);
}

static bool is_old_or_new(Folder *folder, const StateFile *content)
{
        return (dataset_equal(content->dataset, folder->a) && content->flags == FLAGS) ||
               (dataset_equal(content->dataset, folder->b) && content->flags == SAVE_BOOTSTRAPPED);
}

static void before_first_save(Folder *folder)
{
}

static bool is_factory_or_new(Folder *folder, const StateFile *content)
{
        return (dataset_equal(content->dataset, folder->factory) && content->flags == 0) ||
               (dataset_equal(content->dataset, folder->b) && content->flags == SAVE_BOOTSTRAPPED);
}

static void before_proven(Folder *folder)
{
        assert_int_equal(save_both(folder, folder->a, FLAGS), 0);
        assert_int_equal(save(folder, folder->b, SAVE_BOOTSTRAPPED), 0);
}

static int act_proven(Folder *folder)
{
        return save_both(folder, folder->b, FLAGS);
}

/* The accounts are the new ones in any case; last-good is whole, the old or the new. */
static bool is_new_with_whole_last_good(Folder *folder, const StateFile *content)
{
        Dataset *last_good = NULL;
        unsigned flags = 0;
        bool whole;

        if (storage_for_client.load_last_good(&folder->storage, &last_good, &flags) != 0)
                return false;
        whole = flags == FLAGS &&
                (dataset_equal(last_good, folder->a) || dataset_equal(last_good, folder->b));
        (void)dataset_free(last_good);
        return whole && dataset_equal(content->dataset, folder->b);
}

static int act_reset(Folder *folder)
{
        return storage_for_client.reset(&folder->storage, folder->factory);
}

/* Forgotten wholly or not at all: no last-good from before beside a fresh current. */
static bool is_reset_or_not(Folder *folder, const StateFile *content)
{
        Dataset *last_good = NULL;
        unsigned flags = 0;
        bool has_last_good;

        has_last_good = storage_for_client.load_last_good(&folder->storage, &last_good, &flags) == 0;
        (void)dataset_free(last_good);
        if (dataset_equal(content->dataset, folder->a))
                return content->flags == FLAGS && has_last_good;
        return dataset_equal(content->dataset, folder->factory) && content->flags == 0 && !has_last_good;
}

static void before_recovery(Folder *folder)
{
        before_proven(folder);
        damage(STATE_CURRENT);
}

static int act_load(Folder *folder)
{
        StateFile content = {0};
        bool unsaved;
        int r = storage_load(&folder->storage, &content, &unsaved);

        state_file_done(&content);
        return r;
}

static bool is_last_good(Folder *folder, const StateFile *content)
{
        return dataset_equal(content->dataset, folder->a) && content->flags == FLAGS;
}

/* The key changes, encryption begins: files under either are there, and both keys at hand. */
static int act_renew(Folder *folder)
{
        int r = state_vault_set_key(&folder->vault, &next_key);

        state_directory_renew(&folder->vault);
        return r;
}

static void before_renew(Folder *folder)
{
        before_save(folder);
        damage("current.broken");
}

static const Scenario scenarios[] = {
        {"a commit", before_save, act_save, is_old_or_new, 5},
        {"the first commit", before_first_save, act_save, is_factory_or_new, 5},
        {"proven", before_proven, act_proven, is_new_with_whole_last_good, 10},
        {"Reset", before_save, act_reset, is_reset_or_not, 7},
        {"recovery from damage", before_recovery, act_load, is_last_good, 7},
        {"another key", before_renew, act_renew, is_last_good, 15},
};

/* Whether the action was cut off; false: it ended before its calls did. */
static bool cut_after(Folder *folder, const Scenario *scenario, unsigned calls, bool lose_directory)
{
        int status = 0;
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
                disk.armed = true;
                disk.calls_left = calls;
                disk.lose_directory = lose_directory;
                _exit(scenario->act(folder) < 0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) == CUT_STATUS)
                return true;
        assert_int_equal(WEXITSTATUS(status), 0);
        return false;
}

static void check_after_cut(Folder *folder, const Scenario *scenario, unsigned calls, bool lose_directory)
{
        StateFile content = {0};
        bool unsaved;

        assert_int_equal(storage_load(&folder->storage, &content, &unsaved), 0);
        if (!scenario->right(folder, &content))
                fail_msg("%s, cut after %u calls, names %s: neither old nor new", scenario->title, calls,
                        lose_directory ? "lost" : "kept");
        state_file_done(&content);
        /* And the next save goes as ever. */
        assert_int_equal(save(folder, folder->b, SAVE_BOOTSTRAPPED), 0);
        assert_loads(folder, folder->b, SAVE_BOOTSTRAPPED);
}

static void test_power_cuts(void **state)
{
        Folder *folder = *state;

        for (size_t i = 0; i < ELEMENTSOF(scenarios); i++)
                for (int lose_directory = 0; lose_directory < 2; lose_directory++) {
                        unsigned calls = 0;
                        bool cut;

                        do {
                                empty_folder();
                                scenarios[i].before(folder);
                                cut = cut_after(folder, &scenarios[i], calls, lose_directory);
                                check_after_cut(folder, &scenarios[i], calls, lose_directory);
                                calls++;
                        } while (cut);
                        if (calls <= scenarios[i].calls_min)
                                fail_msg("%s: only %u places to cut", scenarios[i].title, calls - 1);
                }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_round_trip),
                TEST(test_round_trip_of_every_kind_of_value),
                TEST(test_round_trip_of_a_full_store),
                TEST(test_each_flipped_bit_is_seen),
                TEST(test_each_truncation_is_seen),
                TEST(test_sealed_nonsense_is_damaged),
                TEST(test_files_are_private),
                TEST(test_nothing_stored),
                TEST(test_current_counts),
                TEST(test_damaged_current),
                TEST(test_damage_of_every_kind),
                TEST(test_missing_current_beside_last_good),
                TEST(test_both_damaged),
                TEST(test_version_1_is_read),
                TEST(test_newer_version_is_kept),
                TEST(test_own_version_is_taken_back),
                TEST(test_changed_bootstrap_server),
                TEST(test_changed_servers),
                TEST(test_renewed_credential),
                TEST(test_changed_configuration_and_damaged_current),
                TEST(test_last_good_is_written_where_it_differs),
                TEST(test_load_last_good),
                TEST(test_last_good_that_cannot_be_read_stays),
                TEST(test_reset),
                TEST(test_last_good_of_an_older_epoch_is_ignored),
                TEST(test_last_bootstrap_is_kept),
                TEST(test_unwritable),
                TEST(test_last_good_unwritable),
                TEST(test_make),
                TEST(test_files_get_the_directorys_owner),
                TEST(test_lock),
                TEST(test_power_cuts),
        };
        int failed;

        make_key('1', &first_key);
        make_key('2', &next_key);
        failed = cmocka_run_group_tests_name("plain", tests, NULL, NULL);
        encrypted = true;
        failed += cmocka_run_group_tests_name("encrypted", tests, NULL, NULL);
        forget_key(&first_key);
        forget_key(&next_key);
        return failed;
}
