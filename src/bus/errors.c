/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of methods. */
#include "bus/errors.h"
#include "client/client.h"

static const struct {
        const char *name, *sentence;
} error_table[] = {
        [CLIENT_E_BOOTSTRAP_IN_PROGRESS] = {BUS_ERROR_PREFIX "BootstrapInProgress",
                "A bootstrap is in progress."},
        [CLIENT_E_NO_BOOTSTRAP_SERVER_ACCOUNT] = {BUS_ERROR_PREFIX "NoBootstrapServerAccount",
                "There is no Bootstrap-Server Account."},
        [CLIENT_E_INVALID_CONFIGURATION] = {BUS_ERROR_PREFIX "InvalidConfiguration",
                "The configuration is wrong; the one in use stays."},
        [CLIENT_E_NOT_REGISTERED] = {BUS_ERROR_PREFIX "NotRegistered",
                "There is no registration with this LwM2M Server."},
        [CLIENT_E_STORAGE_FAILED] = {BUS_ERROR_PREFIX "StorageFailed",
                "The state directory cannot be written, the journal says why; "
                "the stored accounts stay in use."},
        [CLIENT_E_SEND_MUTED] = {BUS_ERROR_PREFIX "SendMuted",
                "No Send before the LwM2M Server has written false to its Mute Send, /1/x/23."},
        [CLIENT_E_REJECTED] = {BUS_ERROR_PREFIX "Rejected", "The LwM2M Server has said no."},
        [CLIENT_E_NOT_ANSWERED] = {BUS_ERROR_PREFIX "NotAnswered", "The LwM2M Server has not answered."},
        [CLIENT_E_NO_SEND] = {SD_BUS_ERROR_NOT_SUPPORTED,
                "This LwM2M Server is registered with by LwM2M 1.0, which has no Send."},
        [CLIENT_E_SEND_FORMAT] = {SD_BUS_ERROR_INVALID_ARGS,
                "LwM2M CBOR is for LwM2M 1.2; senml-cbor and senml-json are for 1.1, too."},
        [CLIENT_E_NOTHING_TO_SEND] = {SD_BUS_ERROR_INVALID_ARGS,
                "There is nothing at these paths that the LwM2M Server may read."},
        [CLIENT_E_TOO_LARGE] = {SD_BUS_ERROR_LIMITS_EXCEEDED, "That is too much for one Send."},
        [CLIENT_E_TOO_MANY_SENDS] = {SD_BUS_ERROR_LIMITS_EXCEEDED,
                "Too many Sends wait for this LwM2M Server's answer already."},
        [CLIENT_E_TOO_MANY_READINGS] = {SD_BUS_ERROR_LIMITS_EXCEEDED,
                "Too many values that take time to be read are waited for already."},
        [CLIENT_E_NOT_READ] = {SD_BUS_ERROR_TIMEOUT, "The values could not be read within 10 s."},
        [CLIENT_E_WRONG_STATE] = {BUS_ERROR_PREFIX "WrongState",
                "The firmware update is in no State for this."},
};

int bus_error_set(sd_bus_error *error, int code, const char *message)
{
        assert(code != 0);

        if (code == -ENOENT)
                return sd_bus_error_set(
                        error, SD_BUS_ERROR_UNKNOWN_OBJECT, "There is no such LwM2M Server.");
        if (code < 0)
                return sd_bus_error_set_errno(error, code);
        assert((size_t)code < ELEMENTSOF(error_table));
        return sd_bus_error_set(error, error_table[code].name, message ?: error_table[code].sentence);
}

int bus_error_set_published(sd_bus_error *error, int code, const char *text)
{
        static const char *const names[] = {
                [PUBLISHED_E_UNKNOWN_OBJECT] = BUS_ERROR_PREFIX "UnknownObject",
                [PUBLISHED_E_EXISTS] = BUS_ERROR_PREFIX "InstanceExists",
                [PUBLISHED_E_NOT_PUBLISHER] = BUS_ERROR_PREFIX "NotPublisher",
                [PUBLISHED_E_INVALID_VALUE] = BUS_ERROR_PREFIX "InvalidValue",
                [PUBLISHED_E_LIMIT] = BUS_ERROR_PREFIX "LimitExceeded",
        };

        assert(code != 0);

        if (code < 0)
                return sd_bus_error_set_errno(error, code);
        assert((size_t)code < ELEMENTSOF(names));
        return sd_bus_error_setf(error, names[code], "%s.", text);
}
