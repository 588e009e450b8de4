"""Who cuts lines into columns: Python always can, native code where it was built."""

from collections.abc import Iterator

import pytest

from reentra.common.snapshot.columns.native import LIBRARY, SETTING, Native, load


@pytest.fixture(scope="session")
def native() -> Native:
    found = load(LIBRARY)
    if found is None:
        pytest.skip("no native code here: `make columns` builds it where cargo is")
    return found


@pytest.fixture(scope="module", params=["python", "native"])
def columns_by(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.param == "native":
        request.getfixturevalue("native")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SETTING, request.param)
        yield
