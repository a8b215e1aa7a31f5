"""JSON Schemas: `config.schema.json` of `[tool.headerkit]`, `ir.schema.json` of the writer json's output."""

import json
import os


def config(tool_name="headerkit"):
    """The schema of `[tool.headerkit]`, as validate-pyproject asks for it."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "config.schema.json")
    with open(path, encoding="utf-8") as stream:
        return json.load(stream)
