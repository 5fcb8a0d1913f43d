/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware update as the daemon shows it. */
#include "ctl/firmware.h"

#include "ctl/properties.h"

static const PropertyField fields[] = {
        {"State", "s", offsetof(FirmwareProperties, state)},
        {"UpdateResult", "y", offsetof(FirmwareProperties, result)},
        {"ResultName", "s", offsetof(FirmwareProperties, result_name)},
        {"ResultText", "s", offsetof(FirmwareProperties, text)},
        {"PackageName", "s", offsetof(FirmwareProperties, name)},
        {"PackageVersion", "s", offsetof(FirmwareProperties, version)},
        {"PackageURI", "s", offsetof(FirmwareProperties, uri)},
        {"ReceivedBytes", "t", offsetof(FirmwareProperties, received)},
        {"TotalBytes", "t", offsetof(FirmwareProperties, total)},
        {"Progress", "y", offsetof(FirmwareProperties, progress)},
        {"InstallTimestamp", "t", offsetof(FirmwareProperties, install.realtime)},
};

int firmware_read(sd_bus_message *message, FirmwareProperties *ret)
{
        *ret = (FirmwareProperties){};
        return properties_read(message, fields, ELEMENTSOF(fields), ret);
}

static bool is_in(const FirmwareProperties *properties, const char *state)
{
        return strcmp(properties->state, state) == 0;
}

bool firmware_has_news(const FirmwareProperties *properties)
{
        return !is_in(properties, "idle") || properties->result != 0;
}

Colour firmware_colour(const FirmwareProperties *properties)
{
        return is_in(properties, "idle") ? colour_of_update(properties->result_name) : COLOUR_WAIT;
}

int firmware_percent(const FirmwareProperties *properties)
{
        if (is_in(properties, "updating"))
                return properties->progress;
        if (!is_in(properties, "downloading") || properties->total == 0)
                return -1;
        return properties->received >= properties->total
                       ? 100
                       : (int)((double)properties->received / (double)properties->total * 100);
}

static void write_package(FILE *file, const FirmwareProperties *properties)
{
        const char *const parts[] = {properties->name, properties->version};

        for (size_t i = 0; i < ELEMENTSOF(parts); i++)
                if (parts[i][0]) {
                        (void)fputc(' ', file);
                        format_text(file, parts[i]);
                }
}

static void write_bytes(FILE *file, const FirmwareProperties *properties)
{
        char received[FORMAT_SIZE_SIZE], total[FORMAT_SIZE_SIZE];

        format_size(properties->received, received);
        format_size(properties->total, total);
        (void)fprintf(file, ", %s", received);
        if (properties->total > 0)
                (void)fprintf(file, " of %s (%d %%)", total, firmware_percent(properties));
}

void firmware_write(FILE *file, const FirmwareProperties *properties, Moment now)
{
        char time[FORMAT_TIME_SIZE];

        format_text(file, properties->state);
        if (is_in(properties, "idle")) {
                if (properties->result != 0)
                        (void)fprintf(file, ", %s", properties->result_name);
                return;
        }
        write_package(file, properties);
        if (is_in(properties, "downloading"))
                write_bytes(file, properties);
        if (is_in(properties, "updating"))
                (void)fprintf(file, ", %u %%", (unsigned)properties->progress);
        if (properties->install.realtime > 0) {
                format_time(properties->install, now, time);
                (void)fprintf(file, ", waits until %s", time);
        }
}

void firmware_write_bar(FILE *file, int percent, unsigned columns)
{
        unsigned room = columns > 2 ? columns - 2 : 0, full = room * (unsigned)percent / 100;

        (void)fputc('[', file);
        for (unsigned i = 0; i < room; i++)
                (void)fputc(i < full ? '#' : '-', file);
        (void)fputc(']', file);
}
