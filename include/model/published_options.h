/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of an Object or Object Instance that is published beside its values: who is asked, and which
 * LwM2M Server may do what. Checked, and copied. */
#pragma once

#include "model/published_types.h"

typedef struct PublishedCopy {
        char *handler;        /* NULL: none */
        PublishedRights *acl; /* NULL: none was given */
        size_t n_acl;
} PublishedCopy;

void published_copy_done(PublishedCopy *copy);

/* *ret is left alone where handler is NULL. 0, PUBLISHED_E_LIMIT with the reason in text, or -ENOMEM. */
int published_copy_handler(const char *handler, char **ret, char *text);

/* ret is empty; options may be NULL. 0, PUBLISHED_E_LIMIT or PUBLISHED_E_INVALID_VALUE with the reason in
 * text, or -ENOMEM; published_copy_done() in each case. */
int published_copy_options(const PublishedOptions *options, PublishedCopy *ret, char *text);
