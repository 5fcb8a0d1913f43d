/* SPDX-License-Identifier: Apache-2.0 */
/* Labels of SenML's fields. */
#include "codec/senml_label.h"

static const struct {
        const char *name;
        SenmlLabel label;
} label_names[] = {
        {"bver", SENML_BVER},
        {"bn", SENML_BN},
        {"bt", SENML_BT},
        {"bu", SENML_BU},
        {"bv", SENML_BV},
        {"bs", SENML_BS},
        {"n", SENML_N},
        {"u", SENML_U},
        {"v", SENML_V},
        {"vs", SENML_VS},
        {"vb", SENML_VB},
        {"s", SENML_S},
        {"t", SENML_T},
        {"ut", SENML_UT},
        {"vd", SENML_VD},
        {"vlo", SENML_VLO},
};

/* "2", "-3": an integer label that somebody has written as a text. */
static bool is_number(const char *text, size_t size)
{
        size_t i = size > 0 && text[0] == '-';

        if (i == size)
                return false;
        while (i < size && text[i] >= '0' && text[i] <= '9')
                i++;
        return i == size;
}

int senml_label_from_name(const void *name, size_t size, SenmlLabel *ret)
{
        const char *text = name;

        for (size_t i = 0; i < ELEMENTSOF(label_names); i++)
                if (size == strlen(label_names[i].name) && memcmp(text, label_names[i].name, size) == 0) {
                        *ret = label_names[i].label;
                        return 0;
                }
        *ret = SENML_OTHER;
        if (is_number(text, size))
                return CODEC_E_SYNTAX;
        /* A label that ends so must be understood: RFC 8428, 4.4. */
        return size > 0 && text[size - 1] == '_' ? CODEC_E_SYNTAX : 0;
}

const char *senml_label_name(SenmlLabel label)
{
        for (size_t i = 0; i < ELEMENTSOF(label_names); i++)
                if (label_names[i].label == label)
                        return label_names[i].name;
        return NULL;
}
