/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in for what the machine does not give at the moment, out of the configuration accepted last
 * (interface.md section 2): a key file that appears late, a name that is not set yet. */
#pragma once

#include "daemon/config.h"
#include "daemon/config_key.h"

/* Records that the file or credential of a key, at its value's node, cannot be read, by a sentence that says
 * why; config_kept_settle() decides what that means. tolerable: --check-config, which runs in another place,
 * warns only. 1 or -ENOMEM. */
int config_kept_miss(ConfigContext *context, const ConfigKey *key, const YamlNode *node, bool tolerable,
        const char *format, ...) _printf_(5, 6);

/* Called once an account's keys are read: what of its credential could not be read is as before, as a
 * deviation, where that was of the same security mode and Matching Type; else an error, or a warning as
 * above. A certificate and its key are one: where only one of them is as before, and they do not fit, both
 * are. 0 (whatever was recorded) or -ENOMEM. */
int config_kept_settle(ConfigContext *context, bool bootstrap_server, ConfigAccount *account);

/* Frees what was recorded and not settled. */
void config_kept_forget(ConfigContext *context);

/* The machine does not give the Endpoint Client Name, by a sentence that says why. 0 with the one of before
 * in *ret (the caller's), as a deviation; 1 with an error recorded; or -ENOMEM. */
int config_kept_endpoint(ConfigContext *context, const YamlNode *node, char **ret, const char *format, ...)
        _printf_(4, 5);
