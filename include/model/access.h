/* SPDX-License-Identifier: Apache-2.0 */
/* What an LwM2M Server may do with an Object Instance: Access Control, Object 2 (Core TS 7.3;
 * lwm2m-facts.md 4.9). */
#pragma once

#include "model/store.h"

/* Whether Access Control decides anything: there is more than one LwM2M Server account, usable or not, and
 * an Access Control Object Instance. */
bool access_is_controlled(const Dataset *dataset);

/* AccessRights of the LwM2M Server with this Short Server ID (0: the client itself) on an Object Instance,
 * by a generation of the store. None on /0 and /21. All for the client itself, and while nothing is
 * controlled. Else what the Access Control Object Instance for it says: the own ACL entry, without one all
 * for its owner, the default entry 0 for others, else none. Where there is no such instance: what the
 * Object's source says (Source.rights), which counts as soon as there is more than one LwM2M Server account;
 * without a word of it none. An Access Control Object Instance itself: all for its owner, none for others.
 * ACCESS_CREATE counts in access_may_create() only. */
unsigned access_rights(const Store *store, const Dataset *generation, uint16_t short_server_id,
        uint16_t object, uint16_t instance);

/* Whether it may create Object Instances of an Object: likewise; by its own ACL entry for (object, 65535)
 * alone, or where there is no such Access Control Object Instance by the source; never of Object 2. */
bool access_may_create(
        const Store *store, const Dataset *generation, uint16_t short_server_id, uint16_t object);

/* The Access Control Object Instance for an Object Instance (65535: for the Object), the lowest of several,
 * or ID_INVALID. */
uint16_t access_find(const Dataset *dataset, uint16_t object, uint16_t instance);

/* Rights by the ACL of one Access Control Object Instance, whatever else there is. */
unsigned access_by_acl(const Dataset *dataset, uint16_t access_control, uint16_t short_server_id);
