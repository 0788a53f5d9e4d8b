import pytest


@pytest.fixture
def worker(monkeypatch):
    """Let this process be one of two workers."""

    def become(rank, local_rank=None):
        local = rank if local_rank is None else local_rank
        numbers = {"RANK": rank, "WORLD_SIZE": 2, "LOCAL_RANK": local, "LOCAL_WORLD_SIZE": 2}
        for name, value in numbers.items():
            monkeypatch.setenv(name, str(value))
        monkeypatch.setattr("torch_mlp.faster.torchrun.time.sleep", waited.append)
        return waited

    waited = []
    return become
