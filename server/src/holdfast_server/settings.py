"""Settings: flags over `HOLDFAST_SECTION__KEY` over `holdfast.toml`; unknown keys are errors."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from holdfast.settings import Settings as AgentSettings
from holdfast_server.errors import Misconfigured

MIB: Final = 1024 * 1024


class Section(BaseModel):
    """One room's settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Http(Section):
    """Where the server listens."""

    host: str = "127.0.0.1"
    """Anything but a loopback address needs `access.key`."""
    port: int = Field(default=7420, ge=0, le=65535)
    """Console, REST API and OTLP/HTTP; 0 takes any free port."""
    otlp_port: int | None = Field(default=4318, ge=0, le=65535)
    """The standard OTLP port, taken when free; null leaves it alone."""
    grpc_port: int | None = Field(default=4317, ge=0, le=65535)
    """The standard port of OTLP over gRPC, taken when free; null leaves it alone, 0 takes any free port."""
    drain_s: float = Field(default=10, gt=0, le=300)
    """How long a SIGTERM waits for requests in flight and for the journal."""


class Access(Section):
    """Who may speak to the server."""

    key: str | None = Field(default=None, min_length=16, repr=False)
    """Bearer key that every request must carry; without it only this machine may ask."""
    hosts: tuple[str, ...] = ()
    """Further names under which browsers reach this server."""


class Stores(Section):
    """Which engine keeps what."""

    spans: str = "chdb://"
    """`chdb://` keeps spans in the data folder; `clickhouse://…` in a server; `memory://` nowhere."""
    control: str = "sqlite://"
    """`sqlite://` keeps the control state in the data folder; `postgresql://…` in a server."""


class Limits(Section):
    """How much is too much."""

    otlp_bytes: int = Field(default=16 * MIB, gt=0)
    """Largest OTLP request, as it travels."""
    otlp_inflated_bytes: int = Field(default=64 * MIB, gt=0)
    """Largest OTLP request once inflated."""
    records_bytes: int = Field(default=4 * MIB, gt=0)
    """Largest envelope of records, as it travels."""
    body_bytes: int = Field(default=2 * MIB, gt=0)
    """Largest body of any other request."""
    journal_bytes: int = Field(default=256 * MIB, gt=0)
    """Accepted but not yet stored; beyond it senders are told to wait."""
    disk_free_bytes: int = Field(default=512 * MIB, ge=0)
    """Below this much free disk nothing more is accepted."""
    data_bytes: int | None = Field(default=None, gt=0)
    """Beyond this size of the data folder nothing more is accepted; null leaves it to the disk."""
    streams: int = Field(default=512, gt=0)
    """Open event streams."""


class Ingest(Section):
    """How spans are taken in."""

    apart: bool = True
    """Read spans in a process of its own, so that decisions never wait for it."""


class Runs(Section):
    """When a run counts as lost."""

    lost_after_s: float = Field(default=30, gt=0)
    """A process that is neither connected nor heard for so long has died."""
    idle_after_s: float = Field(default=900, gt=0)
    """A run known by traces only, without an end, is lost after so long."""


class Retention(Section):
    """How long what is kept, until somebody sets it by API; nothing is deleted unless told to."""

    payload_days: int | None = Field(default=None, ge=1, le=36_500)
    """What was said: texts of spans, logs and steps, and large payloads; null keeps them forever."""
    span_days: int | None = Field(default=None, ge=1, le=36_500)
    """Spans, logs, runs and steps; null keeps them forever."""
    sum_days: int | None = Field(default=None, ge=1, le=36_500)
    """What cost and conduct add up to, by run, agent and model; null keeps it forever."""
    every_s: float = Field(default=3_600, ge=1)
    """How often what is past its time is looked for."""


