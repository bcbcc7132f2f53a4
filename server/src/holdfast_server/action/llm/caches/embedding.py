"""What a text means, as a vector: by a small model in this process, or by somebody's endpoint.

The small one is WordLlama: 16 MB of weights inside its package, no download, a tenth of a millisecond a text
on one core. It is imported when a route first needs it, and works in a thread of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import msgspec

from holdfast.errors import Misconfigured, Unavailable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

LOCAL = "local"
Post = Callable[[str, bytes], Awaitable[bytes]]
"""Send the body of an embeddings request for `provider/model` and give back the body of its answer."""


class Embedder(Protocol):
    """Makes vectors of length one; texts that mean the same lie close together."""

    async def embed(self, text: str) -> Vector:
        """The vector of a text.

        Raises:
            Unavailable: it cannot be had now.
        """
        ...


class LocalEmbedder:
    """A model that carries its weights with it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedding")
        self._model: Any = None

    async def embed(self, text: str) -> Vector:
        """The vector of a text, made in a thread beside the event loop.

        Raises:
            Misconfigured: the package is not installed.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.embed_now, text)

    def embed_now(self, text: str) -> Vector:
        """The same, at once and in this thread."""
        if self._model is None:
            self._model = load_local()
        return cast("Vector", self._model.embed(text, norm=True)[0])


class EndpointEmbedder:
    """Somebody's `/v1/embeddings`, in the way that OpenAI speaks it."""

    def __init__(self, model: str, post: Post) -> None:
        self._model = model
        self._post = post

    async def embed(self, text: str) -> Vector:
        """The vector of a text.

        Raises:
            Unavailable: the endpoint did not answer, or not with a vector.
        """
        name = self._model.partition("/")[2]
        try:
            answer = await self._post(self._model, msgspec.json.encode({"model": name, "input": text}))
            found = msgspec.json.decode(answer, type=_Answer).data[0].embedding
        except (msgspec.DecodeError, IndexError, OSError) as error:
            raise Unavailable(f"{self._model} gave no embedding: {error}") from error
        return _normed(found)


class _Embedding(msgspec.Struct):
    embedding: list[float]


class _Answer(msgspec.Struct):
    data: list[_Embedding]


def load_local() -> Any:
    """The model that carries its weights with it.

    Raises:
        Misconfigured: the package is not installed.
    """
    try:
        import wordllama
    except ImportError as error:
        raise Misconfigured(
            "a route compares questions by meaning, and no model for that is installed",
            hint="Run `pip install 'holdfast-server[semantic]'`, or name an embeddings endpoint there.",
        ) from error
    # Both files are in the package; only the second is looked for in a cache, so the package is the cache.
    folder = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(cache_dir=folder, disable_download=True)


def _normed(values: Sequence[float]) -> Vector:
    import numpy as np

    vector = np.asarray(values, dtype=np.float32)
    length = float(np.linalg.norm(vector))
    if vector.ndim != 1 or not np.isfinite(length) or length == 0:
        raise Unavailable("an embedding without a direction")
    return cast("Vector", vector / length)
