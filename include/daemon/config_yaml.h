/* SPDX-License-Identifier: Apache-2.0 */
/* YAML text -> tree of nodes with their place. A configuration needs no anchors, aliases and tags: errors.
 */
#pragma once

#include "daemon/config_problem.h"

#define CONFIG_YAML_DEPTH_MAX 8     /* nested mappings and sequences; design.md section 2 */
#define CONFIG_YAML_NODES_MAX 16384 /* 1024 Object Instances of some six values each */

typedef enum YamlKind {
        YAML_KIND_SCALAR,
        YAML_KIND_SEQUENCE,
        YAML_KIND_MAPPING,
        YAML_KIND_ALIAS, /* its error is recorded already */
} YamlKind;

typedef struct YamlNode YamlNode;

struct YamlNode {
        YamlKind kind;
        unsigned line;    /* 1-based */
        unsigned column;  /* 1-based, in characters */
        char *text;       /* scalar: UTF-8 without NUL; owned, wiped when freed */
        bool plain;       /* scalar: not quoted */
        YamlNode **items; /* sequence: its nodes; mapping: key, value, key, value ...; owned */
        size_t n;         /* nodes in items */
};

/* Parses one document; a byte order mark in front is skipped. Empty text, or nothing but comments, is a
 * success with *ret NULL. Anchors, aliases, tags and a second document are errors in *problems that leave a
 * tree to read. 0, 1 without a tree and with at least one error, or -ENOMEM. */
int config_yaml_parse(const uint8_t *text, size_t size, YamlNode **ret, ConfigProblems *problems);

/* True for an absent node, an empty scalar, and a plain "null" or "~": the key counts as not given. */
bool config_yaml_is_empty(const YamlNode *node);

/* The value of a key in a mapping, NULL where it is absent or empty. mapping: may be NULL or no mapping. */
const YamlNode *config_yaml_get(const YamlNode *mapping, const char *key);

/* The key itself, in the same way: the place of an error about a key that may not stand there. */
const YamlNode *config_yaml_get_key(const YamlNode *mapping, const char *key);

/* Wipes and frees the tree. NULL is fine. Returns NULL. */
YamlNode *config_yaml_free(YamlNode *node);
DEFINE_CLEANUP(YamlNode *, config_yaml_free)
