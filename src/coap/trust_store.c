/* SPDX-License-Identifier: Apache-2.0 */
/* CA certificates from the system's place, a file or a folder. */
#include <ctype.h>
#include <dirent.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "coap/trust_store.h"
#include "util/file.h"
#include "util/macro.h"

#define HASH_DIGITS 8 /* "3e45d192.0": openssl-rehash(1) */

/* Returns how many certificates were added, or negative errno. *total grows by what was read. */
static int add_file(X509_STORE *store, const char *path, size_t *total)
{
        _cleanup_(freep) uint8_t *data = NULL;
        size_t size = 0;
        const uint8_t *der;
        X509 *certificate;
        int n = 0, r;
        BIO *bio;

        r = file_read(path, TRUST_STORE_FILE_SIZE, &data, &size);
        if (r < 0)
                return r;
        *total += size;
        bio = BIO_new_mem_buf(data, (int)size);
        if (!bio)
                return -ENOMEM;
        while ((certificate = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL))) {
                n += X509_STORE_add_cert(store, certificate);
                X509_free(certificate);
        }
        BIO_free(bio);
        der = data;
        if (n == 0 && (certificate = d2i_X509(NULL, &der, (long)size))) {
                n += X509_STORE_add_cert(store, certificate);
                X509_free(certificate);
        }
        return n;
}

static int is_hashed(const struct dirent *entry)
{
        const char *name = entry->d_name;

        for (size_t i = 0; i < HASH_DIGITS; i++)
                if (!isxdigit((unsigned char)name[i]))
                        return 0;
        return name[HASH_DIGITS] == '.' && isdigit((unsigned char)name[HASH_DIGITS + 1]);
}

static int is_visible(const struct dirent *entry)
{
        return entry->d_name[0] != '.';
}

static void free_entries(struct dirent **entries, int n)
{
        for (int i = 0; i < n; i++)
                free(entries[i]);
        free(entries);
}

/* What cannot be read there is passed over, as OpenSSL does. */
static int add_each_file(X509_STORE *store, const char *folder)
{
        struct dirent **entries;
        int n, count = 0;
        bool too_large;
        size_t total = 0;

        n = scandir(folder, &entries, is_visible, alphasort);
        if (n < 0)
                return -errno;
        too_large = n > TRUST_STORE_FILES;
        for (int i = 0; i < n && !too_large; i++) {
                _cleanup_(freep) char *path = NULL;
                int r;

                if (asprintf(&path, "%s/%s", folder, entries[i]->d_name) < 0)
                        break;
                r = add_file(store, path, &total);
                count += MAX_OF(r, 0);
                too_large = total > TRUST_STORE_SIZE;
        }
        free_entries(entries, n);
        return too_large ? -EFBIG : count;
}

static int add_folder(X509_STORE *store, const char *folder)
{
        struct dirent **entries;
        int n;

        n = scandir(folder, &entries, is_hashed, NULL);
        if (n < 0)
                return -errno;
        free_entries(entries, n);
        if (n == 0)
                return add_each_file(store, folder);
        return X509_STORE_load_path(store, folder) == 1 ? n : -ENOMEM;
}

static int add_place(X509_STORE *store, const char *path)
{
        struct stat st;
        size_t total = 0;
        int n;

        if (stat(path, &st) < 0)
                return -errno;
        n = S_ISDIR(st.st_mode) ? add_folder(store, path) : add_file(store, path, &total);
        return n == 0 ? -ENODATA : MIN_OF(n, 0);
}

int trust_store_open(const char *place, X509_STORE **ret)
{
        X509_STORE *store = X509_STORE_new();
        int r = 0;

        if (!store)
                return -ENOMEM;
        if (strcmp(place, TRUST_STORE_SYSTEM) == 0)
                r = X509_STORE_set_default_paths(store) == 1 ? 0 : -ENOMEM;
        else if (strcmp(place, TRUST_STORE_NONE) != 0)
                r = add_place(store, place);
        ERR_clear_error();
        if (r < 0)
                X509_STORE_free(store);
        else
                *ret = store;
        return r;
}

int trust_store_install(const char *place, void *ssl_context)
{
        X509_STORE *store;
        int r = trust_store_open(place, &store);

        if (r == 0)
                SSL_CTX_set_cert_store(ssl_context, store);
        return r;
}

bool trust_store_blames_date(long verdict)
{
        return verdict == X509_V_ERR_CERT_NOT_YET_VALID || verdict == X509_V_ERR_CERT_HAS_EXPIRED;
}

int trust_store_check(const char *place)
{
        X509_STORE *store;
        int r = trust_store_open(place, &store);

        if (r == 0)
                X509_STORE_free(store);
        return r;
}
