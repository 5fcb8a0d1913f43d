/* SPDX-License-Identifier: Apache-2.0 */
/* Every key of the configuration file in static tables. */
#include "daemon/config_keys.h"

#include "daemon/config_accounts.h"
#include "daemon/config_encryption.h"
#include "daemon/config_endpoint.h"
#include "daemon/config_firmware.h"
#include "daemon/config_metrics.h"
#include "daemon/config_objects.h"
#include "daemon/config_template.h"
#include "daemon/config_tls.h"
#include "daemon/config_value.h"
#include "daemon/device_texts.h"

/* Ranges: interface.md section 2 */
#define DAY            (86400 * USEC_PER_SEC)
#define BLOCK_SIZE_MIN 16 /* RFC 7959, 2.2 */
#define BLOCK_SIZE_MAX 1024
#define BODY_SIZE_MIN  1024

static const ConfigWord version_words[] = {
        {"1.0", LWM2M_1_0},
        {"1.1", LWM2M_1_1},
        {"1.2", LWM2M_1_2},
        {NULL},
};

static const ConfigWord on_failure_words[] = {
        {"restart", ON_FAILURE_RESTART},
        {"stay", ON_FAILURE_STAY},
        {NULL},
};

static const ConfigWord format_words[] = {
        {"none", FORMAT_NONE},
        {"tlv", FORMAT_TLV},
        {"senml-json", FORMAT_SENML_JSON},
        {"senml-cbor", FORMAT_SENML_CBOR},
        {"lwm2m-cbor", FORMAT_LWM2M_CBOR},
        {NULL},
};

static_assert(sizeof(Lwm2mVersion) == sizeof(int) && sizeof(OnFailure) == sizeof(int) &&
                      sizeof(ContentFormat) == sizeof(int),
        "config_read_word() writes an int");

#define FIELD(type, member) offsetof(type, member)

static const ConfigKey bootstrap_keys[] = {
        {"server", config_read_bootstrap_server, 0},
        {"timeout", config_read_duration, FIELD(ConfigBootstrap, timeout), USEC_PER_SEC, DAY},
        {"retry_count", config_read_count, FIELD(ConfigBootstrap, retry_count), 0, CONFIG_RETRY_COUNT_MAX},
        {"retry_delay", config_read_duration, FIELD(ConfigBootstrap, retry_delay), USEC_PER_SEC, 7 * DAY},
        {"retry_delay_max", config_read_duration, FIELD(ConfigBootstrap, retry_delay_max), USEC_PER_SEC,
                7 * DAY},
        {"jitter", config_read_percentage, FIELD(ConfigBootstrap, jitter), 0, 100},
        {"on_failure", config_read_word, FIELD(ConfigBootstrap, on_failure), .words = on_failure_words},
        {"restart_delay", config_read_duration, FIELD(ConfigBootstrap, restart_delay), USEC_PER_SEC,
                7 * DAY},
        {"preferred_content_format", config_read_word, FIELD(ConfigBootstrap, preferred_content_format),
                .words = format_words},
};

static int read_bootstrap(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        return config_read_mapping(
                context, value, key->name, bootstrap_keys, ELEMENTSOF(bootstrap_keys), field);
}

static const ConfigKey coap_keys[] = {
        {"ack_timeout", config_read_duration, FIELD(ConfigCoap, ack_timeout), USEC_PER_SEC,
                60 * USEC_PER_SEC},
        {"ack_random_factor", config_read_fraction, FIELD(ConfigCoap, ack_random_factor), 1, 3},
        {"max_retransmit", config_read_count, FIELD(ConfigCoap, max_retransmit), 0, 20},
        {"block_size", config_read_block_size, FIELD(ConfigCoap, block_size), BLOCK_SIZE_MIN,
                BLOCK_SIZE_MAX},
        {"max_body_size", config_read_size, FIELD(ConfigCoap, max_body_size), BODY_SIZE_MIN,
                LIMIT_PAYLOAD_SIZE},
};

static int read_coap(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        return config_read_mapping(context, value, key->name, coap_keys, ELEMENTSOF(coap_keys), field);
}

static const ConfigKey queue_mode_keys[] = {
        {"enabled", config_read_boolean, FIELD(ConfigQueueMode, enabled)},
        {"timeout", config_read_duration, FIELD(ConfigQueueMode, timeout), USEC_PER_SEC, DAY},
};

static int read_queue_mode(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        return config_read_mapping(
                context, value, key->name, queue_mode_keys, ELEMENTSOF(queue_mode_keys), field);
}

static const ConfigKey registration_keys[] = {
        {"update_interval_max", config_read_seconds, FIELD(ConfigRegistration, update_interval_max), 0,
                CONFIG_INTEGER_MAX},
};

