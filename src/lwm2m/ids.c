/* SPDX-License-Identifier: Apache-2.0 */
/* Words for the specification's numbers. */
#include "lwm2m/ids.h"

static const char *const lwm2m_version_table[] = {
        [LWM2M_1_0] = "1.0",
        [LWM2M_1_1] = "1.1",
        [LWM2M_1_2] = "1.2",
};

DEFINE_STRING_TABLE(lwm2m_version, Lwm2mVersion)

static const char *const security_mode_table[] = {
        [SECURITY_MODE_PSK] = "psk",
        [SECURITY_MODE_RPK] = "rpk",
        [SECURITY_MODE_CERTIFICATE] = "certificate",
        [SECURITY_MODE_NOSEC] = "nosec",
        [SECURITY_MODE_EST] = "est",
};

DEFINE_STRING_TABLE(security_mode, SecurityMode)

static const char *const certificate_usage_table[] = {
        [CERTIFICATE_USAGE_CA_CONSTRAINT] = "ca-constraint",
        [CERTIFICATE_USAGE_SERVICE_CERTIFICATE_CONSTRAINT] = "service-certificate-constraint",
        [CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION] = "trust-anchor-assertion",
        [CERTIFICATE_USAGE_DOMAIN_ISSUED] = "domain-issued",
};

DEFINE_STRING_TABLE(certificate_usage, CertificateUsage)

static const char *const matching_type_table[] = {
        [MATCHING_TYPE_EXACT] = "exact",
        [MATCHING_TYPE_SHA256] = "sha256",
        [MATCHING_TYPE_SHA384] = "sha384",
        [MATCHING_TYPE_SHA512] = "sha512",
};

DEFINE_STRING_TABLE(matching_type, MatchingType)
