/* SPDX-License-Identifier: Apache-2.0 */
/* What is found out about accounts: sentences for the log, and why they are refused. */
#pragma once

#include "lwm2m/path.h"

#define ACCOUNT_E_INCONSISTENT 1
#define ACCOUNT_REASON_SIZE    256 /* fits a diagnostic payload */
#define ACCOUNT_LEFT_OUT_SIZE  200 /* fits the reason with the words ahead of it */
#define ACCOUNT_REPAIRS_MAX    32  /* twice the server accounts */

typedef struct AccountCheck {
        char reason[ACCOUNT_REASON_SIZE]; /* one line with the offending paths and values; why 4.06 */
        char repairs[ACCOUNT_REPAIRS_MAX][ACCOUNT_REASON_SIZE]; /* one sentence each, to be logged */
        size_t n_repairs;
        size_t n_more_repairs;                /* for whose sentences there was no room */
        char left_out[ACCOUNT_LEFT_OUT_SIZE]; /* clauses: why instances make no usable account; "" */
} AccountCheck;

/* Fills in the reason. Returns ACCOUNT_E_INCONSISTENT. */
int account_report_refusal(AccountCheck *check, const char *format, ...) _printf_(2, 3);

/* Adds a repair; past ACCOUNT_REPAIRS_MAX it is only counted. */
void account_report_repair(AccountCheck *check, const char *format, ...) _printf_(2, 3);

/* Adds the repair of an instance that makes no usable account ("/0/2 is kept unused: ..."), and its clause
 * to left_out, behind "; ". A clause that does not fit any more becomes "...". */
void account_report_left_out(
        AccountCheck *check, const Path *instance, const char *fate, const char *format, ...) _printf_(4, 5);
