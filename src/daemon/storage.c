/* SPDX-License-Identifier: Apache-2.0 */
/* The state directory. */
#include "daemon/storage.h"

#include <stdio.h>
#include <sys/stat.h>

#include "codec/codec.h"
#include "util/bytes.h"
#include "util/file.h"
#include "util/log.h"
#include "util/message_ids.h"

/* magic 8, version 2, flags 2, length 4, fingerprints 64, checksum 32; then SenML CBOR. The checksum covers
 * all but itself. */
#define MAGIC        "LWM2MST\n"
#define MAGIC_SIZE   8
#define VERSION      1
#define CHECKSUM_AT  (MAGIC_SIZE + 2 + 2 + 4 + 2 * SHA256_SIZE)
#define HEADER_SIZE  (CHECKSUM_AT + SHA256_SIZE)
#define STORED_FLAGS (SAVE_PROVEN | SAVE_PURGED | SAVE_BOOTSTRAPPED)

#define SLOW_WRITE_USEC (100 * USEC_PER_MSEC) /* design.md section 7 */

#define log_recovered(...) log_full(LOG_WARNING, 0, recovered_fields, __VA_ARGS__)

static const LogField recovered_fields[] = {{"MESSAGE_ID", MESSAGE_ID_STORAGE_RECOVERED}, {NULL, NULL}};

void storage_content_done(StorageContent *content)
{
        content->dataset = dataset_free(content->dataset);
}

/* The digest of header and body as if the checksum's place held zeros; data is put back as it was. */
static int checksum(uint8_t *data, size_t size, uint8_t ret[SHA256_SIZE])
{
        uint8_t kept[SHA256_SIZE];
        int r;

        memcpy(kept, data + CHECKSUM_AT, SHA256_SIZE);
        memset(data + CHECKSUM_AT, 0, SHA256_SIZE);
        r = crypto_sha256(data, size, ret);
        memcpy(data + CHECKSUM_AT, kept, SHA256_SIZE);
        return r;
}

static int encode_records(const Dataset *dataset, ByteWriter *writer)
{
        RecordList records = {.maximum = LIMIT_STORE_VALUES * 2}; /* each value, and the empty containers */
        int r;

        r = dataset_list(dataset, &PATH_ROOT, &records);
        if (r >= 0)
                r = codec_encode(FORMAT_SENML_CBOR, &PATH_ROOT, &records, writer);
        record_list_done(&records);
        return r > 0 ? -EIO : r;
}

int storage_encode(const Dataset *dataset, unsigned flags, const ConfigFingerprint *fingerprint,
        uint8_t **ret, size_t *ret_size)
{
        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(STORAGE_FILE_MAX);
        uint8_t sum[SHA256_SIZE], zero[SHA256_SIZE] = {0};
        int r;

        byte_writer_add(&writer, MAGIC, MAGIC_SIZE);
        byte_writer_add_uint(&writer, 2, VERSION);
        byte_writer_add_uint(&writer, 2, flags & STORED_FLAGS);
        byte_writer_add_uint(&writer, 4, 0);
        byte_writer_add(&writer, fingerprint->bootstrap_server, SHA256_SIZE);
        byte_writer_add(&writer, fingerprint->servers, SHA256_SIZE);
        byte_writer_add(&writer, zero, SHA256_SIZE);
        r = encode_records(dataset, &writer);
        if (r < 0)
                return r;
        if (writer.error < 0)
                return writer.error;
        for (size_t i = 0; i < 4; i++)
                writer.data[MAGIC_SIZE + 4 + i] = (uint8_t)((writer.size - HEADER_SIZE) >> (24 - 8 * i));
        r = checksum(writer.data, writer.size, sum);
        if (r < 0)
                return r;
        memcpy(writer.data + CHECKSUM_AT, sum, SHA256_SIZE);
        return byte_writer_take(&writer, ret, ret_size);
}

