/* SPDX-License-Identifier: Apache-2.0 */
/* What an Object is served by: the accounts (model/account_source.h), live values of the daemon, instances
 * that others publish. No operation knows which of them it works on. */
#pragma once

#include "lwm2m/body_sink.h"
#include "lwm2m/ids.h"
#include "lwm2m/record.h"
#include "model/definition.h"
#include "model/effects.h"

#define SOURCE_TEXT_SIZE (LIMIT_DIAGNOSTIC_SIZE + 1)

/* One operation on its way to a source. */
typedef struct SourceCall {
        uint16_t requester; /* Short Server ID of the LwM2M Server; 0: the client itself */
        Lwm2mVersion version;
        /* Names the call for an answer that comes later; 0: it has to be answered now. */
        uint64_t id;
        uint64_t begun; /* CLOCK_BOOTTIME usec: when the request came first; 0 where id is 0 */
        /* Of a Write, Execute, Create and Delete: the source has answered later under this id and has agreed
         * since, so now it does what was asked. */
        bool granted;
        Effects *effects;            /* what follows beside the answer; added to on success only */
        char text[SOURCE_TEXT_SIZE]; /* out: why it was refused */
} SourceCall;

#define SOURCE_LATER 1

/* First everything at or below the cleared paths goes, then the values are set. */
typedef struct SourceWrite {
        Path path;    /* that the request was for; the root: several Object Instances, all of this source */
        bool replace; /* of the Object Instance or Resource, not a partial update */
        const Path *cleared;
        size_t n_cleared;
        const RecordList *values; /* of the Resource's type and range, none of them unknown */
} SourceWrite;

/* Called on the event loop, must not block. What is asked has been checked against the definition and the
 * requester's rights. Where a return value is not said otherwise: 0, done; a Code of class 4 or 5 and
 * call->text, refused, and nothing has changed; SOURCE_LATER, store_answer() follows, or, where call->id is
 * 0, it cannot be answered now: nothing has begun, and nothing follows; negative errno. After store_answer()
 * with 0 the same is asked once more under the same id: what changes something with granted, a Read for what
 * has been looked at since call->begun, of which each source may answer later again. */
typedef struct Source {
        /* The Object Instances there are, ascending; returns how many. */
        size_t (*instances)(void *userdata, uint16_t object, uint16_t ret[LIMIT_INSTANCES]);
        /* Appends the values at or below path, an Object Instance that exists or longer; nothing where there
         * is none now. Others may be appended too: they are left out, as are those that do not exist in the
         * version. Where call->id is 0 with what is known: an observation that cannot be read ends. */
        int (*read)(void *userdata, SourceCall *call, const Path *path, RecordList *list);
        /* usec: the value at path, a Resource or Resource Instance, moves by itself and is worth a look so
         * far apart; USEC_INFINITY: it is notified for pmax alone; 0: each change is told by
         * store_changed(). NULL: 0 for all. */
        uint64_t (*interval)(void *userdata, const Path *path);
        /* Whether a change at or below path, an Object Instance or longer, is notified confirmably, whatever
         * servers have asked for. NULL: no. */
        bool (*is_reliable)(void *userdata, const Path *path);
        /* Whether something stands behind a Write, Execute, Create or Delete (OPERATION_...) of path, which
         * exists, but for Create, where it is the Object; else the answer is 4.05. NULL: never. */
        bool (*supports)(void *userdata, unsigned operation, const Path *path);
        /* Whether write() would do it now: 0 or its refusal, and nothing changes. NULL: only write() knows,
         * so of one request, which is done as a whole or not at all, one such source can be a part. */
        int (*check)(void *userdata, SourceCall *call, const SourceWrite *write);
        /* The rest is not called where it is not supported, and may be NULL then. All or nothing. */
        int (*write)(void *userdata, SourceCall *call, const SourceWrite *write);
        /* A Write of path, a writable Opaque Resource, of which the first of several blocks has come: *ret
         * is where the body goes, still wrapped in content_format, by which such a value can be written.
         * announced: its bytes by Size1, 0: not said. resume: for a sink that waits. 0; a Code and
         * call->text, refused; or negative errno: then there is no transfer. It is never answered later
         * (call->id is 0). A body of one message comes to write(). NULL: all do, as far as memory goes. */
        int (*stream)(void *userdata, SourceCall *call, const Path *path, int content_format,
                uint64_t announced, BodyResume resume, BodySink *ret);
        /* arguments: not NUL-terminated, well-formed (Core TS 6.3.5). */
        int (*execute)(
                void *userdata, SourceCall *call, const Path *path, const void *arguments, size_t size);
        /* path: the Object Instance, free. */
        int (*create)(void *userdata, SourceCall *call, const Path *path, const RecordList *values);
        /* path: the Object Instance or Resource Instance. */
        int (*remove)(void *userdata, SourceCall *call, const Path *path);
        /* That call, under which some source has answered later, has ended: whoever asked was answered, or
         * is gone, and what was kept for it goes. NULL: nothing is kept. */
        void (*ended)(void *userdata, uint64_t call);
        /* Whether the Object Instance, which is free, is promised to a Create that is answered later. NULL:
         * none is. */
        bool (*is_reserved)(void *userdata, const Path *instance);
        /* AccessRights of an LwM2M Server on an Object Instance for which there is no Access Control Object
         * Instance, and with ID 65535 on the Object (design.md 10.8). NULL: none. */
        unsigned (*rights)(void *userdata, const Path *instance, uint16_t short_server_id);
        /* Whether the Object Instance is there because an LwM2M Server has created it: it goes with whoever
         * has agreed, at the latest with the daemon. NULL: none is. */
        bool (*is_created)(void *userdata, const Path *instance);
} Source;

/* A source with what it works on. */
typedef struct SourceRef {
        const Source *source;
        void *userdata;
} SourceRef;

/* Puts a refusal into call->text, one line, and returns the code. */
int source_refuse(SourceCall *call, int code, const char *format, ...) _printf_(3, 4);

/* Of several questions of one call, asked until one is refused: what was answered to all of them so far.
 * SOURCE_LATER goes before a refusal, since something has begun; an error before both. */
static inline int source_join(int before, int r)
{
        return r == 0 || (r > 0 && before == SOURCE_LATER) ? before : r;
}

static inline bool source_goes_on(int joined)
{
        return joined == 0 || joined == SOURCE_LATER;
}

/* The instances of an Object that has one, 0, always. */
size_t source_one_instance(void *userdata, uint16_t object, uint16_t ret[LIMIT_INSTANCES]);
