"""Writes docs/openapi.json anew: `python docs/describe_api.py`. A test compares it with the application's own."""

import json
from pathlib import Path

from reentra.gateway.routes.openapi import document

TARGET = Path(__file__).parent / "openapi.json"

if __name__ == "__main__":
    TARGET.write_text(json.dumps(document(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
