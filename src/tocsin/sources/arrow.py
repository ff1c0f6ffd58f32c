"""Arrow files as Parquet: DuckDB reads none without an extension that it would have to fetch.

They are copied batch by batch, so that memory does not grow with the file. The library is asked
for only when such a file is met.
"""

from __future__ import annotations

from pathlib import Path

from tocsin.sources.columns import CannotRead

REMEDY = "install it (pip install 'tocsin[arrow]'), or write the log as Parquet"


def as_parquet(path: Path, into: Path) -> Path:
    """A copy of an Arrow file (IPC file, stream or Feather) as Parquet.

    Raises:
        CannotRead: it is none, or it is cut off; or pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise CannotRead("it is an Arrow file, and pyarrow is not installed", REMEDY) from None
    try:
        with pa.memory_map(str(path)) as source:
            try:
                reader = pa.ipc.open_file(source)
                batches = (reader.get_batch(i) for i in range(reader.num_record_batches))
            except pa.ArrowInvalid:
                source.seek(0)
                reader = pa.ipc.open_stream(source)
                batches = iter(reader)
            with pq.ParquetWriter(into, reader.schema, compression="lz4") as writer:
                for batch in batches:
                    writer.write_batch(batch)
    except (pa.ArrowException, OSError, ValueError) as bad:
        raise CannotRead(
            f"it cannot be read as Arrow: {str(bad).strip().partition(chr(10))[0]}",
            "write it again, whole, as an Arrow IPC file",
        ) from bad
    return into
