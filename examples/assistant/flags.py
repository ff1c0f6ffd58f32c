"""Which dependencies are on, asked through OpenFeature; every doubt is a no.

The assistant knows the OpenFeature SDK only. Where the answers come from is decided in one
function, `provider_from`; to use another flag system, change that function.
"""

from __future__ import annotations

import json
from pathlib import Path

from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import FlagNotFoundError, GeneralError, TypeMismatchError
from openfeature.flag_evaluation import FlagResolutionDetails, FlagValueType, Reason
from openfeature.provider import AbstractProvider, FeatureProvider, Metadata

MODEL, KNOWLEDGE = "assistant.model", "assistant.knowledge"


class FileSwitches(AbstractProvider):
    """Switches in a JSON file, {"assistant.model": true}: for trying the assistant by hand.

    The file is read anew for every question. Missing, damaged, or not a boolean: an error, and so
    the caller's default, which is "off".
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def get_metadata(self) -> Metadata:
        """The provider's name."""
        return Metadata(name="file-switches")

    def resolve_boolean_details(
        self,
        flag_key: str,
        default_value: bool,
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[bool]:
        """The flag as it stands in the file now."""
        try:
            flags = json.loads(self._path.read_text("utf-8"))
            value = flags[flag_key]
        except (OSError, ValueError, TypeError) as bad:
            raise GeneralError(f"{self._path}: {bad}") from bad
        except KeyError as missing:
            raise FlagNotFoundError(f"{self._path} has no {flag_key}") from missing
        if not isinstance(value, bool):
            raise TypeMismatchError(f"{flag_key} is {value!r}, not true or false")
        return FlagResolutionDetails(value, reason=Reason.STATIC)

    def _no_other(
        self,
        flag_key: str,
        default_value: FlagValueType,
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails:
        raise TypeMismatchError(f"{flag_key} is a switch: ask for a boolean")

    resolve_string_details = resolve_integer_details = _no_other
    resolve_float_details = resolve_object_details = _no_other


def provider_from(url: str, public_key: str = "", keep: Path | None = None) -> FeatureProvider:
    """The source of the switches: `http://...` is Tocsin's switch server, `file:PATH` a file.

    Args: public_key, keep: what Tocsin's provider needs; see `tocsin switch --help`.
    """
    if url.startswith("file:"):
        return FileSwitches(Path(url.removeprefix("file:")))
    from tocsin.switch.provider import SwitchProvider  # needed only by who uses it

    return SwitchProvider(url, public_key, keep=keep)


class Switches:
    """What the switches say at this moment."""

    def __init__(self, provider: FeatureProvider) -> None:
        api.set_provider_and_wait(provider)
        self._client = api.get_client()
        self.why: dict[str, str] = {}

    def read(self, session: str = "") -> dict[str, bool]:
        """Each switch, for this session: True only if its provider said so just now.

        Where a switch serves a share, the session tells who belongs to it: the same all along.
        """
        found, who = {}, EvaluationContext(targeting_key=session or None)
        for key in (MODEL, KNOWLEDGE):
            said = self._client.get_boolean_details(key, False, who)
            found[key] = said.value is True
            trouble = said.error_message or said.flag_metadata.get("why")
            self.why[key] = f"{said.reason}: {trouble}" if trouble else str(said.reason)
        return found


def stopped() -> None:
    """Lets the provider end its work."""
    api.shutdown()
