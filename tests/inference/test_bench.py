"""What stands around a conversation on its own page."""

import pytest
from django.test import Client

from inference.access import Ground
from inference.bench import bench_of
from inference.models import Kind, Upstream

from .conftest import CHAT

pytestmark = pytest.mark.django_db

FREE = Upstream(kind=Kind.ENGINE)
SOLD = Upstream(kind=Kind.URL)


@pytest.mark.parametrize(
    ("kind", "upstream", "said"),
    [
        ("owner", SOLD, "your own model"),
        ("pass", SOLD, "Your pass pays"),
        ("subscription", SOLD, "Your subscription pays"),
        ("free", FREE, "Free tokens of today pay"),
        ("free", SOLD, "Nothing pays"),
        ("metered", SOLD, "Nothing pays"),
    ],
)
def test_it_says_which_ground_pays(kind: str, upstream: Upstream, said: str) -> None:
    bench = bench_of([upstream], Ground(kind, "x"), [], {})
    assert said in bench.pays
    assert not bench.rates


@pytest.mark.usefixtures("listings")
def test_the_page_offers_what_the_model_follows(client: Client) -> None:
    page = client.get(f"/playground/{CHAT}").content.decode()
    assert f'data-model="{CHAT}"' in page
    assert 'name="system"' in page
    assert 'name="stop"' in page
    assert 'name="temperature"' not in page
    assert "Temperature, top-p and seed cannot be set" in page
    assert "temperature" in bench_of([SOLD], Ground("free", "x"), [], {}).follows