static int read_registration(
        ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        return config_read_mapping(
                context, value, key->name, registration_keys, ELEMENTSOF(registration_keys), field);
}

static const ConfigWord reboot_words[] = {
        {"none", DEVICE_BACKEND_NONE},
        {"logind", DEVICE_BACKEND_LOGIND},
        {NULL},
};

static const ConfigWord factory_reset_words[] = {
        {"none", DEVICE_BACKEND_NONE},
        {"accounts", DEVICE_BACKEND_ACCOUNTS},
        {NULL},
};

static const ConfigWord set_time_words[] = {
        {"none", DEVICE_BACKEND_NONE},
        {"timedated", DEVICE_BACKEND_TIMEDATED},
        {NULL},
};

static const ConfigWord power_words[] = {
        {"none", DEVICE_BACKEND_NONE},
        {"sysfs", DEVICE_BACKEND_SYSFS},
        {NULL},
};

#define DEVICE_KEY(name)                                                                   \
        {                                                                                  \
#name, config_read_template, FIELD(ConfigDevice, name), 1, DEVICE_TEXT_MAX \
        }

static const ConfigKey device_keys[] = {
        DEVICE_KEY(manufacturer),
        DEVICE_KEY(model_number),
        DEVICE_KEY(serial_number),
        DEVICE_KEY(firmware_version),
        DEVICE_KEY(device_type),
        DEVICE_KEY(hardware_version),
        DEVICE_KEY(software_version),
        {"reboot", config_read_word, FIELD(ConfigDevice, reboot), .words = reboot_words},
        {"factory_reset", config_read_word, FIELD(ConfigDevice, factory_reset),
                .words = factory_reset_words},
        {"set_time", config_read_word, FIELD(ConfigDevice, set_time), .words = set_time_words},
        {"power", config_read_word, FIELD(ConfigDevice, power), .words = power_words},
};

static int read_device(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        return config_read_mapping(context, value, key->name, device_keys, ELEMENTSOF(device_keys), field);
}

static int read_endpoint(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        int r = config_endpoint_resolve(context, value, field);

        return r < 0 ? r : 0;
}

static const ConfigKey root_keys[] = {
        {"endpoint", read_endpoint, FIELD(Config, endpoint)},
        {"lwm2m_version", config_read_word, FIELD(Config, version), .words = version_words},
        {"bootstrap", read_bootstrap, FIELD(Config, bootstrap)},
        {"servers", config_read_servers, FIELD(Config, servers)},
        {"coap", read_coap, FIELD(Config, coap)},
        {"queue_mode", read_queue_mode, FIELD(Config, queue_mode)},
        {"registration", read_registration, FIELD(Config, registration)},
        {"trust_store", config_read_trust_store, FIELD(Config, trust_store)},
        {"state_encryption", config_read_state_encryption, FIELD(Config, state_key)},
        {"objects", config_read_objects, FIELD(Config, objects)},
        {"connectivity_monitoring", config_read_boolean, FIELD(Config, connectivity_monitoring)},
        {"metrics_file", config_read_metrics_file, FIELD(Config, metrics_file)},
        {"device", read_device, FIELD(Config, device)},
        {"firmware_update", config_read_firmware_update, FIELD(Config, firmware)},
};

static const ConfigBootstrap bootstrap_defaults = {
        .retry_count = 5,
        .retry_delay = 60 * USEC_PER_SEC,
        .retry_delay_max = 3600 * USEC_PER_SEC,
        .jitter = 1.0,
        .on_failure = ON_FAILURE_RESTART,
        .restart_delay = 3600 * USEC_PER_SEC,
        .preferred_content_format = FORMAT_NONE,
};

/* RFC 7252, 4.8 */
static const ConfigCoap coap_defaults = {
        .ack_timeout = 2 * USEC_PER_SEC,
        .ack_random_factor = 1.5,
        .max_retransmit = 4,
        .block_size = BLOCK_SIZE_MAX,
        .max_body_size = 64 * 1024,
};

static const ConfigRegistration registration_defaults = {
        .update_interval_max = 86400,
};

void config_set_defaults(Config *config)
{
        config->version = LWM2M_1_1;
        config->bootstrap = bootstrap_defaults;
        config->coap = coap_defaults;
        config->registration = registration_defaults;
        config->connectivity_monitoring = true;
        config->firmware.max_size = CONFIG_FIRMWARE_SIZE_DEFAULT;
}

int config_read_keys(ConfigContext *context, const YamlNode *root, Config *config)
{
        return config_read_mapping(context, root, NULL, root_keys, ELEMENTSOF(root_keys), config);
}
