/* SPDX-License-Identifier: Apache-2.0 */
/* A mapping of the configuration read by a static table of its keys. */
#pragma once

#include "daemon/config.h"
#include "daemon/config_yaml.h"

typedef struct ConfigKey ConfigKey;
typedef struct ObjectDirectories ObjectDirectories; /* daemon/object_directories.h reads by this header */

/* A file or credential of an account that could not be read, until the account is read whole. */
typedef struct ConfigMissed {
        const ConfigKey *key; /* whose field, a Secret of the account's credential, is still empty */
        const YamlNode *node;
        char *sentence; /* why; owned */
        bool tolerable; /* --check-config warns only */
} ConfigMissed;

#define CONFIG_MISSED_MAX 8 /* file and credential, for each of a key and two certificates, and no more */

/* What every reader needs. */
typedef struct ConfigContext {
        const char *directory; /* of the configuration file: relative paths start here */
        ConfigProblems *problems;
        ConfigPurpose purpose;
        const ConfigKept *kept;         /* or NULL */
        ObjectDirectories *definitions; /* of the Objects that are named; or NULL: there are none */
        ConfigMissed missed[CONFIG_MISSED_MAX];
        size_t n_missed;
} ConfigContext;

/* A word that a key takes, and what it stands for. */
typedef struct ConfigWord {
        const char *name;    /* NULL ends a list */
        int value;           /* of the enum */
        const char *refused; /* NULL, or why the word is known and not taken: the rest of a sentence */
} ConfigWord;

/* Where the bytes are that a key's value names. */
typedef enum ConfigSource {
        CONFIG_SOURCE_FILE,
        CONFIG_SOURCE_CREDENTIAL, /* of systemd: a file in $CREDENTIALS_DIRECTORY (systemd.exec(5)) */
} ConfigSource;

/* Reads one value into its field. A wrong value is recorded in the context's problems and leaves the field
 * alone. 0, or a negative errno when we are broken. */
typedef int (*ConfigReader)(
        ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);

struct ConfigKey {
        const char *name;
        ConfigReader read;
        size_t offset;    /* of the field in the mapping's struct */
        uint64_t minimum; /* in the reader's unit */
        uint64_t maximum;
        const ConfigWord *words; /* of a reader of words */
        ConfigSource source;     /* of a reader of what the value names */
};

/* Ranges that several tables have: interface.md section 2 */
#define CONFIG_RETRY_COUNT_MAX 1000
#define CONFIG_INTEGER_MAX     2147483647ULL /* 2^31-1 s: Lifetime and its kin */

#define CONFIG_KEYS_MAX 32 /* keys of one table; ours have two dozen at most */

/* Records an error at the place of a node. */
#define config_error_at(context, node, ...) \
        config_error((context)->problems, (node)->line, (node)->column, __VA_ARGS__)
/* The same for a node of the wrong kind: an alias has its error already. */
#define config_kind_error_at(context, node, ...)                         \
        do {                                                             \
                if ((node)->kind != YAML_KIND_ALIAS)                     \
                        config_error_at((context), (node), __VA_ARGS__); \
        } while (false)
#define config_deviation_at(context, node, ...) \
        config_deviation((context)->problems, (node)->line, (node)->column, __VA_ARGS__)
#define config_warning_at(context, node, ...) \
        config_warning((context)->problems, (node)->line, (node)->column, __VA_ARGS__)

/* Walks the mapping: unknown keys (with a suggestion) and duplicates are errors, an empty value is an absent
 * key, the others go to their readers. name: the mapping's own for messages, NULL for the root. n:
 * CONFIG_KEYS_MAX at most. 0 (whatever was recorded), or a negative errno. */
int config_read_mapping(ConfigContext *context, const YamlNode *node, const char *name,
        const ConfigKey *keys, size_t n, void *target);

/* Reads the value of one ID, with its key's node. 0 (whatever was recorded), or a negative errno. */
typedef int (*ConfigIdReader)(
        ConfigContext *context, uint16_t id, const YamlNode *key, const YamlNode *value, void *userdata);

/* As config_read_mapping(), of a mapping whose keys are IDs, 0..65534. */
int config_read_ids(
        ConfigContext *context, const YamlNode *node, const char *name, ConfigIdReader read, void *userdata);

/* A reader that leaves the value to whoever has read its mapping: const YamlNode *, borrowed. */
int config_note_node(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);
