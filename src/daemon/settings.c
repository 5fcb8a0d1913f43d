/* SPDX-License-Identifier: Apache-2.0 */
/* What client and Device take out of the configuration. */
#include "daemon/settings.h"

CoapSettings settings_for_coap(const Config *config)
{
        return (CoapSettings){
                .ack_timeout = config->coap.ack_timeout,
                .ack_random_factor = config->coap.ack_random_factor,
                .max_retransmit = (unsigned)config->coap.max_retransmit,
                .block_size = config->coap.block_size,
                .max_body_size = config->coap.max_body_size,
        };
}

ClientSettings settings_for_client(const Config *config)
{
        return (ClientSettings){
                .endpoint = config->endpoint ?: "",
                .version = config->version,
                .bootstrap_timeout = config->bootstrap.timeout,
                .retry_count = (unsigned)config->bootstrap.retry_count,
                .retry_delay = config->bootstrap.retry_delay,
                .retry_delay_max = config->bootstrap.retry_delay_max,
                .jitter = config->bootstrap.jitter,
                .on_failure = config->bootstrap.on_failure,
                .restart_delay = config->bootstrap.restart_delay,
                .preferred_content_format = config->bootstrap.preferred_content_format,
                .update_interval_max = (uint64_t)config->registration.update_interval_max * USEC_PER_SEC,
                .queue_mode = config->queue_mode.enabled,
                .queue_timeout = config->queue_mode.timeout,
                .coap = settings_for_coap(config),
                .trust_store = config->trust_store ?: TRUST_STORE_SYSTEM,
        };
}

DeviceSettings settings_for_device(const Config *config)
{
        const ConfigDevice *device = &config->device;

        return (DeviceSettings){
                .strings.manufacturer = device->manufacturer,
                .strings.model_number = device->model_number,
                .strings.serial_number = device->serial_number,
                .strings.firmware_version = device->firmware_version,
                .strings.device_type = device->device_type,
                .strings.hardware_version = device->hardware_version,
                .strings.software_version = device->software_version,
                .logind = device->reboot != DEVICE_BACKEND_NONE,
                .accounts = device->factory_reset != DEVICE_BACKEND_NONE,
                .timedated = device->set_time != DEVICE_BACKEND_NONE,
                .sysfs = device->power != DEVICE_BACKEND_NONE,
                .queue_mode = config->queue_mode.enabled,
        };
}

FirmwareSettings settings_for_firmware(const Config *config)
{
        return (FirmwareSettings){
                .backend = config->firmware.backend,
                .max_size = config->firmware.max_size,
                .repository = config->firmware.has_repository ? &config->firmware.repository : NULL,
                .trust_store = config->trust_store ?: TRUST_STORE_SYSTEM,
                .coap = settings_for_coap(config),
                .window = config->firmware.window,
                .logind = config->device.reboot == DEVICE_BACKEND_LOGIND,
        };
}

static bool same_text(const char *a, const char *b)
{
        return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_device(const Config *config, const Config *other)
{
        const ConfigDevice *a = &config->device, *b = &other->device;

        return same_text(a->manufacturer, b->manufacturer) && same_text(a->model_number, b->model_number) &&
               same_text(a->serial_number, b->serial_number) &&
               same_text(a->firmware_version, b->firmware_version) &&
               same_text(a->device_type, b->device_type) &&
               same_text(a->hardware_version, b->hardware_version) &&
               same_text(a->software_version, b->software_version);
}

static unsigned account_changes(const ConfigFingerprint *old, const ConfigFingerprint *new)
{
        unsigned flags = 0;

        if (memcmp(old->bootstrap_server, new->bootstrap_server, SHA256_SIZE) != 0)
                flags |= memcmp(old->bare_bootstrap_server, new->bare_bootstrap_server, SHA256_SIZE) == 0
                                 ? CLIENT_RELOAD_CREDENTIALS
                                 : CLIENT_RELOAD_BOOTSTRAP_SERVER;
        if (memcmp(old->servers, new->servers, SHA256_SIZE) != 0)
                flags |= memcmp(old->bare_servers, new->bare_servers, SHA256_SIZE) == 0
                                 ? CLIENT_RELOAD_CREDENTIALS
                                 : CLIENT_RELOAD_ACCOUNTS;
        return flags;
}

unsigned settings_changes(const Config *old, const ConfigFingerprint *old_fingerprint, const Config *new,
        const ConfigFingerprint *new_fingerprint)
{
        unsigned flags = account_changes(old_fingerprint, new_fingerprint);

        return same_device(old, new) ? flags : flags | CLIENT_RELOAD_DEVICE;
}
