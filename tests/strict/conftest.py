from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.strict.bench import StrictBench, strict_bench


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[StrictBench]:
    async with strict_bench(tmp_path) as found:
        yield found
