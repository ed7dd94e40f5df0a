"""Writes espalier/types.py, the types of what the API takes and gives, from its document.

    types_from_openapi.py openapi.yaml >types.py

They are typed dictionaries: what JSON gives, and nothing to convert at run time.
"""

from __future__ import annotations

import keyword
import sys
import textwrap
from typing import Any

import yaml

Schema = dict[str, Any]

HEAD = '''"""The types of what the API takes and gives: dictionaries, as `Client` has them.

Generated from the API's document. A `Float` is a float here: the client reads and writes the words that
JSON has for NaN and the infinities. What is `NotRequired` is left out where it is not known.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict'''

SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


def main() -> None:
    """Reads the document and prints the module."""
    with open(sys.argv[1]) as f:
        schemas: dict[str, Schema] = yaml.safe_load(f)["components"]["schemas"]
    out = [HEAD]
    for name, schema in schemas.items():
        out.append("\n" + declared(name, merged(schema, schemas)))
    sys.stdout.write("\n".join(out))


def merged(schema: Schema, schemas: dict[str, Schema]) -> Schema:
    """A schema of `allOf` as the one object that it describes."""
    parts = schema.get("allOf")
    if parts is None:
        return schema
    whole: Schema = {"type": "object", "properties": {}, "required": [], "description": schema.get("description", "")}
    for part in parts:
        if "$ref" in part:
            part = merged(schemas[target(part)], schemas)
        whole["properties"] |= part.get("properties", {})
        whole["required"] += part.get("required", [])
    return whole


def declared(name: str, schema: Schema) -> str:
    """The declaration of a named schema."""
    properties = schema.get("properties", {})
    if not properties or schema.get("additionalProperties") is True:
        return f"{name}: TypeAlias = {expression(schema, name)!r}\n{described(schema, '')}"
    required = set(schema.get("required", ()))
    members = {
        member: expression(s) if member in required else f"NotRequired[{expression(s)}]"
        for member, s in properties.items()
    }
    if any(keyword.iskeyword(member) for member in members):
        fields = "".join(f"        {member!r}: {form!r},\n" for member, form in members.items())
        return f"{name} = TypedDict(\n    {name!r},\n    {{\n{fields}    }},\n)\n{described(schema, '')}"
    lines = [f"class {name}(TypedDict):\n{described(schema, '    ', name)}"]
    for member, form in members.items():
        lines.append(f"    {member}: {form}\n{described(properties[member], '    ')}")
    return "\n" + "".join(lines)


def expression(schema: Schema, name: str = "") -> str:
    """A schema as an expression of types."""
    if name == "Float":
        return "float"
    if "$ref" in schema:
        return target(schema)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " | ".join(dict.fromkeys(expression(s) for s in schema[union]))
    if "enum" in schema and not schema.get("x-extensible-enum"):
        return f"Literal[{', '.join(map(repr, schema['enum']))}]"
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(SCALARS[k] for k in kind)
    if kind == "array":
        return f"list[{expression(schema['items'])}]"
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"dict[str, {expression(values) if isinstance(values, dict) else 'Any'}]"
    return SCALARS[kind] if kind else "Any"


def target(schema: Schema) -> str:
    """The name of the schema that is referred to."""
    return str(schema["$ref"]).rsplit("/", 1)[1]


def described(schema: Schema, indent: str, name: str = "") -> str:
    """The description as a docstring; `name` stands in where a class has none."""
    text = " ".join(schema.get("description", name and f"See the API's document for {name}.").split())
    if not text:
        return ""
    if not text.endswith((".", "!", "?")):
        text += "."
    text = text.replace("\\", "\\\\")
    short = f'{indent}"""{text}"""'
    if len(short) <= 120 and not text.endswith('"'):
        return short + "\n"
    body = textwrap.fill(text, 116, initial_indent=indent, subsequent_indent=indent, break_long_words=False)
    return f'{indent}"""\n{body}\n{indent}"""\n'


if __name__ == "__main__":
    main()