class Redaction(Section):
    """What is taken out of spans before they are stored, whoever sent them."""

    pii: bool = False
    """Personal data as well; the same key keeps it from leaving the agents that share this file."""
    spans: list[str] = Field(default=["secret"], validate_default=True)
    """Families (`secret`, `pii`) and single kinds (`email` …); an empty list stores spans as they came."""

    @field_validator("spans")
    @classmethod
    def _with_personal_data(cls, spans: list[str], given: ValidationInfo) -> list[str]:
        return [*spans, "pii"] if given.data.get("pii") else spans


class Content(Section):
    """How well the content detectors do."""

    corpora: list[Path] = []
    """Folders of labelled texts that `/v1/detectors/report` measures on, beside the shipped ones."""


class Approvals(Section):
    """How long people have."""

    ttl_s: float = Field(default=86_400, gt=0)
    """Time to answer, unless the asker says otherwise."""
    ttl_s_max: float = Field(default=30 * 86_400, gt=0)
    """The longest that an asker may grant."""
    use_within_s: float = Field(default=3_600, gt=0)
    """Time to use what was approved."""
    roles: list[str] = Field(default_factory=list, max_length=256)
    """The roles that people have: a rule that asks for another one is named by the lints; empty for any."""


class Attribution(Section):
    """Who is asked where a failed run turned, beside the evidence."""

    judge_url: str = ""
    """Base URL of an OpenAI-compatible interface, up to `/v1`; empty asks nobody."""
    judge_model: str = ""
    """The model that is asked."""
    judge_key: str | None = Field(default=None, repr=False)
    """Sent as a bearer token."""
    judge_timeout_s: float = Field(default=30, gt=0, le=300)
    """How long an answer may take."""
    judge_chars: int = Field(default=24_000, ge=1_000, le=400_000)
    """How much of a run is sent; of a longer one the middle is left out."""


class Budgets(Section):
    """How budgets are leased to processes."""

    ttl_s: float = Field(default=60, ge=1, le=3600)
    """A lease not renewed for so long is over; what it holds counts as used until it is proved otherwise."""


class Decisions(Section):
    """The decision API for programs without the SDK."""

    session_ttl_s: float = Field(default=7 * 86_400, gt=0)
    """A session of this API that nobody touches for so long is forgotten, its labels and budgets with it."""


class Gateway(Section):
    """The model gateway: where agents send their model calls."""

    host: str = "127.0.0.1"
    """Address to listen on; beyond this machine, virtual keys are what keeps strangers out."""
    port: int = Field(default=7421, ge=-1, le=65535)
    """What agents set as their base URL; -1 starts no gateway, 0 takes any free port."""
    workers: int = Field(default=1, ge=1, le=64)
    """Processes that share the port."""
    server: str = ""
    """Address of the server that approvals, leases and records go to; `holdfast up` sets its own."""
    name: str = Field(default="", max_length=64, pattern="^[A-Za-z0-9._-]*$")
    """What this gateway is called among several; the host's name when empty."""
    mode: Literal["enforce", "shadow"] = "enforce"
    """`shadow` decides and records, but acts on nothing except a kill."""
    output_tokens: int = Field(default=4_096, ge=1, le=10_000_000)
    """Reserved for an answer when the request names no limit."""
    unknown_tools: Literal["record", "refuse"] = "record"
    """What becomes of a returned call of a tool that no rule and no contract knows."""
    ask_s: float = Field(default=60, gt=0, le=3_600)
    """How long a call waits for a person; then it is refused."""
    lease_s: float = Field(default=60, gt=0, le=86_400)
    """How long a control plane that went away has lent its authority."""
    unattended: Literal["nothing", "reading", "reversible", "everything"] = "reversible"
    """What goes on after that; everything else is refused until it is back."""
    contents: bool = True
    """Whether spans carry what was said."""
    drain_s: float = Field(default=30, gt=0, le=600)
    """How long a SIGTERM waits for streams to end."""
    connections: int = Field(default=12_000, ge=1, le=1_000_000)
    """Client connections of one worker."""
    body_bytes: int = Field(default=32 * MIB, ge=1_024)
    """Largest request, and largest answer that is held back to be judged."""
    calls: int = Field(default=4_096, ge=1)
    """Calls under way in one worker."""
    journal_bytes: int = Field(default=256 * MIB, ge=MIB)
    """Records that wait to be sent; payloads are left out first, then spans, never money or verdicts."""
    busy_poll_us: int = Field(default=100, ge=0, le=10_000)
    """Microseconds that a worker stays awake after a call, as long as answers come that fast; 0 for never."""
    store_within_s: float = Field(default=30, ge=1, le=3_600)
    """How long records wait while calls need the processor; then they are stored, whatever calls wait for."""


LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class Settings(BaseSettings):
    """All of it; built once at the start and passed down."""

    model_config = SettingsConfigDict(
        env_prefix="HOLDFAST_",
        env_nested_delimiter="__",
        toml_file="holdfast.toml",
        frozen=True,
        extra="ignore",
        use_attribute_docstrings=True,
    )

    data: Path = Path(".holdfast")
    """The data folder; one process owns it."""
    policies: Path | None = None
    """The policy folder; `<data>/policies` when absent."""
    prices: Path | None = None
    """Own prices, in `[[price]]` tables, that stand before the shipped ones; agents read the same key."""
    project: str = "default"
    """The project that this server keeps."""
    http: Http = Http()
    access: Access = Access()
    stores: Stores = Stores()
    limits: Limits = Limits()
    ingest: Ingest = Ingest()
    retention: Retention = Retention()
    runs: Runs = Runs()
    approvals: Approvals = Approvals()
    decisions: Decisions = Decisions()
    attribution: Attribution = Attribution()
    budgets: Budgets = Budgets()
    redaction: Redaction = Redaction()
    content: Content = Content()
    gateway: Gateway = Gateway()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # named by the base class
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # named by the base class
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, then the environment, then the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @model_validator(mode="before")
    @classmethod
    def _refuse_typos(cls, given: Any) -> Any:
        """A key that neither the server nor the SDK knows is a typo, and a typo is never silence."""
        known = {*cls.model_fields, *AgentSettings.__struct_fields__}
        for key in cast("dict[str, Any]", given):
            if key not in known:
                near = get_close_matches(key, known, n=1)
                raise ValueError(
                    f"nobody knows the setting {key}" + (f"; did you mean {near[0]}?" if near else "")
                )
        return given

    def refuse_open_doors(self) -> None:
        """Listening beyond this machine needs a key.

        Raises:
            Misconfigured: there is none.
        """
        if self.http.host not in LOOPBACK and self.access.key is None:
            raise Misconfigured(
                f"listening on {self.http.host} needs an access key",
                hint="Set access.key (HOLDFAST_ACCESS__KEY), or listen on 127.0.0.1.",
            )


def load_settings(
    *, http: Mapping[str, object], gateway: Mapping[str, object] | None = None, **flags: object
) -> Settings:
    """Read the settings; a flag that is None was not given, a port of -1 means none.

    Who leaves the standard OTLP port alone leaves that of gRPC alone, too, unless it is given.

    Raises:
        Misconfigured: a key nobody knows or a value that cannot be; each is named.
    """
    given: dict[str, Any] = {key: value for key, value in flags.items() if value is not None}
    given["http"] = {key: value for key, value in http.items() if value is not None}
    given["gateway"] = {key: value for key, value in (gateway or {}).items() if value is not None}
    if given["http"].get("otlp_port") == -1:
        given["http"]["otlp_port"] = None
        given["http"].setdefault("grpc_port", -1)
    if given["http"].get("grpc_port") == -1:
        given["http"]["grpc_port"] = None
    try:
        return Settings(**given)
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise Misconfigured(f"settings: {'; '.join(faults)}", hint="See docs/guides/operate.md.") from error
    except (SettingsError, tomllib.TOMLDecodeError) as error:
        raise Misconfigured(f"settings: {error}", hint="See docs/guides/operate.md.") from error
