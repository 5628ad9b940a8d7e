# SPDX-License-Identifier: Apache-2.0
"""The parts of the SARIF 2.1.0 schema that nfproof writes, and a small validator. An object holds nothing but the keys
of its row: what the row does not have would have to be looked up in the standard first."""

TEXT, WHOLE, ANY = "text", "whole", "any"


def one_of(*values):
    return ("enum", values)


def many(of, least=0, unique=False):
    return ("array", of, least, unique)


LEVEL = one_of("none", "note", "warning", "error")
BAG = ("bag",)

# Name of the object: (required keys, all keys).
OBJECTS = {
    "sarifLog": ({"version", "runs"}, {"$schema": TEXT, "version": one_of("2.1.0"), "runs": many("run")}),
    "run": ({"tool"}, {"tool": "tool", "invocations": many("invocation"), "results": many("result"),
                       "columnKind": one_of("utf16CodeUnits", "unicodeCodePoints")}),
    "tool": ({"driver"}, {"driver": "toolComponent"}),
    "toolComponent": ({"name"}, {"name": TEXT, "semanticVersion": TEXT, "informationUri": TEXT,
                                 "rules": many("reportingDescriptor", unique=True)}),
    "reportingDescriptor": ({"id"}, {"id": TEXT, "name": TEXT, "shortDescription": "multiformat", "help": "multiformat",
                                     "defaultConfiguration": "configuration", "properties": BAG}),
    "multiformat": ({"text"}, {"text": TEXT, "markdown": TEXT}),
    "configuration": (set(), {"level": LEVEL}),
    "invocation": ({"executionSuccessful"}, {"executionSuccessful": "truth",
                                             "toolExecutionNotifications": many("notification")}),
    "notification": ({"message"}, {"message": "message", "level": LEVEL, "locations": many("location", unique=True),
                                   "descriptor": "descriptorReference"}),
    "descriptorReference": ({"id"}, {"id": TEXT}),
    "result": ({"message"}, {
        "ruleId": TEXT, "ruleIndex": ("least", -1), "level": LEVEL, "message": "message",
        "kind": one_of("notApplicable", "pass", "fail", "review", "open", "informational"),
        "locations": many("location"), "relatedLocations": many("location", unique=True),
        "fixes": many("fix", unique=True), "partialFingerprints": ("map", TEXT),
        "baselineState": one_of("new", "unchanged", "updated", "absent"), "suppressions": many("suppression", unique=True),
        "properties": BAG}),
    "message": ({"text"}, {"text": TEXT}),
    "location": (set(), {"id": ("least", -1), "physicalLocation": "physicalLocation", "message": "message",
                         "logicalLocations": many("logicalLocation", unique=True)}),
    "physicalLocation": ({"artifactLocation"}, {"artifactLocation": "artifactLocation", "region": "region"}),
    "artifactLocation": (set(), {"uri": "uri", "uriBaseId": TEXT}),
    "region": (set(), {key: ("least", 1) for key in ("startLine", "startColumn", "endLine", "endColumn")}),
    "logicalLocation": (set(), {"fullyQualifiedName": TEXT, "kind": TEXT, "name": TEXT}),
    "fix": ({"artifactChanges"}, {"description": "message", "artifactChanges": many("artifactChange", 1, True)}),
    "artifactChange": ({"artifactLocation", "replacements"}, {"artifactLocation": "artifactLocation",
                                                             "replacements": many("replacement", 1)}),
    "replacement": ({"deletedRegion"}, {"deletedRegion": "region", "insertedContent": "content"}),
    "content": (set(), {"text": TEXT}),
    "suppression": ({"kind"}, {"kind": one_of("inSource", "external"), "justification": TEXT, "location": "location"}),
}


def problems(value, kind, path="$"):
    """What is wrong with a value, one line each."""
    if kind in OBJECTS:
        yield from object_problems(value, kind, path)
    elif kind == TEXT:
        yield from [] if isinstance(value, str) else [f"{path}: not a text"]
    elif kind == "truth":
        yield from [] if isinstance(value, bool) else [f"{path}: not a truth value"]
    elif kind == "uri":
        good = isinstance(value, str) and value.isascii() and not set(value) & set(' "<>\\^`{|}')
        yield from [] if good else [f"{path}: not an address"]
    elif kind[0] == "enum":
        yield from [] if value in kind[1] else [f"{path}: {value!r} is not one of {kind[1]}"]
    elif kind[0] == "least":
        yield from [] if type(value) is int and value >= kind[1] else [f"{path}: {value!r} is not at least {kind[1]}"]
    elif kind[0] == "map":
        for key, each in value.items():
            yield from problems(each, kind[1], f"{path}.{key}")
    elif kind[0] == "bag":
        yield from [] if isinstance(value, dict) else [f"{path}: not an object"]
    elif kind[0] == "array":
        yield from array_problems(value, kind, path)


def object_problems(value, kind, path):
    if not isinstance(value, dict):
        yield f"{path}: not an object"
        return
    required, keys = OBJECTS[kind]
    yield from (f"{path}: lacks {key}" for key in required - value.keys())
    for key, each in value.items():
        if key not in keys:
            yield f"{path}: {key} is not of a {kind}"
        else:
            yield from problems(each, keys[key], f"{path}.{key}")


def array_problems(value, kind, path):
    _, of, least, unique = kind
    if not isinstance(value, list):
        yield f"{path}: not a list"
        return
    if len(value) < least:
        yield f"{path}: fewer than {least}"
    if unique and any(each in value[:i] for i, each in enumerate(value)):
        yield f"{path}: the same twice"
    for i, each in enumerate(value):
        yield from problems(each, of, f"{path}[{i}]")
