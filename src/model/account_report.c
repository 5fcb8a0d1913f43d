/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences about accounts. */
#include "model/account_report.h"

#include <stdio.h>

#include "util/utf8.h"

int account_report_refusal(AccountCheck *check, const char *format, ...)
{
        va_list ap;

        va_start(ap, format);
        (void)utf8_vprintf(check->reason, sizeof(check->reason), format, ap);
        va_end(ap);
        return ACCOUNT_E_INCONSISTENT;
}

void account_report_repair(AccountCheck *check, const char *format, ...)
{
        va_list ap;

        if (check->n_repairs >= ACCOUNT_REPAIRS_MAX) {
                check->n_more_repairs++;
                return;
        }
        va_start(ap, format);
        (void)utf8_vprintf(check->repairs[check->n_repairs++], ACCOUNT_REASON_SIZE, format, ap);
        va_end(ap);
}

static void add_clause(AccountCheck *check, const char *clause)
{
        static const char more[] = "; ...";
        const size_t used = strlen(check->left_out);
        const char *separator = used > 0 ? "; " : "";

        if (used >= strlen(more) && strcmp(check->left_out + used - strlen(more), more) == 0)
                return;
        if (used + strlen(separator) + strlen(clause) + strlen(more) >= sizeof(check->left_out)) {
                strcpy(check->left_out + used, more);
                return;
        }
        (void)snprintf(check->left_out + used, sizeof(check->left_out) - used, "%s%s", separator, clause);
}

void account_report_left_out(
        AccountCheck *check, const Path *instance, const char *fate, const char *format, ...)
{
        char clause[ACCOUNT_REASON_SIZE];
        va_list ap;

        va_start(ap, format);
        (void)utf8_vprintf(clause, sizeof(clause), format, ap);
        va_end(ap);
        account_report_repair(check, "%s is %s: %s", PATH_TEXT(instance), fate, clause);
        add_clause(check, clause);
}
