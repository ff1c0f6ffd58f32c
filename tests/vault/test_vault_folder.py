"""Evidence in a folder: whole or not at all, and never served altered."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tocsin.facts import Refused, Tampered, Unreachable
from tocsin.facts.custody import Fixity
from tocsin.vault import FolderVault
from tocsin.vault import folder as folder_module
from tocsin.world import Stored, Vault

DATA = b"what the model said" * 1000
DIGEST = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "vault"


@pytest.fixture
def vault(root: Path) -> FolderVault:
    return FolderVault(root)


def put(vault: Vault, data: bytes = DATA) -> Stored:
    return vault.put(io.BytesIO(data))


def place(root: Path, digest: str = DIGEST) -> Path:
    return root / digest[:2] / digest


def alter(root: Path, at: int = 7) -> None:
    path = place(root)
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def leavings(root: Path) -> list[Path]:
    return list((root / "incoming").iterdir())


def test_what_is_put_comes_out_and_twice_is_once(vault: FolderVault, root: Path) -> None:
    assert put(vault) == put(vault) == Stored(digest=DIGEST, size=len(DATA))
    with vault.open(DIGEST) as file:
        assert file.read() == DATA
    with vault.open_checked(DIGEST) as file:
        assert b"".join(iter(lambda: file.read(777), b"")) == DATA
    assert list(vault.digests()) == [DIGEST]
    assert place(root).stat().st_mode & 0o777 == 0o400
    assert leavings(root) == []


def test_nothing_at_all_is_evidence_too(vault: FolderVault) -> None:
    stored = put(vault, b"")
    with vault.open_checked(stored.digest) as file:
        assert (file.read(), stored.size) == (b"", 0)


def test_digests_are_sorted_and_strangers_passed_by(vault: FolderVault, root: Path) -> None:
    stored = sorted(put(vault, bytes([n])).digest for n in range(40))
    (root / "notes.txt").write_text("x")
    (root / stored[0][:2] / "stranger").write_text("x")
    assert list(vault.digests()) == stored


def test_an_altered_piece_is_never_served_as_if_it_were_whole(
    vault: FolderVault, root: Path
) -> None:
    put(vault)
    alter(root)
    assert vault.check(DIGEST) is Fixity.ALTERED
    with vault.open(DIGEST) as file, pytest.raises(Tampered, match="not what was stored"):
        file.read()
    with pytest.raises(Tampered):
        vault.open_checked(DIGEST)
    with pytest.raises(Tampered):
        put(vault)
    assert place(root).read_bytes() != DATA, "what was found altered is kept as it was found"
    assert leavings(root) == []


def test_a_piece_cut_short_is_altered(vault: FolderVault, root: Path) -> None:
    put(vault)
    place(root).chmod(0o600)
    with place(root).open("r+b") as file:
        file.truncate(10)
    assert vault.check(DIGEST) is Fixity.ALTERED


def test_check_tells_intact_from_absent(vault: FolderVault) -> None:
    assert vault.check(DIGEST) is Fixity.ABSENT
    put(vault)
    assert vault.check(DIGEST) is Fixity.INTACT


def test_a_hold_makes_deletion_impossible(vault: FolderVault, root: Path) -> None:
    put(vault)
    with pytest.raises(Refused, match="7K3/H1"):
        vault.delete(DIGEST, held_by=["7K3/H1"])
    assert vault.check(DIGEST) is Fixity.INTACT
    vault.delete(DIGEST, held_by=[])
    assert not place(root).exists()
    for again in (lambda: vault.delete(DIGEST, held_by=[]), lambda: vault.open(DIGEST)):
        with pytest.raises(Refused, match="no evidence"):
            again()


@pytest.mark.parametrize(
    "hostile",
    ["", "../" * 22, "/etc/passwd", DIGEST.upper(), DIGEST[:-1], DIGEST + "\n", "..", "a" * 65],
)
def test_hostile_names_are_refused(vault: FolderVault, hostile: str) -> None:
    asked: list[Callable[[str], object]] = [
        vault.open,
        vault.open_checked,
        vault.check,
        lambda digest: vault.delete(digest, held_by=[]),
    ]
    for ask in asked:
        with pytest.raises(Refused, match="not a digest"):
            ask(hostile)


def test_links_and_other_things_in_place_of_evidence_are_refused(
    vault: FolderVault, root: Path, tmp_path: Path
) -> None:
    put(vault)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(DATA)
    place(root).unlink()
    place(root).symlink_to(elsewhere)
    assert vault.check(DIGEST) is Fixity.ALTERED
    with pytest.raises(Tampered, match="a link"):
        vault.open(DIGEST)
    with pytest.raises(Tampered):
        put(vault)
    place(root).unlink()
    os.mkfifo(place(root))
    with pytest.raises(Tampered, match="not a file"):
        vault.open(DIGEST)


def test_a_shelf_that_is_a_link_is_refused(vault: FolderVault, root: Path, tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    (root / DIGEST[:2]).symlink_to(away)
    with pytest.raises(Tampered, match="not a folder of the vault"):
        put(vault)
    assert list(away.iterdir()) == []
    with pytest.raises(Refused, match="a folder of its own"):
        (tmp_path / "linked").symlink_to(away)
        FolderVault(tmp_path / "linked")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EDQUOT])
@pytest.mark.parametrize("step", ["open", "write", "fchmod", "fsync", "rename"])
def test_each_failing_step_of_storing_leaves_nothing_behind(
    vault: FolderVault, root: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as broken:
        broken.setattr(folder_module.os, step, fail)
        with pytest.raises(Unreachable, match="cannot store evidence"):
            put(vault)
    assert leavings(root) == []
    assert put(vault).digest == DIGEST


def test_a_name_that_another_took_after_a_move_is_left_to_the_other(
    vault: FolderVault, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The move took place and was called a failure; meanwhile another thread begins to write."""
    real = os.rename

    def rename(path: Path, *args: object, **kwargs: object) -> None:
        real(path, *args, **kwargs)  # type: ignore[arg-type]
        path.write_bytes(b"of another")
        raise OSError(errno.EIO, "moved, and called a failure")

    with monkeypatch.context() as broken:
        broken.setattr(folder_module.os, "rename", rename)
        with pytest.raises(Unreachable):
            put(vault)
    assert [path.read_bytes() for path in leavings(root)] == [b"of another"]
    assert vault.check(DIGEST) is Fixity.INTACT


