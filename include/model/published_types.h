/* SPDX-License-Identifier: Apache-2.0 */
/* Words of model/published: who publishes, what is refused, and what others do for it. */
#pragma once

#include "model/source.h"

/* Who has published something: a number that stands for one connection of the bus and is never used twice,
 * or the configuration's `objects:`. */
#define PUBLISHED_CONFIGURATION 0

/* What is refused; interface.md section 6 has the same names as D-Bus errors. */
typedef enum PublishedError {
        PUBLISHED_E_UNKNOWN_OBJECT = 1, /* there is no definition of it */
        PUBLISHED_E_EXISTS,
        PUBLISHED_E_NOT_PUBLISHER, /* it is another's, or is not there */
        PUBLISHED_E_INVALID_VALUE,
        PUBLISHED_E_LIMIT,
} PublishedError;

/* out, together with each PublishedError: path and reason, one line */
typedef char PublishedText[SOURCE_TEXT_SIZE];

typedef struct Published Published;

#define PUBLISHED_WHO_SIZE 64 /* ":1.4294967295 (user 4294967295)" */

/* Where definitions come from. */
typedef struct PublishedDefinitions {
        /* The definition of an Object, borrowed until it is forgotten; NULL, and text says why there is
         * none. Asked anew whenever an Object comes into use. */
        const ObjectDef *(*define)(void *userdata, uint16_t object, char *text);
        /* Nothing points to the definition any more. */
        void (*forget)(void *userdata, uint16_t object);
} PublishedDefinitions;

/* One entry of an ACL: facts 2.6, /2/x/2/y. */
typedef struct PublishedRights {
        uint16_t short_server_id; /* 0: for those without an entry of their own */
        uint16_t rights;          /* AccessRights */
} PublishedRights;

/* All borrowed for the call. */
typedef struct PublishedOptions {
        /* Where a Write and an Execute are asked, at most LIMIT_PUBLISHED_HANDLER bytes. NULL: a Write is
         * applied, an Execute is 4.05. */
        const char *handler;
        /* Of which each LwM2M Server has the first entry that fits, else no right. NULL: read, write and
         * execute for all. */
        const PublishedRights *acl;
        size_t n_acl; /* up to LIMIT_PUBLISHED_RIGHTS */
} PublishedOptions;

/* What a publisher with a handler is asked; all borrowed for the call. A multiple-instance Resource is
 * always whole: its Resource Instances, or where it has none a VALUE_NONE at its own path. */
typedef struct PublishedQuestion {
        unsigned operation; /* OPERATION_WRITE, _EXECUTE, _CREATE, _DELETE */
        uint64_t owner;
        const char *handler;
        uint64_t call;            /* for published_reply() */
        Path path;                /* the Object Instance; of an Execute the Resource */
        const RecordList *values; /* Write: each Resource it names, as it will be; Create; else NULL */
        bool replace;          /* Write of the Object Instance: what servers may write and it does not name
                                  goes, but for mandatory Resources */
        const void *arguments; /* Execute: not NUL-terminated, well-formed */
        size_t arguments_size;
        uint16_t requester;        /* Short Server ID */
        const char *requester_uri; /* for the log; NULL: not known */
} PublishedQuestion;

/* Who asks publishers: bus. */
typedef struct PublishedAsker {
        /* 0: published_reply() follows, not before this has returned; a Code of class 4 or 5 and text, or
         * negative errno: the publisher is not asked. */
        int (*ask)(void *userdata, const PublishedQuestion *question, char *text);
        /* A Write of a server was applied, with a handler or without: each Resource it names as it is now,
         * as above, of one Object Instance. NULL: not wanted. */
        void (*written)(void *userdata, uint64_t owner, const RecordList *values, uint16_t requester);
        /* Whom an owner stands for, in buffer (PUBLISHED_WHO_SIZE bytes), for sentences. NULL: nobody knows.
         */
        const char *(*describe)(void *userdata, uint64_t owner, char *buffer);
} PublishedAsker;

/* Values that are looked at when they are asked for, of Object Instances of the configuration: files. */
typedef struct PublishedFeed {
        /* Before a Read of path, an Object Instance or longer: 0, what published_feed() has set is good
         * enough, or nobody can wait (call->id is 0); SOURCE_LATER, as a Source. */
        int (*refresh)(void *userdata, SourceCall *call, const Path *path);
        /* As Source.interval. */
        uint64_t (*interval)(void *userdata, const Path *path);
        /* Whether the value of a Resource is the feed's. Nobody else can set it then, and the Object
         * Instance may be there without it. */
        bool (*feeds)(void *userdata, const Path *resource);
        /* Something published is gone, and what found no place before may find one now; to be tried later,
         * from the loop. NULL: nobody waits for that. */
        void (*room)(void *userdata);
} PublishedFeed;
