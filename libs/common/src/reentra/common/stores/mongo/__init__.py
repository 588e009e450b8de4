"""Documents and catalogue on MongoDB, or on whatever speaks its protocol.

- Every commit is the write of one document: no transaction, so a single server and compatible services do as well.
- Writes wait for the majority and the journal; reads see only what the majority has.
- `driver` alone knows whether PyMongo's own asynchronous client or motor talks to the server; both pass the same suite.
"""

from reentra.common.stores.mongo.catalogue import MongoCatalogue
from reentra.common.stores.mongo.documents import MongoDocuments
from reentra.common.stores.mongo.driver import MongoConnection, MongoSettings, connect
from reentra.common.stores.mongo.formats import bring_up_to_date, require_format
from reentra.common.stores.mongo.inspection import MongoInspection

__all__ = [
    "MongoCatalogue",
    "MongoConnection",
    "MongoDocuments",
    "MongoInspection",
    "MongoSettings",
    "bring_up_to_date",
    "connect",
    "require_format",
]
