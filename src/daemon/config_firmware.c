/* SPDX-License-Identifier: Apache-2.0 */
/* Reader of `firmware_update`. */
#include "daemon/config_firmware.h"

#include "bus/firmware_backend.h"
#include "daemon/config_accounts.h"
#include "daemon/config_value.h"

#define FIELD(member) offsetof(ConfigFirmware, member)

#define BACKEND_NONE "none"

static int read_backend(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        const char *text = config_scalar(context, key, value);

        if (!text || strcmp(text, BACKEND_NONE) == 0)
                return 0;
        if (firmware_backend_is_name(text))
                return config_set_text(field, text);
        config_error_at(context, value,
                "'%s' must be none, rauc or the bus name of a service, as in org.lwm2m.FirmwareScript1",
                key->name);
        return 0;
}

static int read_window(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        const char *text = config_scalar(context, key, value);

        if (text && install_window_parse(text, field) < 0)
                config_error_at(context, value, "'%s' must be two times of the day, as in \"02:00-05:00\"",
                        key->name);
        return 0;
}

static const ConfigKey firmware_keys[] = {
        {"backend", read_backend, FIELD(backend)},
        {"max_size", config_read_size, FIELD(max_size), CONFIG_FIRMWARE_SIZE_MIN, CONFIG_FIRMWARE_SIZE_MAX},
        {"credentials", config_read_repository, FIELD(repository)},
        {"install_window", read_window, FIELD(window)},
};

int config_read_firmware_update(
        ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        return config_read_mapping(
                context, value, key->name, firmware_keys, ELEMENTSOF(firmware_keys), field);
}
