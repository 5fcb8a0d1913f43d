/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as configuration file: a Config that keeps its promises, or errors with their place. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "daemon/config_fingerprint.h"
#include "daemon/config_load.h"
#include "fuzz.h"
#include "lwm2m/cipher_suite.h"
#include "lwm2m/uri.h"
#include "model/object.h"

/* Object 1000 has a Resource of each type; 3303 has one that is always there, and instances. */
static const struct {
        uint16_t object;
        const char *text;
} definitions[] = {
        {1000, "object: 1000\n"
               "name: Everything\n"
               "resources:\n"
               "  0: {name: S, operations: RW, type: string}\n"
               "  1: {name: I, operations: R, type: integer, range: [-5, 5]}\n"
               "  2: {name: U, operations: R, type: unsigned}\n"
               "  3: {name: F, operations: R, type: float}\n"
               "  4: {name: B, operations: R, type: boolean}\n"
               "  5: {name: O, operations: R, type: opaque}\n"
               "  6: {name: T, operations: R, type: time}\n"
               "  7: {name: L, operations: R, type: objlnk}\n"
               "  8: {name: C, operations: R, type: corelnk}\n"
               "  9: {name: M, operations: R, type: integer, multiple: true}\n"
               "  10: {name: E, operations: E, mandatory: true}\n"},
        {3303, "object: 3303\n"
               "name: Temperature\n"
               "multiple: true\n"
               "resources:\n"
               "  5700: {name: V, operations: R, type: float, mandatory: true, range: [-50, 150]}\n"
               "  5701: {name: U, operations: R, type: string}\n"},
};

/* What is in use is not read again: so the files are needed once. */
static const ObjectDef *define(ObjectDirectories *directories, const char *folder, size_t i)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(freep) char *path = NULL, *file = NULL;
        const ObjectDef *def = NULL;
        FILE *stream;

        require(asprintf(&path, "%s/%u.yaml", folder, definitions[i].object) > 0);
        stream = fopen(path, "w");
        require(stream && fputs(definitions[i].text, stream) >= 0 && fclose(stream) == 0);
        require(object_directories_take(directories, definitions[i].object, &def, &file, &problems) == 0);
        (void)unlink(path);
        return def;
}

static const ObjectDef *defs[ELEMENTSOF(definitions)];

static ObjectDirectories *get_directories(void)
{
        static ObjectDirectories *directories;
        char folder[] = "/tmp/fuzz-objects-XXXXXX";

        if (directories)
                return directories;
        require(mkdtemp(folder) && object_directories_new(&directories) == 0 &&
                object_directories_add(directories, folder) == 0);
        for (size_t i = 0; i < ELEMENTSOF(definitions); i++)
                defs[i] = define(directories, folder, i);
        (void)rmdir(folder);
        return directories;
}

static void check_account(const ConfigAccount *account)
{
        const Credential *credential = &account->credential;
        Uri uri;

        assert(uri_parse(account->uri, &uri, NULL) == 0);
        assert(credential->mode == SECURITY_MODE_PSK || credential->mode == SECURITY_MODE_NOSEC ||
                credential->mode == SECURITY_MODE_CERTIFICATE);
        assert((credential->mode != SECURITY_MODE_NOSEC) == (uri.scheme == URI_COAPS));
        if (credential->mode == SECURITY_MODE_PSK)
                assert(credential->key.size > 0 && credential->identity.size > 0);
        if (credential->mode == SECURITY_MODE_CERTIFICATE)
                assert((credential->key.size > 0) == (credential->identity.size > 0) &&
                        credential->server_certificate.size > 0);
        if (credential->mode != SECURITY_MODE_CERTIFICATE)
                assert(credential->key.size <= LIMIT_PSK_KEY_SIZE &&
                        credential->identity.size <= LIMIT_PSK_IDENTITY_SIZE &&
                        credential->server_certificate.size == 0);
        if (credential->mode == SECURITY_MODE_NOSEC)
                assert(credential->key.size == 0 && credential->identity.size == 0 &&
                        credential->n_suites == 0 && !credential->server_name);
        for (size_t i = 0; i < credential->n_suites; i++)
                assert(cipher_suite_find(credential->suites[i]));
}

static void check_object(const ConfigObject *object)
{
        const ObjectDef *def = object->object == defs[0]->id ? defs[0] : defs[1];

        assert(object->object == def->id && (def->multiple || object->instance == 0));
        for (size_t i = 0; i < object->values.n; i++) {
                const Record *record = &object->values.items[i];
                const ResourceDef *resource = object_served(def, record->path.id[2], LWM2M_1_1);

                assert(resource && record->value.type == resource->type);
                assert(path_has_prefix(&record->path, &PATH_INSTANCE(object->object, object->instance)));
                assert(record->path.length == (resource->multiple ? 4 : 3));
                assert(!resource_check_value(resource, &record->value, LWM2M_1_1));
                assert(i == 0 || path_compare(&record[-1].path, &record->path) < 0);
        }
        for (size_t i = 0; i < object->n_files; i++) {
                assert(object_served(def, object->files[i].resource, LWM2M_1_1));
                assert(object->files[i].path[0] && object->files[i].interval > 0);
                assert(i == 0 || object->files[i - 1].resource < object->files[i].resource);
        }
}

static void check_config(const Config *config)
{
        ConfigFingerprint fingerprint;

        assert(config->has_bootstrap_server || config->n_servers > 0);
        assert(config->endpoint[0] && strlen(config->endpoint) <= LIMIT_ENDPOINT_SIZE);
        if (config->has_bootstrap_server)
                check_account(&config->bootstrap_server);
        for (size_t i = 0; i < config->n_servers; i++) {
                check_account(&config->servers[i]);
                assert(config->servers[i].short_server_id > 0);
                assert(config->servers[i].lifetime > 0);
        }
        for (size_t i = 0; i < config->n_objects; i++)
                check_object(&config->objects[i]);
        assert(config->bootstrap.retry_delay <= config->bootstrap.retry_delay_max);
        assert(config_fingerprint(config, &fingerprint) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(config_freep) Config *config = NULL;
        int r;

        if (size > CONFIG_FILE_SIZE_MAX)
                return 0;
        r = config_parse(
                "fuzz.yaml", data, size, CONFIG_TO_RUN, NULL, get_directories(), &config, &problems);
        assert(r == 0 || r == CONFIG_E_INVALID);
        assert((r == 0) == (config != NULL));
        assert((r == 0) == (problems.errors.n == 0));
        for (size_t i = 0; i < problems.errors.n; i++)
                assert(problems.errors.items[i].line > 0 && problems.errors.items[i].column > 0);
        if (config)
                check_config(config);
        return 0;
}
