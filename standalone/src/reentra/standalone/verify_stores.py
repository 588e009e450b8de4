"""What of the stores a check needs."""

from typing import Protocol

from reentra.common.stores.blobs import Blobs
from reentra.common.stores.catalogue import Catalogue
from reentra.common.stores.documents import Documents
from reentra.common.stores.inspection import Inspection


class Stores(Protocol):
    @property
    def documents(self) -> Documents: ...
    @property
    def blobs(self) -> Blobs: ...
    @property
    def catalogue(self) -> Catalogue: ...
    @property
    def inspection(self) -> Inspection: ...
