/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in for what the machine does not give at the moment. */
#include <stdarg.h>
#include <stdio.h>

#include "daemon/config_kept.h"
#include "model/account.h"
#include "util/certificate_facts.h"

int config_kept_miss(ConfigContext *context, const ConfigKey *key, const YamlNode *node, bool tolerable,
        const char *format, ...)
{
        va_list arguments;
        char *sentence;
        int r;

        va_start(arguments, format);
        r = vasprintf(&sentence, format, arguments);
        va_end(arguments);
        if (r < 0)
                return -ENOMEM;
        assert(context->n_missed < CONFIG_MISSED_MAX);
        context->missed[context->n_missed++] =
                (ConfigMissed){.key = key, .node = node, .sentence = sentence, .tolerable = tolerable};
        return 1;
}

void config_kept_forget(ConfigContext *context)
{
        for (size_t i = 0; i < context->n_missed; i++)
                free(context->missed[i].sentence);
        context->n_missed = 0;
}

/* 0 with the account's credential of before in *ret, possibly an empty one, or -ENOMEM. */
static int find_credential(
        const ConfigContext *context, bool bootstrap_server, uint16_t short_server_id, Credential *ret)
{
        AccountList *list;
        const Account *account;
        int r;

        if (!context->kept)
                return 0;
        list = calloc(1, sizeof(*list));
        if (!list)
                return -ENOMEM;
        r = account_list_read(context->kept->accounts, LWM2M_1_1, list);
        if (r >= 0) {
                account = bootstrap_server ? list->has_bootstrap ? &list->bootstrap : NULL
                                           : account_list_find(list, short_server_id);
                if (account)
                        r = credential_copy(ret, &account->credential);
                account_list_done(list);
        }
        free(list);
        return r;
}

/* The Secret that a key fills, in a credential. */
static Secret *secret_of(const ConfigKey *key, Credential *credential)
{
        return (Secret *)((uint8_t *)credential + key->offset - offsetof(ConfigAccount, credential));
}

/* NULL, or the Secret of before that stands in. */
static const Secret *stand_in(const ConfigMissed *missed, Credential *before, Credential *now)
{
        const Secret *secret = secret_of(missed->key, before);

        if (secret->size == 0 || before->mode != now->mode)
                return NULL;
        return secret == &before->server_certificate && before->matching_type != now->matching_type ? NULL
                                                                                                    : secret;
}

static int settle(ConfigContext *context, const ConfigMissed *missed, Credential *before, Credential *now)
{
        const Secret *secret = stand_in(missed, before, now);

        if (secret) {
                if (context->purpose != CONFIG_AS_KEPT)
                        config_deviation_at(
                                context, missed->node, "%s; it counts as unchanged", missed->sentence);
                return secret_set(secret_of(missed->key, now), secret->data, secret->size);
        }
        if (context->purpose == CONFIG_TO_CHECK && missed->tolerable)
                config_warning_at(context, missed->node, "%s; it is not checked", missed->sentence);
        else
                config_error_at(context, missed->node, "%s", missed->sentence);
        return 0;
}

/* A certificate was renewed and its key cannot be read, or the other way round: both are as before. */
static int settle_pair(const Credential *before, Credential *now)
{
        int r;

        if (now->mode != SECURITY_MODE_CERTIFICATE || before->mode != SECURITY_MODE_CERTIFICATE ||
                before->identity.size == 0 || before->key.size == 0 ||
                certificate_key_fits(&now->identity, &now->key) != PRIVATE_KEY_E_OTHER)
                return 0;
        r = secret_set(&now->identity, before->identity.data, before->identity.size);
        return r < 0 ? r : secret_set(&now->key, before->key.data, before->key.size);
}

int config_kept_settle(ConfigContext *context, bool bootstrap_server, ConfigAccount *account)
{
        _cleanup_(credential_done) Credential before = {0};
        int r = 0;

        if (context->n_missed > 0)
                r = find_credential(context, bootstrap_server, account->short_server_id, &before);
        for (size_t i = 0; r == 0 && i < context->n_missed; i++)
                r = settle(context, &context->missed[i], &before, &account->credential);
        if (r == 0 && context->n_missed > 0)
                r = settle_pair(&before, &account->credential);
        config_kept_forget(context);
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
