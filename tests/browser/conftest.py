"""The sample site over http, for a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chromium import served


@pytest.fixture(scope="module")
def server(sample_site) -> Iterator[str]:
    """The site over http on this machine; gives its address."""
    with served(sample_site) as (address, _):
        yield address
