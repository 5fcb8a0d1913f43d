/* SPDX-License-Identifier: Apache-2.0 */
/* Why a file of the state directory cannot be used, beside an errno. */
#pragma once

#define STATE_FILE_E_DAMAGED 1 /* none of ours, truncated, or altered */
#define STATE_FILE_E_NEWER   2 /* of a version that is not known here */
#define STATE_FILE_E_LOCKED  3 /* encrypted with a key that is not at hand */
