"""A LitServe server with its OpenAISpec: words in place of a model."""

import time
from collections.abc import Iterator

import litserve


class Words(litserve.LitAPI):
    """Twenty words, whatever is asked."""

    def setup(self, device: str) -> None:
        """Nothing to load."""

    def predict(self, prompt: object) -> Iterator[str]:
        """One word every 20 milliseconds."""
        for number in range(20):
            time.sleep(0.02)
            yield f"word{number} "


if __name__ == "__main__":
    server = litserve.LitServer(Words(spec=litserve.OpenAISpec()), accelerator="cpu")
    server.run(port=18311, host="127.0.0.1", generate_client_file=False)
