"""`fungible open`: an address that signs in once, or what is missing."""

from pathlib import Path

import httpx
from cli.running import fungible

from page.conftest import House
from router.page import assets


def test_it_signs_in_with_the_key_of_this_machine(house: House, tmp_path: Path) -> None:
    keyring = house.running.live_config.admins
    keyring.folder = tmp_path / "data"
    keyring.folder.mkdir()
    assert keyring.begin() is not None
    shown = fungible(tmp_path, "open", "--print", "--url", house.url)
    assert shown.returncode == 0, shown.stderr
    address, word = shown.stdout.split()[0].split("#")
    assert address == f"{house.url}/sign-in"
    with httpx.Client(base_url=house.url) as client:
        assert client.post("/sign-in", data={"link": word}).status_code == 303
        assert client.get("/models", headers={"accept": "text/html"}).status_code == 200


def test_without_a_server_or_a_key_it_says_what_to_do(house: House, tmp_path: Path) -> None:
    assert "holds no key" in fungible(tmp_path, "open", "--url", house.url).stderr
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "admin.key").write_text("fga_wrong\n", encoding="ascii")
    (tmp_path / "data" / "admin.key").chmod(0o600)
    assert "is not good" in fungible(tmp_path, "open", "--url", house.url).stderr
    assert "start `fungible serve`" in fungible(tmp_path, "open", "--url", "http://127.0.0.1:9").stderr
    assert "give an address" in fungible(tmp_path, "open", "--url", "ftp://x").stderr


def test_every_file_of_the_page_travels_with_the_installation() -> None:
    names = set(assets.assets())
    assert {"page.css", "page.js", "vendor/codemirror.js", "mark.svg"} <= names
    assert "vendor/codemirror.entry.mjs" not in names
