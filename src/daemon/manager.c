/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's wiring. */
#include "daemon/manager.h"

#include <signal.h>
#include <systemd/sd-daemon.h>

#include "coap/connection.h"
#include "daemon/config_load.h"
#include "daemon/firmware_face.h"
#include "daemon/loading.h"
#include "daemon/manager_config.h"
#include "daemon/manager_firmware.h"
#include "daemon/published_definitions.h"
#include "daemon/status_line.h"
#include "util/log.h"
#include "util/message_ids.h"

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
        manager_config_keep(manager);
        for (size_t i = 0; i < n_ids; i++)
                if (client_server(manager->client, ids[i], servers + n) == 0)
                        n++;
        status_line_format(client_state(manager->client), servers, n, line, sizeof(line));
        status_line_add_firmware(firmware_face.shown(manager->firmware), line, sizeof(line));
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
        device_look_for_services(&manager->device);
        client_start(manager->client);
        firmware_start(manager->firmware);
}

static void on_reloaded(void *userdata)
{
        manager_config_reloaded(userdata);
}

static int on_reload(void *userdata, char **ret_message)
{
        return manager_config_reload(userdata, ret_message);
}

static void on_left(void *userdata)
{
        Manager *manager = userdata;

        device_reboot_now(&manager->device.reboot, firmware_wants_reboot(manager->firmware));
}

static void on_not_rebooted(void *userdata)
{
        Manager *manager = userdata;

        client_start(manager->client);
}

static void on_reread(void *userdata)
{
        const Manager *manager = userdata;

        firmware_version_changed(manager->firmware);
}

static const DeviceHandler device_handler = {
        .not_rebooted = on_not_rebooted,
        .reread = on_reread,
};

static void on_room(void *userdata)
{
        manager_config_room(userdata);
}

static const ClientListener listener = {
        .state_changed = on_state_changed,
        .reloaded = on_reloaded,
        .left = on_left,
};

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
        log_event(LOG_INFO, MESSAGE_ID_STOPPING, "Stopping, as signal SIG%s of process %u (user %u) asks.",
                sigabbrev_np((int)info->ssi_signo), info->ssi_pid, info->ssi_uid);
        (void)sd_notify(false, "STOPPING=1\nSTATUS=Stopping.");
        published_end(manager->published);
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
        firmware_clock_was_set(manager->firmware);
}

static void on_network_changed(void *userdata)
{
        Manager *manager = userdata;

        client_network_changed(manager->client);
        firmware_network_changed(manager->firmware);
}

/* Without it every wait still has its end. */
static void watch_network(Manager *manager)
{
        int r = network_new(manager->event, on_network_changed, manager, &manager->network);

        if (r < 0)
                log_event_errno(LOG_WARNING, r, MESSAGE_ID_NETWORK_UNKNOWN,
                        "Changes of the network are not seen (%m): no wait is cut short by them, and there "
                        "is no Connectivity Monitoring object /4.");
}

static void on_traffic_wanted(void *userdata, ClientTraffic *ret)
{
        Manager *manager = userdata;

        client_take_traffic(manager->client, ret);
}

static void on_bus_ready(void *userdata)
{
        be_ready(userdata);
}