def test_a_failing_source_is_not_the_vaults_fault(vault: FolderVault, root: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(errno.EIO, "the source broke")

    with pytest.raises(OSError, match="the source broke"):
        vault.put(Broken())
    assert leavings(root) == []


def test_a_limit_of_the_system_is_told_in_words(root: Path) -> None:
    script = """
        import io, resource, signal, sys
        from pathlib import Path
        from tocsin.facts import Unreachable
        from tocsin.vault import FolderVault
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        try:
            FolderVault(Path(sys.argv[1])).put(io.BytesIO(b"x" * 100_000))
        except Unreachable as told:
            print(told)
    """
    told = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(root)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "raise its limit" in told.stdout
    assert leavings(root) == []


def test_many_may_store_the_same_at_once(vault: FolderVault, root: Path) -> None:
    start = threading.Barrier(8)
    stored: list[Stored] = []

    def one(number: int) -> None:
        start.wait()
        for turn in range(10):
            stored.append(put(FolderVault(root), DATA + bytes([turn])))
            if number == 0:
                vault.sweep()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stored) == 80
    assert {vault.check(digest) for digest in vault.digests()} == {Fixity.INTACT}
    assert len(list(vault.digests())) == 10
    assert leavings(root) == []


def test_a_killed_writer_leaves_only_what_a_sweep_removes(vault: FolderVault, root: Path) -> None:
    script = """
        import io, sys
        from pathlib import Path
        from tocsin.vault import FolderVault

        class Endless(io.RawIOBase):
            told = False
            def read(self, size=-1):
                if self.told:
                    print("writing", flush=True)
                self.told = True
                return b"x" * 4096

        FolderVault(Path(sys.argv[1])).put(Endless())
    """
    writer = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), str(root)], stdout=subprocess.PIPE
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"writing\n"
    assert vault.sweep() == 0, "a writer that lives is spared"
    writer.send_signal(signal.SIGKILL)
    writer.communicate()
    assert len(leavings(root)) == 1
    assert list(vault.digests()) == []
    assert (vault.sweep(), leavings(root)) == (1, [])


def test_bytes_and_names_reach_the_disk_in_this_order(
    vault: FolderVault, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    real_fsync, real_rename = os.fsync, os.rename

    def fsync(file: int) -> None:
        steps.append("sync " + ("folder" if Path(f"/proc/self/fd/{file}").is_dir() else "file"))
        real_fsync(file)

    def rename(*args: object, **kwargs: object) -> None:
        steps.append("name")
        real_rename(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(folder_module.os, "fsync", fsync)
    monkeypatch.setattr(folder_module.os, "rename", rename)
    put(vault)
    assert steps == ["sync file", "sync folder", "name", "sync folder"]
