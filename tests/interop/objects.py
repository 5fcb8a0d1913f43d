# SPDX-License-Identifier: Apache-2.0
"""Objects that a service publishes: definitions for the daemon and, since its library has none of them, for
Leshan."""
import json

from harness import yaml

TEMPERATURE, ACTUATION, BENCH = 3303, 3306, 42810


def resource(name, operations, type, **more):
    return {'name': name, 'operations': operations, 'type': type, **more}


DEFINITIONS = [
    {'object': TEMPERATURE, 'name': 'Temperature', 'version': '1.1', 'multiple': True, 'mandatory': False,
     'resources': {
         5601: resource('Min Measured Value', 'R', 'float'),
         5605: resource('Reset Min and Max Measured Values', 'E', 'none'),
         5700: resource('Sensor Value', 'R', 'float', mandatory=True),
         5701: resource('Sensor Units', 'R', 'string'),
     }},
    {'object': ACTUATION, 'name': 'Actuation', 'version': '1.1', 'multiple': True, 'mandatory': False,
     'resources': {
         5850: resource('On/Off', 'RW', 'boolean', mandatory=True),
         5851: resource('Dimmer', 'RW', 'integer', range=[0, 100]),
         5853: resource('Multi-state Output', 'RW', 'string'),
     }},
    # A Resource of each other type
    {'object': BENCH, 'name': 'Bench', 'version': '1.0', 'multiple': True, 'mandatory': False,
     'resources': {
         0: resource('Count', 'RW', 'unsigned'),
         1: resource('Moment', 'RW', 'time'),
         2: resource('Data', 'RW', 'opaque'),
         3: resource('Link', 'RW', 'objlnk'),
         4: resource('Notes', 'RW', 'string', multiple=True),
         5: resource('Secret', 'W', 'string'),
         6: resource('Do', 'E', 'none'),
         7: resource('Heat', 'RW', 'float'),
     }},
]


def write_models(file):
    """For Leshan."""
    file.write_text(json.dumps(DEFINITIONS))


def write_directory(folder):
    """For lwm2m-clientd --object-directory."""
    folder.mkdir()
    for definition in DEFINITIONS:
        (folder / f'{definition["object"]}.yaml').write_text(yaml(definition))
