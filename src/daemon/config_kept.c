/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in for what the machine does not give at the moment. */
#include <stdarg.h>
#include <stdio.h>

#include "daemon/config_kept.h"
#include "model/account.h"

int config_kept_miss(ConfigContext *context, const YamlNode *node, bool tolerable, const char *format, ...)
{
        va_list arguments;
        char *sentence;
        int r;

        va_start(arguments, format);
        r = vasprintf(&sentence, format, arguments);
        va_end(arguments);
        if (r < 0)
                return -ENOMEM;
        free(context->missed.sentence);
        context->missed = (ConfigMissed){.node = node, .sentence = sentence, .tolerable = tolerable};
        return 0;
}

/* 0 with the key in *ret, possibly none, or -ENOMEM. */
static int find_key(const Dataset *accounts, bool bootstrap_server, uint16_t short_server_id, Secret *ret)
{
        AccountList *list = calloc(1, sizeof(*list));
        const Account *account;
        int r;

        if (!list)
                return -ENOMEM;
        r = account_list_read(accounts, LWM2M_1_1, list);
        if (r >= 0) {
                account = bootstrap_server ? list->has_bootstrap ? &list->bootstrap : NULL
                                           : account_list_find(list, short_server_id);
                if (account && account->credential.key.size > 0)
                        r = secret_set(ret, account->credential.key.data, account->credential.key.size);
                account_list_done(list);
        }
        free(list);
        return r;
}

int config_kept_settle(ConfigContext *context, bool bootstrap_server, ConfigAccount *account)
{
        ConfigMissed missed = context->missed;
        int r = 0;

        if (!missed.node)
                return 0;
        context->missed = (ConfigMissed){0};
        if (context->kept)
                r = find_key(context->kept->accounts, bootstrap_server, account->short_server_id,
                        &account->credential.key);
        if (r >= 0 && account->credential.key.size > 0) {
                if (context->purpose != CONFIG_AS_KEPT)
                        config_deviation_at(
                                context, missed.node, "%s; it counts as unchanged", missed.sentence);
        } else if (r >= 0 && context->purpose == CONFIG_TO_CHECK && missed.tolerable)
                config_warning_at(context, missed.node, "%s; it is not checked", missed.sentence);
        else if (r >= 0)
                config_error_at(context, missed.node, "%s", missed.sentence);
        free(missed.sentence);
        return r;
}

int config_kept_endpoint(ConfigContext *context, const YamlNode *node, char **ret, const char *format, ...)
{
        _cleanup_(freep) char *sentence = NULL;
        va_list arguments;
        int r;

        va_start(arguments, format);
        r = vasprintf(&sentence, format, arguments);
        va_end(arguments);
        if (r < 0) {
                sentence = NULL;
                return -ENOMEM;
        }
        if (!context->kept) {
                config_error_at(context, node, "%s", sentence);
                return 1;
        }
        *ret = strdup(context->kept->endpoint);
        if (!*ret)
                return -ENOMEM;
        config_deviation_at(context, node, "%s; the name of before stays", sentence);
        return 0;
}
