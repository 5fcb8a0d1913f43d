/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of other services and of the configuration (interface.md section 6, design.md 11): volatile Object
 * Instances, each with whoever has published it. Servers see them as a source; changes are told by
 * store_changed() for exactly what differs, and by store_objects_changed(). Where not said otherwise a
 * function returns 0; a PublishedError and text (SOURCE_TEXT_SIZE bytes), then nothing has changed; or
 * -ENOMEM, likewise. */
#pragma once

#include "model/published_types.h"
#include "model/store.h"

/* All borrowed; the store has to outlive it, and no request may be served any more when it is freed. 0 or
 * -ENOMEM. */
int published_new(Store *store, const PublishedDefinitions *definitions, void *userdata, Published **ret);
Published *published_free(Published *published);
DEFINE_CLEANUP(Published *, published_free)

/* Borrowed, one each, in the place of the one before; NULL: none. Without an asker what a handler would be
 * asked is 5.03. */
void published_set_asker(Published *published, const PublishedAsker *asker, void *userdata);
void published_set_feed(Published *published, const PublishedFeed *feed, void *userdata);

/* The definition of an Object, for values that are to be published: borrowed while the Object is published,
 * else until the next call of this function, published_add_object() or published_add(). UNKNOWN_OBJECT;
 * INVALID_VALUE: the client serves it itself. */
int published_define(Published *published, uint16_t object, const ObjectDef **ret, char *text);

/* Likewise of the Object of a path, if it is published, for values that are to be set: of many Objects that
 * are not, no more than one definition is read. UNKNOWN_OBJECT; NOT_PUBLISHER. */
int published_definition(Published *published, const Path *path, const ObjectDef **ret, char *text);

/* The Object is there, without Object Instances at first; with a handler (at most LIMIT_PUBLISHED_HANDLER
 * bytes, copied) servers may create Object Instances, which are then the owner's with that handler, and
 * delete the owner's. UNKNOWN_OBJECT; EXISTS (it has one already, whoever asks); INVALID_VALUE (the client
 * serves it itself); LIMIT. */
int published_add_object(
        Published *published, uint64_t owner, uint16_t object, const char *handler, char *text);

/* An Object Instance; instance: ID_INVALID, the lowest free one. values: of that Object, the Object Instance
 * ID in their paths is put right, the list stays the caller's; a VALUE_NONE at a multiple-instance Resource:
 * it is there without Resource Instances. options: NULL, none. *ret_instance: which one (ret_instance may be
 * NULL). UNKNOWN_OBJECT; EXISTS (likewise where it is promised to a Create under way); INVALID_VALUE (the
 * client serves the Object itself, an ID or Resource that cannot be, type, range, a mandatory readable
 * Resource is missing); LIMIT. */
int published_add(Published *published, uint64_t owner, uint16_t object, uint16_t instance,
        RecordList *values, const PublishedOptions *options, uint16_t *ret_instance, char *text);

/* instance: ID_INVALID, all of the owner's and what published_add_object() has made. NOT_PUBLISHER: nothing
 * of it is the owner's. */
int published_withdraw(Published *published, uint64_t owner, uint16_t object, uint16_t instance, char *text);

/* Sets Resources and Resource Instances in their order, read-only ones too, of the owner's Object Instances
 * and of the configuration's: all or nothing. A VALUE_NONE at a multiple-instance Resource: what it had
 * goes first. NOT_PUBLISHER; INVALID_VALUE (likewise for what a feed feeds); LIMIT. */
int published_set(Published *published, uint64_t owner, const RecordList *values, char *text);

/* Sets a Resource of an Object Instance of the configuration, or removes it (NULL), whether or not the feed
 * says that it feeds it. NOT_PUBLISHER: there is no such Object Instance; INVALID_VALUE; LIMIT. No text. */
int published_feed(Published *published, const Path *resource, const Value *value);

/* The client ends, and with it what is published: store_withdrawn() for whatever servers have created. */
void published_end(const Published *published);

/* All that is the owner's goes. What it was asked and has not answered is answered 5.03. Whether there was
 * anything. */
bool published_owner_gone(Published *published, uint64_t owner);

/* The answer to a question, once: 0, accepted, and for a Create the values beside those written (NULL: none;
 * taken over; paths as for published_add(); where both name a Resource, these count); or the Code of a
 * refusal and why (NULL: no text). One that nobody waits for any more is ignored. */
void published_reply(Published *published, uint64_t call, int code, const char *text, RecordList *values);
