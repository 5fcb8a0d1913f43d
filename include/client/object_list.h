/* SPDX-License-Identifier: Apache-2.0 */
/* What LwM2M Servers know of the Objects and Object Instances that there are: told by an Update, one for all
 * that changes within a moment (design.md section 11; Core TS 6.2.2). */
#pragma once

#include "client/inside.h"

typedef struct ObjectList ObjectList;

/* So long after the first change it is looked at: who publishes comes with several Object Instances, or is
 * back by then after a restart. */
#define OBJECT_LIST_DELAY_USEC (2 * USEC_PER_SEC) /* design.md section 11 */

/* 0 or negative errno. */
int object_list_new(Client *client, ObjectList **ret);
/* What is left of object_list_withdrawn() is done before. */
ObjectList *object_list_free(ObjectList *list);

/* It may be another one: after OBJECT_LIST_DELAY_USEC each registered server to which another one was
 * announced last gets an Update, and attributes at paths that are gone are gone, too. */
void object_list_changed(ObjectList *list);

/* The same by sources: until it is looked at no observation ends by what is gone. */
void object_list_changed_by_source(ObjectList *list);

/* Other accounts are in force: at once, together with what else an Update says of them, but not while other
 * changes are collected: what is away for that moment would be told as gone. */
void object_list_accounts_changed(ObjectList *list);

/* As object_list_changed(), after a Create or Delete: what comes at the same path has no attributes of what
 * was there. */
void object_list_changed_by_server(ObjectList *list);

/* An Object Instance that a server had created is gone with whoever gave it: its Access Control Object
 * Instance goes, and that is stored, once no transaction is open and no other accounts are tried. */
void object_list_withdrawn(ObjectList *list, const Path *instance);

/* As client_objects(). */
size_t object_list_describe(const ObjectList *list, ClientObject ret[LIMIT_OBJECTS]);

/* From the loop, when what happens next is decided: what is due is done. */
void object_list_decide(ObjectList *list);
