/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts: a Security Object Instance, for an LwM2M Server joined with the Server Object Instance of the
 * same Short Server ID. */
#pragma once

#include "lwm2m/credential.h"
#include "model/store.h"

typedef struct Account {
        bool bootstrap_server;
        uint16_t security_instance;
        uint16_t server_instance; /* ID_INVALID for the Bootstrap-Server Account */
        uint16_t short_server_id; /* 0 for the Bootstrap-Server Account */
        bool usable;              /* account_is_supported(), and both halves there */
        char *uri;
        Credential credential;
        int64_t hold_off_time;   /* /0/x/11, s, absent 0 */
        int64_t account_timeout; /* /0/x/12, s, absent 0: keep */
        int64_t lifetime;        /* /1/x/1, s, 1..LIFETIME_MAX; 0: infinite, LwM2M 1.2 only */
        char *binding;           /* /1/x/7, absent "U" */
        int64_t disable_timeout; /* /1/x/5, s, absent 86400 */
        /* Core TS, table 6.2.1.1 (communication retry), absent values filled in; with LwM2M 1.0 always
         * those. */
        bool has_priority;
        uint64_t priority;             /* /1/x/13 */
        uint64_t initial_delay;        /* /1/x/14, s, 0 */
        bool failure_block;            /* /1/x/15, false */
        bool bootstrap_on_failure;     /* /1/x/16, true */
        uint64_t retry_count;          /* /1/x/17, 5; 0 counts as 1 */
        uint64_t retry_timer;          /* /1/x/18, s, 60 */
        uint64_t sequence_delay;       /* /1/x/19, s, 86400; 2^32-1: no further sequence */
        uint64_t sequence_retry_count; /* /1/x/20, 1; 0 counts as 1 */
} Account;

#define SEQUENCE_DELAY_NEVER 4294967295ULL /* /1/x/19 MAX_VALUE: Core TS, Appendix E.2 */

typedef struct AccountList {
        Account items[LIMIT_SERVER_ACCOUNTS + 1]; /* the Bootstrap-Server Account, if any, is not in here */
        size_t n;
        Account bootstrap; /* valid when has_bootstrap */
        bool has_bootstrap;
} AccountList;

/* Reads the accounts of a dataset: complete LwM2M Server accounts ascending by Short Server ID, usable or
 * not, and the Bootstrap-Server Account. Instances that make no account are left out. 0 or -ENOMEM. */
int account_list_read(const Dataset *dataset, Lwm2mVersion version, AccountList *ret);
void account_list_done(AccountList *list); /* wipes the keys */
void account_done(Account *account);       /* likewise, one; a zeroed account is fine */
const Account *account_list_find(const AccountList *list, uint16_t short_server_id); /* or NULL */
size_t account_list_usable(const AccountList *list); /* usable LwM2M Server accounts */

/* Whether a Security Object Instance is a Bootstrap-Server Account: /0/x/1, absent false. */
bool account_is_bootstrap(const Dataset *dataset, uint16_t security_instance);

/* The Short Server ID of a Security (/0/x/10) or Server (/1/x/0) Object Instance as it was written; -1 for
 * an absent one and for that of a Bootstrap-Server Account, which has none. */
int64_t account_short_server_id(const Dataset *dataset, uint16_t object, uint16_t instance);

/* The first Security or Server Object Instance of which that is short_server_id, or ID_INVALID. */
uint16_t account_find_instance(const Dataset *dataset, uint16_t object, int64_t short_server_id);

/* The URI of the Security Object Instance of an LwM2M Server, borrowed; NULL: there is none. */
const char *account_server_uri(const Dataset *dataset, uint16_t short_server_id);

/* The Short Server IDs of the complete LwM2M Server accounts, usable or not, by Server Object Instance, one
 * that stands twice twice. */
typedef struct ShortServerIds {
        uint16_t ids[LIMIT_INSTANCES];
        size_t n;
} ShortServerIds;
ShortServerIds account_short_server_ids(const Dataset *dataset);
bool short_server_ids_have(const ShortServerIds *list, int64_t id);

/* Whether there is more than one of them; asked for each Object Instance that a server reads. */
bool account_are_several(const Dataset *dataset);

/* Whether this client has what a Security Object Instance asks for: security mode, transport, and no OSCORE.
 * If not, reason (may be NULL) says what is missing, with path and value. */
#define ACCOUNT_LACK_SIZE 80
bool account_is_supported(
        const Dataset *dataset, uint16_t security_instance, char reason[ACCOUNT_LACK_SIZE]);

/* The Security Object Instance of the Bootstrap-Server Account, or ID_INVALID. */
uint16_t account_bootstrap_instance(const Dataset *dataset);

/* Whether there is one; dataset may be NULL. */
bool account_has_bootstrap(const Dataset *dataset);

/* Replaces the Bootstrap-Server Account of dataset by factory's (removes it where factory has none): at
 * factory's instance id where that is free, else at the lowest free one. 0, DATASET_E_LIMIT or -ENOMEM. */
int account_replace_bootstrap(Dataset *dataset, const Dataset *factory);
