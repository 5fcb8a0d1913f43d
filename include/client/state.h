/* SPDX-License-Identifier: Apache-2.0 */
/* The client's inside: what client.c (the door), accounts.c (what is stored) and core.c (what happens next)
 * share. */
#pragma once

#include "client/bootstrap.h"
#include "client/server.h"
#include "operation/operation.h"

typedef enum ClientMode {
        MODE_LOADING,    /* before client_start */
        MODE_RUNNING,    /* in the Bootstrap Sequence or registered */
        MODE_COMMITTED,  /* a bootstrap has just been committed */
        MODE_NO_ACCOUNT, /* the last account was purged */
        MODE_FAILURE,    /* waits for restart_delay or Restart() */
        MODE_STOPPING,
} ClientMode;

typedef struct PendingReload {
        bool waiting;
        unsigned flags;
        ClientContext settings; /* only its settings and endpoint are used */
        Dataset *factory;
} PendingReload;

struct Client {
        ClientContext context;
        ClientMode mode;
        ClientState state;
        Bootstrap *bootstrap;
        const ServerHandler *server_handler;
        Server *servers[LIMIT_SERVER_ACCOUNTS]; /* ascending by Short Server ID */
        size_t n_servers;

        const ClientStorage *storage;
        void *storage_userdata;
        const char *storage_directory;
        Dataset *factory;
        unsigned flags; /* SaveFlags of what is stored */
        Failure storage_error;
        unsigned save_extra; /* SAVE_LAST_GOOD while that has not been written */
        sd_event_source *storage_timer;

        struct {
                const ClientListener *listener;
                void *userdata;
        } listeners[CLIENT_LISTENERS_MAX];
        size_t n_listeners;

        Failure last_error; /* without storage's */
        /* CLOCK_BOOTTIME usec of what state shows in the other clocks; 0: none */
        uint64_t status_at, last_bootstrap_at;
        uint64_t last_bootstrap_before; /* CLOCK_REALTIME usec of one before this boot; 0: none */
        Effects effects;                /* they wait for the loop, so that the answer leaves first */
        PendingReload reload;

        bool changing;      /* a method is at work: its end is published, not its steps */
        bool finishing;     /* a Finish was accepted, its 2.04 has not left yet */
        bool exhausted;     /* a series has failed, to be decided on */
        bool skip_hold_off; /* the next series is part of a restart */
        bool purge_due;     /* /0/x/12 has ended while a series ran */
        sd_event_source *decide_task;
        sd_event_source *restart_timer;
        uint64_t restart_at; /* CLOCK_BOOTTIME usec, 0: none */
        sd_event_source *purge_timer;
        sd_event_source *stop_task;
        void (*stopped)(void *userdata);
        void *stopped_userdata;
};

/* Shows what changed: Status, SubStatus, stamps, errors; one StatusChanged for each transition. */
void state_publish(Client *client);

/* Lets the loop decide what happens next, after the callback that asks for it has returned. */
void state_decide_soon(Client *client);

/* Whether a series of bootstrap attempts runs. */
bool state_bootstrap_runs(const Client *client);

Server *state_find_server(const Client *client, uint16_t short_server_id); /* or NULL */

/* The servers as the rule of order sees them; returns how many. */
size_t state_order(const Client *client, OrderedServer ret[LIMIT_SERVER_ACCOUNTS]);

/* CLOCK_REALTIME usec of the last accepted Finish, 0: none. */
uint64_t state_last_bootstrap(const Client *client);

bool state_any_registered(const Client *client);
