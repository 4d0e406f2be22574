from __future__ import annotations

import signal
import threading

import pytest

from unisono.towers.training.interrupting import held_interrupts


def ctrl_c() -> None:
    signal.raise_signal(signal.SIGINT)


def test_ctrl_c_waits_for_the_end_of_the_block() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), held_interrupts():
        ctrl_c()
        done.append("first")
        ctrl_c()
        done.append("second")
    assert done == ["first", "second"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_without_ctrl_c_nothing_happens() -> None:
    with held_interrupts():
        pass
    with pytest.raises(KeyError), held_interrupts():
        raise KeyError
    with pytest.raises(KeyboardInterrupt):
        ctrl_c()


def test_the_third_goes_through() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), held_interrupts():
        ctrl_c()
        ctrl_c()
        done.append("second")
        ctrl_c()
        done.append("third")
    assert done == ["second"]


def test_what_fails_after_ctrl_c_was_stopped_by_it() -> None:
    with pytest.raises(KeyboardInterrupt) as caught, held_interrupts():
        ctrl_c()
        raise RuntimeError("connection closed by peer")
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_in_another_thread_nothing_is_held() -> None:
    seen = []

    def work() -> None:
        with held_interrupts():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]