static void on_name_taken(void *userdata, unsigned pid)
{
        Manager *manager = userdata;

        log_event(LOG_ERR, MESSAGE_ID_START_FAILED,
                "The bus name org.lwm2m.Client1 is owned by process %u; another lwm2m-clientd runs. "
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
        r = bus_new(manager->event, manager->client, manager->published, manager->arguments->config,
                &bus_handler, manager, &present, &manager->bus);
        if (r < 0)
                return log_event_errno(LOG_ERR, r, MESSAGE_ID_START_FAILED, "D-Bus cannot be set up: %m");
        device_set_bus(&manager->device, manager->bus);
        firmware_set_bus(manager->firmware, manager->bus);
        bus_set_firmware(manager->bus, &firmware_face, manager->firmware);
        if (!present)
                log_event(LOG_WARNING, MESSAGE_ID_BUS_LOST,
                        "There is no system bus; going on without it until its socket appears.");
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

/* The Objects that no table has: after the client, which is told of them. */
static int make_objects(Manager *manager)
{
        int r;

        watch_network(manager);
        r = connectivity_statistics_init(&manager->statistics, manager->event, &clock_system, manager->store,
                on_traffic_wanted, manager);
        if (r < 0)
                return r;
        connectivity_monitoring_init(&manager->monitoring, manager->store, manager->network);
        r = static_objects_new(manager->event, manager->file_reader, &clock_system, manager->store,
                manager->published, &manager->static_objects);
        if (r < 0)
                return r;
        static_objects_set_room(manager->static_objects, on_room, manager);
        manager_config_set_objects(manager, manager->config);
        return 0;
}

static int make_client(Manager *manager, Dataset *before, bool locked)
{
        ClientSettings settings = settings_for_client(manager->config);
        ClientAccounts accounts;
        int r;

        r = file_reader_new(manager->event, &clock_system, &manager->file_reader);
        if (r < 0)
                return r;
        r = device_init(&manager->device, manager->event, &clock_system, manager->store,
                manager->file_reader, &device_handler, manager);
        if (r < 0)
                return r;
        manager_config_device(manager, manager->config);
        r = loading_accounts(&manager->storage, manager->config, before, locked, manager->store, &accounts);
        if (r < 0)
                return r;
        r = store_set_source(manager->store, OBJECT_DEVICE, &device_source, &manager->device);
        if (r < 0)
                return r;
        r = published_new(manager->store, &published_definitions, manager->arguments->definitions,
                &manager->published);
        if (r < 0)
                return r;
        connection_global_init();
        r = client_new(manager->event, &clock_system, manager->store, &settings, &accounts,
                &storage_for_client, &manager->storage, &manager->client);
        if (r < 0)
                return r;
        if (!locked)
                loading_history(&manager->storage, manager->client);
        r = manager_firmware_new(manager, locked);
        if (r < 0)
                return r;
        r = clock_watch_new(manager->event, on_clock_set, manager, &manager->clock_watch);
        if (r < 0)
                return r;
        r = make_objects(manager);
        if (r < 0)
                return r;
        r = metrics_file_new(manager->event, &clock_system, manager->client, &manager->metrics);
        if (r < 0)
                return r;
        metrics_file_set_firmware(manager->metrics, &firmware_face, manager->firmware);
        manager_config_metrics(manager, manager->config);
        r = sd_event_add_defer(manager->event, &manager->status_source, on_status_line, manager);
        if (r < 0)
                return r;
        return client_add_listener(manager->client, &listener, manager);
}

int manager_new(const Arguments *arguments, StateVault *vault, ConfigChoice *choice, Manager **ret)
{
        _cleanup_(manager_freep) Manager *manager = calloc(1, sizeof(*manager));
        bool locked = choice->locked.name != FAILURE_NONE, may_reset = choice->config != NULL;
        int r;

        if (!manager)
                return log_oom();
        manager->arguments = arguments;
        manager->vault = vault;
        storage_open(vault, &manager->storage);
        manager->config = choice->config ? TAKE_PTR(choice->config) : config_new(arguments->config);
        r = manager->config ? sd_event_new(&manager->event) : -ENOMEM;
        if (r >= 0)
                r = add_signals(manager);
        if (r >= 0)
                r = sd_event_set_watchdog(manager->event, true);
        if (r >= 0)
                r = store_new(&manager->store);
        if (r >= 0)
                r = make_client(manager, TAKE_PTR(choice->kept.accounts), locked);
        if (r >= 0)
                r = manager_config_begin(manager, choice, may_reset);
        if (r < 0)
                return log_event_errno(LOG_ERR, r, MESSAGE_ID_START_FAILED, "The daemon cannot start: %m");
        *ret = TAKE_PTR(manager);
        return 0;
}

Manager *manager_free(Manager *manager)
{
        if (!manager)
                return NULL;
        if (manager->firmware)
                firmware_set_bus(manager->firmware, NULL);
        manager->bus = bus_free(manager->bus);
        (void)clock_watch_free(manager->clock_watch);
        (void)network_free(manager->network);
        (void)metrics_file_free(manager->metrics);
        connectivity_statistics_done(&manager->statistics);
        if (manager->client) {
                (void)client_free(manager->client);
                connection_global_done();
        }
        (void)firmware_free(manager->firmware);
        sd_event_source_disable_unref(manager->status_source);
        (void)static_objects_free(manager->static_objects);
        (void)published_free(manager->published);
        device_done(&manager->device);
        (void)file_reader_free(manager->file_reader);
        (void)store_free(manager->store);
        storage_done(&manager->storage);
        manager_config_done(manager);
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
                log_event_errno(LOG_ERR, r, MESSAGE_ID_INTERNAL_ERROR, "The event loop has failed: %m");
                return EXIT_FAILURE;
        }
        return r;
}
