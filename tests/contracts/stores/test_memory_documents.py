import pytest

from reentra.common.testing.contracts.documents import DocumentsContract
from reentra.common.testing.fakes import MemoryDocuments


@pytest.fixture
def documents() -> MemoryDocuments:
    return MemoryDocuments()


class TestMemoryDocuments(DocumentsContract):
    pass
