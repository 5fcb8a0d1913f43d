/* SPDX-License-Identifier: Apache-2.0 */
/* What of a Security Object Instance is its Credential. */
#pragma once

#include "lwm2m/credential.h"
#include "model/dataset.h"

/* Reads /0/x/2 to 5 and 13 to 16, whatever the LwM2M version: with 1.0 no Bootstrap Server writes the
 * latter. More than LIMIT_CIPHER_SUITES suites: the first ones, a Finish refuses such (account_check). *ret
 * is new, to be done by credential_done(). 0 or -ENOMEM. */
int account_read_credential(const Dataset *dataset, uint16_t security_instance, Credential *ret);

/* Writes them; what is empty or as absent is removed. 0, DATASET_E_LIMIT or -ENOMEM, then partly done. */
int account_write_credential(Dataset *dataset, uint16_t security_instance, const Credential *credential);
