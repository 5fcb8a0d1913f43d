/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as definition of an Object: one that keeps its promises, or errors with their place. */
#include <stddef.h>
#include <stdint.h>

#include "daemon/definition_file.h"
#include "fuzz.h"

#define OBJECT 3303

static void check_resource(const ResourceDef *resource)
{
        const uint8_t operations = resource->operations[LWM2M_1_0];

        assert(resource->name[0] && resource->supported && resource->type < _VALUE_TYPE_MAX);
        assert((operations & ~(OPERATION_READ | OPERATION_WRITE | OPERATION_EXECUTE)) == 0);
        assert((operations == OPERATION_EXECUTE) == (resource->type == VALUE_NONE));
        assert(!resource->has_range || value_type_is_number(resource->type));
        if (resource->has_range && resource->type == VALUE_FLOAT)
                assert(resource->real_minimum <= resource->real_maximum);
        else if (resource->has_range && resource->type != VALUE_UNSIGNED)
                assert(resource->minimum <= resource->maximum);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(object_definition_freep) ObjectDefinition *definition = NULL;
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        const ObjectDef *object;
        int r;

        if (size > DEFINITION_FILE_SIZE_MAX)
                return 0;
        r = definition_file_parse(data, size, OBJECT, &definition, &problems);
        assert((r == 0) == (definition != NULL));
        assert(r == 0 || r == DEFINITION_E_INVALID);
        assert((r == 0) == (problems.errors.n == 0));
        for (size_t i = 0; i < problems.errors.n; i++)
                assert(problems.errors.items[i].line > 0 && problems.errors.items[i].column > 0);
        if (!definition)
                return 0;
        object = object_definition_get(definition);
        assert(object->id == OBJECT && object->name[0] && object->n_resources <= LIMIT_RESOURCES);
        for (size_t i = 0; i < object->n_resources; i++) {
                check_resource(&object->resources[i]);
                assert(i == 0 || object->resources[i - 1].id < object->resources[i].id);
        }
        return 0;
}
