/* SPDX-License-Identifier: Apache-2.0 */
/* The committed generation of the store as a source: the accounts, Access Control. */
#pragma once

#include "model/source.h"

/* userdata: the Store. Each change is a transaction of its own; none can be made while one is open. */
extern const Source account_source;
