/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's wiring. */
#include "daemon/manager.h"

#include <signal.h>
#include <systemd/sd-daemon.h>

#include "bus/bus.h"
#include "coap/connection.h"
#include "daemon/clock_watch.h"
#include "daemon/config_keeper.h"
#include "daemon/config_load.h"
#include "daemon/factory_accounts.h"
#include "daemon/network.h"
#include "daemon/settings.h"
#include "daemon/status_line.h"
#include "daemon/storage.h"
#include "util/log.h"

#define STATUS_LINE_SIZE 2048 /* twice FAILURE_SENTENCE_SIZE and the words around it */

struct Manager {
        const Arguments *arguments;
        StateVault *vault;
        sd_event *event;
        Config *config;      /* in force */
        Config *next_config; /* given to the client, in force when it says so */
        char *next_problem;  /* what ConfigurationProblem says then; owned */
        Storage storage;
        ConfigKeeper *config_keeper;
        Store *store;
        Device device;
        Client *client;
        Bus *bus;
        ClockWatch *clock_watch;
        Network *network;
        bool ready, stopping;
        char status_line[STATUS_LINE_SIZE];
        sd_event_source *status_source;
};

/* -- systemd -- */

static int on_status_line(sd_event_source *source, void *userdata)
{
        Manager *manager = userdata;
        char line[STATUS_LINE_SIZE];
        uint16_t ids[LIMIT_SERVER_ACCOUNTS];
        ClientServer servers[LIMIT_SERVER_ACCOUNTS];
        size_t n_ids = client_servers(manager->client, ids), n = 0;

        if (manager->stopping)
                return 0;
        for (size_t i = 0; i < n_ids; i++)
                if (client_server(manager->client, ids[i], servers + n) == 0)
                        n++;
        status_line_format(client_state(manager->client), servers, n, line, sizeof(line));
        if (strcmp(line, manager->status_line) != 0) {
                memcpy(manager->status_line, line, sizeof(line));
                (void)sd_notifyf(false, "STATUS=%s", line);
        }
        return 0;
}

static void on_state_changed(void *userdata)
{
        Manager *manager = userdata;

        (void)sd_event_source_set_enabled(manager->status_source, SD_EVENT_ONESHOT);
}

static void be_ready(Manager *manager)
{
        if (manager->ready)
                return;
        manager->ready = true;
        (void)sd_notify(false, "READY=1");
        client_start(manager->client);
}

/* -- Reload -- */

static void show_problem(Manager *manager, const char *problem)
{
        client_set_configuration_problem(manager->client, problem ?: "");
}

static int apply_config(Manager *manager, Config **config)
{
        _cleanup_(dataset_freep) Dataset *factory = dataset_new();
        ConfigFingerprint fingerprint;
        ClientSettings settings = settings_for_client(*config);
        unsigned flags;
        int r;

        if (!factory)
                return -ENOMEM;
        r = factory_accounts_build(*config, factory);
        if (r == 0)
                r = config_fingerprint(*config, &fingerprint);
        if (r != 0)
                return r > 0 ? -ENOSPC : r;
        flags = settings_changes(manager->config, &manager->storage.fingerprint, *config, &fingerprint);
        r = client_reload(manager->client, &settings, factory, flags);
        if (r < 0)
                return r;
        storage_set_configuration(&manager->storage, &fingerprint, TAKE_PTR(factory));
        (void)config_free(manager->next_config);
        manager->next_config = TAKE_PTR(*config);
        return 0;
}

static void on_reloaded(void *userdata)
{
        Manager *manager = userdata;

        storage_use_configuration(&manager->storage);
        manager->device.strings = settings_for_device(manager->next_config);
        (void)config_free(manager->config);
        manager->config = TAKE_PTR(manager->next_config);
        config_keeper_keep(manager->config_keeper, manager->config, manager->storage.factory);
        show_problem(manager, manager->next_problem);
        log_info("The configuration %s is in force.", manager->config->file);
}

