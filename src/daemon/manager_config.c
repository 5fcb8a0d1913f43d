/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration in force, and a key that it waits for. */
#include "daemon/manager_config.h"

#include <sysexits.h>

#include "client/timer.h"
#include "daemon/config_load.h"
#include "daemon/loading.h"
#include "daemon/manager_firmware.h"
#include "daemon/state_directory.h"
#include "util/log.h"
#include "util/message_ids.h"

#define KEY_AGAIN_USEC (60 * USEC_PER_SEC) /* design.md section 12 */

void manager_config_device(Manager *manager, const Config *config)
{
        const DeviceSettings settings = settings_for_device(config);

        device_configure(&manager->device, &settings);
        store_changed(manager->store, &PATH_INSTANCE(OBJECT_DEVICE, 0));
}

void manager_config_keep(Manager *manager)
{
        if (!manager->keep_due || client_waits(manager->client))
                return;
        manager->keep_due = false;
        timer_set(manager->key_timer, 0);
        config_keeper_keep(manager->config_keeper, manager->config, manager->storage.factory);
}

static void set_monitoring(Manager *manager, bool on)
{
        int r = connectivity_monitoring_set(&manager->monitoring, on);

        if (r == -EEXIST)
                log_full(LOG_ERR, 0, &(LogAbout){.message_id = MESSAGE_ID_OBJECT_NOT_SERVED, .path = "/4"},
                        "The Connectivity Monitoring object /4 cannot be set up: another program publishes "
                        "it; the client's own is set up once that is gone.");
        else if (r < 0)
                log_full(LOG_ERR, r, &(LogAbout){.message_id = MESSAGE_ID_OBJECT_NOT_SERVED, .path = "/4"},
                        "The Connectivity Monitoring object /4 cannot be set up: %m");
}

/* One of the two has /4, and gives it to the other; so with /5. */
void manager_config_set_objects(Manager *manager, const Config *config)
{
        if (!config->connectivity_monitoring)
                set_monitoring(manager, false);
        if (!config->firmware.backend)
                manager_firmware_configure(manager, config);
        static_objects_set(manager->static_objects, config);
        if (config->connectivity_monitoring)
                set_monitoring(manager, true);
        if (config->firmware.backend)
                manager_firmware_configure(manager, config);
}

void manager_config_room(Manager *manager)
{
        if (firmware_is_missing(manager->firmware))
                manager_firmware_configure(manager, manager->config);
        if (!manager->config->connectivity_monitoring || manager->monitoring.on)
                return;
        (void)connectivity_monitoring_set(&manager->monitoring, true);
        if (manager->monitoring.on)
                log_full(LOG_INFO, 0, &(LogAbout){.message_id = MESSAGE_ID_OBJECT_SERVED, .path = "/4"},
                        "The Connectivity Monitoring object /4 is set up by now.");
}

void manager_config_metrics(Manager *manager, const Config *config)
{
        if (metrics_file_set(manager->metrics, config->metrics_file) < 0)
                (void)log_oom();
}

/* config: taken over; what looks at the one before has left it by then. */
static void put_in_force(Manager *manager, Config *config)
{
        manager_config_device(manager, config);
        manager_config_set_objects(manager, config);
        manager_config_metrics(manager, config);
        (void)config_free(manager->config);
        manager->config = config;
}

/* -- A key that is not at hand -- */

static void show_problem(Manager *manager, const char *problem)
{
        client_set_configuration_problem(manager->client, problem ?: "");
}

static void wait_for_key(Manager *manager, const Failure *failure, bool may_reset, bool tell)
{
        uint64_t again = clock_boottime(&clock_system) + KEY_AGAIN_USEC;

        if (tell)
                log_event(LOG_ERR, MESSAGE_ID_KEY_MISSING, "%s", failure->sentence);
        client_wait(manager->client, failure, again, may_reset);
        timer_set(manager->key_timer, again);
}

/* What the configuration says by now, with the stored accounts unless they are locked still. */
static int take_choice(Manager *manager, ConfigChoice *choice)
{
        bool locked = choice->locked.name != FAILURE_NONE;
        ClientSettings settings;
        ClientAccounts accounts;
        int r;

        if (choice->config)
                put_in_force(manager, TAKE_PTR(choice->config));
        settings = settings_for_client(manager->config);
        r = loading_accounts(&manager->storage, manager->config, TAKE_PTR(choice->kept.accounts), locked,
                manager->store, &accounts);
        if (r >= 0)
                r = client_load(manager->client, &settings, &accounts);
        if (r >= 0 && !locked) {
                loading_history(&manager->storage, manager->client);
                manager_firmware_load(manager);
        }
        return r;
}

/* 0, CONFIG_E_INVALID or negative errno. */
static int try_again(Manager *manager, bool by_operator, char **ret_problem, bool *ret_without_file)
{
        _cleanup_(config_choice_done) ConfigChoice choice = {0};
        bool may_reset, tell;
        int r;

        r = config_choose(manager->arguments->config, manager->vault, manager->arguments->definitions,
                by_operator, &choice);
        if (r != 0)
                return r;
        may_reset = choice.config != NULL;
        tell = strcmp(client_state(manager->client)->last_error.sentence, choice.locked.sentence) != 0;
        r = take_choice(manager, &choice);
        if (r < 0)
                return r;
        show_problem(manager, choice.problem);
        if (choice.locked.name != FAILURE_NONE)
                wait_for_key(manager, &choice.locked, may_reset, tell);
        else {
                log_event(LOG_NOTICE, MESSAGE_ID_KEY_FOUND,
                        "The key of the state directory %s is at hand; its accounts are in force.",
                        manager->vault->directory);
                manager_config_keep(manager);
                if (manager->ready) {
                        client_start(manager->client);
                        firmware_start(manager->firmware);
                }
        }
        *ret_problem = TAKE_PTR(choice.problem);
        *ret_without_file = choice.without_file;
        return 0;
}