static bool read_header(ByteReader *reader, StorageContent *ret)
{
        const uint8_t *magic, *first, *second, *sum;
        uint64_t version, flags, length;

        if (!byte_reader_take(reader, MAGIC_SIZE, &magic) || memcmp(magic, MAGIC, MAGIC_SIZE) != 0)
                return false;
        if (!byte_reader_uint(reader, 2, &version) || version != VERSION)
                return false;
        if (!byte_reader_uint(reader, 2, &flags) || (flags & ~(uint64_t)STORED_FLAGS) != 0)
                return false;
        if (!byte_reader_uint(reader, 4, &length))
                return false;
        if (!byte_reader_take(reader, SHA256_SIZE, &first) ||
                !byte_reader_take(reader, SHA256_SIZE, &second) ||
                !byte_reader_take(reader, SHA256_SIZE, &sum))
                return false;
        ret->flags = (unsigned)flags;
        memcpy(ret->fingerprint.bootstrap_server, first, SHA256_SIZE);
        memcpy(ret->fingerprint.servers, second, SHA256_SIZE);
        return length == byte_reader_left(reader);
}

static int read_body(const uint8_t *data, size_t size, Dataset **ret)
{
        _cleanup_(dataset_freep) Dataset *dataset = dataset_new();
        RecordList records = {.maximum = LIMIT_STORE_VALUES * 2};
        int r;

        if (!dataset)
                return -ENOMEM;
        r = codec_decode(FORMAT_SENML_CBOR, &model_schema, &PATH_ROOT, data, size, &records);
        if (r == 0)
                r = dataset_apply(dataset, &records);
        record_list_done(&records);
        if (r != 0)
                return r > 0 ? STORAGE_E_DAMAGED : r;
        *ret = TAKE_PTR(dataset);
        return 0;
}

int storage_decode(const uint8_t *data, size_t size, StorageContent *ret)
{
        ByteReader reader = BYTE_READER(data, size);
        StorageContent content = {0};
        uint8_t *copy, sum[SHA256_SIZE];
        bool intact;
        int r;

        if (!read_header(&reader, &content))
                return STORAGE_E_DAMAGED;
        copy = malloc(size);
        if (!copy)
                return -ENOMEM;
        memcpy(copy, data, size);
        r = checksum(copy, size, sum);
        intact = r >= 0 && memcmp(sum, data + CHECKSUM_AT, SHA256_SIZE) == 0;
        secret_free_bytes(copy, size);
        if (r < 0)
                return r;
        if (!intact)
                return STORAGE_E_DAMAGED;
        r = read_body(data + HEADER_SIZE, size - HEADER_SIZE, &content.dataset);
        if (r != 0)
                return r;
        *ret = content;
        return 0;
}

int storage_open(const char *directory, Storage *ret)
{
        char *copy;

        if (mkdir(directory, 0700) < 0 && errno != EEXIST)
                return -errno;
        copy = strdup(directory);
        if (!copy)
                return -ENOMEM;
        *ret = (Storage){.directory = copy};
        return 0;
}

void storage_use_configuration(Storage *storage)
{
        if (!storage->next_factory)
                return;
        (void)dataset_free(storage->factory);
        storage->factory = TAKE_PTR(storage->next_factory);
        storage->fingerprint = storage->next_fingerprint;
}

void storage_set_configuration(Storage *storage, const ConfigFingerprint *fingerprint, Dataset *factory)
{
        (void)dataset_free(storage->next_factory);
        storage->next_factory = factory;
        storage->next_fingerprint = *fingerprint;
        if (!storage->factory)
                storage_use_configuration(storage);
}

void storage_done(Storage *storage)
{
        storage->factory = dataset_free(storage->factory);
        storage->next_factory = dataset_free(storage->next_factory);
        free(storage->directory);
        storage->directory = NULL;
}

