"""A nonce is good once, however many try at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from accounts import nonces

RACERS, ROUNDS = 8, 40


def test_one_of_many_racers_wins_every_time() -> None:
    barrier = Barrier(RACERS)

    def use(given: list[str]) -> list[bool]:
        won = []
        for nonce in given:
            barrier.wait(10)
            won.append(nonces.spend(nonce))
        return won

    given = [nonces.issue() for _ in range(ROUNDS)]
    with ThreadPoolExecutor(RACERS) as pool:
        wins = [sum(each) for each in zip(*pool.map(use, [given] * RACERS), strict=True)]
    assert wins == [1] * ROUNDS