static int on_key_due(sd_event_source *source, uint64_t usec, void *userdata)
{
        Manager *manager = userdata;
        _cleanup_(freep) char *problem = NULL;
        bool without_file;
        int r;

        if (!client_waits(manager->client))
                return 0;
        r = try_again(manager, false, &problem, &without_file);
        if (r == CONFIG_E_INVALID)
                return sd_event_exit(manager->event, EX_CONFIG); /* as a start would */
        if (r < 0) {
                log_event_errno(LOG_ERR, r, MESSAGE_ID_STORAGE_UNREADABLE,
                        "The accounts cannot be loaded, it is tried again in a minute: %m");
                timer_set(manager->key_timer, clock_boottime(&clock_system) + KEY_AGAIN_USEC);
        }
        return 0;
}

/* -- Reload -- */

static int reload_waiting(Manager *manager, char **ret_message)
{
        _cleanup_(freep) char *problem = NULL;
        bool without_file = true;
        int r;

        r = try_again(manager, true, &problem, &without_file);
        if (r < 0)
                return r;
        if (r == 0 && !without_file)
                return 0;
        *ret_message = TAKE_PTR(problem);
        return CLIENT_E_INVALID_CONFIGURATION;
}

static int apply_config(Manager *manager, Config **config)
{
        _cleanup_(dataset_freep) Dataset *factory = NULL;
        ConfigFingerprint fingerprint;
        ClientSettings settings = settings_for_client(*config);
        unsigned flags;
        int r;

        r = loading_configured(*config, &factory, &fingerprint);
        if (r < 0)
                return r;
        flags = settings_changes(manager->config, &manager->storage.fingerprint, *config, &fingerprint);
        r = client_reload(manager->client, &settings, factory, flags);
        if (r < 0)
                return r;
        storage_set_configuration(&manager->storage, &fingerprint, TAKE_PTR(factory));
        (void)config_free(manager->next_config);
        manager->next_config = TAKE_PTR(*config);
        return 0;
}

void manager_config_reloaded(Manager *manager)
{
        storage_use_configuration(&manager->storage);
        put_in_force(manager, TAKE_PTR(manager->next_config));
        if (state_vault_set_key(manager->vault, &manager->config->state_key) < 0)
                (void)log_oom();
        else
                state_directory_renew(manager->vault);
        config_keeper_keep(manager->config_keeper, manager->config, manager->storage.factory);
        show_problem(manager, manager->next_problem);
        (void)object_directories_tell_older(manager->arguments->definitions);
        log_full(LOG_INFO, 0,
                &(LogAbout){
                        .message_id = MESSAGE_ID_CONFIGURATION_IN_FORCE,
                        .config_file = manager->config->file,
                },
                "The configuration %s is in force.", manager->config->file);
}

int manager_config_reload(Manager *manager, char **ret_message)
{
        const char *file = manager->arguments->config;
        const ConfigKept kept = {
                .endpoint = manager->config->endpoint,
                .accounts = manager->storage.factory,
                .state_key = &manager->vault->key,
        };
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(config_freep) Config *config = NULL;
        _cleanup_(freep) char *problem = NULL;
        int r;

        if (client_waits(manager->client))
                return reload_waiting(manager, ret_message);
        r = config_load(file, CONFIG_TO_RUN, &kept, manager->arguments->definitions, &config, &problems);
        config_problems_log(&problems, file);
        if (r >= 0 && config_problems_summary(&problems, file, &problem) < 0)
                r = -ENOMEM;
        if (r == CONFIG_E_INVALID) {
                log_full(LOG_ERR, 0,
                        &(LogAbout){
                                .message_id = MESSAGE_ID_CONFIGURATION_NOT_IN_FORCE,
                                .config_file = file,
                        },
                        "The configuration %s is not valid; the old one stays in force.", file);
                (void)object_directories_tell_older(manager->arguments->definitions);
                show_problem(manager, problem);
                *ret_message = TAKE_PTR(problem);
                return CLIENT_E_INVALID_CONFIGURATION;
        }
        if (r == 0)
                r = apply_config(manager, &config);
        if (r < 0) {
                log_event_errno(LOG_ERR, r, MESSAGE_ID_CONFIGURATION_NOT_IN_FORCE,
                        "The configuration cannot be reloaded: %m");
                return r;
        }
        free(manager->next_problem);
        manager->next_problem = TAKE_PTR(problem);
        return 0;
}

int manager_config_begin(Manager *manager, const ConfigChoice *choice, bool may_reset)
{
        int r;

        r = config_keeper_new(manager->event, manager->vault, &manager->config_keeper);
        if (r >= 0)
                r = timer_new(manager->event, on_key_due, manager, "key", &manager->key_timer);
        if (r < 0)
                return r;
        if (choice->locked.name != FAILURE_NONE)
                wait_for_key(manager, &choice->locked, may_reset, true);
        manager->keep_due = true;
        manager_config_keep(manager);
        show_problem(manager, choice->problem);
        return 0;
}

void manager_config_done(Manager *manager)
{
        sd_event_source_disable_unref(manager->key_timer);
        (void)config_keeper_free(manager->config_keeper);
        (void)config_free(manager->config);
        (void)config_free(manager->next_config);
        free(manager->next_problem);
}