static int on_reload(void *userdata, char **ret_message)
{
        Manager *manager = userdata;
        const char *file = manager->arguments->config;
        const ConfigKept kept = {
                .endpoint = manager->config->endpoint, .accounts = manager->storage.factory};
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(config_freep) Config *config = NULL;
        _cleanup_(freep) char *problem = NULL;
        int r;

        r = config_load(file, CONFIG_TO_RUN, &kept, &config, &problems);
        config_problems_log(&problems, file);
        if (r >= 0 && config_problems_summary(&problems, file, &problem) < 0)
                r = -ENOMEM;
        if (r == CONFIG_E_INVALID) {
                log_error("The configuration %s is not valid; the old one stays in force.", file);
                show_problem(manager, problem);
                *ret_message = TAKE_PTR(problem);
                return CLIENT_E_INVALID_CONFIGURATION;
        }
        if (r == 0)
                r = apply_config(manager, &config);
        if (r < 0) {
                log_error_errno(r, "The configuration cannot be reloaded: %m");
                return r;
        }
        free(manager->next_problem);
        manager->next_problem = TAKE_PTR(problem);
        return 0;
}

static const ClientListener listener = {.state_changed = on_state_changed, .reloaded = on_reloaded};

/* -- Signals and bus -- */

static void on_stopped(void *userdata)
{
        Manager *manager = userdata;

        (void)sd_event_exit(manager->event, EXIT_SUCCESS);
}

static int on_stop_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
        Manager *manager = userdata;

        manager->stopping = true;
        log_info("Stopping, as signal SIG%s of process %u (user %u) asks.",
                sigabbrev_np((int)info->ssi_signo), info->ssi_pid, info->ssi_uid);
        (void)sd_notify(false, "STOPPING=1\nSTATUS=Stopping.");
        client_stop(manager->client, on_stopped, manager);
        return 0;
}

static int on_reload_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
        Manager *manager = userdata;
        _cleanup_(freep) char *message = NULL;

        if (manager->stopping)
                return 0;
        /* Before the start is finished READY=1 would be a lie. */
        if (manager->ready)
                (void)sd_notify(false, "RELOADING=1");
        if (on_reload(manager, &message) == CLIENT_E_INVALID_CONFIGURATION)
                client_configuration_refused(manager->client, message);
        if (manager->ready)
                (void)sd_notify(false, "READY=1");
        return 0;
}

static void on_clock_set(void *userdata)
{
        Manager *manager = userdata;

        client_clock_was_set(manager->client);
}

static void on_network_changed(void *userdata)
{
        Manager *manager = userdata;

        client_network_changed(manager->client);
}

/* Without it every wait still has its end. */
static void watch_network(Manager *manager)
{
        int r = network_new(manager->event, on_network_changed, manager, &manager->network);

        if (r < 0)
                log_warning_errno(
                        r, "Changes of the network are not seen (%m): no wait is cut short by them.");
}

static void on_bus_ready(void *userdata)
{
        be_ready(userdata);
}

static void on_name_taken(void *userdata, unsigned pid)
{
        Manager *manager = userdata;

        log_error("The bus name org.lwm2m.Client1 is owned by process %u; another lwm2m-clientd runs. "
                  "Stop it first.",
                pid);
        (void)sd_event_exit(manager->event, EXIT_FAILURE);
}

static void on_bus_refused(void *userdata, const char *reason)
{
        be_ready(userdata);
}

static const BusHandler bus_handler = {
        .ready = on_bus_ready,
        .refused = on_bus_refused,
        .name_taken = on_name_taken,
        .reload = on_reload,
};

static int start_bus(Manager *manager)
{
        bool present = false;
        int r;

        if (manager->arguments->no_bus)
                return 0;
        r = bus_new(manager->event, manager->client, manager->arguments->config, &bus_handler, manager,
                &present, &manager->bus);
        if (r < 0)
                return log_error_errno(r, "D-Bus cannot be set up: %m");
        if (!present)
                log_warning("There is no system bus; going on without it until its socket appears.");
        return present;
}

static int add_signals(Manager *manager)
{
        int r;

        (void)signal(SIGPIPE, SIG_IGN);
        r = sd_event_add_signal(manager->event, NULL, SIGTERM, on_stop_signal, manager);
        if (r >= 0)
                r = sd_event_add_signal(manager->event, NULL, SIGINT, on_stop_signal, manager);
        if (r >= 0)
                r = sd_event_add_signal(manager->event, NULL, SIGHUP, on_reload_signal, manager);
        return r;
}

/* -- Life -- */

