"""Sends three errors by OpenTelemetry's own exporter; prints what it made of each answer.

Input: the address of the door and a token, as arguments. Runs in the Python of `make api`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from opentelemetry._logs import SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider, ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExportResult, SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource


class Heard(OTLPLogExporter):  # type: ignore[misc, unused-ignore]
    """The exporter as it is; it says aloud how each of its calls ended."""

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        made = super().export(batch)
        print(made.name, flush=True)
        return made


door, token = sys.argv[1:]
provider = LoggerProvider(resource=Resource.create({"service.name": "fraud"}))
exporter = Heard(endpoint=f"{door}/v1/logs", headers={"authorization": f"Bearer {token}"})
provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
for number in range(3):
    provider.get_logger("fraud").emit(
        severity_number=SeverityNumber.ERROR,
        severity_text="ERROR",
        body=f"timeout after {number} ms",
    )
provider.shutdown()