/* 0, STORAGE_E_DAMAGED, -ENOENT or another errno. */
static int read_file(const Storage *storage, const char *name, StorageContent *ret)
{
        _cleanup_(freep) char *path = NULL;
        uint8_t *data = NULL;
        size_t size = 0;
        int r;

        if (asprintf(&path, "%s/%s", storage->directory, name) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        r = file_read(path, STORAGE_FILE_MAX, &data, &size);
        if (r < 0)
                return r;
        r = storage_decode(data, size, ret);
        secret_free_bytes(data, size);
        return r;
}

static int write_file(const Storage *storage, const char *name, const Dataset *dataset, unsigned flags)
{
        uint64_t begin = clock_boottime(&clock_system);
        uint8_t *data = NULL;
        size_t size = 0;
        int r;

        r = storage_encode(dataset, flags, &storage->fingerprint, &data, &size);
        if (r < 0)
                return r;
        r = file_write_atomic(storage->directory, name, data, size);
        secret_free_bytes(data, size);
        begin = clock_boottime(&clock_system) - begin;
        if (begin > SLOW_WRITE_USEC)
                log_warning("Writing %s/%s took %llu ms, in which nothing else was done. Check the disk.",
                        storage->directory, name, (unsigned long long)(begin / USEC_PER_MSEC));
        return r;
}

static void keep_broken(const Storage *storage, const char *name)
{
        char broken[sizeof(STORAGE_LAST_GOOD ".broken")];
        int r;

        (void)snprintf(broken, sizeof(broken), "%s.broken", name);
        r = file_rename(storage->directory, name, broken);
        if (r < 0)
                log_warning_errno(
                        r, "%s/%s is damaged and cannot be renamed, ignoring: %m", storage->directory, name);
        else
                log_recovered("%s/%s is damaged; it is kept as %s.", storage->directory, name, broken);
}

/* As read_file(); what is damaged or cannot be read is put aside, so that the next start does without it:
 * a daemon that only fails would leave the device unreachable. */
static int read_or_put_aside(const Storage *storage, const char *name, StorageContent *ret)
{
        int r;

        r = read_file(storage, name, ret);
        if (r < 0 && r != -ENOENT && r != -ENOMEM) {
                log_warning_errno(r, "%s/%s cannot be read: %m", storage->directory, name);
                r = STORAGE_E_DAMAGED;
        }
        if (r == STORAGE_E_DAMAGED)
                keep_broken(storage, name);
        return r;
}

/* The file that counts as it stands: 0 with *ret_rewrite when it is not `current`, -ENOENT, or another
 * errno. */
static int read_best(const Storage *storage, StorageContent *ret, bool *ret_rewrite)
{
        int current, last_good;

        *ret_rewrite = false;
        current = read_or_put_aside(storage, STORAGE_CURRENT, ret);
        if (current == 0 || (current < 0 && current != -ENOENT))
                return current;
        last_good = read_or_put_aside(storage, STORAGE_LAST_GOOD, ret);
        if (last_good < 0 && last_good != -ENOENT)
                return last_good;
        if (last_good == 0) {
                log_recovered("%s/%s is %s; the accounts of %s, the last ones that worked, are in force.",
                        storage->directory, STORAGE_CURRENT, current == -ENOENT ? "missing" : "damaged",
                        STORAGE_LAST_GOOD);
                *ret_rewrite = true;
                return 0;
        }
        if (current == STORAGE_E_DAMAGED || last_good == STORAGE_E_DAMAGED)
                log_recovered("No stored accounts are usable; those of the configuration are in force.");
        return -ENOENT;
}

/* The rule of design.md section 6 for accounts that an older configuration stored. 0 with *ret_changed,
 * -ENOENT (they do not count any more), -ENOSPC (only the old Bootstrap-Server Account is gone), or another
 * errno. */
static int apply_configuration(const Storage *storage, StorageContent *content, bool *ret_changed)
{
        int r;

        *ret_changed = false;
        if (memcmp(content->fingerprint.servers, storage->fingerprint.servers, SHA256_SIZE) != 0)
                return -ENOENT;
        if (memcmp(content->fingerprint.bootstrap_server, storage->fingerprint.bootstrap_server,
                    SHA256_SIZE) == 0)
                return 0;
        r = account_replace_bootstrap(content->dataset, storage->factory);
        if (r != 0)
                return r > 0 ? -ENOSPC : r;
        content->flags &= ~(unsigned)SAVE_PURGED;
        content->fingerprint = storage->fingerprint;
        *ret_changed = true;
        return 0;
}

static int load_factory(const Storage *storage, StorageContent *ret)
{
        *ret = (StorageContent){.fingerprint = storage->fingerprint};
        return dataset_copy(storage->factory, &ret->dataset);
}

int storage_load(Storage *storage, StorageContent *ret)
{
        StorageContent content = {0};
        bool rewrite = false, changed = false;
        int r;

        r = read_best(storage, &content, &rewrite);
        if (r == -ENOENT)
                return load_factory(storage, ret);
        if (r < 0)
                return r;
        r = apply_configuration(storage, &content, &changed);
        if (r == -ENOENT) {
                storage_content_done(&content);
                log_notice("servers or endpoint have changed in the configuration: its accounts replace the "
                           "stored ones.");
                r = load_factory(storage, &content);
                if (r < 0)
                        return r;
                /* A `last-good` that stays behind is kept out by its fingerprint. */
                content.unsaved = storage_for_client.reset(storage, content.dataset) < 0;
        } else if (r == -ENOSPC)
                log_error("bootstrap.server has changed in the configuration, but finds no room beside the "
                          "stored accounts: there is no Bootstrap-Server Account.");
        else if (r < 0) {
                storage_content_done(&content);
                return r;
        } else if (changed || rewrite) {
                if (changed)
                        log_notice(
                                "bootstrap.server has changed in the configuration: it replaces the stored "
                                "Bootstrap-Server Account.");
                content.unsaved = storage_for_client.save(storage, content.dataset, content.flags) < 0;
        }
        *ret = content;
        return 0;
}

/* What is there already is durable: flash lives longer without writing it again. */
static bool holds(const Storage *storage, const char *name, const Dataset *dataset, unsigned flags)
{
        StorageContent content = {0};
        bool same;

        same = read_file(storage, name, &content) == 0 && dataset_equal(content.dataset, dataset) &&
               content.flags == (flags & STORED_FLAGS) &&
               memcmp(&content.fingerprint, &storage->fingerprint, sizeof(ConfigFingerprint)) == 0;
        storage_content_done(&content);
        return same;
}

static int on_save(void *userdata, const Dataset *dataset, unsigned flags)
{
        Storage *storage = userdata;
        bool unsure = storage->unsure;
        int r = 0;

        if (unsure || !holds(storage, STORAGE_CURRENT, dataset, flags))
                r = write_file(storage, STORAGE_CURRENT, dataset, flags);
        if (r >= 0 && (flags & SAVE_LAST_GOOD) &&
                (unsure || !holds(storage, STORAGE_LAST_GOOD, dataset, flags)))
                r = write_file(storage, STORAGE_LAST_GOOD, dataset, flags);
        storage->unsure = r < 0;
        return r;
}

static int on_load_last_good(void *userdata, Dataset **ret, unsigned *ret_flags)
{
        StorageContent content = {0};
        bool changed;
        int r;

        r = read_or_put_aside(userdata, STORAGE_LAST_GOOD, &content);
        if (r == 0)
                r = apply_configuration(userdata, &content, &changed);
        if (r != 0) {
                storage_content_done(&content);
                return r > 0 ? -ENOENT : r;
        }
        *ret = content.dataset;
        *ret_flags = content.flags;
        return 0;
}

static int on_reset(void *userdata, const Dataset *dataset)
{
        Storage *storage = userdata;
        int r;

        r = file_remove(storage->directory, STORAGE_LAST_GOOD);
        if (r >= 0)
                r = write_file(storage, STORAGE_CURRENT, dataset, 0);
        storage->unsure = r < 0;
        return r;
}

const ClientStorage storage_for_client = {
        .save = on_save,
        .load_last_good = on_load_last_good,
        .reset = on_reset,
};
