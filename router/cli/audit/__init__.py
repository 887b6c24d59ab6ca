"""`fungible audit`: whether an endpoint answers as the model that was asked for, found out from outside.

Invariant: `fungible audit URL` is `fungible audit run URL`.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from router.cli.command_help import Commands, HelpfulGroup
from router.cli.options import AsJson, ConfigFolder, DataFolder

Name = Annotated[str, typer.Option("--model", "-m", help="The model to ask for.")]
Compare = Annotated[str, typer.Option(help="An endpoint to compare with, or a file of `fungible audit enroll`.")]
OtherName = Annotated[str | None, typer.Option(help="Its name there.", show_default="that of --model")]
KeyVariable = Annotated[
    str | None, typer.Option(help="The environment variable that holds its key; the key itself is never an option.")
]
KeyVariables = Annotated[
    list[str] | None,
    typer.Option(help="The variable that holds its key; again for more accounts, which are asked in turn."),
]
Money = Annotated[str | None, typer.Option(help="What it may cost in all, such as 2USD.")]
PriceOf = Annotated[
    str | None, typer.Option(help="USD per million tokens, in/out, such as 1.25/10.", show_default="the price list's")
]
Substitutes = Annotated[
    list[Path] | None,
    typer.Option(help="A file of `fungible audit enroll`, to look for its model; again for more."),
]
Calls = Annotated[int, typer.Option(help="Calls to the audited endpoint, at most.", min=1)]
References = Annotated[int, typer.Option("--references", "-K", help="Reference answers to each.", min=1, max=16)]
Alpha = Annotated[float, typer.Option(help="How often a false alarm may be.", min=1e-9, max=0.5)]
Share = Annotated[float, typer.Option(help="A clean end must have been able to see this share.", min=0.001, max=1)]
GoOn = Annotated[bool, typer.Option("--full", help="Go on to the last call though it is shown: the share gets narrow.")]
PageFile = Annotated[Path | None, typer.Option(help="Write the report as one page of HTML.")]
TranscriptFile = Annotated[Path | None, typer.Option(help="Write the signed transcript here.")]
StateFile = Annotated[
    Path | None,
    typer.Option(help="Go on until an alarm; this file keeps what was learned, to go on after a restart."),
]
Every = Annotated[float, typer.Option(help="With --watch: seconds between rounds.", min=0)]
RunLength = Annotated[float, typer.Option(help="With --watch: rounds between false alarms, at least.", min=1)]
PromptsFile = Annotated[
    Path | None,
    typer.Option(help="Your own prompts: a line each, or JSON lines.", show_default="from the shipped workload"),
]
MaxTokens = Annotated[int, typer.Option(help="The limit of output tokens of each call.", min=1)]
Temperature = Annotated[float | None, typer.Option(help="Of each call; the endpoints' own unless said.", min=0)]
System = Annotated[str | None, typer.Option(help="A system prompt for each call.")]
AskLogs = Annotated[
    bool, typer.Option("--logprobs", help="Ask both sides for log-probabilities, where they give them, and compare.")
]
Speaks = Annotated[
    Literal["openai", "anthropic"] | None,
    typer.Option(help="The API that it speaks.", show_default="anthropic where the address says so"),
]


class _RunUnlessSaid(HelpfulGroup):
    """A group whose first command may be left out."""

    @property
    def without_name(self) -> Any:
        """The command that `fungible audit URL` is."""
        return self.commands["run"]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in {"-h", "--help", *self.commands}:
            args = ["run", *args]
        return super().parse_args(ctx, args)


audit = Commands(
    no_args_is_help=True,
    cls=_RunUnlessSaid,
    help="Audit an endpoint from outside: does it answer as the model that was asked for? `fungible audit URL`",
)


@audit.command(epilog="Exit codes: 0 nothing found, 1 another model answers, 3 inconclusive, 2 a fault of the call's.")
def run(
    url: Annotated[str, typer.Argument(help="The endpoint to audit, up to /v1.")],
    model: Name,
    reference: Compare,
    reference_model: OtherName = None,
    key_env: KeyVariables = None,
    reference_key_env: KeyVariable = None,
    protocol: Speaks = None,
    reference_protocol: Speaks = None,
    calls: Calls = 300,
    references: References = 1,
    budget: Money = None,
    price: PriceOf = None,
    reference_price: PriceOf = None,
    prompts: PromptsFile = None,
    substitutes: Substitutes = None,
    alpha: Alpha = 0.05,
    share: Share = 0.3,
    max_tokens: MaxTokens = 256,
    temperature: Temperature = None,
    system: System = None,
    logprobs: AskLogs = False,
    plan: Annotated[bool, typer.Option("--plan", help="Show what it will take, and stop.")] = False,
    full: GoOn = False,
    html: PageFile = None,
    transcript: TranscriptFile = None,
    watch: StateFile = None,
    every: Every = 60.0,
    false_alarms: RunLength = 5000.0,
    config: ConfigFolder = None,
    data: DataFolder = None,
    json: AsJson = False,
) -> None:
    """Audit an endpoint against a reference, looking after every call, and end as soon as it is shown."""
    from router.cli.audit import audit_run
    from router.cli.audit.audit_options import OTHER_PRICE, CallOptions, Given, SideOptions

    first, more = (key_env[0], tuple(key_env[1:])) if key_env else (None, ())
    given = Given(
        audited=SideOptions(url, model, first, protocol, price, "--price", more),
        reference=SideOptions(
            reference, reference_model or model, reference_key_env, reference_protocol, reference_price, OTHER_PRICE
        ),
        calls=calls, references=references, budget=budget, prompts=prompts, substitutes=tuple(substitutes or ()),
        alpha=alpha, share=share, asking=CallOptions(max_tokens, temperature, system, logprobs), config=config,
        data=data,
    )  # fmt: skip
    audit_run.run(
        given, audit_run.Outputs(json, html, transcript, plan, full), audit_run.Watching(watch, every, false_alarms)
    )


@audit.command()
def enroll(
    url: Annotated[str, typer.Argument(help="The endpoint to ask, up to /v1.")],
    model: Name,
    out: Annotated[Path, typer.Option(help="The file to write.")],
    key_env: KeyVariable = None,
    protocol: Speaks = None,
    prompts: PromptsFile = None,
    answers: Annotated[int, typer.Option(help="Answers to each prompt.", min=1)] = 8,
    budget: Money = None,
    price: PriceOf = None,
    max_tokens: MaxTokens = 256,
    temperature: Temperature = None,
    system: System = None,
    config: ConfigFolder = None,
    json: AsJson = False,
) -> None:
    """Keep a model's answers to a list of prompts: a reference for later, or a substitute to look for."""
    from router.cli.audit import audit_enroll
    from router.cli.audit.audit_options import CallOptions, SideOptions

    asking = CallOptions(max_tokens, temperature, system)
    side = SideOptions(url, model, key_env, protocol, price)
    wanted = audit_enroll.Wanted(side, budget, prompts, answers, asking, config)
    audit_enroll.run(wanted, out, as_json=json)


@audit.command()
def verify(
    transcript: Annotated[Path, typer.Argument(help="The file that --transcript wrote.")],
    key: Annotated[
        str | None,
        typer.Option(help="The auditor's public key, as its report states it.", show_default="your own, in --data"),
    ] = None,
    data: DataFolder = None,
    json: AsJson = False,
) -> None:
    """Check a transcript offline: its signature, its draws, and its wealth worked out anew. Exit code 1 if it fails."""
    from router.cli.audit.audit_verify import run

    run(transcript, key, data, as_json=json)
