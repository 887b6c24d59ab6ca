"""Reads the rows of `model_list`: each becomes a place, or a sentence that says why not."""

from dataclasses import dataclass, field

from router.migration.import_report import Notes
from router.migration.litellm.rows.addresses import Addressing
from router.migration.litellm.rows.model_kinds import MODES, WITHOUT_ROUTE, Kind, identity, mode_by_name
from router.migration.litellm.rows.model_numbers import Reading
from router.migration.litellm.rows.parameter_names import (
    ALL_PARAMETERS,
    FIXED,
    INFO,
    INFO_BESIDE,
    ROW,
    meant,
    misdirects,
)
from router.migration.litellm.rows.place import Endpoint, Place
from router.migration.litellm.rows.references import References, is_clear_secret, is_secret_name
from router.migration.litellm.rows.upstreams import UPSTREAMS, WITHOUT_ADAPTER, guess, split
from router.migration.source_node import Node, Where
from router.suggest import nearest

_CAPACITY = {"rpm": "requests_per_minute", "tpm": "tokens_per_minute", "max_parallel_requests": "in_flight"}
_EMPTY = Where(0, 0, "")
_CHANGES_ANSWERS = {
    "thinking": "answers come without their thinking unless the client asks for it",
    "reasoning_effort": "the model reasons as much as the client asks for, and by its own measure else",
    "reasoning": "the model reasons as much as the client asks for, and by its own measure else",
    "response_format": "answers are plain text unless the client asks otherwise",
    "max_tokens": "answers may be as long as the model's `max_output`",
    "max_completion_tokens": "answers may be as long as the model's `max_output`",
}


