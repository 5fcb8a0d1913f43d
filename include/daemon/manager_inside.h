/* SPDX-License-Identifier: Apache-2.0 */
/* The Manager's inside: what manager.c (life, signals, systemd, bus) and manager_config.c (the configuration
 * in force, and a key that it waits for) share. */
#pragma once

#include "bus/bus.h"
#include "daemon/arguments.h"
#include "daemon/clock_watch.h"
#include "daemon/config_choice.h"
#include "daemon/config_keeper.h"
#include "daemon/connectivity_monitoring.h"
#include "daemon/connectivity_statistics.h"
#include "daemon/firmware.h"
#include "daemon/metrics_file.h"
#include "daemon/network.h"
#include "daemon/settings.h"
#include "daemon/static_objects.h"
#include "daemon/storage.h"

#define STATUS_LINE_SIZE 2048 /* twice FAILURE_SENTENCE_SIZE and the words around it */

typedef struct Manager {
        const Arguments *arguments;
        StateVault *vault;
        sd_event *event;
        Config *config;      /* in force */
        Config *next_config; /* given to the client, in force when it says so */
        char *next_problem;  /* what ConfigurationProblem says then; owned */
        Storage storage;
        ConfigKeeper *config_keeper;
        Store *store;
        FileReader *file_reader; /* of the values in force */
        Device device;
        Firmware *firmware;
        Published *published;
        StaticObjects *static_objects;
        Client *client;
        Bus *bus;
        ClockWatch *clock_watch;
        Network *network;
        ConnectivityMonitoring monitoring;
        ConnectivityStatistics statistics;
        MetricsFile *metrics;
        sd_event_source *key_timer; /* a key that is not at hand is read again */
        bool ready, stopping;
        bool keep_due; /* the configuration is kept once the client has accounts */
        char status_line[STATUS_LINE_SIZE];
        sd_event_source *status_source;
} Manager;
