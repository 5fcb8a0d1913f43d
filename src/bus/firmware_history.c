/* SPDX-License-Identifier: Apache-2.0 */
/* GetHistory() of Firmware. */
#include "bus/firmware_history.h"

#include "bus/property.h"

static int append_text(sd_bus_message *message, const char *key, const char *text)
{
        char printable[FIRMWARE_TEXT_SIZE];

        property_set_text(printable, sizeof(printable), text);
        return sd_bus_message_append(message, "{sv}", key, "s", printable);
}

static int append_number(sd_bus_message *message, const char *key, uint64_t number)
{
        return sd_bus_message_append(message, "{sv}", key, "t", number);
}

static int append_update(sd_bus_message *message, const FirmwareUpdate *update)
{
        int r;

        r = sd_bus_message_open_container(message, 'a', "{sv}");
        if (r >= 0)
                r = append_text(message, "ID", update->id);
        if (r >= 0)
                r = append_number(message, "Start", update->start);
        if (r >= 0)
                r = append_number(message, "End", update->end);
        if (r >= 0)
                r = append_text(message, "Delivery", firmware_delivery_to_string(update->delivery));
        if (r >= 0)
                r = append_text(message, "PackageURI", update->uri);
        if (r >= 0)
                r = append_text(message, "PackageName", update->name);
        if (r >= 0)
                r = append_text(message, "PackageVersion", update->version);
        if (r >= 0)
                r = append_number(message, "Size", update->size);
        if (r >= 0)
                r = sd_bus_message_append(message, "{sv}", "UpdateResult", "y", (uint8_t)update->result);
        if (r >= 0)
                r = append_text(message, "ResultName", firmware_result_to_string(update->result));
        if (r >= 0)
                r = append_text(message, "ResultText", update->text);
        if (r >= 0)
                r = append_text(message, "VersionBefore", update->version_before);
        if (r >= 0)
                r = append_text(message, "VersionAfter", update->version_after);
        return r < 0 ? r : sd_bus_message_close_container(message);
}

int firmware_history_reply(sd_bus_message *message, const FirmwareHistory *history)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = NULL;
        int r;

        r = sd_bus_message_new_method_return(message, &answer);
        if (r >= 0)
                r = sd_bus_message_open_container(answer, 'a', "a{sv}");
        for (size_t i = 0; r >= 0 && i < history->n; i++)
                r = append_update(answer, &history->updates[i]);
        if (r >= 0)
                r = sd_bus_message_close_container(answer);
        return r < 0 ? r : sd_bus_send(NULL, answer, NULL);
}
