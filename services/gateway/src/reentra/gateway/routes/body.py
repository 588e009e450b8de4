"""What a request's body has in common: only properties that it knows.

A misspelt `object_types` would otherwise mean all types, in a download or a restore plan.
"""

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")
