"""Whoever tries wrong admin keys waits, by their address."""

from router.keys.wrong_keys import MOST_ADDRESSES, MOST_WRONG, WrongKeys, network_of


class Clock:
    time = 0.0

    def __call__(self) -> float:
        return self.time


def test_ten_wrong_ones_and_then_one_every_six_seconds() -> None:
    clock = Clock()
    wrong = WrongKeys(clock)
    for _ in range(MOST_WRONG):
        assert wrong.wait_s("10.0.0.1") is None
        wrong.add("10.0.0.1")
    assert wrong.wait_s("10.0.0.1") == 6
    assert wrong.wait_s("10.0.0.2") is None
    clock.time = 6.0
    assert wrong.wait_s("10.0.0.1") is None
    wrong.add("10.0.0.1")
    clock.time = 7.0
    assert wrong.wait_s("10.0.0.1") == 5
    clock.time = 1000.0
    assert wrong.wait_s("10.0.0.1") is None


def test_an_address_is_what_nobody_changes_at_will() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff") != network_of("2001:db8:0:1::1")
    assert network_of("::ffff:10.0.0.1") == network_of("10.0.0.1")
    assert network_of("fe80::1%eth0") == network_of("fe80::2")
    assert len(network_of("x" * 1000)) == 64


def test_what_is_remembered_is_bounded() -> None:
    wrong = WrongKeys(Clock())
    for number in range(MOST_ADDRESSES + 100):
        wrong.add(f"address {number}")
    assert len(wrong._tries) == MOST_ADDRESSES
    assert "address 0" not in wrong._tries