static int load_accounts(Manager *manager, ConfigChoice *choice, ClientAccounts *ret)
{
        _cleanup_(dataset_freep) Dataset *factory = dataset_new();
        ConfigFingerprint fingerprint;
        StateFile content = {0};
        bool unsaved;
        int r;

        if (!factory)
                return -ENOMEM;
        r = factory_accounts_build(manager->config, factory);
        if (r == 0)
                r = config_fingerprint(manager->config, &fingerprint);
        if (r != 0)
                return r > 0 ? -ENOSPC : r;
        storage_open(manager->vault, &manager->storage);
        storage_set_before(&manager->storage, TAKE_PTR(choice->kept.accounts));
        storage_set_configuration(&manager->storage, &fingerprint, TAKE_PTR(factory));
        r = storage_load(&manager->storage, &content, &unsaved);
        if (r < 0)
                return log_error_errno(
                        r, "The state directory %s cannot be read: %m", manager->arguments->state_directory);
        r = store_new(&manager->store);
        if (r < 0) {
                state_file_done(&content);
                return r;
        }
        store_replace(manager->store, content.dataset);
        *ret = (ClientAccounts){
                .factory = manager->storage.factory,
                .flags = content.flags,
                .last_bootstrap = content.last_bootstrap,
                .directory = manager->vault->directory,
                .unsaved = unsaved,
        };
        return 0;
}

static int make_client(Manager *manager, const ClientAccounts *accounts)
{
        ClientSettings settings = settings_for_client(manager->config);
        int r;

        manager->device = (Device){.clock = &clock_system, .strings = settings_for_device(manager->config)};
        r = store_set_provider(manager->store, OBJECT_DEVICE, &device_provider, &manager->device);
        if (r < 0)
                return r;
        connection_global_init();
        r = client_new(manager->event, &clock_system, manager->store, &settings, accounts,
                &storage_for_client, &manager->storage, &manager->client);
        if (r < 0)
                return r;
        r = clock_watch_new(manager->event, on_clock_set, manager, &manager->clock_watch);
        if (r < 0)
                return r;
        watch_network(manager);
        r = sd_event_add_defer(manager->event, &manager->status_source, on_status_line, manager);
        if (r < 0)
                return r;
        return client_add_listener(manager->client, &listener, manager);
}

int manager_new(const Arguments *arguments, StateVault *vault, ConfigChoice *choice, Manager **ret)
{
        _cleanup_(manager_freep) Manager *manager = calloc(1, sizeof(*manager));
        ClientAccounts accounts = {0};
        int r;

        if (!manager)
                return log_oom();
        manager->arguments = arguments;
        manager->vault = vault;
        manager->config = TAKE_PTR(choice->config);
        r = sd_event_new(&manager->event);
        if (r >= 0)
                r = add_signals(manager);
        if (r >= 0)
                r = sd_event_set_watchdog(manager->event, true);
        if (r >= 0)
                r = load_accounts(manager, choice, &accounts);
        if (r >= 0)
                r = make_client(manager, &accounts);
        if (r >= 0)
                r = config_keeper_new(manager->event, manager->vault, &manager->config_keeper);
        if (r < 0)
                return log_error_errno(r, "The daemon cannot start: %m");
        config_keeper_keep(manager->config_keeper, manager->config, manager->storage.factory);
        show_problem(manager, choice->problem);
        *ret = TAKE_PTR(manager);
        return 0;
}

Manager *manager_free(Manager *manager)
{
        if (!manager)
                return NULL;
        (void)bus_free(manager->bus);
        (void)clock_watch_free(manager->clock_watch);
        (void)network_free(manager->network);
        if (manager->client) {
                (void)client_free(manager->client);
                connection_global_done();
        }
        sd_event_source_disable_unref(manager->status_source);
        (void)config_keeper_free(manager->config_keeper);
        (void)store_free(manager->store);
        storage_done(&manager->storage);
        (void)config_free(manager->config);
        (void)config_free(manager->next_config);
        free(manager->next_problem);
        sd_event_unref(manager->event);
        free(manager);
        return NULL;
}

int manager_run(Manager *manager)
{
        int r;

        r = start_bus(manager);
        if (r < 0)
                return EXIT_FAILURE;
        if (r == 0)
                be_ready(manager);
        r = sd_event_loop(manager->event);
        if (r < 0) {
                log_error_errno(r, "The event loop has failed: %m");
                return EXIT_FAILURE;
        }
        return r;
}
