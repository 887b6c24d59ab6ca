"""Scenarios on the page: the list, the wait, one played with its sliders, and what a wrong setting gives."""

import re

from page.conftest import House


def test_all_stories_are_listed(house: House) -> None:
    with house.signed_in() as client:
        page = client.get("/scenarios").text
    assert 'href="/scenarios/off-frontier"' in page
    assert "partner-vanishes" in page


def test_a_story_waits_and_then_stands_with_its_sliders(house: House) -> None:
    with house.signed_in() as client:
        waits = client.get("/scenarios/trust?requests=3")
        assert 'data-load="/scenarios/trust?requests=3&amp;part=whole"' in waits.text
        whole = client.get("/scenarios/trust?requests=3&calls=30&part=whole")
        assert whole.status_code == 200
        assert re.search(r'name="calls"[^>]* value="30"', whole.text)
        assert whole.text.count('class="curves"') == 3
        assert "Trust matters more" in whole.text
        korean = client.get("/scenarios/trust?requests=3&calls=30&part=whole", headers={"accept-language": "ko"})
        assert "신뢰가 모델의 성능보다 중요하다" in korean.text
        wrong = client.get("/scenarios/trust?calls=9999&requests=3&part=whole")
        assert "calls is from 0 to 500" in wrong.text
        assert client.get("/scenarios/trusty").status_code == 404
