"""A progress bar on a terminal for each chain that has far to go."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from contracts.indexer.reader import Reader

FAR = 500  # blocks


class Bars:
    """Shows how far chains are read. Where nobody looks it shows nothing."""

    def __init__(self, shown: bool) -> None:
        """``shown`` says whether a person looks at a terminal."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
        )
        self._progress = Progress(*columns, TimeRemainingColumn(), transient=True, disable=not shown)
        self._tasks: dict[int, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def told(self, reader: Reader) -> None:
        """Move a chain's bar; it appears where there is far to go, and goes when the head is reached."""
        chain = reader.chain
        task = self._tasks.get(chain.pk)
        if task is None and reader.head - reader.number > FAR:
            task = self._tasks[chain.pk] = self._progress.add_task(chain.name, total=reader.head, rate="")
        if task is None:
            return
        rate = f"{reader.events} events"
        self._progress.update(task, completed=reader.number, total=reader.head, rate=rate)
        if reader.number >= reader.head:
            self._progress.remove_task(self._tasks.pop(chain.pk))
