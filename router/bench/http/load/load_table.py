"""The figures of `fungible bench load` as a table."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table


def table_of(figures: Mapping[str, Any], connections: int) -> Table:
    """One row for each figure."""
    server = figures["server"]
    table = Table(box=None, header_style="dim")
    for column in ("", "p50", "p90", "p99"):
        table.add_column(column, justify="right" if column else "left", no_wrap=bool(column), overflow="fold")
    for label, key in (("decide, 200-byte prompt", "decide_200B"), ("decide, 100 KB prompt", "decide_100KB")):
        table.add_row(label, *(f"{figures[key][share]:,.0f} µs" for share in ("p50", "p90", "p99")))
    table.add_row(
        f"answer, {connections} connections", *(f"{server['latency_ms'][p]:,.1f} ms" for p in ("p50", "p90", "p99"))
    )
    table.add_section()
    table.add_row("requests a second, one core", f"{server['requests_per_s']:,.0f}")
    table.add_row("  with --durability degrade", f"{server['degrade_requests_per_s']:,.0f}")
    table.add_row("  the smallest FastAPI app", f"{server['smallest_app_requests_per_s']:,.0f}")
    table.add_row("  ratio", f"{server['ratio']:.2f}")
    table.add_row("first answer after start", f"{server['first_answer_s']:.2f} s")
    table.add_row("resident memory", f"{server['resident_mb']} MB")
    table.add_row("event loop never later than", f"{server['loop_lag_below_ms']:,.0f} ms")
    table.add_row("failed", str(server["failed"]))
    if "upstream" in figures:
        _add_backend(table, figures["upstream"])
    if "workers" in figures:
        _add_workers(table, figures["workers"])
    return table


def _add_backend(table: Table, seen: Mapping[str, Any]) -> None:
    table.add_section()
    for name, size in (("200B", "200 bytes"), ("8KB", "8 KB")):
        table.add_row(f"through to a backend, {size}, a second", f"{seen['requests_per_s'][name]:,.0f}")
        table.add_row("  processor for each", f"{seen['processor_us'][name]:,.0f} µs")
    table.add_row("  that backend alone", f"{seen['backend_alone_requests_per_s']:,.0f}")
    table.add_row("added to an answer, one connection, p50", f"{seen['added_p50_ms']:,.2f} ms")
    table.add_row("failed", str(seen["failed"]))


def _add_workers(table: Table, seen: Mapping[str, Any]) -> None:
    table.add_section()
    table.add_row("one worker, all cores, a second", f"{seen['one_requests_per_s']:,.0f}")
    table.add_row(f"{seen['workers']} workers", f"{seen['requests_per_s']:,.0f}")
    table.add_row("  ratio", f"{seen['ratio']:.2f}")
    table.add_row("  processor for each", f"{seen['processor_us']:,.0f} µs")
    table.add_row("  with one worker", f"{seen['one_processor_us']:,.0f} µs")
    table.add_row("failed", str(seen["failed"]))
