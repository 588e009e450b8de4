"""Graph's writing side: creates, updates, deletes, links, restores, as Microsoft accepts and refuses them.

1. `routes` finds the operation of a method and path.
2. The operation asks for the app roles, finds what it is about (`targets`: 404 while replicas lag), and checks the
   body: shape (`shapes`, from shapes.json), then the rows of the type (`rules`), then the type's own rules.
3. Only when everything holds does it write, through the tenant's directory, so that delta sees it. A refusal
   changes nothing.

What it does not do: dynamic membership is not evaluated, group licences are not passed on to members, and
nothing expires from the bin by itself.
"""

from .handler import handle_write

__all__ = ["handle_write"]
