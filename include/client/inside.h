/* SPDX-License-Identifier: Apache-2.0 */
/* The client's inside: what client.c (the door), generations.c (what is stored), accounts.c (what is in
 * force), state.c (what is shown), events.c (what is told) and core.c (what happens next) share. */
#pragma once

#include "client/bootstrap.h"
#include "client/error.h"
#include "client/network_limiter.h"
#include "client/sequence_machine.h"
#include "client/server.h"
#include "client/shown.h"
#include "client/storage.h"
#include "operation/operation.h"

typedef struct PendingReload {
        bool waiting;
        unsigned flags;
        ClientContext settings; /* only its settings and endpoint are used */
        Dataset *factory;
} PendingReload;

typedef struct Client {
        ClientContext context;
        SequenceMachine sequence;
        ClientState state;
        Bootstrap *bootstrap;
        struct Serving *serving;
        struct Readings *readings;
        struct ObjectList *object_list;
        const ServerHandler *server_handler;
        Server *servers[LIMIT_SERVER_ACCOUNTS]; /* ascending by Short Server ID */
        size_t n_servers;

        const ClientStorage *storage;
        void *storage_userdata;
        const char *storage_directory;
        Dataset *factory;
        unsigned flags;      /* SaveFlags of what is in force */
        Dataset *kept;       /* what `current` holds while something else is tried; NULL: what is in force */
        unsigned kept_flags; /* of that */
        bool last_good_due;  /* `last-good` has yet to be written */
        Failure storage_error;
        sd_event_source *storage_timer;
        /* History.changes of what was looked at, and written, last; when it may be written again */
        unsigned history_seen, history_saved;
        uint64_t history_due;
        bool history_fails;
        sd_event_source *history_timer;

        struct {
                const ClientListener *listener;
                void *userdata;
        } listeners[CLIENT_LISTENERS_MAX];
        size_t n_listeners;

        Failure last_error; /* without storage's */
        /* Accounts cannot be loaded; last_error says why, and it is tried again at that time (CLOCK_BOOTTIME
         * usec). */
        bool waits, may_reset;
        uint64_t wait_until;
        char configuration_problem[FAILURE_SENTENCE_SIZE];
        /* CLOCK_BOOTTIME usec of what state shows in the other clocks; 0: none */
        uint64_t status_at, last_bootstrap_at;
        uint64_t last_bootstrap_before; /* CLOCK_REALTIME usec of one before this boot; 0: none */
        Effects effects;                /* they wait for the loop, so that the answer leaves first */
        PendingReload reload;

        bool changing;  /* a method is at work: its end is published, not its steps */
        bool committed; /* a Finish is in force, what follows from it is not decided yet */
        bool replaced;  /* it brought another Bootstrap-Server Account */
        bool exhausted; /* a series has failed, to be decided on */
        sd_event_source *decide_task;
        sd_event_source *sequence_timer;
        sd_event_source *purge_timer;
        uint64_t purge_at; /* CLOCK_BOOTTIME usec: the end of /0/x/12 of the stored account; 0: none */
        NetworkLimiter network_limiter;
        sd_event_source *network_timer;
        uint64_t network_look; /* CLOCK_BOOTTIME usec: what a change of the network means is looked at; 0:
                                  none */
        sd_event_source *stop_task;
        void (*stopped)(void *userdata);
        void *stopped_userdata;
} Client;