@dataclass(slots=True)
class Rows:
    """Reads rows; `endpoints` are those of wildcards, whose providers are written all the same.

    `missing` are public names that have a row, and none that came over.
    """

    notes: Notes
    references: References
    addressing: Addressing
    endpoints: list[Endpoint] = field(default_factory=list)
    names: dict[str, Where] = field(default_factory=dict)
    automatic: dict[str, Node] = field(default_factory=dict)

    def place(self, row: Node) -> Place | None:
        """The place that a row means, or None, with a sentence: a row with a refused line is left out whole."""
        refused = self.notes.count("refused")
        place = self._place(row)
        return place if self.notes.count("refused") == refused else None

    def _place(self, row: Node) -> Place | None:
        params = self._params(row)
        if params is None:
            return None
        public = self._name(row)
        model = self._model(params)
        misdirected = self._unknown_keys(params, row.get("model_info"))
        if public is None or model is None or misdirected:
            return None
        self.names.setdefault(public, row.where)
        prefix = self._prefix(public, model, params)
        kind = self._kind(public, model, row) if prefix else None
        if prefix is None or kind is None:
            return None
        if "*" in public or "*" in model:
            self._wildcard(public, params, prefix)
            return None
        endpoint = self.addressing.endpoint(params, prefix)
        return None if endpoint is None else self._made(row, params, public, (prefix, model), kind, endpoint)

    def _params(self, row: Node) -> Node | None:
        for key, node in row.mapping.items():
            if key not in ROW and meant(key, ROW) not in ("", "model_info"):
                self.notes.add("refused", node.where, f"unknown key {key!r}; did you mean {meant(key, ROW)!r}?")
                return None
            if key not in ROW:
                self.notes.add(
                    "left_out", node.where, f"unknown key {key!r} of a model's row, to LiteLLM too{_hint(key, ROW)}"
                )
        params = row.get("litellm_params")
        if params is None or not params.mapping:
            self.notes.add(
                "refused", row.where, "an empty row: `model_name` and `litellm_params` with a `model` are needed"
            )
            return None
        return params

    def _name(self, row: Node) -> str | None:
        node = row.get("model_name")
        if node is None or not node.text:
            self.notes.add("refused", row.where, "a row without `model_name`: clients could not ask for it")
            return None
        return self.references.value(node, "model_name")

    def _model(self, params: Node) -> str | None:
        node = params.get("model")
        if node is None or not node.text:
            self.notes.add("refused", params.where, "a row without `model` in its `litellm_params`")
            return None
        return self.references.value(node, "model")

    def _prefix(self, public: str, model: str, params: Node) -> str | None:
        where = params.mapping["model"].where
        custom = params.get("custom_llm_provider")
        prefix = custom.text if custom else split(model)[0] or guess(model)
        if prefix in UPSTREAMS:
            if not custom and split(model)[0] is None:
                self.notes.add("meaning", where, f"{model!r} names no provider: {prefix} is taken, as LiteLLM does")
            return prefix
        if prefix == "auto_router" and params.get("complexity_router_config"):
            self.automatic[public] = params
        elif prefix in WITHOUT_ADAPTER:
            self._left_out(public, where, WITHOUT_ADAPTER[prefix])
        elif model.startswith("gemini-"):
            reason = f"a bare `gemini-` name is Vertex AI to LiteLLM; write `gemini/{model}` if AI Studio is meant"
            self._left_out(public, where, reason)
        else:
            self.notes.add("refused", where, _no_provider(prefix, model))
        return None

    def _kind(self, public: str, model: str, row: Node) -> Kind | None:
        written = row.get("model_info", "mode")
        by_name = mode_by_name(model)
        mode = written.text if written else by_name or "chat"
        where = written.where if written else row.mapping["litellm_params"].mapping["model"].where
        if mode not in MODES:
            what = WITHOUT_ROUTE.get(mode, f"the mode {mode!r}")
            self._left_out(public, where, f"{what} has no route here")
            return None
        if written is None and by_name:
            self.notes.add(
                "meaning",
                where,
                f"{public!r} is taken for a model of {MODES[mode]}, by its name alone: say so with `mode`",
            )
        return MODES[mode]

    def _left_out(self, public: str, where: Where, reason: str) -> None:
        self.notes.add("left_out", where, f"{public!r} is left out: {reason}")

    def _wildcard(self, public: str, params: Node, prefix: str) -> None:
        endpoint = self.addressing.endpoint(params, prefix)
        if endpoint is not None:
            self.endpoints.append(endpoint)
        reason = "a catalog lists its models; add a row to catalog.yaml and prices.yaml for each name that clients send"
        self._left_out(public, params.mapping["model"].where, f"{reason} (its provider is written)")

    def _unknown_keys(self, params: Node, info: Node | None) -> bool:
        misdirected = False
        for key, node in params.mapping.items():
            if key in ALL_PARAMETERS or "_cost" in key:
                continue
            if key not in INFO | INFO_BESIDE and misdirects(key):
                self.notes.add("refused", node.where, f"unknown key {key!r}{_hint(key, ALL_PARAMETERS)}")
                misdirected = True
            elif key in INFO | INFO_BESIDE:
                self.notes.add(
                    "left_out", node.where, f"{key!r} belongs into `model_info`: LiteLLM does not read it here"
                )
            else:
                sentence = f"{key!r} is unknown to LiteLLM, which sends it to the backend{_hint(key, ALL_PARAMETERS)}"
                self.notes.add("meaning", node.where, sentence)
        for key, node in (info.mapping if info else {}).items():
            if key not in INFO | INFO_BESIDE and "_cost_per_" not in key.replace("_cost_per_tokens", ""):
                self.notes.add(
                    "left_out", node.where, f"{key!r} is unknown, to LiteLLM too{_hint(key, INFO | INFO_BESIDE)}"
                )
        return misdirected

    def _made(
        self, row: Node, params: Node, public: str, model: tuple[str, str], kind: Kind, endpoint: Endpoint
    ) -> Place:
        prefix, name = model
        info = row.get("model_info") or Node({}, row.where)
        self._fixed(public, params)
        self._beside(params, info)
        upstream = split(name)[1]
        base = info.get("base_model")
        order = params.get("order")
        weight = params.get("weight")
        known = None if prefix == "azure" and base is None else identity(base.text if base else upstream)
        return Place(
            where=row.where,
            public=public,
            prefix=prefix,
            upstream=upstream,
            kind=kind,
            endpoint=endpoint,
            written=Reading(params, info, self.notes).written(kind),
            identity=known,
            name=id_.text if (id_ := info.get("id")) else "",
            region=endpoint.settings.get("region"),
            order=int(order.number) if order and order.number is not None else 1,
            weight=weight.number if weight else None,
            capacity=self._capacity(params),
            tags=_texts(params.get("tags")),
            access_groups=_texts(info.get("access_groups")),
            drops=_texts(params.get("additional_drop_params")),
            own_address=params.get("api_base") is not None,
        )

    def _capacity(self, params: Node) -> dict[str, int]:
        written = {key: node for key in _CAPACITY if (node := params.get(key)) is not None}
        for key, node in written.items():
            if params.whole(key) is None:
                self.notes.add("protection", node.where, f"{key} is no number of at least 1: this limit is gone")
        return {_CAPACITY[key]: most for key in written if (most := params.whole(key)) is not None}

    def _fixed(self, public: str, params: Node) -> None:
        for key, node in params.mapping.items():
            if key not in FIXED or node.value is None:
                continue
            kept = " its size is taken for the context;" if key == "num_ctx" else ""
            changes = _CHANGES_ANSWERS.get(key, "the client must send it")
            loud = key in ("thinking", "reasoning_effort", "reasoning")
            sentence = f"{public!r}: {key} can't be fixed in a row here:{kept} {changes}"
            self.notes.add("meaning", node.where, sentence, first=loud)

    def _beside(self, params: Node, info: Node) -> None:
        sentences = {
            "mock_response": (
                "left_out",
                "there are no fixed answers: a stub (adapter `gpt`) answers without a backend",
            ),
            "max_retries": ("meaning", "retries are not counted for a row: a request has at most four attempts"),
            "num_retries": ("meaning", "retries are not counted for a row: a request has at most four attempts"),
            "cooldown_time": ("meaning", "`breaker` in deployments.yaml holds for every place"),
            "allowed_fails": ("meaning", "`breaker` in deployments.yaml holds for every place"),
            "guardrails": ("protection", "a guard here reads no content: keep this guardrail in front"),
        }
        for key, (kind, sentence) in sentences.items():
            if (node := params.get(key)) is not None:
                self.notes.add(kind, node.where, f"{key}: {sentence}")  # type: ignore[arg-type]
        for key in ("team_id", "team_public_model_name"):
            if (node := info.get(key)) is not None:
                self.notes.add(
                    "protection", node.where, f"{key}: a model is not one team's here; limit the keys of others"
                )
        for key, node in params.mapping.items():
            if key != "api_key" and is_secret_name(key) and is_clear_secret(key, node):
                self.notes.add("refused", node.where, f"{key}: a secret in the clear")


def _texts(node: Node | None) -> tuple[str, ...]:
    return tuple(item.text for item in node.listed if item.text) if node else ()


def _hint(key: str, known: frozenset[str]) -> str:
    near = meant(key, known)
    return f"; did you mean {near!r}?" if near else ""


def _no_provider(prefix: str | None, model: str) -> str:
    if prefix is None and "/" in model:
        prefix = model.partition("/")[0]
    if prefix is None:
        return f"{model!r} names no provider: write `openai/{model}` with an api_base, or its provider's prefix"
    near = nearest(prefix, sorted(UPSTREAMS)).split(" There are")[0]
    own = (
        ""
        if near
        else f"; write `openai/{model.partition('/')[2] or model}` with an api_base if it speaks OpenAI's API"
    )
    return f"no provider is called {prefix!r}{f'.{near}' if near else own}"
